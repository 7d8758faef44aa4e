"""What `make demo` shows: a Python computation and a function call, as they happen.

    python examples/demo.py

It uses the command line's own way of showing runs: boxes on a terminal, plain lines elsewhere. Set
AGENTKIT_MODEL for a real model.
"""

import asyncio
import os

from agentkit import Agent, PythonTool
from agentkit.cli.view import View, open_view

MODEL = os.environ.get("AGENTKIT_MODEL", "tiny")
QUESTIONS = [
    "What is 48 * 7316?",
    "What is the weather in Paris?",
]


def get_weather(city: str) -> dict[str, str | int]:
    """Get the current weather for a city.

    Args:
        city: Name of the city
    """
    return {"temperature": 21, "conditions": "sunny"}


async def main(view: View) -> None:
    agent = Agent(MODEL, tools=[PythonTool(), get_weather])
    with view.loading(MODEL):
        name = agent.model.capabilities.name
    view.say(f"The model {name!r}, a gpt-oss run token by token on this machine.")
    async with agent:
        for question in QUESTIONS:
            view.say(f"\n> {question}\n")
            async with agent.run_stream(question) as stream:
                async for event in stream:
                    view.show(event)
    view.say(
        '\nNow you: .venv/bin/agentkit chat, or agentkit run "What is 12 * 34?" --tools python'
    )


if __name__ == "__main__":
    with open_view() as opened:
        asyncio.run(main(opened))
