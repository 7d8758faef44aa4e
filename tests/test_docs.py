"""The documents do what they say: every snippet runs, every command parses, every link leads on.

Python blocks of a file run in order, in one namespace, with `await` at the top level. A `text`
block right after one is what it prints. Of console blocks the `agentkit` and `sandbox` commands are
parsed and the targets of `make` looked up.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agentkit.cli.options import parser
from sandbox.__main__ import main as sandbox_main

ROOT = Path(__file__).parent.parent
FILES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMES = [str(path.relative_to(ROOT)) for path in FILES]

_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, text, first line in the file, and the output shown for it."""

    language: str
    text: str
    line: int
    output: str | None = None


def blocks(path: Path) -> Iterator[Block]:
    text = path.read_text("utf-8")
    found = list(_FENCE.finditer(text))
    for number, match in enumerate(found):
        after = found[number + 1] if number + 1 < len(found) else None
        line = text.count("\n", 0, match.start(2)) + 1
        output = None
        if after is not None and after[1] == "text":
            output = None if text[match.end() : after.start()].strip() else after[2]
        yield Block(match[1], match[2], line, output)


def run(block: Block, path: Path, runner: asyncio.Runner, names: dict[str, Any]) -> str:
    """What the block prints; tracebacks give the document's own lines."""
    source = "\n" * (block.line - 1) + block.text
    code = compile(source, str(path), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        outcome = eval(code, names)
        if inspect.iscoroutine(outcome):
            runner.run(outcome)
    return printed.getvalue()


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_every_snippet_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    with asyncio.Runner() as runner:
        for block in blocks(path):
            if block.language == "python":
                printed = run(block, path, runner, names)
                if block.output is not None:
                    assert printed == block.output, f"{path.name}:{block.line}"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_every_command_exists(path: Path) -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    lines = [
        line.removeprefix("$ ").removeprefix(".venv/bin/")
        for block in blocks(path)
        if block.language == "console"
        for line in block.text.splitlines()
        if line.startswith("$ ")
    ]
    for line in lines:
        program, *arguments = shlex.split(line, comments=True)
        if program == "agentkit":
            parser().parse_args(arguments)
        elif program == "make":
            assert set(arguments) <= set(targets), line
        elif arguments[:2] == ["-m", "sandbox"]:
            with pytest.raises(SystemExit) as left:
                sandbox_main([*arguments[2:], "--help"])
            assert left.value.code == 0, line


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in _LINK.findall(_FENCE.sub("", path.read_text("utf-8"))):
        target, _, anchor = link.partition("#")
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        file = path.parent / target if target else path
        assert file.exists(), f"{link} leads nowhere"
        if anchor:
            assert anchor in anchors(file), f"{link}: no such heading"


def anchors(path: Path) -> set[str]:
    """The headings as GitHub names them."""
    text = _FENCE.sub("", path.read_text("utf-8"))
    return {
        re.sub(r"[^\w\- ]", "", each).lower().replace(" ", "-") for each in _HEADING.findall(text)
    }
