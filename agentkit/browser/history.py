"""The pages of one conversation by number, as many as there is room for.

Numbers follow from the conversation itself, so that a run resumed in another process, or from an
earlier step, gives its pages the numbers that it would have had. A page that is no longer held can
be opened again by its URL, and the error says so.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable

from agentkit.browser.view import Snapshot
from agentkit.citations import cursors_in, shown_in
from agentkit.errors import ToolRetry
from agentkit.messages import Message

__all__ = ["History"]

MOST_SNAPSHOTS = 100
MOST_CHARACTERS = 20_000_000


class History:
    """Snapshots by cursor, those longest not used given up first.

    Args:
        most_snapshots: how many are held.
        most_characters: how much text they may have together; the last page is always held.

    Attributes:
        next: the number of the next page.
        lock: held during a call, so that calls of one conversation follow each other.
    """

    def __init__(
        self, most_snapshots: int = MOST_SNAPSHOTS, most_characters: int = MOST_CHARACTERS
    ) -> None:
        self._held: OrderedDict[int, Snapshot] = OrderedDict()
        self._urls: dict[int, str] = {}
        self._most_snapshots = most_snapshots
        self._most_characters = most_characters
        self.next = 0
        self.lock = asyncio.Lock()

    def recall(self, messages: Iterable[Message]) -> None:
        """Go on where a conversation stands: pages behind its last one are those of a run that
        was not followed up.

        Args:
            messages: all of it; none leaves the history as it is.
        """
        known, seen = False, -1
        for message in messages:
            known = True
            if (page := shown_in(message)) is not None:
                self._urls[page.cursor] = page.url
                seen = max(seen, page.cursor)
            elif message.is_answer:
                seen = max(seen, *cursors_in(message.text), -1)
        if known:
            self.next = seen + 1
            for cursor in [cursor for cursor in self._held if cursor > seen]:
                del self._held[cursor]

    def add(self, snapshot: Snapshot) -> Snapshot:
        """Hold a page under the next number; gives it with that number."""
        snapshot = snapshot.at(self.next)
        self._urls[self.next] = snapshot.document.url
        self._held[self.next] = snapshot
        self.next += 1
        while len(self._held) > 1 and self._is_full():
            self._held.popitem(last=False)
        return snapshot

    def get(self, cursor: int | None) -> Snapshot:
        """The page of that number; the most recent one for None.

        Raises:
            ToolRetry: there is none, or it is not held any more.
        """
        if self.next == 0:
            raise ToolRetry(
                "no page is open yet. Begin with browser.search, or give browser.open a URL as"
                " `id`."
            )
        number = self.next - 1 if cursor is None else cursor
        if number >= self.next:
            raise ToolRetry(
                f"there is no page [{number}]. Cursors so far: 0 to {self.next - 1}; leave"
                " `cursor` out for the most recent page."
            )
        if number not in self._held:
            raise ToolRetry(self._lost(number))
        self._held.move_to_end(number)
        return self._held[number]

    @property
    def pages(self) -> Iterable[Snapshot]:
        """The pages that are held."""
        return self._held.values()

    def _lost(self, number: int) -> str:
        if url := self._urls.get(number):
            return (
                f"page [{number}] is no longer held. Open it again by its URL: give"
                f' browser.open the `id` "{url}".'
            )
        return f"page [{number}] is no longer held. Search again, or open its URL."

    def _is_full(self) -> bool:
        pages = {id(each.lines): len(each.document.text) for each in self._held.values()}
        too_long = sum(pages.values()) > self._most_characters
        return too_long or len(self._held) > self._most_snapshots
