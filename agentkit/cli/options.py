"""The command line as argparse sees it: commands, options, their types and their help.

Knows no model, tool or terminal, so that `--help` costs nothing. What the words mean is found out
by `naming`. The options of `agentkit eval` are in `eval_options`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

from agentkit.cli.eval_options import eval_command
from agentkit.cli.option_groups import (
    add_command,
    agent_options,
    limit_options,
    sampling_options,
    vocabulary_option,
)

if TYPE_CHECKING:
    from agentkit.cli.option_groups import Commands

RUN_STATUS = """\
exit status:
  0    the model answered
  1    an error, an empty answer, or a call that waits for approval
       where nobody can be asked
  2    the command cannot be run as it was given
  3    a limit ended the run
  130  cancelled with Ctrl-C
"""
CHAT_STATUS = """\
exit status:
  0    you left the conversation
  1    an error
  2    the command cannot be run as it was given
  130  stopped with Ctrl-C
"""
CHECK_STATUS = """\
exit status:
  0    all that is needed is there
  1    something is missing or does not work
  2    the command cannot be run as it was given
  130  stopped with Ctrl-C
"""
INDEX_STATUS = """\
exit status:
  0    the documents can be searched
  1    an error
  2    the command cannot be run as it was given
  130  stopped with Ctrl-C; the same command goes on
"""


def read(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command as it was given; the process ends where it is no command.

    Args:
        argv: the arguments; None for the process's own.
    """
    top = parser()
    options, rest = top.parse_known_args(argv)
    prompt = getattr(options, "prompt", None)
    if rest and prompt is not None and not rest[0].startswith("-"):
        top.error(f'the prompt is one argument, in quotes: "{prompt} {" ".join(rest)}"')
    if rest:
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    return options


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="agentkit",
        description="Agents on OpenAI's gpt-oss models, on your own hardware.",
        epilog="`agentkit COMMAND --help` tells a command's options and exit statuses.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"agentkit {version('agentkit')}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _run(commands)
    _chat(commands)
    eval_command(commands)
    _setup(commands)
    _doctor(commands)
    _index(commands)
    return top


def _run(commands: Commands) -> None:
    command = add_command(commands, "run", "run an agent on one prompt", RUN_STATUS)
    command.add_argument("prompt", nargs="?", metavar="PROMPT", help="'-' reads it from stdin")
    command.add_argument(
        "--resume",
        action="store_true",
        help="go on with the unfinished run of --session instead of a prompt",
    )
    _conversation_options(command)


def _chat(commands: Commands) -> None:
    help = "talk with an agent; its tools keep their state"
    _conversation_options(add_command(commands, "chat", help, CHAT_STATUS))


def _setup(commands: Commands) -> None:
    command = add_command(
        commands, "setup", "fetch and check what this machine needs", CHECK_STATUS
    )
    command.add_argument("--model", help="also download this model from the hub")
    vocabulary_option(command)


def _doctor(commands: Commands) -> None:
    help = "check this machine, changing nothing, with a real run"
    command = add_command(commands, "doctor", help, CHECK_STATUS)
    command.add_argument(
        "--model", help="also check this model, and that its engine does what it should"
    )
    vocabulary_option(command)


def _index(commands: Commands) -> None:
    help = "make documents searchable for the browser, offline"
    command = add_command(commands, "index", help, INDEX_STATUS)
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


def _conversation_options(command: argparse.ArgumentParser) -> None:
    agent_options(command.add_argument_group("agent"))
    limit_options(command.add_argument_group("limits of a run"))
    sampling_options(command.add_argument_group("sampling (default: the model's own)"))
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
