"""Options that several commands share, and the types of their values. Knows argparse alone."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_MODEL_HELP = (
    "'tiny' (bundled), a folder, a name on the hub such as openai/gpt-oss-20b; vllm:URL,"
    " sglang:URL or llamacpp:URL for a server, responses:MODEL@URL for an API; or module:factory"
    " for a Model of your own. Default: AGENTKIT_MODEL, else tiny"
)
_TOOLS_HELP = (
    "comma list of: python; browser, or browser:PATH to search documents of your own, or"
    " browser:PROVIDER; module:function or path/to/file.py:function for functions (or lists of"
    " tools) of your own. May be given more than once"
)


def add_command(commands: Commands, name: str, help: str, epilog: str) -> argparse.ArgumentParser:
    """A command with what all commands have."""
    command = commands.add_parser(
        name,
        help=help,
        description=help[0].upper() + help[1:] + ".",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--debug", action="store_true", help="show tracebacks and debug logs")
    return command


def agent_options(group: argparse._ActionsContainer) -> None:
    """The model, what it is told and what it can use."""
    group.add_argument("--model", metavar="NAME", help=_MODEL_HELP)
    group.add_argument(
        "--dequantize",
        action="store_true",
        help="turn MXFP4 weights into bfloat16, three times the size, where they cannot run as they"
        " are",
    )
    group.add_argument(
        "--processes",
        type=number(int, lambda value: value > 0, "a whole number above 0"),
        default=1,
        metavar="N",
        help="share the model's experts among N processes, a GPU each",
    )
    group.add_argument("--tools", action="append", default=[], metavar="LIST", help=_TOOLS_HELP)
    group.add_argument("--instructions", default="", metavar="TEXT", help="or @FILE")
    group.add_argument("--reasoning", choices=("low", "medium", "high"), default="medium")
    vocabulary_option(group)


def vocabulary_option(group: argparse._ActionsContainer) -> None:
    """Where the vocabulary is."""
    group.add_argument(
        "--vocabulary", metavar="PATH", help="o200k_base.tiktoken or its folder; found by default"
    )


def limit_options(group: argparse._ActionsContainer) -> None:
    """How far a run goes."""
    whole = number(int, lambda value: value > 0, "a whole number above 0")
    positive = number(float, lambda value: value > 0, "a number above 0")
    group.add_argument("--max-turns", type=whole, metavar="N", help="generations; default 50")
    group.add_argument("--max-tokens", type=whole, metavar="N", help="tokens sampled in all")
    group.add_argument("--seconds", type=positive, metavar="S", help="wall-clock time")


def sampling_options(group: argparse._ActionsContainer) -> None:
    """How ids are drawn."""
    temperature = number(float, lambda value: value >= 0, "a number from 0")
    share = number(float, lambda value: 0 < value <= 1, "a number above 0, at most 1")
    whole = number(int, lambda value: value >= 0, "a whole number from 0")
    group.add_argument("--temperature", type=temperature, metavar="T", help="0 is greedy")
    group.add_argument("--top-p", type=share, metavar="P", help="nucleus; 1 keeps all")
    group.add_argument("--seed", type=whole, metavar="N", help="makes a run repeatable")


def number(
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
