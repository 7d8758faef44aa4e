"""A Python function's signature as a JSON Schema, and JSON arguments as a Python call.

Knows type hints and pydantic; it does not run the function and knows nothing of tools' results.
Every parameter becomes a field of one pydantic model under a neutral name with the parameter's own
as its alias, since a parameter may be called `schema` or `_id` and a field may not.
"""

from __future__ import annotations

import functools
import inspect
import json
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import ErrorDetails, PydanticUndefined

from agentkit.errors import ToolRetry, UserError
from agentkit.harmony.pydantic_types import ExactSchema
from agentkit.harmony.schema import normalise
from agentkit.tools.base import RunContext
from agentkit.tools.docstring import read_docstring

_ERRORS_SHOWN = 8
_MESSAGE_LENGTH = 200


class _QuietJsonSchema(GenerateJsonSchema):
    """Leaves out defaults that are not JSON instead of warning about them."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012


@dataclass(frozen=True)
class Signature:
    """How a function is presented and called.

    Args:
        name: the tool's name, `functions.f`, for error messages.
        description: from the docstring.
        schema: JSON Schema of the arguments, normalised; None when there are none.
        context: the parameter that takes the `RunContext`, if there is one.
        is_method: True when the first parameter is `self`, still to be bound.
    """

    name: str
    description: str
    schema: Mapping[str, Any] | None
    context: str | None
    is_method: bool
    _parameters: tuple[inspect.Parameter, ...]
    _model: type[BaseModel]

    def bind(
        self, arguments: Mapping[str, Any], ctx: RunContext[Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """The validated positional and keyword arguments of one call.

        Args:
            arguments: parsed JSON, as the model wrote it. Unknown ones are ignored; null for a
                parameter that has a default and takes no null stands for the default.
            ctx: given to the function if it asks for it.

        Raises:
            ToolRetry: what is wrong with the arguments, in one line.
        """
        values = self._validate(arguments)
        positional: list[Any] = []
        keywords: dict[str, Any] = {}
        for parameter in self._parameters:
            if parameter.name == self.context:
                value = ctx
            elif parameter.name in values:
                value = values[parameter.name]
            else:
                continue
            if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
                positional.append(value)
            else:
                keywords[parameter.name] = value
        return positional, keywords

    def _validate(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        try:
            valid = self._model.model_validate_json(json.dumps(dict(arguments)))
        except ValidationError as error:
            absent = _nulls_to_drop(self._model, arguments, error)
            if absent:
                return self._validate({k: v for k, v in arguments.items() if k not in absent})
            raise ToolRetry(self._complaint(arguments, error)) from error
        values = {}
        for field, info in type(valid).model_fields.items():
            own_default = self._has_own_default(info.alias)
            if field in valid.model_fields_set or not own_default:
                values[info.alias or field] = valid.__dict__[field]
        return values

    def _has_own_default(self, name: str | None) -> bool:
        """True when Python itself fills the parameter in, with the very object written there."""
        parameter = next(each for each in self._parameters if each.name == name)
        return (
            parameter.kind is not inspect.Parameter.POSITIONAL_ONLY
            and parameter.default is not inspect.Parameter.empty
            and not isinstance(parameter.default, FieldInfo)
        )

    def _complaint(self, arguments: Mapping[str, Any], error: ValidationError) -> str:
        problems = list(dict.fromkeys(map(_problem, error.errors(include_url=False))))
        if len(problems) > _ERRORS_SHOWN:
            more = len(problems) - _ERRORS_SHOWN
            problems = [*problems[:_ERRORS_SHOWN], f"and {more} more"]
        known = {info.alias for info in self._model.model_fields.values()}
        if unknown := [name for name in arguments if name not in known]:
            problems.append(f"unknown and ignored: {', '.join(unknown[:_ERRORS_SHOWN])}")
        return f"invalid arguments for {self.name}: {'; '.join(problems)}"


def read_signature(
    name: str, function: Callable[..., Any], local_names: Mapping[str, Any], strict: bool = False
) -> Signature:
    """Read a function.

    Args:
        name: the tool's name, `functions.f`.
        function: anything callable with a signature.
        local_names: names that string annotations may use besides the function's globals.
        strict: the schema says all that pydantic will check, for a grammar to hold it.

    Raises:
        UserError: a parameter that no JSON argument can fill, and what to write instead.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError) as error:
        raise UserError(f"{name}: its signature cannot be read ({error})") from error
    is_method = bool(parameters) and parameters[0].name == "self"
    preset = function.keywords if isinstance(function, functools.partial) else {}
    parameters = [each for each in parameters[is_method:] if each.name not in preset]
    hints = {each.name: _hint(name, each, function, local_names) for each in parameters}
    context = _context_parameter(name, hints)
    documentation = read_docstring(_docstring(function), hints)
    shown = [each for each in parameters if each.name != context]
    model = _arguments_model(name, shown, hints)
    generator = ExactSchema if strict else _QuietJsonSchema
    schema = _schema(name, model, hints, documentation.parameters, generator)
    return Signature(
        name=name,
        description=documentation.description,
        schema=schema if shown else None,
        context=context,
        is_method=is_method,
        _parameters=tuple(parameters),
        _model=model,
    )


def _hint(
    name: str,
    parameter: inspect.Parameter,
    function: Callable[..., Any],
    local_names: Mapping[str, Any],
) -> Any:
    """The parameter's type, with strings evaluated and `Annotated` kept."""
    if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
        star = "*" if parameter.kind is inspect.Parameter.VAR_POSITIONAL else "**"
        raise UserError(
            f"{name}: {star}{parameter.name} cannot be described to a model; name each parameter,"
            f" or take one `{parameter.name}: list[str]` or `dict[str, str]`"
        )
    if parameter.annotation is inspect.Parameter.empty:
        raise UserError(
            f"{name}: parameter '{parameter.name}' has no type; write for example"
            f" `{parameter.name}: str`"
        )
    holder = types.SimpleNamespace(__annotations__={"it": parameter.annotation})
    try:
        return typing.get_type_hints(
            holder, _globals(function), dict(local_names), include_extras=True
        )["it"]
    except Exception as error:
        if _names_context(parameter.annotation):
            return RunContext
        raise UserError(
            f"{name}: the type of '{parameter.name}', {parameter.annotation!r}, cannot be"
            f" evaluated ({error}); define or import it at module level, outside TYPE_CHECKING"
        ) from error


def _globals(function: Callable[..., Any]) -> dict[str, Any]:
    function = inspect.unwrap(_innermost(function))
    return getattr(function, "__globals__", {})


def _innermost(function: Callable[..., Any]) -> Callable[..., Any]:
    """The plain function inside partials, bound methods and objects with `__call__`."""
    while isinstance(function, functools.partial):
        function = function.func
    if not inspect.isroutine(function):
        function = type(function).__call__
    return getattr(function, "__func__", function)


def _docstring(function: Callable[..., Any]) -> str | None:
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.isroutine(function):
        return function.__doc__
    return type(function).__call__.__doc__ or type(function).__doc__


def is_async(function: Callable[..., Any]) -> bool:
    """True for coroutine functions and async generator functions, however wrapped."""
    inner = _innermost(function)
    return inspect.iscoroutinefunction(inner) or inspect.isasyncgenfunction(inner)


def _names_context(annotation: object) -> bool:
    """True for a string such as `agentkit.RunContext[Shop]` that could not be evaluated."""
    if not isinstance(annotation, str):
        return False
    return annotation.split("[")[0].strip().rsplit(".", 1)[-1] == RunContext.__name__


def _context_parameter(name: str, hints: Mapping[str, Any]) -> str | None:
    found = [parameter for parameter, hint in hints.items() if _is_context(hint)]
    if len(found) > 1:
        raise UserError(f"{name}: only one parameter can take the RunContext, not {found}")
    return found[0] if found else None


def _is_context(hint: Any) -> bool:
    origin = typing.get_origin(hint)
    if origin is Annotated:
        return _is_context(typing.get_args(hint)[0])
    if origin in (typing.Union, types.UnionType):
        return any(map(_is_context, typing.get_args(hint)))
    return inspect.isclass(origin or hint) and issubclass(origin or hint, RunContext)


def _arguments_model(
    name: str, parameters: list[inspect.Parameter], hints: Mapping[str, Any]
) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for index, parameter in enumerate(parameters):
        hint = hints[parameter.name]
        if isinstance(parameter.default, FieldInfo):
            hint = Annotated[hint, parameter.default]
        default = PydanticUndefined
        if parameter.default is not inspect.Parameter.empty and hint is hints[parameter.name]:
            default = parameter.default
        fields[f"p{index}"] = (hint, Field(default, alias=parameter.name))
    try:
        model: type[BaseModel] = create_model("Arguments", __config__=_CONFIG, **fields)
    except (PydanticUserError, NameError, TypeError) as error:
        raise UserError(f"{name}: {_unreadable(hints, error)}") from error
    return model


_CONFIG = ConfigDict(coerce_numbers_to_str=True, extra="ignore")


def _schema(
    name: str,
    model: type[BaseModel],
    hints: Mapping[str, Any],
    documented: Mapping[str, str],
    generator: type[GenerateJsonSchema],
) -> Mapping[str, Any]:
    try:
        schema = model.model_json_schema(schema_generator=generator)
    except PydanticUserError as error:
        raise UserError(f"{name}: {_unreadable(hints, error)}") from error
    for parameter, description in documented.items():
        if description and parameter in schema.get("properties", {}):
            schema["properties"][parameter].setdefault("description", description)
    try:
        return normalise(schema)
    except UserError as error:
        raise UserError(f"{name}: {error}") from error


def _unreadable(hints: Mapping[str, Any], error: Exception) -> str:
    """Which parameter pydantic cannot read, and why."""
    for parameter, hint in hints.items():
        try:
            if not _is_context(hint):
                TypeAdapter(hint).json_schema(schema_generator=_QuietJsonSchema)
        except (PydanticUserError, NameError, TypeError) as its_error:
            return _unreadable_parameter(parameter, its_error)
    return _unreadable_parameter("a parameter", error)


def _unreadable_parameter(parameter: str, error: Exception) -> str:
    reason = str(error).splitlines()[0].split(". ")[0].removesuffix(".")
    return (
        f"'{parameter}' cannot be read from JSON: {reason}; take a type with a JSON form and make"
        " the object inside the function"
    )


def _nulls_to_drop(
    model: type[BaseModel], arguments: Mapping[str, Any], error: ValidationError
) -> set[str]:
    """Parameters given as null that were refused for it and have a default."""
    optional = {info.alias for info in model.model_fields.values() if not info.is_required()}
    refused = {each["loc"][0] for each in error.errors(include_url=False) if each["loc"]}
    return {
        name
        for name, value in arguments.items()
        if value is None and name in optional and name in refused
    }


def _problem(error: ErrorDetails) -> str:
    place = ".".join(map(str, error["loc"]))
    message = " ".join(error["msg"].split())
    if len(message) > _MESSAGE_LENGTH:
        message = f"{message[:_MESSAGE_LENGTH]}..."
    return f"{place}: {message}" if place else message
