"""An answer that is an object, whatever the model: a grammar lets nothing else be written.

    python examples/structured_output.py            # the bundled model
    python examples/structured_output.py --random   # a gpt-oss whose weights are random numbers

Neither knows what an order is, so the fields mean little; that they are there, with the right types
and within their bounds, is certain. Set AGENTKIT_MODEL for a model that understands.
"""

import os
import sys
import tempfile
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from agentkit import Agent, Limits


class Line(BaseModel):
    product: Annotated[str, Field(max_length=24)]
    quantity: Annotated[int, Field(ge=1, le=99)]


class Order(BaseModel):
    number: Annotated[str, Field(pattern=r"^#W\d{4}$")]
    lines: Annotated[list[Line], Field(min_length=1, max_length=3)]
    shipping: Literal["standard", "express"]
    deliver_by: date | None


def write_random_gpt_oss(folder: str) -> None:
    """Write a checkpoint of the real architecture and vocabulary that was never trained."""
    import transformers

    transformers.utils.logging.disable_progress_bar()
    sizes = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "head_dim": 16}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "num_local_experts": 4}
    config = transformers.GptOssConfig(vocab_size=201_088, **sizes, **heads)
    transformers.GptOssForCausalLM(config).save_pretrained(folder)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        model = os.environ.get("AGENTKIT_MODEL", "tiny")
        if "--random" in sys.argv:
            write_random_gpt_oss(folder)
            model = folder
        with Agent(model, output_type=Order, limits=Limits(reasoning_tokens=64)) as agent:
            result = agent.run_sync("Two lamps as order W1204, by express, please.")
        print(result.output.model_dump_json(indent=2) if result.output else result.detail)


if __name__ == "__main__":
    main()
