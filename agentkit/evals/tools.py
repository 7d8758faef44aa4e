"""Tools of a domain: functions over its state, each with a declared effect.

A domain's tool is a function whose first parameter is the `State`; all others are the model's. It
is described, validated and answered exactly as any `agentkit` function tool. `@reads` promises that
it changes nothing, and a write through it is refused; `@writes` may change the state.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal, get_type_hints

from pydantic_core import to_jsonable_python

from agentkit.errors import UserError
from agentkit.evals.state import Json, NotJson, State, to_json_value
from agentkit.tools.base import FunctionSchema, RunContext, Tool
from agentkit.tools.function import FunctionTool

Effect = Literal["read", "write"]
DEFAULT_TIMEOUT = 10.0
TAKEN: ContextVar[dict[str, Any] | None] = ContextVar("taken", default=None)
"""Where a tool that is called notes the arguments it got; None when nobody wants to know."""


@dataclass(frozen=True)
class DomainTool:
    """A function over the state, with its effect.

    Args:
        tool: as the agent sees it; the state comes in as the context's deps.
        effect: `read` or `write`.
        function: the user's own, still to be called as `tool(state, ...)`.
    """

    tool: Tool
    effect: Effect
    function: Callable[..., Any]

    @property
    def name(self) -> str:
        """Its short name: `cancel_order`."""
        return self.tool.name.partition(".")[2]

    @property
    def schema(self) -> FunctionSchema:
        """Name, description and JSON Schema of the arguments."""
        return self.tool.describe().functions[0]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function itself."""
        return self.function(*args, **kwargs)


def reads(function: Callable[..., Any]) -> DomainTool:
    """Make a function a tool that looks at the state and does not change it.

    Args:
        function: `(state: State, ...)`; its docstring is the tool's description.

    Raises:
        UserError: the first parameter is no `State`, or the others cannot be described.
    """
    return domain_tool(function, "read", sys._getframe(1).f_locals)


def writes(function: Callable[..., Any]) -> DomainTool:
    """Make a function a tool that may change the state; what it raises undoes what it wrote.

    Args:
        function: `(state: State, ...)`; its docstring is the tool's description.

    Raises:
        UserError: the first parameter is no `State`, or the others cannot be described.
    """
    return domain_tool(function, "write", sys._getframe(1).f_locals)


def domain_tool(
    function: Callable[..., Any], effect: Effect, local_names: Mapping[str, Any]
) -> DomainTool:
    """`reads` and `writes` in one, for effects that are known only at run time."""
    adapted = _taking_context(function, dict(local_names))
    tool = FunctionTool(adapted, timeout=DEFAULT_TIMEOUT, local_names=dict(local_names))
    return DomainTool(tool, effect, function)


def _taking_context(function: Callable[..., Any], names: dict[str, Any]) -> Callable[..., Any]:
    """`function` with a `RunContext` in place of the state."""
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    if not parameters or not _is_state(function, parameters[0], names):
        name = getattr(function, "__name__", repr(function))
        raise UserError(f"{name}: the first parameter of a domain's tool is `state: State`")

    many = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    for each in parameters:
        if each.kind in many:
            name = getattr(function, "__name__", repr(function))
            raise UserError(f"{name}: {each} cannot be described to a model: name its arguments")

    empty = inspect.Parameter.empty
    defaults = {each.name: each.default for each in parameters[1:] if each.default is not empty}

    def arguments(keywords: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        state = keywords.pop("ctx").deps
        taken = TAKEN.get()
        if taken is not None:
            taken.update(plain({**defaults, **keywords}))
        return state, keywords

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def adapted(**keywords: Any) -> Any:
            state, others = arguments(keywords)
            return await function(state, **others)
    else:

        @functools.wraps(function)
        def adapted(**keywords: Any) -> Any:
            state, others = arguments(keywords)
            return function(state, **others)

    context = inspect.Parameter(
        "ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=RunContext[State]
    )
    shown = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters[1:]]
    adapted.__signature__ = signature.replace(parameters=[context, *shown])  # type: ignore[attr-defined]
    return adapted


def plain(arguments: Mapping[str, Any]) -> dict[str, Json]:
    """Arguments as JSON, copied; without those that are none."""
    found = {}
    for name, value in arguments.items():
        try:
            found[name] = to_json_value(to_jsonable_python(value))
        except (NotJson, ValueError):  # pydantic's own errors are ValueErrors
            continue
    return found


def _is_state(
    function: Callable[..., Any], parameter: inspect.Parameter, names: dict[str, Any]
) -> bool:
    annotation = parameter.annotation
    if isinstance(annotation, str):
        try:
            annotation = get_type_hints(function, localns=names).get(parameter.name)
        except NameError:
            return bool(annotation == "State")
    return bool(annotation is State)
