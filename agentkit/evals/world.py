"""One trial's environment: its state, and the tools of both sides over it.

Knows how a call is run: found, read, validated, answered, its writes kept in the journal. Every
call gets an answer, one after the other. A call works on a fork of the state that is taken over
when it succeeds, so what a tool raises undoes what it wrote, and one that went on after its time is
up writes to nobody.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass

from agentkit.dispatch import Dispatcher, Request
from agentkit.errors import ToolError, ToolRetry
from agentkit.evals.domain import Domain
from agentkit.evals.records import CallRecord, Fault, StateWrite
from agentkit.evals.state import Json, NotJson, State, Write, copied, pointer, same, to_json_value
from agentkit.evals.task import Action, Side, Task
from agentkit.evals.tools import TAKEN, DomainTool
from agentkit.harmony.prompt import FunctionSchema
from agentkit.messages import ToolCall
from agentkit.tools.base import RunContext, ToolOutput

MOST_ARGUMENTS = 1 << 18
Arguments = Mapping[str, Json] | str


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    fault: Fault = ""


class World:
    """The environment of one trial.

    Args:
        domain: whose tools and state.
        task: with its own changes of the state.

    Attributes:
        state: as it is now.
        initial: as it was.
        calls: all calls so far.
        closed: the trial is over: what a call still does changes nothing.
    """

    def __init__(self, domain: Domain, task: Task) -> None:
        self.domain = domain
        self.task = task
        self.state = domain.state_for(task)
        self.initial: Mapping[str, Json] = self.state.root
        self.calls: list[CallRecord] = []
        self.closed = False
        self._tools: dict[Side, Mapping[str, DomainTool]] = {
            "agent": domain.tools,
            "user": domain.user_tools,
        }
        self._dispatchers = {
            side: Dispatcher([each.tool for each in tools.values()])
            for side, tools in self._tools.items()
        }
        self._turn = asyncio.Lock()

    def schemas(self, by: Side) -> list[FunctionSchema]:
        """What a side's tools look like to a model: copies that may be changed."""
        described = (each.schema for each in self._tools[by].values())
        return [
            FunctionSchema(each.name, each.description, copied(each.parameters))
            for each in described
        ]

    async def call(self, tool: str, arguments: Arguments = "{}", by: Side = "agent") -> CallRecord:
        """Run one call; it always has an answer.

        Args:
            tool: its short name, or `functions.name`.
            arguments: parsed, or JSON text as a model wrote it.
            by: who calls: each side has only its own tools.
        """
        async with self._turn:
            return await self._call(tool, arguments, by)

    async def _call(self, tool: str, arguments: Arguments, by: Side) -> CallRecord:
        started = time.perf_counter()
        text, unwritable = _written(arguments)
        name = tool if tool.startswith("functions.") else f"functions.{tool}"
        request = self._dispatchers[by].read(ToolCall(f"call_{len(self.calls)}", name, text))
        short = (request.call.name or name).removeprefix("functions.")
        fork = self.state.fork()
        answer = unwritable or self._misread(request, short, by)
        args: dict[str, Json] = {}
        taken: dict[str, Json] = {}
        if answer is None:
            args, answer = _checked(request.call)
        unread = answer is not None
        if answer is None:
            noting = TAKEN.set(taken)
            answer = await self._run(self._tools[by][short], request.call, fork)
            TAKEN.reset(noting)
            if not answer.fault and not self.closed:
                self.state.adopt(fork, len(self.calls))
        record = CallRecord(
            index=len(self.calls),
            by=by,
            tool=short,
            args=args,
            raw=text if unread else "",
            taken={} if same(taken, args) else taken,
            result=answer.text,
            fault=answer.fault,
            writes=() if answer.fault else tuple(map(_kept, fork.journal)),
            seconds=time.perf_counter() - started,
        )
        self.calls.append(record)
        return record

    async def act(self, action: Action) -> CallRecord:
        """Do what a task's gold actions say."""
        return await self.call(action.tool, action.args, action.by)

    def _misread(self, request: Request, name: str, by: Side) -> _Answer | None:
        if not request.mistake:
            return None
        known = name in self._tools[by]
        return _Answer(
            f"Error: {request.mistake}", "invalid_arguments" if known else "unknown_tool"
        )

    async def _run(self, tool: DomainTool, call: ToolCall, state: State) -> _Answer:
        """Run a tool's code: the one place where anything may be raised."""
        try:
            answer = await _answer(tool, call, state)
        except ToolRetry as error:
            invalid = str(error).startswith("invalid arguments for")
            return _Answer(f"Error: {error}", "invalid_arguments" if invalid else "refused")
        except ToolError as error:
            ended = isinstance(error.__cause__, SystemExit)
            return _Answer(f"Error: {error}", "crash" if ended else "refused")
        except TimeoutError:
            return _Answer(f"Error: {tool.name} took too long.", "timeout")
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return _Answer(f"Error: {tool.name} cancelled itself.", "crash")
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # also SystemExit and what a domain derives from it
            return _Answer(f"Error: {type(error).__name__}: {error}", "crash")
        if tool.effect == "read" and state.journal:
            where = pointer(state.journal[0].path)
            return _Answer(f"Error: {tool.name} is declared to read and wrote {where}.", "crash")
        return answer


async def _answer(tool: DomainTool, call: ToolCall, state: State) -> _Answer:
    ctx = RunContext(deps=state, call=call)
    async with (
        asyncio.timeout(tool.tool.timeout),
        aclosing(tool.tool.call(call, ctx)) as parts,
    ):
        async for part in parts:
            if isinstance(part, ToolOutput):
                return _Answer(part.text, "refused" if part.is_error else "")
    return _Answer(f"Error: {tool.name} ended without an answer.", "crash")


def _kept(write: Write) -> StateWrite:
    return StateWrite(path=pointer(write.path), kind=write.kind, value=copied(write.value))


def _checked(call: ToolCall) -> tuple[dict[str, Json], _Answer | None]:
    """The arguments, copied for the record before a tool gets them, or what is wrong with them."""
    try:
        return to_json_value(dict(call.arguments)), None
    except NotJson as error:
        return {}, _Answer(f"Error: {error}", "invalid_arguments")


def _written(arguments: Arguments) -> tuple[str, _Answer | None]:
    """Arguments as JSON text, with what is wrong if they have none or far too much of it."""
    try:
        text = arguments if isinstance(arguments, str) else json.dumps(dict(arguments))
    except (TypeError, ValueError, RecursionError) as error:
        return "{}", _Answer(f"Error: the arguments are no JSON: {error}", "invalid_arguments")
    if len(text) > MOST_ARGUMENTS:
        words = f"Error: the arguments are longer than {MOST_ARGUMENTS:,} characters."
        return text[:1000], _Answer(words, "invalid_arguments")
    return text, None
