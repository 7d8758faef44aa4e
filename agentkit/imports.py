"""From a name such as `module:object` or `path/to/file.py:object` to the Python object.

Knows how to import what a user names in a string, and to say what is wrong with the name. It
runs the user's code in doing so: names must come from the user and never from a model.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from agentkit.errors import AgentKitError, UserError

_NAME = re.compile(r"(?P<where>[^:]+\.py|[A-Za-z_][\w.]*):(?P<what>[A-Za-z_][\w.]*)")


def is_import_name(name: str) -> bool:
    """True when `name` has the form `module:object` or `path/to/file.py:object`."""
    return _NAME.fullmatch(name) is not None


def import_object(name: str) -> Any:
    """The object that `name` stands for; modules are found in the working folder too.

    Raises:
        UserError: the name has another form, or its module or object is not there or fails.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise UserError(f"{name!r} is not of the form module:object or path/to/file.py:object.")
    value: Any = _import(found["where"])
    for part in found["what"].split("."):
        if not hasattr(value, part):
            raise UserError(f"{name}: {found['where']} has nothing named {found['what']}.")
        value = getattr(value, part)
    return value


def _import(where: str) -> ModuleType:
    try:
        return _import_file(Path(where)) if where.endswith(".py") else _import_module(where)
    except AgentKitError:
        raise
    except (
        Exception,
        SystemExit,
    ) as error:  # whatever the user's module raises while it is imported
        raise UserError(f"{where} cannot be imported: {type(error).__name__}: {error}") from error


def _import_module(name: str) -> ModuleType:
    with _looking_in(os.getcwd()):
        return importlib.import_module(name)


@contextmanager
def _looking_in(folder: str) -> Iterator[None]:
    """Find modules in `folder` too, but last and only now: a file that lies there must not be
    taken for a package that others look for."""
    sys.path.append(folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


def _import_file(path: Path) -> ModuleType:
    """The module of one file, imported once; the modules beside it can be imported by it."""
    path = path.resolve()
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    name = f"agentkit_user_{path.stem}_{abs(hash(str(path))):x}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UserError(f"{path} cannot be imported.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pydantic and dataclasses look annotations up there
    try:
        with _looking_in(str(path.parent)):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
