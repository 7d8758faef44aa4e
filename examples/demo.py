"""What `make demo` shows: a Python computation, a function call and a look into some web pages.

    python examples/demo.py

It uses the command line's own way of showing runs: boxes on a terminal, plain lines elsewhere. Set
AGENTKIT_MODEL for a real model.
"""

import os
from pathlib import Path

from agentkit import Agent, BrowserTool, MemorySession, PythonTool
from agentkit.cli.turns import Turns
from agentkit.cli.view import open_view

MODEL = os.environ.get("AGENTKIT_MODEL", "tiny")
QUESTIONS = [
    "What is 48 * 7316?",
    "What is the weather in Paris?",
    "Who is the director of Kelmouth Museum?",
]


def get_weather(city: str) -> dict[str, str | int]:
    """Get the current weather for a city.

    Args:
        city: Name of the city
    """
    return {"temperature": 21, "conditions": "sunny"}


def main() -> None:
    browser = BrowserTool(search=Path(__file__).with_name("guide"))
    agent = Agent(MODEL, tools=[PythonTool(), browser, get_weather])
    with open_view() as view, Turns(agent, view, MemorySession()) as turns:
        with view.loading(MODEL):
            turns.load()
        name = agent.model.capabilities.name
        view.say(f"The model {name!r}, a gpt-oss run token by token on this machine.")
        for question in QUESTIONS:
            view.say(f"\n> {question}\n")
            turns.take(question)
            turns.start_over(MemorySession())
        view.say("\nNow you: .venv/bin/agentkit chat --tools python")


if __name__ == "__main__":
    main()
