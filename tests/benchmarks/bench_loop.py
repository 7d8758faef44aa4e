"""What the agent loop itself costs, side by side with other frameworks.

Every framework runs the same work in this one process: a model that costs nothing asks for a tool
that costs nothing, once a step with a new argument each time, and answers in the end. CPU time
(`time.process_time`) is what counts, the best of some rounds. The others are handed finished
messages through the smallest model their interface allows; their own scripted models would add
the cost of logging. agentkit is handed ids one by one, as an engine samples them, and reads them
as Harmony; in one row it also writes its checkpoints to SQLite.
"""

from __future__ import annotations

import asyncio
import json
import logging
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

from agentkit import Agent, Capabilities, Limits, SQLiteSession, tool
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.models.base import Finish, TokenChunk
from tests.benchmarks.report import table

STEPS = (20, 100)
LONG = 1_000
EVERY = 10
ROUNDS = 15
OURS = ("agentkit", "agentkit, saving to SQLite")
UNLIMITED = Limits(turns=None, tool_calls=None)

Runner = Callable[[int], float]
"""Runs an agent for so many steps; gives the CPU seconds of the run without its preparation."""

marks: list[float] = []


def count(number: int) -> int:
    """What every framework's tool does; notes the CPU time now and then."""
    if number % EVERY == 0:
        marks.append(time.process_time())
    return number + 1


@tool
async def successor(number: int) -> int:
    """The number after this one.

    Args:
        number: any integer.
    """
    return count(number)


class Counting:
    """A `Model` whose ids are ready before it is asked: one call a step, then an answer."""

    capabilities = Capabilities("counting", context_length=10_000_000)

    def __init__(self, steps: int) -> None:
        call = "<|channel|>commentary to=functions.successor <|constrain|>json<|message|>"
        texts = [f'{call}{{"number":{number}}}<|call|>' for number in range(steps)]
        texts.append("<|channel|>final<|message|>Done.<|return|>")
        tokenizer = load_tokenizer()
        self._replies = iter([_chunks(tokenizer.encode_with_specials(text)) for text in texts])

    async def stream(self, prompt: Sequence[int], **_: Any) -> AsyncGenerator[TokenChunk]:
        """The next reply, id by id."""
        for chunk in next(self._replies):
            yield chunk

    async def load(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to free."""


def _chunks(ids: Sequence[int]) -> list[TokenChunk]:
    *most, last = ids
    return [*(TokenChunk((token,)) for token in most), TokenChunk((last,), None, Finish("stop", 0))]


def agentkit(steps: int, folder: Path | None = None) -> float:
    """Ours; with a folder, every step is saved there."""
    agent = Agent(Counting(steps), tools=[successor], limits=UNLIMITED)
    assert agent.model, "loads the vocabulary"
    if folder is None:
        started = time.process_time()
        result = agent.run_sync("Count.")
    else:
        session = SQLiteSession(folder / "bench.db", f"{time.monotonic_ns()}")
        started = time.process_time()
        with session:
            result = agent.run_sync("Count.", session=session)
    assert result.output == "Done.", result.detail
    return time.process_time() - started


def smolagents(steps: int) -> float:
    """smolagents' ToolCallingAgent; a final answer is a tool call there."""
    from smolagents import Tool, ToolCallingAgent
    from smolagents.models import (
        ChatMessage,
        ChatMessageToolCall,
        ChatMessageToolCallFunction,
        MessageRole,
        Model,
    )

    class Successor(Tool):  # type: ignore[misc]
        name = "successor"
        description = "The number after this one."
        inputs = {"number": {"type": "integer", "description": "any integer"}}  # noqa: RUF012
        output_type = "integer"

        def forward(self, number: int) -> int:
            return count(number)

    class Counting(Model):  # type: ignore[misc]
        asked = 0

        def generate(self, messages: Any, **_: Any) -> Any:
            self.asked += 1
            last = self.asked > steps
            name = "final_answer" if last else "successor"
            arguments = {"answer": "Done."} if last else {"number": self.asked}
            function = ChatMessageToolCallFunction(name=name, arguments=arguments)
            call = ChatMessageToolCall(id=f"call_{self.asked}", type="function", function=function)
            return ChatMessage(role=MessageRole.ASSISTANT, content="", tool_calls=[call])

    agent = ToolCallingAgent([Successor()], Counting(), max_steps=steps + 2, verbosity_level=-1)
    started = time.process_time()
    assert agent.run("Count.") == "Done."
    return time.process_time() - started


def pydantic_ai(steps: int) -> float:
    """pydantic-ai with its own FunctionModel."""
    from pydantic_ai import Agent, UsageLimits
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
    from pydantic_ai.models.function import FunctionModel

    asked = 0

    def answer(messages: Any, info: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked > steps:
            return ModelResponse(parts=[TextPart("Done.")])
        return ModelResponse(parts=[ToolCallPart("successor", {"number": asked})])

    async def successor(number: int) -> int:
        """The number after this one."""
        return count(number)

    agent = Agent(FunctionModel(answer), tools=[successor])
    started = time.process_time()
    result = agent.run_sync("Count.", usage_limits=UsageLimits(request_limit=None))
    assert result.output == "Done."
    return time.process_time() - started


def openai_agents(steps: int) -> float:
    """openai-agents with a model that answers at once; tracing is off."""
    from agents import Agent, Model, ModelResponse, RunConfig, Runner, Usage, function_tool
    from agents.testing import assistant_message, function_call

    @function_tool  # type: ignore[untyped-decorator]
    async def successor(number: int) -> int:
        """The number after this one."""
        return count(number)

    class Counting(Model):  # type: ignore[misc]
        asked = 0

        async def get_response(self, *_: Any, **__: Any) -> Any:
            self.asked += 1
            if self.asked > steps:
                item = assistant_message("Done.")
            else:
                arguments = json.dumps({"number": self.asked})
                item = function_call("successor", arguments, call_id=f"call_{self.asked}")
            return ModelResponse(output=[item], usage=Usage(), response_id=None)

        def stream_response(self, *_: Any, **__: Any) -> Any:
            raise NotImplementedError

    agent = Agent(name="bench", model=Counting(), tools=[successor])
    config = RunConfig(tracing_disabled=True)
    started = time.process_time()
    result = asyncio.run(Runner.run(agent, "Count.", max_turns=steps + 2, run_config=config))
    assert result.final_output == "Done."
    return time.process_time() - started


def cost(run: Runner, steps: int) -> float:
    """CPU milliseconds a step of one run; the answer counts as a step."""
    return run(steps) / (steps + 1) * 1e3


def growth(run: Runner) -> float:
    """How much dearer the last 200 steps of a long run are than those after the tenth."""
    marks.clear()
    run(LONG)
    costs = [after - before for before, after in pairwise(marks)]
    return min(costs[-20:]) / min(costs[1:21])


def contenders(folder: Path) -> dict[str, Runner]:
    """All that are installed, ours first."""
    others = {
        "smolagents": ("smolagents", smolagents),
        "pydantic-ai": ("pydantic_ai", pydantic_ai),
        "openai-agents": ("agents", openai_agents),
    }
    found = {name: run for name, (module, run) in others.items() if find_spec(module)}
    return {
        OURS[0]: agentkit,
        OURS[1]: lambda steps: agentkit(steps, folder),
        **found,
    }


def main() -> None:
    """Measure in turns, so that a busy machine is as unkind to one as to the other."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        runs = contenders(Path(folder))
        best = lowest(runs)
        flat = {name: f"{growth(run):.2f}x" for name, run in runs.items() if name in OURS}
    rows = []
    for name in runs:
        mine = [best[name, steps] for steps in STEPS]
        ratios = [best[name, steps] / best[OURS[0], steps] for steps in STEPS]
        label = name if name in OURS else _with_version(name)
        cells = [*(f"{each:.2f}" for each in mine), *(f"{each:.2f}x" for each in ratios)]
        rows.append([label, *cells, flat.get(name, "")])
    head = ["CPU ms a step", *(f"{steps} steps" for steps in STEPS)]
    head += [f"to ours, {steps}" for steps in STEPS]
    print(table([*head, f"step {LONG:,} to step 10"], rows))


def lowest(runs: dict[str, Runner]) -> dict[tuple[str, int], float]:
    """The lowest cost by name and steps."""
    best: dict[tuple[str, int], float] = {}
    for _ in range(ROUNDS):
        for steps in STEPS:
            for name, run in runs.items():
                best[name, steps] = min(cost(run, steps), best.get((name, steps), float("inf")))
    return best


def _with_version(name: str) -> str:
    return f"{name} {version({'pydantic-ai': 'pydantic-ai-slim'}.get(name, name))}"


if __name__ == "__main__":
    main()
