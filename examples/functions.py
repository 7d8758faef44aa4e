"""Your own functions as tools: what they need is handed in, and they can ask for a better call.

    python examples/functions.py

The model sees `order_id` and the docstring, never the shop. Set AGENTKIT_MODEL for a real model.
"""

import os
from dataclasses import dataclass, field

from agentkit import Agent, RunContext, ToolRetry, tool


@dataclass
class Shop:
    """What the functions work on; any object will do."""

    orders: dict[str, str] = field(default_factory=lambda: {"#W123": "shipped"})
    asked: list[str] = field(default_factory=list)


@tool
def get_order(ctx: RunContext[Shop], order_id: str) -> dict[str, str]:
    """Look an order up.

    Args:
        order_id: Order number
    """
    ctx.deps.asked.append(order_id)
    if not order_id.startswith("#"):
        raise ToolRetry(f"order ids start with '#', for example '#{order_id}'")
    return {"order_id": order_id, "status": ctx.deps.orders.get(order_id, "unknown")}


def main() -> None:
    shop = Shop()
    agent = Agent(
        os.environ.get("AGENTKIT_MODEL", "tiny"),
        instructions="You help customers of an online shop with their orders.",
        tools=[get_order],
        deps_type=Shop,
    )
    result = agent.run_sync("What is the status of order W123?", deps=shop)
    print(result.output)
    print("get_order was called with:", ", ".join(shop.asked))


if __name__ == "__main__":
    main()
