"""A question about a town, answered from its web site: search, open, a citation that is checked.

    python examples/browse.py [QUESTION]

The site is the folder `examples/guide`; no network is needed. Its pages have a few sentences, which
is what the bundled model can read. `examples/site` is the same town at length: for that set
AGENTKIT_MODEL=openai/gpt-oss-20b, or a model's folder.
"""

import os
import sys
from pathlib import Path

from agentkit import Agent, BrowserTool, Limits

SITE = Path(__file__).with_name("guide")
QUESTION = "Who is the director of Kelmouth Museum?"


def main(question: str) -> None:
    agent = Agent(
        os.environ.get("AGENTKIT_MODEL", "tiny"),
        tools=[BrowserTool(search=SITE)],
        limits=Limits(turns=10, message_tokens=1000),
    )
    result = agent.run_sync(question)
    for message in result.new_messages:
        if message.is_call:
            print(f"{message.recipient} {message.text}")
        elif message.role == "tool":
            print(f"  {message.text.partition(chr(10))[0]}")
    print(result.output or result.detail)
    for citation in result.citations:
        seen = "" if citation.verified else " (never shown)"
        print(f"  {citation.title}, line {citation.start}: {citation.quote}{seen}")


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or QUESTION)
