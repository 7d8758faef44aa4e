"""Stored trials are judged and played again without a model, and come to the same result."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from agentkit.errors import BackendError, UserError
from agentkit.evals.agents import Briefing, Reply, Toolbox, Utterance
from agentkit.evals.domain import Domain
from agentkit.evals.episode import Trial, run_trial
from agentkit.evals.records import TrialRecord
from agentkit.evals.replay import CHANGED, replay, rescore
from agentkit.evals.state import State
from agentkit.evals.tools import writes
from agentkit.serialise import to_json
from tests.evals.support import FunctionAgent, FunctionPlayer, LineUser, changed, library, task_of

LIBRARY = library()


async def right(toolbox: Toolbox, heard: str) -> str:
    toolbox.note("reasoning", "Let me see.")
    await toolbox.call("get_loan", {"loan": "L7"})
    if "Renew" in heard:
        await toolbox.call("renew", {"loan": "L7"})
    return "L7 is due on 2026-02-07."


async def wrong(toolbox: Toolbox, heard: str) -> str:
    await toolbox.call("renew", '{"loan": "L9"}')
    await toolbox.call("renew", '{"loan": broken')
    await toolbox.call("renwe", {})
    return "Done."


async def endless(toolbox: Toolbox, heard: str) -> str:
    while True:
        await toolbox.call("get_loan", {"loan": "L7"})


async def stops(toolbox: Toolbox, heard: str) -> Reply:
    return Reply("", stopped="model", detail="no memory")


async def recorded(answer: Any = right, user: Any = None, **fields: Any) -> TrialRecord:
    """A trial of renew-1, read back from its line in a results file."""
    task = changed(task_of(LIBRARY, "renew-1"), **fields)
    user = user or LineUser(["Renew L7.", "Thanks."])
    record = await run_trial(
        Trial(LIBRARY, task, "train", 3, 5, "k"), FunctionAgent(answer), user, None
    )
    return TrialRecord.model_validate(json.loads(to_json(record)))


def told(record: TrialRecord) -> dict[str, Any]:
    """What must be the same: all but times, and what the agent itself counts."""
    shown = record.model_dump(mode="json", exclude={"started", "seconds", "usage"})
    for event in shown["events"]:
        event["at"] = 0
        if event["call"]:
            event["call"]["seconds"] = 0
    return shown


@pytest.mark.parametrize("answer", [right, wrong, endless, stops])
async def test_judging_again_comes_to_the_same(answer: Any) -> None:
    record = await recorded(answer)
    assert told(await rescore(record, LIBRARY)) == told(record)


@pytest.mark.parametrize("answer", [right, wrong, stops])
async def test_playing_again_comes_to_the_same(answer: Any) -> None:
    record = await recorded(answer)
    assert told(await replay(record, LIBRARY)) == told(record)


async def test_a_trial_that_went_beyond_a_limit_does_so_again() -> None:
    record = await recorded(endless)
    again = await replay(record, LIBRARY)
    assert (again.outcome, again.ending) == (record.outcome, record.ending) == ("failed", "limit")
    assert (again.limit, len(again.events)) == (record.limit, len(record.events))


async def test_a_trial_that_the_user_spoiled_is_spoiled_again() -> None:
    record = await recorded(right, LineUser(["Renew L7.", Utterance("")]))
    again = await replay(record, LIBRARY)
    assert (again.outcome, again.ending) == ("not_measured", "user")


@pytest.mark.parametrize("text", ["", "Goodbye."])
async def test_a_user_who_left_at_once_does_so_again(text: str) -> None:
    record = await recorded(right, LineUser([Utterance(text, leaves=True)]))
    again = await replay(record, LIBRARY)
    assert (again.outcome, again.ending) == (record.outcome, record.ending)
    assert (again.outcome, again.ending) == ("not_measured", "user")


@pytest.mark.parametrize("error", [RuntimeError("no"), BackendError("no memory")])
async def test_an_agent_that_could_not_begin_does_not_begin_again(error: Exception) -> None:
    class Broken(FunctionAgent):
        def start(self, briefing: Briefing) -> FunctionPlayer:
            raise error

    trial = Trial(LIBRARY, task_of(LIBRARY, "renew-1"))
    record = await run_trial(trial, Broken(right), LineUser(["Renew L7."]))
    again = await replay(record, LIBRARY)
    assert (again.outcome, again.ending) == (record.outcome, record.ending)
    assert again.detail == record.detail


async def test_mended_checks_decide_anew() -> None:
    record = await recorded(checks=[{"said": ["2026-02-08"]}], init=[])
    assert record.outcome == "failed"
    task = changed(task_of(LIBRARY, "renew-1"), checks=[{"said": ["2026-02-07"]}], init=[])
    again = await rescore(record, dataclasses.replace(LIBRARY, splits={"train": [task]}))
    assert (again.outcome, again.attribution) == ("passed", None)


def with_other_renew() -> Domain:
    """The library, where renewing does something else."""

    @writes
    def renew(state: State, loan: str) -> str:
        """Renew."""
        state.set("loans", loan, "due", to="2027-01-01")
        return "renewed"

    return dataclasses.replace(library(), tools={**LIBRARY.tools, "renew": renew})


async def test_an_environment_that_has_changed_is_told_of_once() -> None:
    domain = with_other_renew()
    record = await recorded(user=LineUser(["Renew L7."]))
    again = await rescore(await rescore(record, domain), domain)
    notes = [event.text for event in again.events if event.text.startswith(CHANGED)]
    assert len(notes) == 1
    assert "renew answers" in notes[0]


async def test_a_recorded_verdict_stands_without_a_judge() -> None:
    task = changed(task_of(LIBRARY, "renew-1"), checks=[{"judge": "polite"}])
    domain = dataclasses.replace(LIBRARY, splits={"train": [task]})

    class Harsh:
        @property
        def settings(self) -> dict[str, Any]:
            return {"name": "harsh"}

        async def verdict(self, *args: Any) -> tuple[bool, str]:
            return False, "rude"

    trial = Trial(domain, task)
    record = await run_trial(trial, FunctionAgent(right), LineUser(["hi"]), Harsh())
    assert record.outcome == "failed"
    for again in (await rescore(record, domain), await replay(record, domain)):
        assert again.outcome == "failed"
        assert again.checks == record.checks


async def test_a_check_that_a_judge_left_open_stays_open_without_one() -> None:
    checks = [{"judge": "polite"}, {"said": ["2026-02-07"]}]
    task = changed(task_of(LIBRARY, "renew-1"), checks=checks)
    domain = dataclasses.replace(LIBRARY, splits={"train": [task]})

    class Down:
        @property
        def settings(self) -> dict[str, Any]:
            return {"name": "down"}

        async def verdict(self, *args: Any) -> tuple[bool, str]:
            raise RuntimeError("down")

    record = await run_trial(Trial(domain, task), FunctionAgent(right), LineUser(["hi"]), Down())
    assert record.outcome == "not_measured"
    for again in (await rescore(record, domain), await replay(record, domain)):
        assert (again.outcome, again.checks) == ("not_measured", record.checks)


async def test_a_task_that_is_no_more_cannot_be_judged() -> None:
    domain = dataclasses.replace(LIBRARY, splits={"train": []})
    record = await recorded()
    for again in (rescore, replay):
        with pytest.raises(UserError, match="renew-1"):
            await again(record, domain)
