"""What stands around the content of real pages: menus, banners, sidebars, links by hundreds."""

from __future__ import annotations

import random

__all__ = ["Chrome"]

_MENU = """
news sport weather culture travel money science opinion letters video podcasts archive events
jobs cars homes recipes garden health family style books film music games puzzles quizzes
local region europe world markets funds pensions energy climate space history nature schools
partners advertise newsletters offers vouchers services accounts orders returns delivery
support forum members groups rules help guides tutorials reference examples downloads changes
press careers imprint privacy terms cookies accessibility contact sitemap editions shop
"""
_WORDS = _MENU.split()
_COOKIES = (
    "We and our 214 partners store and access information on a device, such as unique identifiers "
    "in cookies, to process personal data. You may accept or manage your choices, including your "
    "right to object where legitimate interest is used, at any time in the privacy settings."
)


class Chrome:
    """Makes the same furniture for the same seed.

    Args:
        seed: of its choices.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._count = 0

    def words(self, fewest: int = 1, most: int = 3) -> str:
        """A few words, as in a menu."""
        count = self._random.randint(fewest, most)
        return " ".join(self._random.choice(_WORDS) for _ in range(count)).capitalize()

    def link(self, fewest: int = 1, most: int = 3) -> str:
        """A link to another page of the site."""
        self._count += 1
        return (
            f'<a href="/{self._random.choice(_WORDS)}/{self._count}">{self.words(fewest, most)}</a>'
        )

    def items(self, count: int, **words: int) -> str:
        """List items with a link each."""
        return "".join(f"<li>{self.link(**words)}</li>\n" for _ in range(count))

    def spans(self, count: int) -> str:
        """Links in a row, without a list."""
        return "\n".join(f'<span class="item">{self.link()}</span>' for _ in range(count))

    def menu(self, groups: int, each: int) -> str:
        """A menu whose entries open to more entries."""
        parts = (
            f"<li>{self.link()}<ul class='sub'>{self.items(each)}</ul></li>" for _ in range(groups)
        )
        return f"<ul class='menu'>{''.join(parts)}</ul>"

    def cookies(self, tag: str = "div") -> str:
        """A banner that asks for consent."""
        return (
            f'<{tag} id="cookie-consent" class="cookie-banner"><h2>Your privacy</h2>'
            f"<p>{_COOKIES}</p><button>Accept all</button><button>Manage choices</button>"
            f"{self.link()}</{tag}>"
        )

    def search(self) -> str:
        """A search field."""
        return (
            '<form action="/search" class="search"><input type="search" name="q" '
            'placeholder="Search"><button>Search</button></form>'
        )

    def teasers(self, count: int) -> str:
        """Headlines with a line of text each, of other pages."""
        return "".join(
            f'<div class="teaser"><h3>{self.link(4, 8)}</h3><p>{self.words(8, 14)}.</p></div>\n'
            for _ in range(count)
        )

    def sharing(self) -> str:
        """Buttons that share a page."""
        names = ("Mail", "Chat", "Board", "Print")
        return (
            '<div class="share-buttons">'
            + "".join(f'<a href="/share/{n}" aria-label="{n}"><svg></svg></a>' for n in names)
            + "</div>"
        )

    def footer(self, columns: int, each: int, tag: str = "footer") -> str:
        """The links at the end of all pages, in columns."""
        parts = (
            f"<div class='column'><h4>{self.words()}</h4><ul>{self.items(each)}</ul></div>"
            for _ in range(columns)
        )
        return f'<{tag} class="footer">{"".join(parts)}<p>© 2026 The publishers</p></{tag}>'
