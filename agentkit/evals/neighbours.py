"""The modules beside a domain's code are that domain's alone: two domains may each have helpers.py.

Knows `sys.modules`. What is imported from a folder while its code is imported stands there by its
plain name only so long; afterwards it is kept under a name with the folder in it, for the next file
of that folder. So such modules are imported at the top of a file: in a function, when a tool runs,
their names are gone. A module that is found elsewhere first, as an installed package is, stays
everybody's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType


@contextmanager
def own_modules(folder: Path) -> Iterator[None]:
    """Import code of a folder within this.

    Args:
        folder: where its modules are looked for.
    """
    folder = folder.resolve()
    kept = f"agentkit_beside {folder} "
    before = dict(sys.modules)
    for name in before:
        if name.startswith(kept):
            sys.modules[name.removeprefix(kept)] = before[name]
    try:
        yield
    finally:
        for name, module in list(sys.modules.items()):
            if before.get(name) is not module and _lies_in(folder, name, module):
                sys.modules[kept + name] = sys.modules.pop(name)
                if name in before:
                    sys.modules[name] = before[name]


def _lies_in(folder: Path, name: str, module: ModuleType) -> bool:
    place = str(folder.joinpath(*name.split(".")))
    found = {getattr(module, "__file__", None), *(getattr(module, "__path__", None) or ())}
    return bool(found & {place, f"{place}.py"})
