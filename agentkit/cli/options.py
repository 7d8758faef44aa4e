"""The command line as argparse sees it: commands, options, their types and their help.

Knows no model, tool or terminal, so that `--help` costs nothing. What the words mean is found out
by `naming`.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING

STATUS = """\
exit status:
  0    the model answered (setup, doctor: all that is needed is there)
  1    an error, an empty answer, or a call that waits for approval where nobody can be asked
  2    the command cannot be run as it was given
  3    a limit ended the run
  130  cancelled with Ctrl-C
"""

_MODEL_HELP = (
    "'tiny' (bundled), a folder, a name on the hub, or module:factory for a Model of your own;"
    " default: AGENTKIT_MODEL, else tiny"
)
_TOOLS_HELP = (
    "comma list of: python; browser, or browser:PATH to search documents of your own, or"
    " browser:PROVIDER; module:function or path/to/file.py:function for functions (or lists of"
    " tools) of your own. May be given more than once"
)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="agentkit",
        description="Agents on OpenAI's gpt-oss models, on your own hardware.",
        epilog=STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"agentkit {version('agentkit')}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _run(commands)
    _chat(commands)
    _setup(commands)
    _doctor(commands)
    _index(commands)
    return top


if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def _command(commands: Commands, name: str, help: str) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name,
        help=help,
        description=help[0].upper() + help[1:] + ".",
        epilog=STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--debug", action="store_true", help="show tracebacks and debug logs")
    return command


def _run(commands: Commands) -> None:
    command = _command(commands, "run", "run an agent on one prompt")
    command.add_argument("prompt", nargs="?", metavar="PROMPT", help="'-' reads it from stdin")
    command.add_argument(
        "--resume",
        action="store_true",
        help="go on with the unfinished run of --session instead of a prompt",
    )
    _agent_options(command)


def _chat(commands: Commands) -> None:
    _agent_options(_command(commands, "chat", "talk with an agent; its tools keep their state"))


def _setup(commands: Commands) -> None:
    command = _command(commands, "setup", "fetch and check what this machine needs")
    command.add_argument("--model", help="also download this model from the hub")
    _vocabulary_option(command)


def _doctor(commands: Commands) -> None:
    command = _command(commands, "doctor", "check this machine, changing nothing, with a real run")
    command.add_argument("--model", help="also check that this model is there")
    _vocabulary_option(command)


def _index(commands: Commands) -> None:
    command = _command(commands, "index", "make documents searchable for the browser, offline")
    command.add_argument(
        "source",
        metavar="FOLDER|FILE.jsonl",
        help="HTML, Markdown, text, PDF and JSON files, or one"
        ' {"url": ..., "title": ..., "text": ...} a line',
    )
    command.add_argument(
        "--out",
        metavar="FILE",
        help="the index; default: in the user's cache, where browser:FOLDER finds it",
    )


def _agent_options(command: argparse.ArgumentParser) -> None:
    agent = command.add_argument_group("agent")
    agent.add_argument("--model", metavar="NAME", help=_MODEL_HELP)
    agent.add_argument(
        "--dequantize",
        action="store_true",
        help="turn MXFP4 weights into bfloat16, three times the size, where they cannot run as they"
        " are",
    )
    agent.add_argument("--tools", action="append", default=[], metavar="LIST", help=_TOOLS_HELP)
    agent.add_argument("--instructions", default="", metavar="TEXT", help="or @FILE")
    agent.add_argument("--reasoning", choices=("low", "medium", "high"), default="medium")
    _vocabulary_option(agent)
    _limit_options(command.add_argument_group("limits of a run"))
    _sampling_options(command.add_argument_group("sampling (default: the model's own)"))
    keeping = command.add_argument_group("what is kept and shown")
    keeping.add_argument(
        "--session",
        metavar="FILE[:ID]",
        help="go on with, and save every step to, this conversation of a SQLite file",
    )
    keeping.add_argument("--trace", metavar="FILE", help="append every event to a JSON Lines file")
    keeping.add_argument("--json", action="store_true", help="one event a line, nothing else")
    keeping.add_argument(
        "--yes", action="store_true", help="approve calls that need it without asking"
    )


def _vocabulary_option(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--vocabulary", metavar="PATH", help="o200k_base.tiktoken or its folder; found by default"
    )


def _limit_options(group: argparse._ActionsContainer) -> None:
    whole = _number(int, lambda value: value > 0, "a whole number above 0")
    positive = _number(float, lambda value: value > 0, "a number above 0")
    group.add_argument("--max-turns", type=whole, metavar="N", help="generations; default 50")
    group.add_argument("--max-tokens", type=whole, metavar="N", help="tokens sampled in all")
    group.add_argument("--seconds", type=positive, metavar="S", help="wall-clock time")


def _sampling_options(group: argparse._ActionsContainer) -> None:
    temperature = _number(float, lambda value: value >= 0, "a number from 0")
    share = _number(float, lambda value: 0 < value <= 1, "a number above 0, at most 1")
    whole = _number(int, lambda value: value >= 0, "a whole number from 0")
    group.add_argument("--temperature", type=temperature, metavar="T", help="0 is greedy")
    group.add_argument("--top-p", type=share, metavar="P", help="nucleus; 1 keeps all")
    group.add_argument("--seed", type=whole, metavar="N", help="makes a run repeatable")


def _number(
    kind: type[int] | type[float], fits: Callable[[float], bool], what: str
) -> Callable[[str], float]:
    """A type for argparse that says in plain words what is wanted."""

    def convert(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = kind("-1")
        if not (math.isfinite(value) and fits(value)):
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
        return value

    return convert
