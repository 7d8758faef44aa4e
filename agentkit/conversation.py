"""The token ledger: what the model has seen and said, id by id.

Owns the one list of ids that prompts are made of. Sampled ids go in verbatim; what others say is
rendered once. Nothing in the ledger is rendered again until a new user message opens the next
exchange (everything from a user's message to the answer): then the analysis that led to earlier
answers is dropped, as in training, and mended messages are written out properly. Of what is dropped
the sources are kept apart, since answers may cite them. Knows nothing of models, tools or limits.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from agentkit.citations import is_source
from agentkit.harmony.prompt import Prompt
from agentkit.harmony.reader import Discarded, Finished
from agentkit.harmony.tokenizer import HarmonyTokenizer
from agentkit.harmony.vocabulary import CALL, END, END_OF_TEXT, RETURN
from agentkit.harmony.writer import render, reply_header
from agentkit.messages import Message, ToolCall


@dataclass(frozen=True, slots=True)
class Entry:
    """One message and the ids it stands as in the ledger.

    Args:
        message: what was said.
        ids: from `<|start|>` to the end token, as sampled or as rendered.
        clean: False when `ids` are not a proper rendering: mended, cut, or with junk before them.
    """

    message: Message
    ids: tuple[int, ...]
    clean: bool = True

    @property
    def is_call(self) -> bool:
        """True for a whole call, also for one that ends like a call but names no tool.

        An answer that ends like a call is an answer: some engines let a grammar's end be any of
        their own end tokens.
        """
        message = self.message
        ends = message.complete and self.ids[-1] == CALL
        return message.role == "assistant" and ends and not message.is_answer


class Conversation:
    """Messages and their ids, in order.

    Args:
        tokenizer: the vocabulary.
        prompt: what stands before the first user message.
        entries: the entries of an earlier conversation, to go on with; they replace `prompt`.
        calls: how many calls that conversation had seen.
        name: unique; the model keeps one KV cache under it.
        dropped: the sources that left that conversation's ledger.
    """

    def __init__(
        self,
        tokenizer: HarmonyTokenizer,
        prompt: Prompt | None = None,
        *,
        entries: Iterable[Entry] = (),
        calls: int = 0,
        name: str | None = None,
        dropped: Iterable[Message] = (),
    ) -> None:
        self.tokenizer = tokenizer
        self.name = name or uuid.uuid4().hex
        self.entries: list[Entry] = list(entries)
        if not self.entries and prompt is not None:
            self.entries = [self._rendered(message) for message in prompt.messages()]
        self.ids: list[int] = [token for entry in self.entries for token in entry.ids]
        self.calls = calls
        self.dropped = tuple(dropped)
        self._reply_at: int | None = None
        self._junk: tuple[int, ...] = ()

    @property
    def messages(self) -> list[Message]:
        """All messages in the ledger, the system message first."""
        return [entry.message for entry in self.entries]

    def add(self, message: Message) -> Entry:
        """Render a message that was not sampled, such as a tool's, and append it."""
        self._close_tail()
        return self._append(self._rendered(message))

    def open_exchange(self, messages: Sequence[Message], prompt: Prompt | None = None) -> None:
        """Begin the next exchange with `messages`, dropping what is no longer to be seen.

        Analysis before the last final goes (with built-in calls and their results, which are on
        that channel too), a cut call goes, and mended messages are rendered anew. The rest keeps
        its ids, so that the KV cache of the common prefix serves on.

        Args:
            messages: the user's.
            prompt: when given and different, its messages replace those at the head.
        """
        kept = self._kept()
        if prompt is not None:
            kept = self._with_head(prompt, kept)
        self.entries = kept
        self.ids = [token for entry in kept for token in entry.ids]
        for message in messages:
            self.add(message)

    def open_reply(self, channel: str | None = None) -> list[int]:
        """Ask the assistant to speak; gives the header's ids, already in the ledger.

        Args:
            channel: when given, the reply must be on it.
        """
        self._close_tail()
        self._reply_at = len(self.ids)
        header = reply_header(self.tokenizer, channel)
        self.ids += header
        return header

    def accept(self, piece: Finished | Discarded) -> ToolCall | None:
        """Take what was read of the reply; gives the call when the message is one.

        Junk before a message stays in the ledger, since the model saw it when it went on; junk at
        the end does not. An empty piece that was never spoken leaves no trace.
        """
        if isinstance(piece, Discarded) or not piece.message.says_something:
            self._junk += piece.ids
            return None
        del self.ids[self._reply_start() :]
        ids = self._junk + piece.ids
        clean = not self._junk and not piece.message.notes and piece.message.complete
        self._junk = ()
        entry = self._append(Entry(piece.message, ids, clean))
        self._reply_at = len(self.ids)
        return self._numbered(entry) if entry.is_call else None

    def close_reply(self) -> None:
        """End the reply: whatever was not accepted leaves the ledger."""
        del self.ids[self._reply_start() :]
        self._reply_at = None
        self._junk = ()

    def _reply_start(self) -> int:
        return len(self.ids) if self._reply_at is None else self._reply_at

    def _numbered(self, entry: Entry) -> ToolCall:
        self.calls += 1
        message = entry.message
        return ToolCall(
            id=f"call_{self.calls}",
            recipient=message.recipient or "",
            text=message.text,
            channel=message.channel or "commentary",
        )

    def _rendered(self, message: Message) -> Entry:
        return Entry(message, tuple(render(message, self.tokenizer)))

    def _append(self, entry: Entry) -> Entry:
        self.entries.append(entry)
        self.ids += entry.ids
        return entry

    def _close_tail(self) -> None:
        """Make the last message whole before others follow it: a cut call goes, a text ends.

        `entries` is replaced, never shortened: snapshots share it.
        """
        last = self.entries[-1] if self.entries else None
        if last is None or (last.message.complete and last.ids[-1] not in (RETURN, END_OF_TEXT)):
            return
        del self.ids[len(self.ids) - len(last.ids) :]
        self.entries = self.entries[:-1]
        if last.message.text and (last.message.complete or not last.message.is_call):
            ids = last.ids[:-1] if last.ids[-1] in (RETURN, END_OF_TEXT) else last.ids
            whole = dataclasses.replace(last.message, complete=True)
            self._append(Entry(whole, (*ids, END), last.clean))

    def _kept(self) -> list[Entry]:
        """The entries that stay; sources among the others are kept apart."""
        finals = (n for n, each in enumerate(self.entries) if each.message.is_answer)
        last_final = max(finals, default=-1)
        kept, dropped = [], []
        for number, entry in enumerate(self.entries):
            message = entry.message
            if number < last_final and message.channel == "analysis":
                dropped.append(message)
            elif message.complete or (message.text and not message.is_call):
                kept.append(self._cleaned(entry))
        self.dropped += tuple(filter(is_source, dropped))
        return kept

    def _cleaned(self, entry: Entry) -> Entry:
        if not entry.clean:
            return self._rendered(dataclasses.replace(entry.message, complete=True, notes=()))
        if entry.ids[-1] == RETURN:
            return Entry(entry.message, (*entry.ids[:-1], END))
        return entry

    def _with_head(self, prompt: Prompt, entries: list[Entry]) -> list[Entry]:
        """Replace the leading system and developer messages if they changed."""
        head = [self._rendered(message) for message in prompt.messages()]
        old = next(
            (n for n, e in enumerate(entries) if e.message.role not in ("system", "developer")),
            len(entries),
        )
        if entries[:old] == head:
            return entries
        return [*head, *islice(entries, old, None)]
