"""Seeds the random generators of a fresh kernel, so that a run can be repeated.

Run inside before the first cell. numpy's global generator is seeded when code imports it; it is not
imported here. Generators that code makes itself without a seed (`numpy.random.default_rng()`,
`random.SystemRandom()`) stay random.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


class SeedWhenImported(MetaPathFinder):
    """Finds `numpy.random` once, as it would be found anyway, and has it seeded when it is
    there."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "numpy.random":
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def execute_and_seed(module: ModuleType) -> None:
            execute(module)
            module.seed(self._seed)

        spec.loader.exec_module = execute_and_seed  # type: ignore[method-assign]
        return spec


def sow(seed: int) -> None:
    """Seed what is there, and numpy when it comes."""
    random.seed(seed)
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed(seed)
    else:
        sys.meta_path.insert(0, SeedWhenImported(seed))
