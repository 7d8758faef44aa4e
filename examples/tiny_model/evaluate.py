"""Measures the bundled model: `python -m examples.tiny_model.evaluate`.

Episodes of held-out words, numbers, functions and phrasings are played for real: `agentkit.Agent`
runs the model, Python runs in the sandbox, the browser searches and opens the episode's pages, and
functions answer as scripted, errors included. An episode is right when the calls of functions are
the expected ones (names and arguments, in order), and every answer is the expected one, word for
word; for Python the answer is what the code really printed, and with the browser it has the right
citation.
"""

import argparse
import asyncio
import collections
import itertools
import json
import random
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from agentkit import (
    Agent,
    BrowserTool,
    Limits,
    MemorySession,
    Message,
    Model,
    PythonTool,
    RunContext,
    ToolCall,
    ToolRetry,
)
from agentkit.harmony.prompt import FunctionSchema, ToolDescription
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.models.load import load_model
from agentkit.tools.base import Tool, ToolOutput
from examples.tiny_model import data
from examples.tiny_model.skills.browsing import VIEW_TOKENS
from examples.tiny_model.skills.local_browser import indexed
from examples.tiny_model.transcript import Episode, Line, plain
from examples.tiny_model.words import Lexicon

LIMITS = Limits(turns=8, message_tokens=200)
"""No episode needs more; a model that has lost its way would go on for long."""

TOGETHER = 8
"""Episodes played at the same time: the model computes them together."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn of an episode.

    Args:
        messages: what is put in front of the model: the user's message and what it did not write
            itself.
        calls: the function calls expected of it, as (name, arguments).
        results: what the functions answer, in order.
        answer: the expected final text.
    """

    messages: tuple[Message, ...]
    calls: tuple[tuple[str, Any], ...]
    results: tuple[str, ...]
    answer: str


def exchanges(episode: Episode) -> list[Exchange]:
    """The turns of an episode."""
    starts = [index for index, line in enumerate(episode.lines) if line.message.role == "user"]
    return [
        _exchange(episode.lines[start:stop])
        for start, stop in zip(starts, [*starts[1:], len(episode.lines)], strict=True)
    ]


def _exchange(lines: Sequence[Line]) -> Exchange:
    given = 1 + max(
        (index + 1 for index, line in enumerate(lines) if line.message.is_call and not line.learn),
        default=0,
    )
    messages = [_plain(line.message) for line in lines]
    own = [
        message
        for message in messages[given:]
        if message.recipient and message.recipient.startswith("functions.")
    ]
    return Exchange(
        messages=tuple(messages[:given]),
        calls=tuple((message.recipient or "", json.loads(message.text)) for message in own),
        results=tuple(
            message.text
            for message in messages[given:]
            if message.channel == "commentary" and message.role == "tool"
        ),
        answer=messages[-1].text,
    )


def _plain(message: Message) -> Message:
    return Message(
        message.role,
        plain(message.text),
        message.channel,
        message.recipient,
        message.author,
        message.content_type,
        message.layout,
    )


class ScriptedFunctions(Tool):
    """The user's functions: they answer with prepared results and keep the calls."""

    name = "functions"
    timeout = None

    def __init__(self, schemas: Sequence[FunctionSchema], strict: bool) -> None:
        self.schemas = tuple(schemas)
        self.strict = strict
        self.results: Iterator[str] = iter(())
        self.calls: list[tuple[str, Any]] = []

    def describe(self) -> ToolDescription:
        """The functions."""
        return ToolDescription("functions", "", self.schemas)

    async def call(
        self, call: ToolCall, ctx: RunContext[Any]
    ) -> AsyncGenerator[str | ToolOutput, None]:
        """Answer with the next result."""
        self.calls.append((call.name, dict(call.arguments)))
        text = next(self.results, "Error: nothing more to say")
        if text.startswith("Error: "):
            raise ToolRetry(text.removeprefix("Error: "))
        yield ToolOutput(text)

    async def close(self, conversation: str | None = None) -> None:
        """Nothing to free."""


async def play(episode: Episode, model: Model, strict: bool = False) -> str:
    """Run an episode; empty when it went right, else what went wrong."""
    schemas = [each for tool in episode.prompt.tools for each in tool.functions]
    functions = ScriptedFunctions(schemas, strict)
    python = any(tool.namespace == "python" for tool in episode.prompt.tools)
    tools: list[Tool] = [functions] if schemas else []
    if python:
        tools.append(PythonTool())
    if any(tool.namespace == "browser" for tool in episode.prompt.tools):
        tools.append(BrowserTool(search=indexed(episode.pages), view_tokens=VIEW_TOKENS))
    agent = Agent(
        model,
        instructions=episode.prompt.instructions,
        tools=tools,
        reasoning=episode.prompt.reasoning,
        limits=LIMITS,
    )
    session = MemorySession()
    async with agent:
        for exchange in exchanges(episode):
            functions.calls.clear()
            functions.results = iter(exchange.results)
            result = await agent.run(list(exchange.messages), session=session)
            if tuple(functions.calls) != exchange.calls:
                return f"called {functions.calls}, not {list(exchange.calls)}"
            if result.output != exchange.answer:
                return f"said {result.output!r} ({result.stop_reason}), not {exchange.answer!r}"
    return ""


def episodes(skill: str, count: int, seed: int) -> list[Episode]:
    """Held-out episodes of one skill."""
    words_of = load_tokenizer()
    found: list[Episode] = []
    for index in itertools.count():
        words = Lexicon(random.Random(f"{seed}-{skill}-{index}"), True, words_of)
        where = data.scene(words, float(skill == "browsing"))
        if data.fits(where, skill, words):
            found.append(data.episode(where, skill))
        if len(found) == count:
            return found
    raise AssertionError


async def _played(drawn: Sequence[Episode], model: Model, strict: bool) -> list[str]:
    """What `play` says of each episode; some are played at the same time."""
    turn = asyncio.Semaphore(TOGETHER)

    async def one(episode: Episode) -> str:
        async with turn:
            return await play(episode, model, strict)

    return await asyncio.gather(*map(one, drawn))


async def measure(model: Model, options: argparse.Namespace) -> None:
    """Play and print: one line a skill, and the failures asked for."""
    count = options.count
    for skill in options.skills:
        right: dict[str, list[bool]] = collections.defaultdict(list)
        started = time.perf_counter()
        failures: list[str] = []
        drawn = episodes(skill, count, options.seed)
        played = await _played(drawn, model, options.strict)
        for episode, wrong in zip(drawn, played, strict=True):
            right["all"].append(not wrong)
            right[episode.prompt.reasoning].append(not wrong)
            if wrong:
                asked = [line.message.text for line in episode.lines if line.message.role == "user"]
                failures.append(f"  [{episode.prompt.reasoning}] {asked} {wrong}")
        seconds = (time.perf_counter() - started) / count
        cells = (
            f"{effort} {sum(right[effort])}/{len(right[effort])}"
            for effort in ("low", "medium", "high")
        )
        whole = right["all"]
        score = f"{sum(whole)}/{len(whole)} = {100 * sum(whole) / len(whole):.1f} %"
        print(f"{skill:11} {score}  ({', '.join(cells)})  {seconds:.2f} s an episode", flush=True)
        print(*failures[: options.show], sep="\n", flush=True)


def main() -> None:
    """Measure a model on held-out episodes by really running the agent."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--model", default="tiny")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20_000)
    parser.add_argument(
        "--show", type=int, default=0, help="how many failures of each skill to print"
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="functions whose calls a grammar holds to their schemas",
    )
    parser.add_argument(
        "skills", nargs="*", default=list(data.SKILLS), help="also browsing; default: %(default)s"
    )
    options = parser.parse_args()
    model = load_model(options.model)
    asyncio.run(measure(model, options))


if __name__ == "__main__":
    main()
