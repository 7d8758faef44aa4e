"""A question that takes a computation: the model writes Python, the notebook runs it.

    python examples/quickstart.py

The bundled model answers. Set AGENTKIT_MODEL=openai/gpt-oss-20b, or a model's folder, for a real
one.
"""

import os

from agentkit import Agent, PythonTool


def main() -> None:
    agent = Agent(os.environ.get("AGENTKIT_MODEL", "tiny"), tools=[PythonTool()])
    result = agent.run_sync("What is 48 * 7316?")
    print(result.output)
    for message in result.new_messages:
        print(f"  {message.author or message.role}: {message.text}")
    print(f"{result.usage.turns} turns, {result.usage.output_tokens} tokens")


if __name__ == "__main__":
    main()
