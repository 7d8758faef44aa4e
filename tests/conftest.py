"""What all tests share: the bundled model, loaded once, and one core for each process."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from agentkit.models.transformers import TransformersModel

# Read by torch when it is imported, here and in the processes that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell starts what runs in the background deaf to Ctrl-C, and so all that it starts in turn.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is no fault of the code under test.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def tiny_model() -> Iterator[TransformersModel]:
    """The bundled model; tests that share it must use sessions of their own."""
    from agentkit.models import tiny
    from agentkit.models.transformers import TransformersModel

    model = TransformersModel(tiny.checkpoint(), name="tiny", device_map="cpu")
    yield model
    asyncio.run(model.close())
