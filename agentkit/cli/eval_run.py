"""`agentkit eval run`: a run from the options to its report.

Owns the event loop and what Ctrl-C means: the first lets running trials finish, the second cancels
them. How it looks is `eval_view`'s business.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shlex
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from agentkit.cli import naming
from agentkit.cli.eval_cast import cast_of, name_of, recipe
from agentkit.cli.eval_view import JsonLines, RunView, open_run_view, show_score
from agentkit.cli.wording import clean
from agentkit.errors import UserError
from agentkit.evals.executors import Cast, open_executor
from agentkit.evals.folder import RunFolder, stamp
from agentkit.evals.report import write_report
from agentkit.evals.runner import Plan, RunSummary, run
from agentkit.evals.scoring import Score, score

INTERRUPTED, NOT_MEASURED = 130, 3
_CONCURRENCY, _CONCURRENCY_OF_MODELS, _WORKERS = 8, 4, 2
_DEFAULT_SPLIT = "test"


def run_command(options: argparse.Namespace) -> int:
    """Run what the options ask for.

    Args:
        options: of `agentkit eval run`; its `arguments` are kept with the run.

    Returns:
        The exit status.
    """
    _check(options)
    if options.agent == "model" and (note := naming.model_name(options.model)[1]):
        print(note, file=sys.stderr, flush=True)
    cast = cast_of(options)
    plan = _plan(options, cast)
    with open_run_view(options.json, quiet=options.user == "human") as view:
        summary = _Playing(plan, cast, view, human=options.user == "human").play()
        finished = summary is not None and not summary.missing
        if not RunFolder(plan.out).records():
            return INTERRUPTED
        scored, page = _report(plan)
        if isinstance(view, JsonLines):
            view.write(
                {"event": "score", "out": str(plan.out), "report": str(page), "score": scored}
            )
    if not options.json:
        _tell(plan, scored, page)
    if not finished:
        again = "" if options.resume else " --resume"
        out = "" if options.out else f" --out {shlex.quote(str(plan.out))}"
        command = clean(shlex.join(["agentkit", *options.arguments]) + out + again)
        print(f"Stopped. Go on with: {command}", file=sys.stderr)
        return INTERRUPTED
    return 0 if scored.complete else NOT_MEASURED


def _check(options: argparse.Namespace) -> None:
    """Mistakes that can be told before anything is opened."""
    if options.resume and not options.out:
        raise UserError("--resume goes on with the run in a folder: name it with --out DIR.")
    if options.user == "human":
        if not sys.stdin.isatty():
            raise UserError("--user human needs a terminal.")
        if options.executor != "async" or (options.concurrency or 1) > 1:
            raise UserError("--user human plays one trial at a time, in this process.")
    if options.executor == "async" and options.workers:
        raise UserError("--workers is for --executor processes or ray.")


def _plan(options: argparse.Namespace, cast: Cast) -> Plan:
    workers = int(options.workers or _WORKERS)
    concurrency = int(options.concurrency or _concurrency(options, workers))
    executor = open_executor(
        options.executor, recipe(options), workers, concurrency, options.worker_gpus
    )
    tasks = [name.strip() for each in options.tasks for name in each.split(",") if name.strip()]
    about: dict[str, Any] = {"spec": options.domain, "tau2": options.tau2}
    about |= {"command": shlex.join(["agentkit", *options.arguments])}
    return Plan(
        domain=cast.domain,
        agent=cast.agent,
        user=cast.user,
        judge=cast.judge,
        out=_out(options, cast),
        split=_split(options, cast, tasks),
        tasks=tasks,
        trials=int(options.trials),
        seed=int(options.seed or 0),
        concurrency=concurrency,
        resume=options.resume,
        executor=executor,
        about=about,
    )


def _concurrency(options: argparse.Namespace, workers: int) -> int:
    """Trials at once when it is not said. A model computes several at little more than the time of
    one; more of them would slow each other down, on their own time."""
    if options.agent != "model" and options.user == "scripted":
        return _CONCURRENCY
    return _CONCURRENCY_OF_MODELS * (1 if options.executor == "async" else workers)


def _split(options: argparse.Namespace, cast: Cast, tasks: Sequence[str]) -> str | None:
    if options.split is not None:
        return None if options.split == "all" else str(options.split)
    return _DEFAULT_SPLIT if _DEFAULT_SPLIT in cast.domain.splits and not tasks else None


def _out(options: argparse.Namespace, cast: Cast) -> Path:
    if options.out:
        return Path(options.out).expanduser()
    name = f"{cast.domain.name}-{name_of(cast.agent.settings)}-{stamp()}"
    return Path("runs") / re.sub(r"[^\w.-]+", "-", name)


@dataclass
class _Playing:
    """A run in its event loop, with Ctrl-C."""

    plan: Plan
    cast: Cast
    view: RunView
    human: bool
    _stop: asyncio.Event | None = None
    _task: asyncio.Task[Any] | None = None
    _loading: bool = False

    def play(self) -> RunSummary | None:
        """Play it; None when it was cancelled."""
        try:
            return asyncio.run(self._play())
        except asyncio.CancelledError:
            return None

    async def _play(self) -> RunSummary:
        self._stop = asyncio.Event()
        self._task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._interrupt)
        try:
            await self._load()
            return await run(self.plan, self.view.show, self._stop)
        finally:
            loop.remove_signal_handler(signal.SIGINT)
            await self.cast.close()
            if self.human and self._stop.is_set():
                # A thread waits for a line that nobody is going to type, and Python for it.
                print(f"\nStopped. What was finished is in {self.plan.out}.", file=sys.stderr)
                os._exit(INTERRUPTED)

    async def _load(self) -> None:
        """Load models now, so that no trial's time has it; workers load their own."""
        from agentkit.evals.executors.here import AsyncExecutor

        if not isinstance(self.plan.executor, AsyncExecutor):
            return
        self._loading = True
        for model in self.cast.models:
            await model.load()
        self._loading = False

    def _interrupt(self) -> None:
        if self._loading:  # its thread cannot be stopped, and nothing else has been begun
            print(file=sys.stderr, flush=True)
            os._exit(INTERRUPTED)
        if self._stop is None or self._task is None:
            return
        again = self._stop.is_set() or self.human
        self._stop.set()
        if again:
            self._task.cancel()
            return
        self.view.say("Stopping: trials that run may finish. Ctrl-C again cancels them.")


def _report(plan: Plan) -> tuple[Score, Path]:
    """Score the run and write its report."""
    folder = RunFolder(plan.out)
    settings, records = folder.settings, folder.records()
    if settings is None:
        raise UserError(f"{plan.out} has no run.json.")
    units = list(settings.units())
    _, page = write_report(plan.out, records, settings.as_json(), plan.domain, planned=units)
    return score(records, units), page


def _tell(plan: Plan, scored: Score, page: Path) -> None:
    console = Console(highlight=False, soft_wrap=True)
    judge = f", judge {name_of(plan.judge.settings)}" if plan.judge is not None else ""
    title = (
        f"{plan.domain.name}: agent {name_of(plan.agent.settings)},"
        f" user {name_of(plan.user.settings)}{judge}, {plan.trials} trials of each task"
        if plan.trials > 1
        else f"{plan.domain.name}: agent {name_of(plan.agent.settings)},"
        f" user {name_of(plan.user.settings)}{judge}"
    )
    show_score(console, scored, title)
    console.print(Text(clean(f"Report: {page}"), style="bold"))
    bad = next((each for each in scored.tasks if each.passed < each.trials), None)
    if bad is not None:
        trial = next(n for n, outcome in enumerate(bad.outcomes) if outcome != "passed")
        look = shlex.join(["agentkit", "eval", "show", str(plan.out), f"{bad.task}#{trial}"])
        console.print(Text(clean(f"Look at a trial that did not pass: {look}")))
