"""Trials to be looked at in a terminal, and played again. Knows records, and how to write them out.

All that users, agents and tools said is made harmless before it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from agentkit.cli.eval_view import STYLES
from agentkit.cli.wording import clean, one_line
from agentkit.errors import UserError
from agentkit.evals.folder import Records
from agentkit.evals.records import CallRecord, CheckResult, Event, StateDifference, TrialRecord
from agentkit.evals.report.words import OUTCOMES, cause_name, check_in_words, plural
from agentkit.serialise import to_json

_MOST_VALUE = 300
_MOST_DIFFERENCES = 40
_MARGIN = 8

_Said = tuple[Text, Text]
"""Who, and what."""


def found(records: Records, name: str) -> list[TrialRecord]:
    """The trials that `TASK` or `TASK#TRIAL` names.

    Raises:
        UserError: there is none.
    """
    task, hash_, number = name.rpartition("#")
    trials = records.of(name)
    if not trials and hash_ and number.isdecimal():
        trials = records.of(task, int(number))
    if not trials:
        known = dict.fromkeys(place.head.task for place in records.heads())
        raise UserError(
            f"The run has no trial {name!r}. Its tasks are:"
            f" {one_line(', '.join(known), 300) or 'none'}."
        )
    return trials


def show_list(console: Console, records: Records) -> None:
    """All trials, a line for each task."""
    tasks: dict[str, list[tuple[int, str]]] = {}
    for place in records.heads():
        tasks.setdefault(place.head.task, []).append((place.head.trial, place.head.outcome))
    width = max((len(one_line(task, 60)) for task in tasks), default=0)
    for task, trials in tasks.items():
        line = Text(f"{one_line(task, 60):<{width}}  ")
        for number, outcome in sorted(trials):
            line.append(f"#{number} {OUTCOMES[outcome]}  ", style=STYLES[outcome])
        console.print(line)


def show_trial(console: Console, record: TrialRecord) -> None:
    """What happened in a trial, and what came of it."""
    console.rule(Text(f"{one_line(record.task, 80)}#{record.trial}"))
    for event in record.events:
        for who, text in _event(event):
            _say(console, who, text)
    console.print()
    for line in _verdict(record):
        console.print(line)


def _say(console: Console, who: Text, text: Text) -> None:
    """What somebody said or did, beside who it was; on a terminal lines end between words."""
    room = max(console.width - _MARGIN, _MARGIN)
    lines = text.wrap(console, room) if console.is_terminal else text.split(allow_blank=True)
    for line in lines or [text]:
        console.print(who + line)
        who = Text(" " * _MARGIN)


def _event(event: Event) -> Iterator[_Said]:
    cut = f" [... {event.cut:,} characters left out]" if event.cut else ""
    text = clean(event.text).strip("\n") + cut
    match event.kind:
        case "user":
            yield _said("user", text, "bold cyan")
        case "answer":
            yield _said("agent", text, "bold magenta")
        case "reasoning":
            yield _said("thinks", text, "dim", whole="dim italic")
        case "preamble":
            yield _said("says", text, "dim")
        case "note":
            yield _said("note", text, "yellow", whole="yellow")
        case "call":
            if event.call is not None:
                yield from _call(event.call)
    if event.malformed:
        yield _said("mended", clean(event.malformed), "yellow", whole="dim")


def _said(who: str, text: str, style: str, whole: str = "") -> _Said:
    return Text(f"{who:>{_MARGIN - 2}}  ", style), Text(text, whole)


def _call(call: CallRecord) -> Iterator[_Said]:
    arguments = call.raw or ", ".join(f"{name}={_json(each)}" for name, each in call.args.items())
    by = "calls" if call.by == "agent" else "user's"
    yield _said(by, clean(f"{call.tool}({arguments})"), "blue")
    if call.fault:
        fault = call.fault.replace("_", " ")
        yield _said(fault[:6], one_line(call.result, 2_000), "red", whole="red")
    else:
        yield _said("", one_line(call.result, 2_000), "", whole="dim")
    for write in call.writes:
        value = "" if write.kind == "remove" else f" = {_json(write.value)}"
        yield _said("writes", clean(f"{write.path}{value}"), "green")


def _verdict(record: TrialRecord) -> Iterator[Text]:
    ending = f", {record.detail}" if record.detail else ""
    head = f"{OUTCOMES[record.outcome]} ({record.ending}{ending})"
    yield Text(clean(head), style=f"bold {STYLES[record.outcome]}")
    if record.attribution is not None:
        why = record.attribution
        yield Text(clean(f"First cause: {cause_name(why.cause)}: {why.detail}"))
    for check in record.checks:
        yield _check(check)
    yield from _differences(record.differences)
    for fault in record.user_faults:
        yield Text(clean(f"The user was kept from: {fault}"), style="yellow")
    usage = record.usage
    yield Text(
        f"{plural(usage.turns, 'turn')}, {plural(usage.calls, 'call')},"
        f" {plural(usage.tool_errors, 'error')}, {plural(usage.output_tokens, 'token')},"
        f" {record.seconds:.1f} s, seed {record.seed}",
        style="dim",
    )


def _check(check: CheckResult) -> Text:
    sign, style = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "yellow")}[check.passed]
    gates = "" if check.gates else " (does not count)"
    detail = f": {one_line(check.detail, 400)}" if check.detail and not check.passed else ""
    return Text.assemble((f"  {sign} ", style), clean(check_in_words(check.check)) + gates + detail)


def _differences(differences: Sequence[StateDifference]) -> Iterator[Text]:
    if not differences:
        return
    yield Text("The state differs from the gold one:", style="bold")
    for each in differences[:_MOST_DIFFERENCES]:
        match each.kind:
            case "missing":
                words = f"missing: {_json(each.want)}"
            case "extra":
                words = f"too much: {_json(each.have)}"
            case "changed":
                words = f"{_json(each.have)} in place of {_json(each.want)}"
        yield Text(f"  {clean(each.path)}: {clean(words)}")
    if (more := len(differences) - _MOST_DIFFERENCES) > 0:
        yield Text(f"  and {more} other places")


def _json(value: object) -> str:
    return one_line(to_json(value), _MOST_VALUE)


def what_differs(old: TrialRecord, new: TrialRecord) -> Iterator[str]:
    """What came out otherwise when a trial was played again, a sentence each."""
    if old.outcome != new.outcome:
        yield f"it {_came(old)}, and now it {_came(new)}"
    if old.ending != new.ending:
        yield f"it ended as {old.ending}, and now as {new.ending} ({new.detail or 'no detail'})"
    for was, now in zip(old.checks, new.checks, strict=False):
        if was.passed != now.passed:
            yield f"{check_in_words(was.check)}: {was.passed} before, {now.passed} now"
    if len(old.checks) != len(new.checks):
        yield f"it had {len(old.checks)} checks and now has {len(new.checks)}"
    calls = zip(old.calls, new.calls, strict=False)
    changed = next((pair for pair in calls if pair[0].result != pair[1].result), None)
    if changed is not None:
        yield (
            f"{changed[0].tool} answered {one_line(changed[0].result, 80)!r}"
            f" and now {one_line(changed[1].result, 80)!r}"
        )


def _came(record: TrialRecord) -> str:
    return "was not measured" if record.outcome == "not_measured" else record.outcome
