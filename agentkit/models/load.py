"""From the name of a model to the model: `tiny`, a folder, a hub name, a server, `module:factory`.

The only place that maps names to engines; each engine is imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

from agentkit.errors import UserError
from agentkit.imports import import_object, is_import_name
from agentkit.models.base import Model

BUNDLED = "tiny"
_SERVERS = ("vllm", "sglang", "llamacpp", "responses")


Progress = Callable[[int, int], None]
"""Called, perhaps in another thread, with the weights loaded so far and the number of all."""


def load_model(
    spec: str | Path | Model,
    on_progress: Progress | None = None,
    *,
    dequantize: bool = False,
    processes: int = 1,
) -> Model:
    """Load a model by name; a `Model` passes as it is.

    Args:
        spec: `tiny` for the bundled model, a folder or a name on the hub for transformers,
            `vllm:`, `sglang:` or `llamacpp:` with a server's address, `llamacpp:` with a GGUF file,
            `responses:` with a model's name, `@` and the address of an API of OpenAI's kind,
            `module:factory` or `path/to/file.py:factory` for a `Model`, or a function of no
            arguments that gives one.
        on_progress: told of the weights as they load, which may be at first use.
        dequantize: allow an MXFP4 checkpoint to be turned into bfloat16, three times the size.
        processes: how many processes share the experts of a checkpoint, a GPU each.

    Raises:
        UserError: an engine this version does not have, or an extra that is not installed.
        ModelLoadError: the checkpoint cannot be loaded.
    """
    if not isinstance(spec, str | Path):
        return spec
    name = str(spec)
    if is_server(name):
        return _served(*name.split(":", 1))
    if is_import_name(name):
        return _own_model(name)
    from agentkit.models.transformers import TransformersModel

    if name == BUNDLED:
        from agentkit.models import hardware, tiny

        hardware.check_installed()  # Unpacking needs some of it, and says so less well.
        return TransformersModel(
            tiny.checkpoint(), name=BUNDLED, on_progress=on_progress, processes=processes
        )
    return TransformersModel(
        name, on_progress=on_progress, dequantize=dequantize, processes=processes
    )


def is_server(name: str) -> bool:
    """True when `name` is of a model that a server runs, or llama.cpp in this process."""
    engine, colon, _ = name.partition(":")
    return engine in _SERVERS and bool(colon)


def is_checkpoint(name: str) -> bool:
    """True when `name` is of a folder or a hub model, to be loaded into this process."""
    return name != BUNDLED and not is_server(name) and not is_import_name(name)


def _served(engine: str, where: str) -> Model:
    match engine:
        case "vllm":
            from agentkit.models.servers.vllm import VLLMModel

            return VLLMModel(where)
        case "sglang":
            from agentkit.models.servers.sglang import SGLangModel

            return SGLangModel(where)
        case "responses":
            from agentkit.models.servers.responses import ResponsesModel

            model, _, address = where.rpartition("@")
            if "://" in model:  # Not a name but a key in the address, which is refused as such.
                model, address = "", where
            return ResponsesModel(address, model=model or None)
        case _:
            from agentkit.models.servers.llamacpp import LlamaCppModel

            return LlamaCppModel(where)


def _own_model(name: str) -> Model:
    """The model that a user wrote or made."""
    found = import_object(name)
    is_made = hasattr(found, "stream") and not isinstance(found, type)
    model = found if is_made or not callable(found) else found()
    lacks = [
        each for each in ("capabilities", "load", "stream", "close") if not hasattr(model, each)
    ]
    if lacks:
        raise UserError(f"{name} is no model: it has no `{'`, no `'.join(lacks)}`.")
    return cast(Model, model)
