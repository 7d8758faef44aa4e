"""Records of trials that nobody ran: a shop's tasks, passed, failed in several ways, not measured.

For tests of what is told of records. The same numbers come out every time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from agentkit.evals.records import (
    Attribution,
    CallRecord,
    Cause,
    CheckResult,
    Ending,
    Event,
    Outcome,
    StateDifference,
    StateWrite,
    TrialRecord,
    TrialUsage,
)
from agentkit.serialise import to_json

HOSTILE = (
    "</script><script>window.injected = 1</script><img src=x onerror='window.injected = 2'>"
    "\u2028\u202e\ud800 <b>bold</b> &lt;&#39;"
)
"""What a text must not do to a page."""

SETTINGS: dict[str, Any] = {
    "domain": {"name": "shop", "split": "test", "digest": "7d0c1be2a4f00917"},
    "agent": {
        "name": "agentkit",
        "model": "gpt-oss-20b",
        "reasoning_effort": "medium",
        "temperature": 1.0,
    },
    "user": {"name": "scripted"},
    "trials": 4,
    "seed": 0,
    "concurrency": 16,
    "versions": {"agentkit": "0.1.0", "python": "3.11.9", "torch": "2.7.1"},
}

_WAYS: tuple[tuple[Cause, Ending, str], ...] = (
    ("wrong_write", "finished", "/orders/W{n}/payment is a gift card; gold has the credit card"),
    ("missing_write", "finished", "the agent did not call cancel_order for #W{n}"),
    ("extra_write", "finished", "the agent changed the address of #W{n}, which nobody asked for"),
    ("not_communicated", "finished", "the user was not told 54.04"),
    ("invalid_arguments", "finished", "get_order was called without order_id"),
    ("model_format", "agent", "the output had no final message"),
    ("limit", "limit", "30 turns were used up"),
)
_BROKEN: tuple[tuple[Cause, Ending, str], ...] = (
    ("user_simulator", "user", "the simulated user spoke as the agent"),
    ("environment", "environment", "cancel_order raised KeyError: 'status'"),
)


def made_up(
    tasks: int = 30, trials: int = 4, hostile: str = "", words: int = 0
) -> Iterator[TrialRecord]:
    """Trials in the order of tasks.

    Args:
        tasks: how many.
        trials: of each.
        hostile: said by the agent, a tool and the user in the first task's trials.
        words: how many further words each reasoning has.
    """
    for task in range(tasks):
        draw = random.Random(task)
        skill = draw.choice((0.05, 0.5, 0.8, 1.0, 1.0))
        way = draw.choice(_WAYS)
        for trial in range(trials):
            said = hostile if task == 0 else ""
            if task == 0:
                yield _trial(task, trial, "failed", _WAYS[0], draw, said, words)
            elif draw.random() < 0.05:
                yield _trial(task, trial, "not_measured", draw.choice(_BROKEN), draw, said, words)
            elif draw.random() < skill:
                yield _trial(task, trial, "passed", None, draw, said, words)
            else:
                yield _trial(task, trial, "failed", way, draw, said, words)


def _trial(
    task: int,
    trial: int,
    outcome: Outcome,
    way: tuple[Cause, Ending, str] | None,
    draw: random.Random,
    hostile: str,
    words: int,
) -> TrialRecord:
    number = 4200 + task
    other = random.Random(number * 100 + trial)
    more = " ".join(f"{other.getrandbits(16)}" for _ in range(words))
    events = _events(number, outcome, way, hostile, more)
    calls = [event.call for event in events if event.call]
    prompt = draw.randrange(9_000, 42_000)
    seconds = draw.uniform(8, 60)
    return TrialRecord(
        key=f"{task:04}-{trial:04}",
        domain="shop",
        split="test",
        task=f"{('cancel', 'return', 'exchange', 'address')[task % 4]}-{task + 1}",
        trial=trial,
        seed=draw.getrandbits(32),
        outcome=outcome,
        ending=way[1] if way else "finished",
        detail="" if way is None or way[1] == "finished" else way[2].format(n=number),
        limit="turns" if way and way[1] == "limit" else "",
        checks=_checks(way),
        attribution=way
        and Attribution(
            cause=way[0],
            detail=way[2].format(n=number),
            event=8,
            parted=8 if way[0] in ("wrong_write", "extra_write") else None,
        ),
        events=tuple(events),
        differences=_differences(way, number),
        user_faults=("said what only the agent can know",) if trial == 2 and task % 9 == 0 else (),
        usage=TrialUsage(
            turns=3,
            calls=len(calls),
            tool_errors=sum(bool(call.fault) for call in calls),
            prompt_tokens=prompt,
            cached_tokens=prompt * 3 // 4,
            output_tokens=draw.randrange(400, 2_600),
            model_seconds=seconds * 0.9,
        ),
        started=1_795_400_000.0 + task * 60 + trial,
        seconds=seconds,
    )


def _checks(way: tuple[Cause, Ending, str] | None) -> tuple[CheckResult, ...]:
    state = way is None or way[0] in ("not_communicated", "invalid_arguments")
    said = way is None or way[0] != "not_communicated"
    return (
        CheckResult(
            check={"state": "gold"}, passed=state, detail="" if state else "2 paths differ"
        ),
        CheckResult(
            check={"said": ["54.04"], "as": "token"},
            passed=said,
            detail="" if said else "54.04 stands in none of the agent's 3 answers",
        ),
        CheckResult(
            check={"judge": "the agent explains how the refund is paid"}, passed=None, gates=False
        ),
    )


def _differences(way: tuple[Cause, Ending, str] | None, number: int) -> tuple[StateDifference, ...]:
    if way is None or way[0] not in ("wrong_write", "missing_write", "extra_write"):
        return ()
    order = f"/orders/W{number}"
    return (
        StateDifference(
            path=f"{order}/payment/method",
            kind="changed",
            want="credit_card_9513926",
            have="gift_card_5347",
        ),
        StateDifference(
            path=f"{order}/refunds/1",
            kind="missing",
            want={"amount": 54.04, "to": "credit_card_9513926", "reason": "no longer needed"},
        ),
        StateDifference(path=f"{order}/note", kind="extra", have="cancelled by the agent"),
    )


def _call(index: int, tool: str, args: dict[str, Any], result: str, **more: Any) -> CallRecord:
    return CallRecord(
        index=index, by="agent", tool=tool, args=args, result=result, seconds=0.004, **more
    )


def _events(
    number: int, outcome: str, way: tuple[Cause, Ending, str] | None, hostile: str, more: str
) -> list[Event]:
    order = {
        "order_id": f"W{number}",
        "status": "pending",
        "user_id": "mei_kovacs_8020",
        "items": [
            {"item_id": 1656367028, "name": "Mechanical Keyboard", "price": 128.68},
            {"item_id": 4920090458, "name": "Smart Thermostat", "price": 54.04},
        ],
        "address": {"street": "317 Elm Street", "city": "Charlotte", "zip": "28236"},
        "payment": [{"kind": "payment", "amount": 182.72, "method": "credit_card_9513926"}],
    }
    said = f"Hi, I want to cancel the thermostat in order #W{number}. My e-mail is mei@example.com."
    thought = (
        "The user wants to cancel one item of a pending order. By the policy an order can only be "
        "cancelled as a whole, unless the item is sold by us. I look the user up first. "
    )
    finding = {"email": "mei@example.com"}
    missing = "Error: no user has this e-mail."
    cancel = {"order_id": f"W{number}", "item": 4920090458, "reason": "no longer needed"}
    write = StateWrite(path=f"/orders/W{number}/payment/method", value="gift_card_5347")
    calls = (
        _call(0, "find_user", finding, missing, fault="refused"),
        _call(1, "find_user", {"name": "Mei Kovacs", "zip": "28236"}, "mei_kovacs_8020"),
        _call(2, "get_order", {"order_id": f"W{number}"}, to_json(order) + hostile),
        _call(3, "cancel_item", cancel, to_json(order), writes=(write,)),
    )
    told = "You will get $54.04 back on your gift card within five days."
    events = [
        Event(kind="user", text=said + hostile, at=0.1),
        Event(kind="reasoning", text=thought * 2 + more + hostile, at=1.2),
        Event(kind="call", call=calls[0], at=2.0),
        Event(kind="answer", text="I could not find you by that e-mail. Your name and zip code?"),
        Event(kind="user", text="Mei Kovacs, 28236.", at=4.5),
        Event(kind="call", call=calls[1], malformed="a brace was missing at the end", at=5.0),
        Event(kind="preamble", text="I have found you and look at the order now.", at=6.0),
        Event(kind="call", call=calls[2], at=7.0),
        Event(kind="call", call=calls[3], at=9.0),
        Event(kind="answer", text=(told if outcome == "passed" else "Done.") + hostile, at=11.0),
        Event(kind="user", text="Thanks, that is all.", at=12.0),
    ]
    if way and way[1] != "finished":
        events.append(Event(kind="note", text=way[2].format(n=number), at=13.0))
    return events
