"""What agentkit's browser answers about a handful of pages, without a run and without a network.

The same parts as `BrowserTool(search=...)` on a folder of these pages: converter, index, results,
view. Pages and cursors are those of one conversation.
"""

import re
from collections.abc import Iterable

from agentkit.browser.document import Response
from agentkit.browser.pages.convert import to_document
from agentkit.browser.search.local import LocalIndex
from agentkit.browser.search.results import results_document
from agentkit.browser.view import Snapshot

RESULTS = 20
"""As many as the browser asks for."""


class LocalBrowser:
    """A browser over `pages`.

    Args:
        pages: HTML by address.
        view_tokens: what it shows at once.

    Attributes:
        cursor: of the page shown last.
    """

    def __init__(self, pages: Iterable[tuple[str, str]], view_tokens: int) -> None:
        self._index = indexed(pages)
        self._view_tokens = view_tokens
        self._shown: list[Snapshot] = []
        self._view = ""

    @property
    def cursor(self) -> int:
        return len(self._shown) - 1

    def search(self, query: str) -> str:
        """The page of results."""
        results = results_document(query, self._index.find(query, RESULTS))
        return self._show(Snapshot(len(self._shown), results))

    def result(self, title: str) -> int | None:
        """The number of the result named `title`; None when none was shown."""
        found = re.search(rf"【(\d+)†{re.escape(title)}†", self._view)
        return int(found[1]) if found else None

    def open(self, number: int) -> str:
        """The page that a result leads to."""
        url = self._shown[-1].document.links[number]
        document = self._index.document(url)
        assert document is not None, url
        return self._show(Snapshot(len(self._shown), document))

    def find(self, pattern: str) -> str:
        """Where the page shown last says `pattern`."""
        return self._show(self._shown[-1].find(pattern))

    def line_of(self, sentence: str) -> int | None:
        """The number of the line that begins with `sentence` in what was shown last, if it was."""
        for line in self._view.splitlines():
            number, _, text = line.partition(": ")
            if text.lstrip(" *").startswith(sentence):
                return int(number.removeprefix("L"))
        return None

    def _show(self, snapshot: Snapshot) -> str:
        self._shown.append(snapshot)
        self._view = snapshot.view(tokens=self._view_tokens)
        return self._view


def indexed(pages: Iterable[tuple[str, str]]) -> LocalIndex:
    """Pages, given as address and HTML, to search and to open."""
    made = LocalIndex()
    for url, html in pages:
        made.add(to_document(Response(url, 200, "text/html", html.encode(), "utf-8")))
    return made
