"""A trial is talked through as agreed, ends for the right reason and counts as what it shows."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from agentkit.errors import BackendError, ContextOverflow, LimitExceeded
from agentkit.evals.agents import Reply, Toolbox, UserFault, Utterance
from agentkit.evals.episode import Trial, run_trial, seed_of
from agentkit.evals.players import GoldAgent, NoopAgent
from agentkit.evals.records import TrialRecord
from agentkit.evals.state import State
from agentkit.evals.task import Scenario
from agentkit.evals.tools import writes
from agentkit.evals.users import ScriptedUser
from agentkit.usage import Usage
from tests.evals.support import FunctionAgent, LinePartner, LineUser, changed, library, task_of

LIBRARY = library()


async def solve(toolbox: Toolbox, heard: str) -> str:
    """What solves renew-1."""
    await toolbox.call("get_loan", {"loan": "L7"})
    await toolbox.call("renew", {"loan": "L7"})
    return "L7 is due on 2026-02-07."


async def nothing(toolbox: Toolbox, heard: str) -> str:
    return "Well."


async def played(
    agent: Any = None, user: Any = None, task: str = "renew-1", **fields: Any
) -> TrialRecord:
    """A trial of a library task, some of its fields changed."""
    trial = Trial(LIBRARY, changed(task_of(LIBRARY, task), **fields), "train", 0, 7, "key")
    agent = agent if not callable(agent) else FunctionAgent(agent)
    return await run_trial(trial, agent or FunctionAgent(solve), user or LineUser(["Renew L7."]))


async def test_a_task_done_right_has_passed() -> None:
    record = await played()
    assert (record.outcome, record.ending, record.attribution) == ("passed", "finished", None)
    assert [event.kind for event in record.events] == ["user", "call", "call", "answer"]
    assert all(check.passed for check in record.checks)
    assert (record.usage.turns, record.usage.calls, record.usage.tool_errors) == (1, 2, 0)
    assert (record.seed, record.split, record.key, record.differences) == (7, "train", "key", ())
    assert [event.at for event in record.events] == sorted(event.at for event in record.events)


async def test_a_task_not_done_has_failed_and_says_where_the_state_differs() -> None:
    record = await played(nothing)
    assert (record.outcome, record.ending) == ("failed", "finished")
    assert [each.path for each in record.differences] == ["/loans/L7/due", "/loans/L7/renewals"]
    assert record.attribution is not None


@pytest.mark.parametrize("task", [task.id for task in LIBRARY.tasks()])
async def test_the_gold_agent_passes_every_task_with_the_scripted_user(task: str) -> None:
    record = await played(GoldAgent(LIBRARY), ScriptedUser(), task)
    assert record.outcome == "passed", record.model_dump()


@pytest.mark.parametrize("task", LIBRARY.tasks(), ids=lambda task: task.id)
async def test_doing_nothing_comes_out_as_the_task_declares(task: Any) -> None:
    record = await played(NoopAgent(), ScriptedUser(), task.id)
    assert record.outcome == {"pass": "passed", "fail": "failed"}[task.noop]


async def test_the_user_hears_the_greeting_and_the_agents_answers_alone() -> None:
    async def thinks(toolbox: Toolbox, heard: str) -> str:
        toolbox.note("reasoning", "secret")
        toolbox.note("preamble", "one moment")
        await toolbox.call("get_loan", {"loan": "L7"})
        return f"You said {heard}"

    user = LineUser(["one", "two"])
    record = await played(thinks, user)
    assert user.heard == ["Hello, how can I help?", "You said one", "You said two"]
    kinds = [event.kind for event in record.events]
    assert kinds == ["user", "reasoning", "preamble", "call", "answer"] * 2


async def test_what_the_user_says_in_leaving_is_kept_and_not_answered() -> None:
    record = await played(user=LineUser(["Renew L7.", Utterance("Bye!", leaves=True)]))
    assert [event.text for event in record.events if event.kind == "user"][-1] == "Bye!"
    assert record.events[-1].kind == "user"
    assert record.outcome == "passed"


async def test_a_trial_has_nothing_of_another() -> None:
    agent = FunctionAgent(solve)
    records = await asyncio.gather(*(played(agent) for _ in range(20)))
    assert {record.outcome for record in records} == {"passed"}
    assert agent.closed == 20


# Limits


async def test_reaching_a_limit_exactly_is_finished() -> None:
    record = await played(limits={"turns": 1, "calls": 2, "tool_errors": 0})
    assert record.outcome == "passed"


async def test_one_call_too_many_ends_the_trial() -> None:
    record = await played(limits={"calls": 1})
    assert (record.outcome, record.ending, record.limit) == ("failed", "limit", "calls")
    assert len(list(record.calls)) == 1
    assert record.checks  # they are looked at all the same


async def test_one_turn_too_many_ends_the_trial() -> None:
    record = await played(user=LineUser(["a", "b"]), limits={"turns": 1})
    assert (record.ending, record.limit) == ("limit", "turns")


async def test_one_error_too_many_ends_the_trial_and_is_recorded() -> None:
    async def errs(toolbox: Toolbox, heard: str) -> str:
        for _ in range(9):
            await toolbox.call("get_loan", {"loan": "L99"})
        return "no"

    record = await played(errs, limits={"tool_errors": 2})
    assert (record.ending, record.limit, record.usage.tool_errors) == ("limit", "tool_errors", 3)
    assert len(list(record.calls)) == 3


async def test_an_agent_cannot_get_round_a_limit() -> None:
    async def stubborn(toolbox: Toolbox, heard: str) -> str:
        for _ in range(9):
            try:
                await toolbox.call("renew", {"loan": "L7"})
            except Exception:
                continue
        return "done"

    record = await played(stubborn, limits={"calls": 1})
    assert (record.ending, record.limit, len(list(record.calls))) == ("limit", "calls", 1)


async def test_more_tokens_than_allowed_end_the_trial() -> None:
    async def wordy(toolbox: Toolbox, heard: str) -> Reply:
        toolbox.spent(Usage(output_tokens=6))
        return Reply("well")

    allowed = await played(wordy, limits={"tokens": 6})
    assert allowed.ending == "finished"
    record = await played(wordy, LineUser(["a", "b"]), limits={"tokens": 6})
    assert (record.ending, record.limit, record.usage.output_tokens) == ("limit", "tokens", 12)


async def test_an_agent_that_hangs_runs_out_of_time() -> None:
    async def hangs(toolbox: Toolbox, heard: str) -> str:
        await asyncio.sleep(3600)
        return ""

    record = await played(hangs, limits={"seconds": 0.05})
    assert (record.outcome, record.ending, record.limit) == ("failed", "limit", "seconds")


async def test_a_user_who_hangs_is_not_the_agents_failure() -> None:
    class Sleeper(LineUser):
        def start(self, *args: Any) -> Any:
            partner = super().start(*args)

            async def say(heard: str) -> Utterance:
                await asyncio.sleep(3600)
                return Utterance("")

            partner.say = say  # type: ignore[method-assign]
            return partner

    record = await played(user=Sleeper([]), limits={"seconds": 0.05})
    assert (record.outcome, record.ending) == ("not_measured", "user")


# Who is to blame


@pytest.mark.parametrize(
    ("error", "ending", "outcome"),
    [
        (ValueError("oh"), "agent", "failed"),
        (SystemExit(3), "agent", "failed"),
        (GeneratorExit(), "agent", "failed"),
        (asyncio.CancelledError(), "agent", "failed"),
        (ContextOverflow("too long"), "limit", "failed"),
        (BackendError("no memory"), "model", "not_measured"),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, BaseException) else str(each),
)
async def test_what_an_agent_raises_ends_its_trial(
    error: BaseException, ending: str, outcome: str
) -> None:
    async def raises(toolbox: Toolbox, heard: str) -> str:
        raise error

    record = await played(raises)
    assert (record.ending, record.outcome) == (ending, outcome)
    assert record.detail


@pytest.mark.parametrize(
    ("stopped", "ending", "outcome"),
    [
        ("limit", "limit", "failed"),
        ("empty", "agent", "failed"),
        ("error", "agent", "failed"),
        ("model", "model", "not_measured"),
    ],
)
async def test_an_agent_says_why_it_has_no_answer(stopped: str, ending: str, outcome: str) -> None:
    async def stops(toolbox: Toolbox, heard: str) -> Reply:
        toolbox.spent(Usage(output_tokens=5))
        return Reply("", stopped, "because")

    record = await played(stops)
    assert (record.ending, record.outcome, record.detail) == (ending, outcome, "because")
    assert record.usage.output_tokens == 5


@pytest.mark.parametrize(
    "line",
    [
        UserFault("lost"),
        RuntimeError("oh"),
        SystemExit(1),
        asyncio.CancelledError(),
        Utterance(""),
        Utterance("", leaves=True),
    ],
    ids=["fault", "error", "exit", "cancelled", "silent", "leaves at once"],
)
async def test_what_the_user_does_wrong_is_not_measured(line: Any) -> None:
    record = await played(user=LineUser([line]))
    assert (record.ending, record.outcome) == ("user", "not_measured")
    assert record.detail


async def test_what_a_user_was_kept_from_is_kept() -> None:
    lines = [Utterance("Renew L7.", fault="spoke for the agent")]
    record = await played(user=LineUser(lines))
    assert record.user_faults == ("spoke for the agent",)
    assert record.outcome == "passed"


async def test_a_task_that_does_not_fit_the_state_is_not_measured() -> None:
    record = await played(init=[{"remove": "/loans/L99"}])
    assert (record.ending, record.outcome) == ("environment", "not_measured")
    assert "L99" in record.detail
    assert record.attribution is not None


@pytest.mark.parametrize("kind", [RuntimeError, SystemExit, GeneratorExit, BaseException])
async def test_agent_and_user_that_cannot_begin_are_told_apart(kind: type[BaseException]) -> None:
    class Broken(FunctionAgent, LineUser):
        def start(self, *args: Any) -> Any:
            raise kind("no")

    record = await played(Broken(solve))
    assert (record.ending, record.outcome) == ("agent", "failed")
    record = await played(user=Broken(solve))
    assert (record.ending, record.outcome) == ("user", "not_measured")


async def test_a_judge_that_cannot_be_asked_leaves_a_trial_unmeasured() -> None:
    class Broken:
        settings: Mapping[str, Any] = MappingProxyType({"name": "broken"})

        async def verdict(self, *args: Any) -> tuple[bool, str]:
            raise RuntimeError("down")

    trial = Trial(LIBRARY, changed(task_of(LIBRARY, "renew-1"), checks=[{"judge": "polite"}]))
    record = await run_trial(trial, FunctionAgent(solve), LineUser(["hi"]), Broken())
    assert record.outcome == "not_measured"
    record = await run_trial(trial, FunctionAgent(solve), LineUser(["hi"]))
    assert record.outcome == "not_measured"


async def test_a_call_that_outlives_its_trial_changes_nothing() -> None:
    running: list[asyncio.Task[Any]] = []

    @writes
    async def slow(state: State) -> str:
        """Write late."""
        await asyncio.sleep(0.05)
        state.set("loans", "L8", "due", to="never")
        return "done"

    class Leaving(LineUser):
        """Closes only when the call is over."""

        def start(self, scenario: Scenario, toolbox: Toolbox, seed: int) -> LinePartner:
            partner = super().start(scenario, toolbox, seed)

            async def close() -> None:
                await asyncio.wait(running)

            partner.close = close  # type: ignore[method-assign]
            return partner

    async def leaves_running(toolbox: Toolbox, heard: str) -> str:
        answer = await solve(toolbox, heard)
        running.append(asyncio.create_task(toolbox.call("slow", {})))
        await asyncio.sleep(0)
        return str(answer)

    domain = dataclasses.replace(LIBRARY, tools={**LIBRARY.tools, "slow": slow})
    trial = Trial(domain, task_of(domain, "renew-1"))
    record = await run_trial(trial, FunctionAgent(leaves_running), Leaving(["Renew L7."]))
    assert isinstance(running[0].exception(), LimitExceeded)
    assert (record.outcome, record.differences) == ("passed", ())


# The end


async def test_cancelling_a_trial_closes_both_players() -> None:
    started = asyncio.Event()

    async def hangs(toolbox: Toolbox, heard: str) -> str:
        started.set()
        await asyncio.sleep(3600)
        return ""

    agent, user = FunctionAgent(hangs), LineUser(["Renew L7."])
    running = asyncio.create_task(played(agent, user))
    await started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (agent.closed, user.closed) == (1, 1)


async def test_players_are_closed_however_a_trial_ends() -> None:
    async def raises(toolbox: Toolbox, heard: str) -> str:
        raise ValueError

    for answer in (solve, nothing, raises):
        agent, user = FunctionAgent(answer), LineUser(["hi"])
        await played(agent, user)
        assert (agent.closed, user.closed) == (1, 1)


def test_seeds_depend_on_what_is_played_alone() -> None:
    assert seed_of(1, "library", "renew-1", 0) == seed_of(1, "library", "renew-1", 0)
    seeds = {
        seed_of(base, domain, task, number)
        for base in range(3)
        for domain in ("library", "libraryr")
        for task in ("enew-1", "renew-1")
        for number in range(5)
    }
    assert len(seeds) == 60
    assert all(0 <= seed < 2**32 for seed in seeds)
