"""A run as a value: all that is needed to go on with it, in this process or another.

A `RunState` is taken after every step and costs no copy: it shares the conversation's entries,
which only ever grow. Which calls wait for an answer is not stored but read off the entries. As
JSON it carries a version; one that this release cannot read is refused.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from agentkit.citations import Citation, citations
from agentkit.conversation import Entry
from agentkit.dispatch import Decision
from agentkit.errors import UserError
from agentkit.messages import Message, ToolCall, last_answer
from agentkit.serialise import to_json
from agentkit.usage import Usage

VERSION = 2
_READABLE = (1, 2)
"""Version 1 has no `dropped`."""
_DEFAULTS = {each.name: each.default for each in dataclasses.fields(Message)}


class EntryView(Sequence[Entry]):
    """The entries that a list which only grows has now."""

    __slots__ = ("_entries", "_length")

    def __init__(self, entries: list[Entry]) -> None:
        self._entries = entries
        self._length = len(entries)

    def grew_from(self, earlier: Sequence[Entry]) -> bool:
        """True when this is `earlier` with entries added, as told by the list they share."""
        return isinstance(earlier, EntryView) and earlier._entries is self._entries

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        if isinstance(index, slice):
            return self._entries[: self._length][index]
        return self._entries[range(self._length)[index]]

    def __iter__(self) -> Iterator[Entry]:
        return (self._entries[number] for number in range(self._length))


@dataclass(slots=True)
class RunState:
    """Where a run stands.

    Args:
        run_id: the run.
        conversation: the conversation's name.
        entries: the ledger: every message with its ids.
        start: index of the run's first entry.
        calls: how many calls the conversation has seen; the last one is `call_{calls}`.
        date: the conversation's pinned date, ISO; empty for none.
        usage: of the run so far.
        stop_reason: why it ended, or None while it runs.
        detail: the reason as a sentence.
        decisions: what a person decided, by call id.
        dropped: what the browser showed in earlier exchanges and has left the ledger.
    """

    run_id: str
    conversation: str
    entries: Sequence[Entry]
    start: int
    calls: int
    date: str = ""
    usage: Usage = field(default_factory=Usage)
    stop_reason: str | None = None
    detail: str = ""
    decisions: dict[str, Decision] = field(default_factory=dict)
    dropped: tuple[Message, ...] = ()

    @property
    def pending(self) -> tuple[ToolCall, ...]:
        """The calls that have no answer yet."""
        return tuple(call for call, answer in self.answered() if answer is None)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What the run's answer cites, as far as the model was shown it."""
        messages = [entry.message for entry in self.entries]
        answer = last_answer(messages[self.start :]) or ""
        return citations(answer, (*self.dropped, *messages))

    def answered(self) -> list[tuple[ToolCall, Message | None]]:
        """The run's calls in order, each with its answer or None."""
        return pair_calls(self.entries[self.start :], self.calls)

    def approve(self, call_id: str) -> None:
        """Let the waiting call run when the run is resumed.

        Raises:
            UserError: no call of that id waits.
        """
        self._decide(call_id, Decision(True))

    def reject(self, call_id: str, why: str = "") -> None:
        """Do not run the waiting call; the model is told `why`.

        Raises:
            UserError: no call of that id waits.
        """
        self._decide(call_id, Decision(False, why))

    def _decide(self, call_id: str, decision: Decision) -> None:
        waiting = [call.id for call in self.pending]
        if call_id not in waiting:
            raise UserError(f"No call {call_id!r} waits for a decision. Waiting: {waiting}.")
        self.decisions[call_id] = decision

    def to_json(self) -> str:
        """The whole state as JSON."""
        head = header(self)
        head["entries"] = [entry_fields(entry) for entry in self.entries]
        head["dropped"] = [message_fields(message) for message in self.dropped]
        return to_json(head)

    @classmethod
    def from_json(cls, text: str | bytes) -> RunState:
        """Read what `to_json` wrote.

        Raises:
            UserError: not a state, or one of another version.
        """
        try:
            fields = json.loads(text)
            entries = [entry_from(each) for each in fields.pop("entries")]
            dropped = [message_from(each) for each in fields.pop("dropped", ())]
            return from_fields(fields, entries, dropped)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(f"This is not a run state of version {VERSION}: {error!r}") from None


def pair_calls(entries: Iterable[Entry], calls: int) -> list[tuple[ToolCall, Message | None]]:
    """Each call among `entries` with its answer; answers come in the order of the calls.

    Args:
        entries: the tail of a ledger.
        calls: number of the last call among them.
    """
    asked = [entry.message for entry in entries if entry.is_call]
    answers = [entry.message for entry in entries if entry.message.role == "tool"]
    first = calls - len(asked) + 1
    return [
        (
            ToolCall(
                f"call_{first + number}",
                message.recipient or "",
                message.text,
                message.channel or "commentary",
            ),
            answers[number] if number < len(answers) else None,
        )
        for number, message in enumerate(asked)
    ]


def header(state: RunState) -> dict[str, Any]:
    """The state's fields but those that grow, as `to_json` can write them: of constant size."""
    return {
        "version": VERSION,
        "run_id": state.run_id,
        "conversation": state.conversation,
        "start": state.start,
        "calls": state.calls,
        "date": state.date,
        "usage": state.usage,
        "stop_reason": state.stop_reason,
        "detail": state.detail,
        "decisions": state.decisions,
    }


def from_fields(
    fields: Mapping[str, Any], entries: Sequence[Entry], dropped: Iterable[Message]
) -> RunState:
    """Put a state together from `header`, its entries and what was dropped.

    Raises:
        ValueError, KeyError, TypeError: the fields are not of this version.
    """
    values = dict(fields)
    if values.pop("version") not in _READABLE:
        raise ValueError(f"its version is {fields['version']}")
    values["usage"] = Usage(**values["usage"])
    values["decisions"] = {key: Decision(**each) for key, each in values["decisions"].items()}
    return RunState(entries=entries, dropped=tuple(dropped), **values)


def entry_fields(entry: Entry) -> dict[str, Any]:
    """One entry as JSON values; what is at its default is left out."""
    fields = message_fields(entry.message)
    fields["ids"] = entry.ids
    if not entry.clean:
        fields["clean"] = False
    return fields


def entry_from(fields: Mapping[str, Any]) -> Entry:
    """The entry that `entry_fields` wrote."""
    values = dict(fields)
    ids = tuple(int(token) for token in values.pop("ids"))
    clean = bool(values.pop("clean", True))
    return Entry(message_from(values), ids, clean)


def message_fields(message: Message) -> dict[str, Any]:
    """One message as JSON values; what is at its default is left out."""
    return {
        name: value
        for name, default in _DEFAULTS.items()
        if (value := getattr(message, name)) != default
    }


def message_from(fields: Mapping[str, Any]) -> Message:
    """The message that `message_fields` wrote."""
    return Message(**{**fields, "notes": tuple(fields.get("notes", ()))})
