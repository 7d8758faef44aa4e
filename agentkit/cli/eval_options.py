"""The options of `agentkit eval` and its commands. Knows argparse alone."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from agentkit.cli.option_groups import (
    add_command,
    agent_options,
    limit_options,
    number,
    sampling_options,
)

if TYPE_CHECKING:
    from agentkit.cli.option_groups import Commands

STATUS = """\
exit status:
  0    every trial was measured (lint: nothing is wrong; replay: the same came of it)
  1    an error; lint found one; a replay came to something else
  2    the command cannot be run as it was given
  3    some trials were not measured
  130  stopped with Ctrl-C; --resume goes on
"""
_RUN_EXAMPLES = """\
examples:
  agentkit eval run examples/domains/retail --trials 4
  agentkit eval run examples/domains/retail --agent gold
  agentkit eval run examples/domains/retail --model openai/gpt-oss-20b --user model \\
      --reasoning high --trials 4 --out runs/retail-20b
  agentkit eval run tau2:retail --tau2 ~/tau2-bench --agent gold

Ctrl-C lets the trials that run finish and begins no others; a second one cancels them. The same
command with --resume goes on.

"""
_DOMAIN_HELP = "a folder with a domain.toml, or tau2:retail, tau2:airline, ... of tau2-bench"
_FOLDER_HELP = "the folder of a run"
_TRIAL_HELP = "a task's id, and perhaps one of its trials, from 0: fees-1#2"


def eval_command(commands: Commands) -> None:
    """`agentkit eval` with all its commands."""
    command = add_command(
        commands, "eval", "measure an agent on the tasks of a domain, and look at the results",
        STATUS,
    )  # fmt: skip
    below = command.add_subparsers(dest="eval_command", required=True, metavar="COMMAND")
    _run(below)
    _looking(below)
    _replay(below)
    _lint(below)
    _import(below)


def _run(commands: Commands) -> None:
    help = "play trials of tasks, keep what comes of them, and report"
    command = add_command(commands, "run", help, _RUN_EXAMPLES + STATUS)
    _domain(command)
    _what_options(command.add_argument_group("what is run"))
    agent = command.add_argument_group("who plays")
    agent.add_argument(
        "--agent",
        default="model",
        metavar="WHO",
        help="model (default): an agent with --model; gold: does what the tasks' gold actions say;"
        " noop: does nothing; or module:factory for an Agent of your own",
    )
    agent.add_argument(
        "--user",
        default="scripted",
        metavar="WHO",
        help="scripted (default): by the tasks' scripts; model: the agent's own model, or"
        " model:NAME; human: you, at this terminal",
    )
    agent.add_argument(
        "--judge",
        metavar="NAME",
        help="a model that decides judge checks, which gate then; default: none",
    )
    agent_options(agent)
    limit_options(command.add_argument_group("limits of each answer (the tasks have their own)"))
    sampling_options(command.add_argument_group("sampling (default: the model's own)"))
    _how_options(command.add_argument_group("how it is run"))


def _what_options(group: argparse._ActionsContainer) -> None:
    whole = number(int, lambda value: value > 0, "a whole number above 0")
    group.add_argument(
        "--split", metavar="NAME", help="default: test where there is such a split; all: every one"
    )
    group.add_argument(
        "--tasks", action="append", default=[], metavar="ID,ID", help="only these tasks"
    )
    group.add_argument("--trials", type=whole, default=1, metavar="N", help="of each task")


def _how_options(group: argparse._ActionsContainer) -> None:
    whole = number(int, lambda value: value > 0, "a whole number above 0")
    share = number(float, lambda value: value >= 0, "a number from 0")
    group.add_argument("--out", metavar="DIR", help="default: a new folder, runs/DOMAIN-AGENT-DATE")
    group.add_argument(
        "--resume",
        action="store_true",
        help="go on with the run in --out: what is missing, changed or was not measured is run",
    )
    group.add_argument(
        "--concurrency",
        type=whole,
        metavar="N",
        help="trials at once; default 8, or 4 a process where a model plays, which computes them"
        " together",
    )
    group.add_argument(
        "--executor",
        choices=("async", "processes", "ray"),
        default="async",
        help="where trials are played: in this process (default), in --workers processes, or in"
        " --workers actors of a Ray cluster, each with its own model",
    )
    group.add_argument("--workers", type=whole, metavar="N", help="default 2")
    group.add_argument(
        "--worker-gpus", type=share, default=0, metavar="N", help="for each Ray actor; default 0"
    )
    group.add_argument(
        "--json", action="store_true", help="one record a line while it runs, then the score"
    )


def _looking(commands: Commands) -> None:
    score = add_command(commands, "score", "score a run anew, without a model", STATUS)
    score.add_argument("folder", metavar="DIR", help=_FOLDER_HELP)
    score.add_argument(
        "--fresh",
        nargs="?",
        const="",
        metavar="DOMAIN",
        help="decide every check anew, by the run's domain as it is now, or by this one; default:"
        " as it was decided",
    )
    score.add_argument("--tau2", metavar="PATH", help=argparse.SUPPRESS)
    score.add_argument("--json", action="store_true", help="the score as JSON")
    compare = add_command(commands, "compare", "tell whether of two runs one is better", STATUS)
    compare.add_argument("a", metavar="A", help=_FOLDER_HELP)
    compare.add_argument("b", metavar="B", help="the folder of another")
    compare.add_argument("--json", action="store_true", help="the comparison as JSON")
    report = add_command(commands, "report", "write report.json and report.html", STATUS)
    report.add_argument("folder", metavar="DIR", help=_FOLDER_HELP)
    _other_domain(report)
    show = add_command(commands, "show", "show what happened in a trial", STATUS)
    show.add_argument("folder", metavar="DIR", help=_FOLDER_HELP)
    show.add_argument(
        "trial", metavar="TASK[#TRIAL]", nargs="?", help=f"{_TRIAL_HELP}; default: list all"
    )


def _replay(commands: Commands) -> None:
    command = add_command(
        commands, "replay", "play recorded trials again, without a model, and compare", STATUS
    )
    command.add_argument("folder", metavar="DIR", help=_FOLDER_HELP)
    command.add_argument("trial", metavar="TASK[#TRIAL]", nargs="?", help=_TRIAL_HELP)
    _other_domain(command)


def _other_domain(command: argparse.ArgumentParser) -> None:
    command.add_argument("--domain", metavar="DOMAIN", help=f"{_DOMAIN_HELP}; default: the run's")
    command.add_argument("--tau2", metavar="PATH", help="default: the run's")


def _lint(commands: Commands) -> None:
    command = add_command(
        commands, "lint", "find mistakes in a domain and its tasks, without a model", STATUS
    )
    _domain(command)
    command.add_argument("--split", metavar="NAME", help="default: all of them")
    command.add_argument("--json", action="store_true", help="one finding a line")


def _import(commands: Commands) -> None:
    command = add_command(
        commands, "import", "make a domain folder of tau-bench's tasks and data", STATUS
    )
    command.add_argument(
        "kind",
        metavar="KIND",
        help="tau1 or tau2, whose format it is; a domain may follow, as in tau2:airline; without"
        " one: retail",
    )
    command.add_argument(
        "path",
        metavar="PATH",
        nargs="?",
        help="a checkout of tau-bench or tau2-bench, or a domain's folder in it; default for tau2:"
        " the installed package",
    )
    command.add_argument("--out", metavar="DIR", help="default: KIND-DOMAIN, as in tau2-airline")


def _domain(command: argparse.ArgumentParser) -> None:
    command.add_argument("domain", metavar="DOMAIN", help=_DOMAIN_HELP)
    command.add_argument(
        "--tau2", metavar="PATH", help="a checkout of tau2-bench; default: the installed package"
    )
