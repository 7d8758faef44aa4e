"""What `agentkit doctor --model ...` finds out about an engine: the suite of `models.conformance`.

Knows how to run it check by check, with one event loop for all, and to put what was found as the
doctor's other lines are put. Nothing of it decides what an engine has to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from agentkit.cli.check import Check, State
from agentkit.cli.wording import one_line
from agentkit.errors import AgentKitError

if TYPE_CHECKING:
    from agentkit.models.base import Model

_LONGEST = 400


def engine_checks(name: str, vocabulary: str | None) -> Iterator[Callable[[], Check]]:
    """The suite's checks of model `name`, each to be made before the next is asked for.

    Args:
        name: as `--model` takes it.
        vocabulary: the vocabulary's file or folder; None to find it.
    """
    from agentkit.models.conformance import CHECKS
    from agentkit.models.load import load_model

    try:
        model = load_model(name)
    except AgentKitError as error:
        refused = Check("engine", "failed", one_line(str(error), _LONGEST))
        yield lambda: refused
        return
    done: list[Check] = []

    def make(check: str) -> Check:
        done.append(runner.run(_made(model, check, vocabulary)))
        return done[-1]

    with asyncio.Runner() as runner:
        try:
            for check in CHECKS:
                yield partial(make, check)
                if done[-1].subject == "engine":
                    return
        finally:
            runner.run(model.close())


async def _made(model: Model, name: str, vocabulary: str | None) -> Check:
    from agentkit.harmony.tokenizer import load_tokenizer
    from agentkit.models.conformance import conformance

    states: dict[str, State] = {"ok": "ok", "failed": "failed", "skipped": "note"}
    try:
        tokenizer = load_tokenizer(vocabulary, model.capabilities.checkpoint)
    except AgentKitError as error:
        return Check("engine", "failed", one_line(str(error), _LONGEST))
    async for finding in conformance(model, (name,), tokenizer=tokenizer):
        said = one_line(finding.detail, _LONGEST)
        subject = "engine" if finding.ends_it else finding.check
        return Check(subject, states[finding.state], f"{said} ({finding.seconds:.1f} s)")
    raise AssertionError("a check has a finding")
