"""An answer that is an object, whatever the model: a grammar lets nothing else be written.

    python examples/structured_output.py            # the bundled model
    python examples/structured_output.py --random   # a gpt-oss whose weights are random numbers

Neither knows what an order is, so what the fields say means little; that they are there, with the
right types and within their bounds, is certain. Set AGENTKIT_MODEL for a model that understands.
"""

import os
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from agentkit import Agent, Limits


class Line(BaseModel):
    """One product of an order."""

    product: Annotated[str, Field(max_length=24)]
    quantity: Annotated[int, Field(ge=1, le=99)]


class Order(BaseModel):
    """An order as a shop's system takes it."""

    number: Annotated[str, Field(pattern=r"^#W\d{4}$")]
    lines: Annotated[list[Line], Field(min_length=1, max_length=3)]
    shipping: Literal["standard", "express"]
    deliver_by: date | None


def random_gpt_oss(folder: Path) -> Path:
    """Write a checkpoint of the real architecture and vocabulary that was never trained."""
    import torch
    import transformers

    transformers.utils.logging.disable_progress_bar()
    torch.manual_seed(0)
    config = transformers.GptOssConfig(
        vocab_size=201_088,
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=2,
        num_local_experts=4,
        head_dim=16,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    transformers.GptOssForCausalLM(config).save_pretrained(folder)
    return folder


def order(model: str | Path) -> None:
    """Ask `model` for an order and show it."""
    agent = Agent(
        model,
        instructions="Write down what the customer orders.",
        output_type=Order,
        limits=Limits(reasoning_tokens=64),
    )
    with agent:
        result = agent.run_sync("Two lamps and a chair as order W1204, by express, please.")
    if result.output is None:
        raise SystemExit(f"{result.stop_reason}: {result.detail}")
    print(result.output.model_dump_json(indent=2))


def main() -> None:
    if "--random" not in sys.argv:
        order(os.environ.get("AGENTKIT_MODEL", "tiny"))
        return
    with tempfile.TemporaryDirectory() as folder:
        order(random_gpt_oss(Path(folder)))


if __name__ == "__main__":
    main()
