"""What holds for the project as a whole: its floors, its public names, what an import does."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import agentkit
import agentkit.errors
import sandbox

ROOT = Path(__file__).parent.parent
TOP = {
    "agentkit", "sandbox", "examples", "tests", "docs",
    "pyproject.toml", "README.md", "Makefile", "LICENSE", "CHANGELOG.md",
}  # fmt: skip

# From the ground up; a folder is one part.
AGENTKIT_FLOORS = (
    "bridge errors usage messages serialise",
    "citations",
    "events imports",
    "harmony",
    "models",
    "tools",
    "browser",
    "conversation",
    "session",
    "allowed dispatch output",
    "state",
    "loop store",
    "result",
    "agent",
    "tracing",
    "evals server",
    "cli",
    "__init__",
)
SANDBOX_FLOORS = (
    "errors limits results",
    "seccomp wire files guest transcript stream",
    "channels",
    "isolation",
    "kernel",
    "cell",
    "libraries preparation transfer turn",
    "notebook zygote",
    "pool doctor",
    "__init__ __main__",
)

# Where each heavy package may be imported; everywhere else only what needs none of them.
HEAVY = {
    "torch": "agentkit.models",
    "llguidance": "agentkit.models",
    "transformers": "agentkit.models",
    "accelerate": "agentkit.models",
    "safetensors": "agentkit.models",
    "numpy": "agentkit.models",
    "playwright": "agentkit.browser",
    "trafilatura": "agentkit.browser",
    "ray": "agentkit.evals.executors.ray",
    "tau2": "agentkit.evals.bridges.tau2",
    "inspect_ai": "agentkit.evals.bridges.inspect",
    "httpx2": "agentkit.models.servers",
    "xllamacpp": "agentkit.models.servers.embedded",
    "fastapi": "agentkit.server",
    "uvicorn": "agentkit.server",
    "zmq": "sandbox",
    "jupyter_client": "sandbox",
    "ipykernel": "sandbox",
    "IPython": "sandbox",
    "rich": "agentkit.cli",
    "prompt_toolkit": "agentkit.cli",
}


@cache
def modules() -> dict[str, Path]:
    """Every module of both packages, by name."""
    found = {}
    for package in ("agentkit", "sandbox"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(module: str) -> Iterator[str]:
    """Full names that a module imports anywhere in its code, also for type checkers only."""
    path = modules()[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1]
            origin = ".".join([*(base if node.level else ()), *filter(None, [node.module])])
            for alias in node.names:
                deeper = f"{origin}.{alias.name}"
                yield deeper if deeper in modules() else origin


def part(module: str) -> str:
    """The module's part within its package: a folder or a file."""
    return module.split(".")[1] if "." in module else "__init__"


def floor(module: str) -> int:
    floors = AGENTKIT_FLOORS if module.split(".")[0] == "agentkit" else SANDBOX_FLOORS
    known = {name: number for number, names in enumerate(floors) for name in names.split()}
    assert part(module) in known, f"{module} stands on no floor"
    return known[part(module)]


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_from_lower_floors(module: str) -> None:
    top = module.split(".")[0]
    for name in imports(module):
        if name.split(".")[0] == top and part(name) != part(module):
            assert floor(name) < floor(module), f"{module} imports {name}"


def test_the_sandbox_knows_nothing_of_agentkit() -> None:
    for module in modules():
        if module.startswith("sandbox"):
            assert not [name for name in imports(module) if name.startswith("agentkit")], module


def test_no_module_imports_itself_in_a_circle() -> None:
    edges = {
        module: {name for name in imports(module) if name in modules() and name != module}
        for module in modules()
    }
    # A package's `__init__` may name its own modules, and they their package's siblings.
    while leaves := {module for module, needs in edges.items() if not needs & edges.keys()}:
        edges = {module: needs for module, needs in edges.items() if module not in leaves}
    assert not edges, f"among these is a circle: {sorted(edges)}"


@pytest.mark.parametrize("module", modules())
def test_heavy_packages_stay_in_the_modules_that_are_about_them(module: str) -> None:
    for name in imports(module):
        home = HEAVY.get(name.split(".")[0])
        assert home is None or module.startswith(home), f"{module} imports {name}"


@pytest.mark.parametrize("module", modules())
def test_a_module_has_one_subject_and_says_so(module: str) -> None:
    text = modules()[module].read_text("utf-8")
    assert len(text.splitlines()) < 500
    assert not text or ast.get_docstring(ast.parse(text)), "it opens without a docstring"


@pytest.mark.parametrize("package", [agentkit, sandbox])
def test_all_is_sorted_and_complete(package: object) -> None:
    names: list[str] = package.__all__  # type: ignore[attr-defined]
    assert names == sorted(names, key=lambda name: (not name.isupper(), name))
    tree = ast.parse(inspect.getsource(package))  # type: ignore[arg-type]
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("a"))
        for alias in node.names
    }
    assert imported - set(names) <= {"notebook"}
    assert all(hasattr(package, name) for name in names)


@pytest.mark.parametrize("name", agentkit.__all__)
def test_every_public_name_is_documented(name: str) -> None:
    value = getattr(agentkit, name)
    if not (inspect.isclass(value) or inspect.isfunction(value)):
        return
    assert _documented(value), f"{name} has no docstring"
    for attribute, member in vars(value).items() if inspect.isclass(value) else ():
        is_code = inspect.isfunction(member) or isinstance(member, property | classmethod)
        if is_code and not attribute.startswith("_"):
            assert inspect.getdoc(getattr(value, attribute)), f"{name}.{attribute} has none"


def _documented(value: object) -> bool:
    """False for none, and for the signature that dataclasses write in place of one."""
    text = getattr(value, "__doc__", None) or ""
    return bool(text) and not text.startswith(f"{getattr(value, '__name__', '')}(")


def test_the_error_tree_is_drawn_as_it_is() -> None:
    drawn: dict[str, str] = {}
    above: list[str] = []
    for line in (agentkit.errors.__doc__ or "").splitlines():
        if found := re.match(r"    ([│├└─ ]*)([A-Z]\w+)", line):
            del above[len(found[1]) // 4 :]
            if above:
                drawn[found[2]] = above[-1]
            above.append(found[2])
    real = {
        name: value.__mro__[1].__name__
        for name, value in vars(agentkit.errors).items()
        if inspect.isclass(value) and issubclass(value, agentkit.errors.AgentKitError)
    }
    assert real.pop("AgentKitError") == "Exception"
    assert drawn == real


def python(code: str, folder: Path) -> str:
    """What `code` prints in a Python of its own, for which `folder` is home and all else."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        **dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), str(folder)),
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_agentkit_takes_under_a_third_of_a_second(tmp_path: Path) -> None:
    code = (
        "import time; before = time.process_time(); import agentkit;"
        "print(time.process_time() - before)"
    )
    python(code, tmp_path)  # the first one reads files that are not in memory yet
    assert min(float(python(code, tmp_path)) for _ in range(5)) < 0.3


def test_importing_agentkit_loads_nothing_heavy(tmp_path: Path) -> None:
    loaded = python("import sys, agentkit, agentkit.cli; print(*sys.modules)", tmp_path).split()
    heavy = {"torch", "transformers", "numpy", "zmq", "IPython", "openai_harmony", "pydantic"}
    assert not heavy & {name.split(".")[0] for name in loaded}


def test_an_import_does_nothing_but_import(tmp_path: Path) -> None:
    code = """
import os, signal, sys, threading, warnings
seen = []
def watch(event, args):
    writes = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
    if writes or event in ("os.mkdir", "subprocess.Popen", "os.fork", "socket.connect"):
        seen.append((event, args))
sys.addaudithook(watch)
before = dict(os.environ), signal.getsignal(signal.SIGINT), list(warnings.filters)
import agentkit, agentkit.cli, sandbox
assert before == (dict(os.environ), signal.getsignal(signal.SIGINT), list(warnings.filters))
assert threading.enumerate() == [threading.main_thread()], threading.enumerate()
assert not seen, seen
"""
    python(code, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_else_stands_at_the_top() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    names = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert {name for name in names if not name.startswith(".")} <= TOP
