"""What tests of tools share: the declaration a model reads, and all that a call gives."""

from __future__ import annotations

import dataclasses
import datetime
from contextlib import aclosing
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from agentkit.harmony.schema import declaration
from agentkit.messages import ToolCall
from agentkit.tools.base import RunContext, Tool, ToolOutput
from agentkit.tools.function import FunctionTool


@dataclasses.dataclass
class Shop:
    """What `RunContext.deps` holds in these tests."""

    orders: dict[str, int]


class Order(BaseModel):
    """An order."""

    id: str
    amount: Decimal = Decimal("1.50")
    placed: datetime.date | None = None


def shown(function: FunctionTool[..., Any]) -> str:
    """The declaration that the model reads."""
    (schema,) = function.describe().functions
    return declaration(schema.name, schema.description, schema.parameters)


def context(function: Tool, arguments: dict[str, Any], deps: Any = None) -> RunContext[Any]:
    return RunContext(deps, ToolCall("call_1", function.name, "", arguments=arguments))


async def answer(function: Tool, /, deps: Any = None, **arguments: Any) -> list[str | ToolOutput]:
    """All that a call gives."""
    ctx = context(function, arguments, deps)
    async with aclosing(function.call(ctx.call, ctx)) as parts:
        return [part async for part in parts]


async def result(function: Tool, /, deps: Any = None, **arguments: Any) -> str:
    """The text of a call that does not stream."""
    (output,) = await answer(function, deps, **arguments)
    assert isinstance(output, ToolOutput)
    return output.text
