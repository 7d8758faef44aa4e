"""A user's own function as a tool.

Knows how a Python function is described to the model and called with its arguments; signatures are
read by `signature`, results are spelled by `results`. Time limits, approval and the wording of
errors are `agentkit.dispatch`'s work: what a function raises goes through.

A sync function runs in a thread, which has no other work meanwhile.
"""

from __future__ import annotations

import contextvars
import copy
import inspect
import re
import sys
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterator, Mapping
from contextlib import aclosing, suppress
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar, overload

from agentkit.errors import ToolError, UserError
from agentkit.messages import ToolCall
from agentkit.tools.base import FunctionSchema, RunContext, Tool, ToolDescription, ToolOutput
from agentkit.tools.threads import Threads

NAMESPACE = "functions"
DEFAULT_TIMEOUT = 60.0

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Approval = bool | Callable[[RunContext[Any], Mapping[str, Any]], bool]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_END = object()
_THREADS = Threads("agentkit-tool")


class FunctionTool(Tool, Generic[P, R]):
    """A function that a model can call, and that can still be called like the function.

    Args:
        function: sync or async function, method, generator or other callable with type hints.
        name: as the model sees it, without namespace; the function's own by default.
        needs_approval: True, or a test `(ctx, arguments) -> bool` on the call's parsed JSON.
        timeout: seconds a call may take; None for no limit.
        strict: models that obey grammars can write no arguments but those that fit; types that no
            grammar can hold are refused when the agent is made.
        local_names: names that string annotations may use besides the function's globals.

    Raises:
        UserError: the function cannot be described to a model; the message says what to change.
    """

    def __init__(
        self,
        function: Callable[P, R],
        *,
        name: str | None = None,
        needs_approval: Approval = False,
        timeout: float | None = DEFAULT_TIMEOUT,
        strict: bool = False,
        local_names: Mapping[str, Any] | None = None,
    ) -> None:
        from agentkit.tools.signature import is_async, read_signature

        short_name = _checked_name(function, name)
        if timeout is not None and timeout <= 0:
            raise UserError(f"{short_name}: timeout must be positive, or None for no limit")
        if callable(needs_approval) and is_async(needs_approval):
            raise UserError(f"{short_name}: needs_approval must be a sync function")
        self.name = f"{NAMESPACE}.{short_name}"
        self.timeout = timeout
        self.strict = strict
        self._function = function
        self._is_async = is_async(function)
        self._approval = needs_approval
        self._signature = read_signature(self.name, function, local_names or {}, strict)
        self._bound = not self._signature.is_method
        self._schema = FunctionSchema(
            short_name, self._signature.description, self._signature.schema
        )
        self.__name__ = short_name
        self.__doc__ = function.__doc__
        self.__wrapped__ = function

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function itself."""
        return self._function(*args, **kwargs)

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(
        self: FunctionTool[Concatenate[Any, Q], R], instance: object, owner: type
    ) -> FunctionTool[Q, R]: ...

    def __get__(self, instance: object | None, owner: type) -> Any:
        """The tool of one instance, when the function is a method."""
        if instance is None or self._bound:
            return self
        bound = copy.copy(self)
        bound._function = bound.__wrapped__ = self._function.__get__(instance, owner)
        bound._bound = True
        return bound

    def __repr__(self) -> str:
        return f"FunctionTool({self.name})"

    @property
    def is_bound(self) -> bool:
        """False for a method taken from its class, which has no `self` to be called on."""
        return self._bound

    def describe(self) -> ToolDescription:
        """The function in the `functions` namespace."""
        return ToolDescription(NAMESPACE, functions=(self._schema,))

    def needs_approval(self, call: ToolCall, ctx: RunContext[Any]) -> bool:
        """True when a person must approve `call`; the user's test sees its parsed JSON."""
        if callable(self._approval):
            return bool(self._approval(ctx, call.arguments))
        return self._approval

    async def close(self, conversation: str | None = None) -> None:
        """Nothing to free."""

    async def call(
        self, call: ToolCall, ctx: RunContext[Any]
    ) -> AsyncGenerator[str | ToolOutput, None]:
        """Validate the arguments, run the function, give its items as they come and its output.

        Raises:
            ToolRetry: the arguments do not fit.
            ToolError: the function tried to end the program.
            Exception: whatever the function raised.
        """
        from agentkit.tools.results import ItemText, to_output

        positional, keywords = self._signature.bind(call.arguments, ctx)
        thread_context = contextvars.copy_context()
        try:
            result = await self._invoke(thread_context, positional, keywords)
            if not isinstance(result, AsyncIterable | Iterator):
                yield to_output(result)
                return
            text = ItemText()
            async with aclosing(_items(result, thread_context)) as items:
                async for item in items:
                    if isinstance(item, ToolOutput):
                        yield item
                        return
                    yield text.add(item)
            yield text.output()
        except SystemExit as error:
            raise ToolError(f"{self.name} tried to end the program ({error})") from error

    async def _invoke(
        self, context: contextvars.Context, positional: list[Any], keywords: dict[str, Any]
    ) -> Any:
        def invoke() -> Any:
            return self._function(*positional, **keywords)

        result = invoke() if self._is_async else await _THREADS.result(invoke, context)
        return await result if inspect.isawaitable(result) else result


class _Decorator(Protocol):
    def __call__(self, function: Callable[P, R_co], /) -> FunctionTool[P, R_co]: ...


@overload
def tool(function: Callable[P, R], /) -> FunctionTool[P, R]: ...


@overload
def tool(
    *,
    name: str | None = None,
    needs_approval: Approval = False,
    timeout: float | None = DEFAULT_TIMEOUT,
    strict: bool = False,
) -> _Decorator: ...


def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    needs_approval: Approval = False,
    timeout: float | None = DEFAULT_TIMEOUT,
    strict: bool = False,
) -> Any:
    """Make a function a tool: `@tool` or `@tool(needs_approval=True, timeout=5)`.

    The docstring becomes the description, in Google, NumPy or Sphinx style. A parameter annotated
    `RunContext[Deps]` is given the run's context and is not shown to the model.

    Args:
        function: see `FunctionTool`.
        name: as the model sees it; the function's own by default.
        needs_approval: True, or a test `(ctx, arguments) -> bool`.
        timeout: seconds a call may take; None for no limit.
        strict: the model can write no arguments but those that fit; see `FunctionTool`.

    Raises:
        UserError: the function cannot be described to a model.
    """

    def decorate(function: Callable[P, R], /) -> FunctionTool[P, R]:
        return FunctionTool(
            function,
            name=name,
            needs_approval=needs_approval,
            timeout=timeout,
            strict=strict,
            local_names=local_names,
        )

    local_names = dict(sys._getframe(1).f_locals)
    return decorate if function is None else decorate(function)


def as_tool(candidate: object) -> Tool:
    """A tool from what a user put into `tools=[...]`.

    Args:
        candidate: a `Tool`, or a function.

    Raises:
        UserError: it is neither.
    """
    if isinstance(candidate, type):
        raise UserError(f"a tool is an object, not a class: write {candidate.__name__}()")
    if callable(candidate) and not isinstance(candidate, Tool):
        candidate = FunctionTool(candidate)
    if isinstance(candidate, FunctionTool) and not candidate.is_bound:
        raise UserError(
            f"{candidate.name} is a method and needs its object: give `thing.{candidate.__name__}`"
        )
    if isinstance(candidate, Tool):
        return candidate
    raise UserError(f"not a tool: {candidate!r}; give a function with type hints, or a Tool")


def _checked_name(function: Callable[..., Any], name: str | None) -> str:
    own = name if name is not None else getattr(function, "__name__", "")
    if not callable(function) or isinstance(function, type | classmethod | staticmethod):
        raise UserError(
            f"@tool takes a function, not {function!r}; put @staticmethod above @tool,"
            " and for a class method give the bound `Class.method`"
        )
    if not _NAME.fullmatch(own):
        raise UserError(
            f"{own!r} cannot be a tool's name: use up to 64 letters, digits and underscores,"
            " not starting with a digit, for example @tool(name='get_order')"
        )
    return own


async def _items(stream: Any, context: contextvars.Context) -> AsyncGenerator[Any, None]:
    """The items of an async or a sync iterator, which is closed in the end."""
    try:
        if isinstance(stream, AsyncIterable):
            async for item in stream:
                yield item
            return
        while (item := await _THREADS.result(lambda: next(stream, _END), context)) is not _END:
            yield item
    finally:
        if aclose := getattr(stream, "aclose", None):
            await aclose()
        elif close := getattr(stream, "close", None):
            with suppress(ValueError):  # a generator that still runs in its thread
                close()
