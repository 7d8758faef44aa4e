"""Runs tool calls: every call gets exactly one answer, whatever the tool does.

Finds the tool a call means, parses its arguments, asks for approval, holds the time limit, turns
every failure into a message that says how to mend the call, and cuts long results. It stops a
model from asking the same thing for ever. It knows nothing of models; it is the one place where
`except Exception` stands.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import time
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from agentkit.errors import ApprovalPause, ToolError, UserError
from agentkit.events import ApprovalRequested, ToolCalled, ToolOutputDelta, ToolReturned
from agentkit.harmony import repair
from agentkit.harmony.tokenizer import HarmonyTokenizer
from agentkit.messages import ToolCall, tool_result
from agentkit.tools.base import RunContext, Tool, ToolOutput

DispatchEvent = ToolCalled | ToolOutputDelta | ToolReturned | ApprovalRequested

REPEATS_RUN = 2
REPEATS_ANSWERED = 3
_NUMBERED = re.compile(r"\A\[[0-9]+\] (?=.*\n\*\*viewing lines \[)")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MOST_CHARACTERS_A_TOKEN = 16


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a call.

    Args:
        approved: run it, or tell the model that it was declined.
        reason: for the model, when declined.
    """

    approved: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A call as understood.

    Args:
        call: with its tool's name and its arguments, as far as they could be read.
        mistake: what is wrong with it, for the model; empty when nothing is.
    """

    call: ToolCall
    mistake: str = ""

    @property
    def key(self) -> str:
        """A text equal for calls that ask the same thing."""
        call = self.call
        if self.mistake or not call.arguments:
            return f"{call.name or call.recipient} {call.text}"
        return f"{call.name} {json.dumps(call.arguments, sort_keys=True)}"


@dataclass(slots=True)
class RepeatGuard:
    """Counts how often a call came back with nothing new.

    A call never made before means progress and starts the count anew; so does a result that
    differs from the last one. The third like call gets the earlier result, the fourth must be
    followed by an answer.
    """

    results: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def ask(self, key: str) -> int:
        """Count one more call; gives how often it came in a row without progress."""
        if key not in self.results:
            self.counts.clear()
        self.counts[key] = self.counts.get(key, 0) + 1
        return self.counts[key]

    def answer(self, key: str, result: str) -> None:
        """Note a result; a changed one is progress, though not if only its number, as the browser
        gives every page one, has changed."""
        before = self.results.get(key, result)
        if _NUMBERED.sub("", before) != _NUMBERED.sub("", result):
            self.counts.clear()
            self.counts[key] = 1
        self.results[key] = result


class Dispatcher:
    """Tools by name, and the running of calls to them.

    Args:
        tools: their names must differ.

    Raises:
        UserError: two tools want the same name.
    """

    def __init__(self, tools: Sequence[Tool]) -> None:
        self._takes_json: dict[str, bool] = {}
        self._tools: dict[str, Tool] = {}
        for tool in tools:
            for name, takes_json in call_names(tool):
                if name in self._tools:
                    raise UserError(f"Two tools are named {name}. Rename one.")
                self._tools[name] = tool
                self._takes_json[name] = takes_json
        self._for_misread = next((tool for tool in tools if tool.takes_misread), None)

    @property
    def names(self) -> tuple[str, ...]:
        """Full names of all that can be called, in the order given."""
        return tuple(self._tools)

    def read(self, call: ToolCall, allowed: Collection[str] | None = None) -> Request:
        """Find the tool `call` means and parse its arguments; never raises.

        Args:
            call: as the model made it.
            allowed: names of what may be called; None for everything.
        """
        name, text = call.recipient, call.text
        if not name:
            name, text = _named_in_body(text)
        resolved = repair.resolve(name, self._tools)
        if resolved is None:
            return Request(call, self._unknown(name))
        if allowed is not None and resolved not in allowed:
            names = ", ".join(allowed) or "none; answer without tools"
            return Request(call, f"{resolved} may not be called. Allowed: {names}")
        if not self._takes_json[resolved]:
            text = repair.unwrap_code(text)
            return Request(dataclasses.replace(call, name=resolved, text=text))
        call = dataclasses.replace(call, name=resolved, text=text)
        try:
            arguments = repair.parse_arguments(text)
        except repair.BadArguments as error:
            return Request(call, f"the arguments of {resolved} are not valid JSON: {error}")
        return Request(dataclasses.replace(call, arguments=arguments.value))

    async def run(
        self,
        request: Request,
        ctx: RunContext[Any],
        *,
        decision: Decision | None = None,
        shorten: Callable[[str], str] = str,
    ) -> AsyncGenerator[DispatchEvent, None]:
        """Run one call.

        Args:
            request: the call as `read` gave it.
            ctx: `call` and `approved` in it are filled in here.
            decision: a person's, when the call was paused before.
            shorten: makes a result's text fit.

        Returns:
            Events: `ToolCalled`, parts of the output, then one `ToolReturned`; or one
            `ApprovalRequested` when a person must decide first.
        """
        call, started = request.call, time.perf_counter()
        tool = self._meant(request)
        if tool is None:
            yield ToolCalled(call)
            yield self._returned(call, _error(request.mistake), started, shorten)
            return
        ctx = dataclasses.replace(ctx, call=call, approved=bool(decision and decision.approved))
        if decision is not None and not decision.approved:
            yield self._returned(call, _declined(decision.reason), started, shorten)
            return
        output = ToolOutput("")
        async with aclosing(self._guarded(tool, call, ctx)) as parts:
            async for part in parts:
                if isinstance(part, ToolOutput):
                    output = part
                else:
                    yield part
                    if isinstance(part, ApprovalRequested):
                        return
        yield self._returned(call, output, started, shorten)

    async def _guarded(
        self, tool: Tool, call: ToolCall, ctx: RunContext[Any]
    ) -> AsyncGenerator[DispatchEvent | ToolOutput, None]:
        """The tool's events and its output; every failure but cancellation becomes an output."""
        try:
            if not ctx.approved and tool.needs_approval(call, ctx):
                yield ApprovalRequested(call)
                return
            yield ToolCalled(call)
            async with asyncio.timeout(tool.timeout), aclosing(tool.call(call, ctx)) as parts:
                async for part in parts:
                    if isinstance(part, ToolOutput):
                        yield part
                        return
                    yield ToolOutputDelta(call.id, part)
            yield _error(f"{call.name} ended without an answer.")
        except ApprovalPause as pause:
            yield ApprovalRequested(call, pause.reason)
        except ToolError as error:
            yield _error(str(error))
        except TimeoutError as error:
            yield _error(_time_out(tool, call, error))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            yield _error(f"{call.name} cancelled itself.")
        except (Exception, SystemExit) as error:
            yield _error(f"{type(error).__name__}: {error}".removesuffix(": "))

    def _meant(self, request: Request) -> Tool | None:
        """The tool that gets the call; None when nobody does."""
        tool = self._tools.get(request.call.name, self._for_misread)
        return tool if tool is not None and (tool.takes_misread or not request.mistake) else None

    def _unknown(self, name: str) -> str:
        if not self._tools:
            return "there are no tools in this conversation. Answer without one."
        near = repair.suggest(name, self._tools)
        hint = f" Did you mean {near[0]}?" if near else ""
        what = f'there is no tool "{name[:64]}"' if name else "the call names no tool"
        return f"{what}.{hint} Available: {', '.join(self._tools)}."

    def _returned(
        self, call: ToolCall, output: ToolOutput, started: float, shorten: Callable[[str], str]
    ) -> ToolReturned:
        return ToolReturned(
            call.id,
            tool_result(_addressed(call), shorten(_plain(output.text))),
            is_error=output.is_error,
            seconds=time.perf_counter() - started,
            data=output.data,
            artifacts=output.artifacts,
        )


def shortened(text: str, most_tokens: int, tokenizer: HarmonyTokenizer) -> str:
    """`text`, or its head and tail and a note between them, about `most_tokens` long."""
    if len(text) <= most_tokens:
        return text
    room = most_tokens * _MOST_CHARACTERS_A_TOKEN
    whole = len(text) <= 2 * room
    ids = tokenizer.encode(text if whole else text[:room] + text[-room:])
    if whole and len(ids) <= most_tokens:
        return text
    head = tokenizer.decode(ids[: most_tokens * 2 // 3])
    tail = tokenizer.decode(ids[len(ids) - most_tokens // 3 :])
    dropped = len(text) - len(head) - len(tail)
    return f"{head}\n[... {dropped:,} characters cut ...]\n{tail}"


def call_names(tool: Tool) -> list[tuple[str, bool]]:
    """Full names that `tool` answers to, each with whether its body is JSON."""
    description = tool.describe()
    if not description.functions:
        return [(description.namespace, False)]
    return [(f"{description.namespace}.{each.name}", True) for each in description.functions]


def not_run(call: ToolCall, why: str) -> ToolReturned:
    """The answer to a call that will not be run."""
    message = tool_result(_addressed(call), f"Error: not run: {why}")
    return ToolReturned(call.id, message, is_error=True)


def _error(reason: str) -> ToolOutput:
    return ToolOutput(f"Error: {reason}", is_error=True)


def _declined(reason: str) -> ToolOutput:
    return _error("the user declined this call" + (f": {reason}" if reason else "."))


def _time_out(tool: Tool, call: ToolCall, error: TimeoutError) -> str:
    """Ours carries no text; a tool's own does."""
    if str(error) or tool.timeout is None:
        return f"TimeoutError: {error}"
    return f"{call.name} did not finish within {tool.timeout:g} s."


def _named_in_body(text: str) -> tuple[str, str]:
    """Tool and arguments out of a body such as `{"name": …, "arguments": …}`."""
    try:
        body: Mapping[str, Any] = repair.parse_arguments(text).value
    except repair.BadArguments:
        return "", text
    name, arguments = body.get("name"), body.get("arguments", {})
    if not isinstance(name, str):
        return "", text
    return name, arguments if isinstance(arguments, str) else json.dumps(arguments)


def _addressed(call: ToolCall) -> ToolCall:
    """`call` with a recipient fit to stand in a header: the tool's name, or one short word."""
    if call.name:
        return call
    recipient = re.sub(r"\s+", "_", call.recipient.strip())[:64] or "functions"
    return dataclasses.replace(call, recipient=recipient)


def _plain(text: str) -> str:
    """Without terminal escapes and control characters."""
    return _CONTROLS.sub("", _ESCAPES.sub("", text))
