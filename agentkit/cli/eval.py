"""`agentkit eval`: its commands but `run`, each from a folder or a domain to words and a status.

Knows where the parts are; what they show is `eval_view`'s and `eval_show`'s business.
"""

from __future__ import annotations

import argparse
import asyncio
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from agentkit.cli.eval_show import found, show_list, show_trial, what_differs
from agentkit.cli.eval_view import as_json, show_comparison, show_score, trial_line
from agentkit.cli.wording import clean
from agentkit.errors import AgentKitError, UserError
from agentkit.evals.compare import compare
from agentkit.evals.domain import Domain
from agentkit.evals.folder import RunFolder
from agentkit.evals.lint import lint
from agentkit.evals.opening import open_domain
from agentkit.evals.records import TrialRecord
from agentkit.evals.replay import replay, rescore
from agentkit.evals.report import write_report
from agentkit.evals.report.words import plural
from agentkit.evals.scoring import score
from agentkit.serialise import to_json

ERROR, NOT_MEASURED = 1, 3


def eval_command(options: argparse.Namespace) -> int:
    """Run a command of `agentkit eval`.

    Args:
        options: read from the command line; its `arguments` are that line.

    Returns:
        The exit status.
    """
    if options.eval_command == "run":
        from agentkit.cli.eval_run import run_command

        return run_command(options)
    return _COMMANDS[options.eval_command](options)


def _console() -> Console:
    """Where to show things: lines end between words on a terminal, and are left whole elsewhere."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def _score(options: argparse.Namespace) -> int:
    folder = RunFolder(options.folder)
    units = list(folder.settings.units()) if folder.settings is not None else []
    if options.fresh is None:
        scored = score(folder.records(), units)
    else:
        domain = _domain(folder, options.fresh or None, options.tau2)
        scored = score(asyncio.run(_rescored(folder, domain)), units)
    if options.json:
        print(as_json(scored))
    else:
        show_score(_console(), scored, str(folder.path))
    return 0 if scored.complete else NOT_MEASURED


async def _rescored(folder: RunFolder, domain: Domain) -> list[TrialRecord]:
    """The records as they are judged now, without what was said in them."""
    judged = []
    for record in folder.records():
        again = await rescore(record, domain)
        judged.append(again.model_copy(update={"events": ()}))
    return judged


def _compare(options: argparse.Namespace) -> int:
    a, b = RunFolder(options.a), RunFolder(options.b)
    scores = [
        score(each.records(), each.settings.units() if each.settings is not None else ())
        for each in (a, b)
    ]
    comparison = compare(scores[0], scores[1], a.settings, b.settings)
    if not (comparison.tasks or comparison.unmeasured):
        raise UserError(f"{a.path} and {b.path} have no task in common: nothing can be compared.")
    if options.json:
        print(as_json(comparison))
    else:
        show_comparison(_console(), comparison, a.path, b.path)
    return 0 if all(each.complete for each in scores) else NOT_MEASURED


def _report(options: argparse.Namespace) -> int:
    folder = RunFolder(options.folder)
    settings = folder.settings
    try:
        domain = _domain(folder, options.domain, options.tau2)
    except AgentKitError as error:
        if options.domain is not None:
            raise
        print(
            f"The report goes without the tasks' words and the policy: {clean(str(error))}",
            file=sys.stderr,
        )
        domain = None
    units = list(settings.units()) if settings is not None else []
    written = settings.as_json() if settings is not None else {}
    for path in write_report(folder.path, folder.records(), written, domain, planned=units):
        print(clean(str(path)))
    return 0


def _show(options: argparse.Namespace) -> int:
    folder, console = RunFolder(options.folder), _console()
    records = folder.records()
    if options.trial is None:
        show_list(console, records)
        return 0
    for record in found(records, options.trial):
        show_trial(console, record)
    return 0


def _replay(options: argparse.Namespace) -> int:
    folder, console = RunFolder(options.folder), _console()
    domain = _domain(folder, options.domain, options.tau2)
    names = [options.trial] if options.trial is not None else _names(folder)
    changed = played = left_out = 0
    records = folder.records()
    for name in names:
        for record in found(records, name):
            if record.outcome == "not_measured":
                left_out += 1
                continue
            played += 1
            differing = list(what_differs(record, asyncio.run(replay(record, domain))))
            if differing:
                changed += 1
                console.print(Text(f"{trial_line(record)}", style="red"))
                for each in differing:
                    console.print(Text(f"    {clean(each)}"))
    words = f"{played - changed} of {played} trials came to the same again"
    also = f"; {left_out} were not measured and are left out" if left_out else ""
    console.print(Text(f"{words}{also}.", style="red" if changed else "green"))
    return ERROR if changed else 0


def _names(folder: RunFolder) -> Iterator[str]:
    """Every trial by name, so that one at a time is in memory."""
    for place in folder.records().heads():
        yield f"{place.head.task}#{place.head.trial}"


def _domain(folder: RunFolder, given: str | None, tau2: str | None) -> Domain:
    """The domain that is named, or the one of the run.

    Raises:
        UserError: the run does not say which it was, or it is not there.
    """
    about = folder.settings.about if folder.settings is not None else {}
    spec = given or about.get("spec")
    tau2 = tau2 or about.get("tau2")
    if not spec or not isinstance(spec, str) or not isinstance(tau2, str | None):
        raise UserError(f"{folder.path} does not say where its domain is: give it with --domain.")
    try:
        return open_domain(spec, tau2)
    except UserError as error:
        if given:
            raise
        raise UserError(f"{error} The run was of {spec}; --domain names another place.") from None


def _lint(options: argparse.Namespace) -> int:
    domain, console = open_domain(options.domain, options.tau2), _console()
    findings = asyncio.run(lint(domain, options.split))
    errors = sum(each.severity == "error" for each in findings)
    for each in findings:
        if options.json:
            print(to_json(each))
            continue
        style = "red" if each.severity == "error" else "yellow"
        where = each.task or domain.name
        console.print(
            Text.assemble(
                (f"{each.severity}: ", style), clean(f"{where}: {each.rule}: {each.detail}")
            )
        )
    if not options.json:
        counts = {"task": len(domain.tasks(options.split)), "error": errors}
        counts["warning"] = len(findings) - errors
        words = ", ".join(plural(count, noun) for noun, count in counts.items())
        console.print(Text(clean(f"{domain.name}: {words}"), style="red" if errors else "green"))
    return ERROR if errors else 0


def _import(options: argparse.Namespace) -> int:
    from agentkit.evals.bridges.importing import import_domain

    out = Path(options.out).expanduser() if options.out else None
    path = Path(options.path).expanduser() if options.path else None
    made = import_domain(options.kind, path, out)
    print(clean(f"{made}"))
    print(
        clean(f"Look it over: {shlex.join(['agentkit', 'eval', 'lint', str(made)])}"),
        file=sys.stderr,
    )
    return 0


_COMMANDS = {
    "score": _score,
    "compare": _compare,
    "report": _report,
    "show": _show,
    "replay": _replay,
    "lint": _lint,
    "import": _import,
}
