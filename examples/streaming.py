"""A run watched: the same loop, its events as they come.

    python examples/streaming.py

Deltas are parts of what the model writes; events in the past tense are complete. Set AGENTKIT_MODEL
for a real model.
"""

import asyncio
import os

from agentkit import (
    Agent,
    PythonTool,
    ReasoningDelta,
    TextDelta,
    ToolCalled,
    ToolOutputDelta,
    ToolReturned,
)


async def main() -> None:
    agent = Agent(os.environ.get("AGENTKIT_MODEL", "tiny"), tools=[PythonTool()])
    async with agent.run_stream("What is 127 * 389?") as stream:
        async for event in stream:
            match event:
                case ReasoningDelta(text=text):
                    print(text, end="", flush=True)
                case ToolCalled(call=call):
                    print(f"\n[{call.name}] {call.text}")
                case ToolOutputDelta(text=text):
                    print(f"  | {text}", end="")
                case ToolReturned(seconds=seconds):
                    print(f"[back after {seconds:.2f} s]")
                case TextDelta(text=text):
                    print(text, end="", flush=True)
    usage = stream.result.usage
    print(f"\n{usage.output_tokens} tokens, {usage.cached_tokens} of the prompts' were cached")


if __name__ == "__main__":
    asyncio.run(main())
