"""What the caller wants the answer to be: text, or a value of a type.

Turns a type into the response format the model is shown, the schema that a grammar holds it to, and
a final text back into a value. Knows nothing of the loop; asking again is the agent's business.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Generic

from pydantic_core import ValidationError
from typing_extensions import TypeVar

from agentkit.errors import UserError
from agentkit.harmony.prompt import ResponseFormat
from agentkit.harmony.schema import normalise

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Output = TypeVar("Output", default=str)

_FENCE = re.compile(r"\A\s*```\w*\s*\n(.*?)\n?```\s*\Z", re.DOTALL)


class OutputType(Generic[Output]):
    """A type the final text is validated against; `str` takes it as it is.

    Args:
        kind: any type pydantic can validate.

    Raises:
        UserError: it has no JSON form.
    """

    def __init__(self, kind: type[Output]) -> None:
        self.kind = kind
        self._adapter = None if kind is str else _adapter(kind)

    @property
    def schema(self) -> dict[str, Any] | None:
        """JSON Schema of what is accepted; None for `str`."""
        return None if self._adapter is None else _json_schema(self._adapter)

    @property
    def response_format(self) -> ResponseFormat | None:
        """What the model is shown; None for `str`. A type that contains itself keeps references."""
        if (full := self.schema) is None:
            return None
        try:
            schema = dict(normalise(full))
        except UserError:
            schema = full
        name = re.sub(r"\W+", "_", getattr(self.kind, "__name__", "answer")).strip("_").lower()
        description = str(schema.pop("description", ""))
        return ResponseFormat(name or "answer", schema, description)

    def parse(self, text: str) -> Output:
        """The value `text` stands for.

        Raises:
            ValueError: it does not fit; the message is one line for the model.
        """
        if self._adapter is None:
            return text  # type: ignore[return-value]
        fenced = _FENCE.match(text)
        try:
            return self._adapter.validate_json(fenced.group(1) if fenced else text)
        except ValidationError as error:
            raise ValueError(explain(error)) from None
        except Exception as error:  # a validator of the user's own may raise anything
            raise ValueError(f"{type(error).__name__}: {error}") from error


def _adapter(kind: type[Output]) -> TypeAdapter[Output]:
    # Half of what `import agentkit` would take, and text needs none of it.
    from pydantic import PydanticUserError, TypeAdapter

    try:
        return TypeAdapter(kind)
    except PydanticUserError as error:
        raise _no_json(error) from error


def _json_schema(adapter: TypeAdapter[Output]) -> dict[str, Any]:
    from pydantic import PydanticUserError

    from agentkit.harmony.pydantic_types import ExactSchema

    try:
        return adapter.json_schema(schema_generator=ExactSchema)
    except PydanticUserError as error:
        raise _no_json(error) from error


def _no_json(error: Exception) -> UserError:
    return UserError(f"The output type has no JSON form: {str(error).splitlines()[0]}")


def explain(error: ValidationError) -> str:
    """A validation error as one line: `total: Input should be a valid number; …`."""
    parts = []
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        where = ".".join(str(step) for step in each["loc"])
        parts.append(f"{where}: {each['msg']}" if where else each["msg"])
    return "; ".join(parts)
