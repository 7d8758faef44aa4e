"""What the caller wants the answer to be: text, or a value of a type.

Turns a type into the response format the model is shown and a final text back into a value.
Knows nothing of the loop; asking again is the agent's business.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Generic

from pydantic_core import ValidationError
from typing_extensions import TypeVar

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
        UserError: its JSON Schema cannot be told to the model, such as a recursive one.
    """

    def __init__(self, kind: type[Output]) -> None:
        self.kind = kind
        self._adapter = None if kind is str else _adapter(kind)

    @property
    def response_format(self) -> ResponseFormat | None:
        """What the model is shown; None for `str`."""
        if self._adapter is None:
            return None
        schema = dict(normalise(self._adapter.json_schema()))
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


def _adapter(kind: type[Output]) -> TypeAdapter[Output]:
    # Half of what `import agentkit` would take, and text needs none of it.
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def explain(error: ValidationError) -> str:
    """A validation error as one line: `total: Input should be a valid number; …`."""
    parts = []
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        where = ".".join(str(step) for step in each["loc"])
        parts.append(f"{where}: {each['msg']}" if where else each["msg"])
    return "; ".join(parts)
