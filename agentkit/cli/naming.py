"""What the words on the command line stand for: models, tools, sessions, limits, sampling.

Knows how names become objects; knows nothing of runs or terminals. A name that stands for nothing
is a `UserError` that says which names there are.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from agentkit.agent import Agent
from agentkit.errors import UserError
from agentkit.imports import import_object, is_import_name
from agentkit.models.base import Model, Sampling
from agentkit.models.load import BUNDLED
from agentkit.store import SQLiteSession
from agentkit.usage import Limits

BUNDLED_NOTE = "Using the tiny bundled model; for a real one: --model openai/gpt-oss-20b"
DEFAULT_CONVERSATION = "default"


def model_name(given: str | None) -> tuple[str, str]:
    """The model to use and a note for the user, which is empty when they named one."""
    name = given or os.environ.get("AGENTKIT_MODEL", "")
    return (name, "") if name else (BUNDLED, BUNDLED_NOTE)


def tools(lists: Sequence[str]) -> list[Any]:
    """The tools that the `--tools` options name, in order, each once.

    Raises:
        UserError: a name stands for no tool.
    """
    names = [name.strip() for each in lists for name in each.split(",")]
    return [tool for name in dict.fromkeys(filter(None, names)) for tool in _named(name)]


def _named(name: str) -> list[Any]:
    if name == "python":
        from agentkit.tools.python import PythonTool

        return [PythonTool()]
    if name == "browser" or name.startswith("browser:"):
        from agentkit.browser.tool import BrowserTool

        return [BrowserTool(search=name.removeprefix("browser").removeprefix(":") or "auto")]
    if not is_import_name(name):
        raise UserError(
            f"There is no tool {name!r}. Use python, browser, or module:function or"
            " path/to/file.py:function for functions of your own."
        )
    found = import_object(name)
    return list(found) if isinstance(found, list | tuple) else [found]


def instructions(given: str) -> str:
    """The instructions themselves, read from the file when `@FILE` was given.

    Raises:
        UserError: the file cannot be read.
    """
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The instructions cannot be read: {error}") from None


def store(given: str) -> SQLiteSession:
    """The conversation that `FILE` or `FILE:ID` names.

    Raises:
        UserError: no file is named, or it cannot be used.
    """
    path, colon, conversation = given.rpartition(":")
    if not colon:
        path, conversation = given, DEFAULT_CONVERSATION
    if not path or not conversation:
        raise UserError(f"--session is FILE or FILE:ID, not {given!r}.")
    return SQLiteSession(path, conversation)


def limits(options: argparse.Namespace) -> Limits:
    """The limits of each run."""
    given = {
        "turns": options.max_turns,
        "tokens": options.max_tokens,
        "seconds": options.seconds,
    }
    return replace(Limits(), **{name: value for name, value in given.items() if value is not None})


def sampling(options: argparse.Namespace, default: Sampling) -> Sampling:
    """The model's own sampling with what was asked for otherwise."""
    given = {
        "temperature": options.temperature,
        "top_p": options.top_p,
        "seed": options.seed,
    }
    return replace(default, **{name: value for name, value in given.items() if value is not None})


def agent(options: argparse.Namespace, model: Model, named_tools: Sequence[Any]) -> Agent[Any, str]:
    """The agent that the options describe, around a loaded model.

    Raises:
        UserError: the tools or the instructions cannot be used.
    """
    return Agent(
        model,
        instructions=instructions(options.instructions),
        tools=named_tools,
        reasoning=options.reasoning,
        limits=limits(options),
        sampling=sampling(options, model.capabilities.sampling),
        vocabulary=options.vocabulary,
    )
