"""A conversation that goes on where it was left: kept in a file, tools keep their state meanwhile.

    python examples/chat_session.py [FILE] [PROMPT ...]

Run it twice with the same FILE, and the second run knows what the first was about. Set
AGENTKIT_MODEL for a real model.
"""

import asyncio
import os
import sys

from agentkit import Agent, PythonTool, SQLiteSession


async def main(path: str, prompts: list[str]) -> None:
    agent = Agent(os.environ.get("AGENTKIT_MODEL", "tiny"), tools=[PythonTool()])
    with SQLiteSession(path, "my chat") as session:
        async with agent:  # keeps the model and the notebook between the runs
            for prompt in prompts:
                result = await agent.run(prompt, session=session)
                cached = result.usage.cached_tokens
                print(f"> {prompt}\n{result.output}  [{cached} prompt tokens cached]")
        state = await session.load()
    users = (
        [entry.message for entry in state.entries if entry.message.role == "user"] if state else []
    )
    print(f"{len(users)} questions in {path} so far")


if __name__ == "__main__":
    path, *prompts = sys.argv[1:] or ["chat.db"]
    asyncio.run(main(path, prompts or ["Hello, I'm Ada!", "What is 12 * 34?"]))
