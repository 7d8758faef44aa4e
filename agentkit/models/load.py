"""From the name of a model to the model: `tiny`, a folder, a name on the hub.

The only place that maps names to engines; each engine is imported when it is asked for.
"""

from __future__ import annotations

from pathlib import Path

from agentkit.errors import UserError
from agentkit.models.base import Model

BUNDLED = "tiny"
_SERVERS = ("vllm:", "sglang:", "llamacpp:")


def load_model(spec: str | Path | Model) -> Model:
    """Load a model by name; a `Model` passes as it is.

    Args:
        spec: `tiny` for the bundled model, a folder or a name on the hub for transformers.

    Raises:
        UserError: an engine this version does not have, or an extra that is not installed.
        ModelLoadError: the checkpoint cannot be loaded.
    """
    if not isinstance(spec, str | Path):
        return spec
    name = str(spec)
    if name.startswith(_SERVERS):
        raise UserError(f"{name}: servers cannot be spoken to yet. Name a folder or a hub model.")
    from agentkit.models.transformers import TransformersModel

    if name == BUNDLED:
        from agentkit.models import tiny

        return TransformersModel(tiny.checkpoint())
    return TransformersModel(name)
