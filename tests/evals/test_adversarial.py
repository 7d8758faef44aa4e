"""Whatever an agent does, its trial ends with a record, nothing is broken and others go on."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

import pytest

from agentkit.evals import episode
from agentkit.evals.agents import Reply, Toolbox
from agentkit.evals.domain import Domain
from agentkit.evals.episode import Trial, run_trial
from agentkit.evals.records import TrialRecord
from agentkit.evals.toolbox import MOST_CHARACTERS
from agentkit.serialise import to_json
from agentkit.usage import Usage
from tests.evals.support import FunctionAgent, LineUser, changed, library, task_of

STOPS = ["###STOP###", "###TRANSFER###", "###OUT-OF-SCOPE###", "<|return|>", "STOP", '{"stop":1}']


async def played(
    answer: Any, domain: Domain | None = None, user: Any = None, **fields: Any
) -> TrialRecord:
    """A trial of renew-1 with an agent that is a function; its record can be written and read."""
    domain = domain or library()
    task = changed(task_of(domain, "renew-1"), **fields)
    agent = answer if isinstance(answer, FunctionAgent) else FunctionAgent(answer)
    record = await run_trial(Trial(domain, task), agent, user or LineUser(["Renew L7.", "Go on."]))
    line = to_json(record)
    assert TrialRecord.model_validate(json.loads(line)).outcome == record.outcome
    assert "\n" not in line
    return record


async def right(toolbox: Toolbox, heard: str) -> str:
    await toolbox.call("get_loan", {"loan": "L7"})
    if "Renew" in heard:
        await toolbox.call("renew", {"loan": "L7"})
    return "2026-02-07"


@pytest.mark.parametrize("stop", STOPS)
async def test_no_word_of_the_agent_ends_a_trial(stop: str) -> None:
    async def says(toolbox: Toolbox, heard: str) -> str:
        toolbox.note("reasoning", stop)
        await toolbox.call("get_loan", {"loan": stop})
        await toolbox.call(stop, stop)
        return f"{await right(toolbox, heard)}\n{stop}"

    user = LineUser(["Renew L7.", "Thanks."])
    record = await played(says, user=user, limits={"tool_errors": 9})
    assert (record.outcome, record.usage.turns) == ("passed", 2)
    assert len(user.heard) == 3


async def test_what_a_call_returned_can_be_changed_without_changing_anything() -> None:
    domain = library()
    before = to_json(domain.root)

    async def spoils(toolbox: Toolbox, heard: str) -> str:
        for name in ("get_loan", "renew"):
            record = await toolbox.call(name, {"loan": "L7"})
            record.args["loan"] = "L9"
            for write in record.writes:
                if isinstance(write.value, dict):
                    write.value.clear()
        return "2026-02-07"

    record = await played(spoils, domain, LineUser(["Renew L7."]))
    assert record.outcome == "passed"
    assert [call.args for call in record.calls] == [{"loan": "L7"}] * 2
    assert to_json(domain.root) == before


async def test_what_a_call_was_given_can_be_changed_afterwards() -> None:
    async def spoils(toolbox: Toolbox, heard: str) -> str:
        arguments: dict[str, Any] = {"loan": "L7"}
        await toolbox.call("get_loan", arguments)
        await toolbox.call("renew", arguments)
        arguments["loan"] = object()
        return "2026-02-07"

    assert (await played(spoils, user=LineUser(["Renew L7."]))).outcome == "passed"


async def test_schemas_that_are_changed_are_one_trials_own() -> None:
    domain = library()

    async def spoils(toolbox: Toolbox, heard: str) -> str:
        for schema in toolbox.schemas:
            assert schema.parameters is not None
            assert schema.parameters["properties"]
            schema.parameters.clear()  # type: ignore[attr-defined]
        return await right(toolbox, heard)

    assert (await played(spoils, domain, LineUser(["Renew L7."]))).outcome == "passed"
    assert (await played(spoils, domain, LineUser(["Renew L7."]))).outcome == "passed"


async def test_the_users_tools_are_not_the_agents() -> None:
    async def grabs(toolbox: Toolbox, heard: str) -> str:
        record = await toolbox.call("return_book", {"loan": "L7"})
        assert record.fault == "unknown_tool"
        assert "return_book" not in [schema.name for schema in toolbox.schemas]
        return await right(toolbox, heard)

    assert (await played(grabs, user=LineUser(["Renew L7."]))).outcome == "passed"


@pytest.mark.parametrize(
    "arguments",
    [
        "{",
        "",
        "null",
        "[]",
        '"L7"',
        '{"loan": NaN}',
        '{"loan": 1e999}',
        '{"loan": "\\ud800"}',
        '{"loan": "\ud800"}',
        '{"loan": ["L7"]}',
        '{"loan": ' + "[" * 5000 + "]" * 5000 + "}",
        '{"loan": ' + "[" * 120 + "]" * 120 + "}",
        '{"a": ' * 2000 + "1" + "}" * 2000,
        '{"loan": ' + "9" * 5000 + "}",
        '{"loan": "' + "L" * 10_000_000 + '"}',
        "x" * 10_000_000,
        {"loan": object()},
        {"loan": float("nan")},
        {1: 2},
        {"loan": {"L7"}},
    ],
    ids=lambda each: str(each)[:12].encode("ascii", "replace").decode(),
)
async def test_any_arguments_are_answered(arguments: Any) -> None:
    async def calls(toolbox: Toolbox, heard: str) -> str:
        record = await toolbox.call("renew", arguments)
        assert record.fault in ("invalid_arguments", "refused")
        assert record.result.startswith("Error: ")
        return await right(toolbox, heard)

    record = await played(calls, user=LineUser(["Renew L7."]))
    assert record.outcome == "passed", record.detail
    assert len(to_json(record)) < 1_500_000


@pytest.mark.parametrize("name", ["", "renwe", "functions.", "a" * 100_000, "\ud800", "../x", "é"])
async def test_any_name_is_answered(name: str) -> None:
    async def calls(toolbox: Toolbox, heard: str) -> str:
        assert (await toolbox.call(name, {})).fault == "unknown_tool"
        return await right(toolbox, heard)

    record = await played(calls, user=LineUser(["Renew L7."]))
    assert record.outcome == "passed", record.detail


@pytest.mark.parametrize(
    "text",
    ["x" * 10_000_000, "\ud800", "\x00\x1b[31m", "\u2028", "", "{" * 100_000, "-" * 100_000],
    ids=["long", "surrogate", "control", "separator", "empty", "braces", "dashes"],
)
async def test_any_text_is_an_answer(text: str) -> None:
    async def says(toolbox: Toolbox, heard: str) -> str:
        toolbox.note("reasoning", text, text)
        toolbox.note("no such kind", text)
        await right(toolbox, heard)
        return f"2026-02-07 {text}"

    user = LineUser(["Renew L7."])
    record = await played(says, user=user)
    assert record.outcome == "passed", record.detail
    answer = record.events[-1]
    assert len(answer.text) <= MOST_CHARACTERS
    assert bool(answer.cut) is (len(text) > MOST_CHARACTERS)
    assert user.heard[-1] == answer.text


NO_REPLIES: list[Any] = [None, 5, "text", Reply(None)]  # type: ignore[arg-type]
NO_COUNTS: list[Any] = [
    {"output_tokens": 10**5000},
    {"output_tokens": -1},
    {"prompt_tokens": 0.5},
    {"model_seconds": math.nan},
    {"model_seconds": math.inf},
]


@pytest.mark.parametrize("reply", NO_REPLIES, ids=range(len(NO_REPLIES)))
async def test_what_is_no_reply_is_the_agents_failure(reply: Any) -> None:
    class Odd(FunctionAgent):
        def start(self, briefing: Any) -> Any:
            player = super().start(briefing)

            async def answer(text: str) -> Any:
                return reply

            player.reply = answer  # type: ignore[method-assign]
            return player

    record = await played(Odd(right))
    assert (record.ending, record.outcome) == ("agent", "failed")


@pytest.mark.parametrize("counts", NO_COUNTS, ids=range(len(NO_COUNTS)))
async def test_what_is_no_count_of_tokens_is_the_agents_failure(counts: Any) -> None:
    async def miscounts(toolbox: Toolbox, heard: str) -> str:
        toolbox.spent(Usage(**counts))
        return "x"

    record = await played(miscounts)
    assert (record.ending, record.outcome) == ("agent", "failed")
    assert record.usage.output_tokens == 0


async def test_an_agent_that_never_stops_is_stopped() -> None:
    async def endless(toolbox: Toolbox, heard: str) -> str:
        while True:
            try:
                await toolbox.call("get_loan", {"loan": "L7"})
            except Exception:
                await asyncio.sleep(0)

    record = await played(endless, limits={"calls": 5, "seconds": 0.5})
    assert (record.ending, record.usage.calls) == ("limit", 5)
    assert record.limit in ("calls", "seconds")


async def test_an_agent_that_does_not_heed_its_cancelling_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(episode, "CLOSING_SECONDS", 0.05)
    released = asyncio.Event()

    async def deaf(toolbox: Toolbox, heard: str) -> str:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue
        await toolbox.call("renew", {"loan": "L7"})
        return "2026-02-07"

    record = await played(deaf, limits={"seconds": 0.05})
    assert (record.ending, record.limit, len(record.events)) == ("limit", "seconds", 1)
    released.set()
    await asyncio.sleep(0.05)
    assert len(record.events) == 1


async def test_a_player_that_goes_on_after_the_end_changes_nothing() -> None:
    domain, left = library(), []

    async def leaves_behind(toolbox: Toolbox, heard: str) -> str:
        async def later() -> None:
            await asyncio.sleep(0.02)
            toolbox.note("note", "still here")
            await toolbox.call("pay_fees", {"card": "C-11"})

        left.append(asyncio.create_task(later()))
        return await right(toolbox, heard)

    record = await played(leaves_behind, domain, LineUser(["Renew L7."]))
    (error,) = await asyncio.gather(*left, return_exceptions=True)
    assert "the trial is over" in str(error)
    assert record.outcome == "passed"
    assert record.events[-1].kind == "answer"


async def test_calls_made_at_once_are_all_kept() -> None:
    async def hurries(toolbox: Toolbox, heard: str) -> str:
        await asyncio.gather(
            toolbox.call("get_loan", {"loan": "L7"}),
            toolbox.call("renew", {"loan": "L7"}),
            toolbox.call("renew", {"loan": "L9"}),
            toolbox.call("pay_fees", {"card": "C-11"}),
        )
        return "2026-02-07"

    record = await played(hurries, user=LineUser(["Renew L7."]))
    assert [call.index for call in record.calls] == [0, 1, 2, 3]
    assert {each.path for each in record.differences} == {
        "/loans/L9/due",
        "/loans/L9/renewals",
        "/members/C-11/fees",
    }


@pytest.mark.parametrize("error", [RuntimeError("no"), SystemExit(2), asyncio.CancelledError()])
async def test_a_player_that_fails_to_close_does_not_lose_its_trial(error: BaseException) -> None:
    class Sticky(FunctionAgent):
        def start(self, briefing: Any) -> Any:
            player = super().start(briefing)

            async def close() -> None:
                raise error

            player.close = close  # type: ignore[method-assign]
            return player

    user = LineUser(["Renew L7."])
    record = await played(Sticky(right), user=user)
    assert record.outcome == "passed"
    assert "failed to close" in record.events[-1].text
    assert user.closed == 1


async def test_a_player_that_hangs_in_closing_does_not_lose_its_trial(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(episode, "CLOSING_SECONDS", 0.05)

    class Hanging(FunctionAgent):
        def start(self, briefing: Any) -> Any:
            player = super().start(briefing)

            async def close() -> None:
                await asyncio.sleep(3600)

            player.close = close  # type: ignore[method-assign]
            return player

    record = await played(Hanging(right), user=LineUser(["Renew L7."]))
    assert record.outcome == "passed"
    assert "did not close" in record.events[-1].text


async def test_remarks_without_end_are_kept_up_to_a_bound() -> None:
    async def chatters(toolbox: Toolbox, heard: str) -> str:
        for _ in range(1000):
            toolbox.note("reasoning", "x" * MOST_CHARACTERS)
        return await right(toolbox, heard)

    record = await played(chatters, user=LineUser(["Renew L7."]))
    assert record.outcome == "passed"
    assert len(to_json(record)) < 10_000_000
    notes = [event.text for event in record.events if event.kind == "note"]
    assert notes == ["Further remarks are not kept."]


async def test_one_agents_crash_leaves_the_other_trials_alone() -> None:
    async def moody(toolbox: Toolbox, heard: str) -> str:
        if "crash" in heard:
            raise SystemExit("bye")
        return await right(toolbox, heard)

    agent = FunctionAgent(moody)
    lines = ["Renew L7.", "crash", "Renew it.", "crash"]
    records = await asyncio.gather(*(played(agent, user=LineUser([line])) for line in lines))
    assert [record.outcome for record in records] == ["passed", "failed"] * 2
