"""Fourteen layouts, as blogs, newspapers, documentation, forums, shops and wikis have them.

Each is written by hand after what such sites do: some with regions in the markup, some with nothing
but `div`, some with tables; with the sidebar before the content or after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.browser.labelled.chrome import Chrome
from tests.browser.labelled.texts import SUBJECTS, Subject

__all__ = ["Labelled", "labelled_pages"]

Layout = Callable[[Subject, Chrome], str]


@dataclass(frozen=True)
class Labelled:
    """A page and where it should be read from.

    Args:
        name: layout and subject.
        html: the page.
        start: how its main content starts, word for word.
    """

    name: str
    html: str
    start: str


def labelled_pages() -> Iterator[Labelled]:
    """Every layout with every subject."""
    for number, layout in enumerate(LAYOUTS):
        for other, subject in enumerate(SUBJECTS):
            html = layout(subject, Chrome(10 * number + other))
            page = f"<!doctype html>\n<html lang='en'><head><title>{subject.title}</title></head>"
            start = subject.paragraphs[0].partition(". ")[0]
            yield Labelled(f"{layout.__name__}-{other}", f"{page}<body>{html}</body></html>", start)


def _paragraphs(subject: Subject, first: int = 0) -> str:
    return "\n".join(f"<p>{text}</p>" for text in subject.paragraphs[first:])


def _points(subject: Subject) -> str:
    return "<ul>" + "".join(f"<li>{point}</li>" for point in subject.points) + "</ul>"


def _facts(subject: Subject) -> str:
    rows = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in subject.facts)
    return f"<table>{rows}</table>"


def _replies(subject: Subject) -> str:
    return "".join(f"<div class='comment'><p>{reply}</p></div>" for reply in subject.replies)


def blog_of_divs(subject: Subject, chrome: Chrome) -> str:
    """A blog without regions, the sidebar before the post."""
    return f"""
{chrome.cookies()}
<div id="top"><div class="logo"><a href="/">Kitchen notes</a></div>{chrome.menu(8, 6)}</div>
<div id="sidebar" class="sidebar widget-area">{chrome.search()}
<div class="widget"><h3>Recent posts</h3><ul>{chrome.items(20, fewest=4, most=8)}</ul></div>
<div class="widget"><h3>Archive</h3><ul>{chrome.items(36)}</ul></div>
<div class="widget tagcloud">{chrome.spans(45)}</div></div>
<div id="content"><div class="post hentry"><h1 class="entry-title">{subject.title}</h1>
<div class="entry-meta">Posted on <a href="/2026/11">3 November 2026</a> by Ada</div>
<div class="entry-content">{_paragraphs(subject)}{_points(subject)}</div></div>
<div id="comments">{_replies(subject)}</div>
</div>{chrome.footer(3, 8, "div")}"""


def blog_with_regions(subject: Subject, chrome: Chrome) -> str:
    """A blog of today: a header with a large menu, the post, then an aside."""
    return f"""
<a class="skip" href="#main">Skip to content</a>
<header><nav aria-label="Main">{chrome.menu(9, 9)}</nav>{chrome.search()}</header>
<main id="main"><article><header><h1>{subject.title}</h1><p class="byline">By Ada Marsh,
<time datetime="2026-11-03">3 November</time>, 4 minutes</p>{chrome.sharing()}</header>
<figure><img src="/hero.jpg" alt="A table by a window"><figcaption>In the morning</figcaption>
</figure>{_paragraphs(subject)}{_points(subject)}</article></main>
<aside><h2>More</h2>{chrome.teasers(12)}</aside>{chrome.footer(4, 10)}{chrome.cookies("section")}"""


def news_with_ticker(subject: Subject, chrome: Chrome) -> str:
    """A newspaper: sections, a ticker and most-read lists come before the story."""
    body = "".join(f'<div class="paragraph">{text}</div>\n' for text in subject.paragraphs)
    return f"""
{chrome.cookies("aside")}
<div class="masthead"><div class="edition">{chrome.spans(12)}</div>
<div class="sections">{chrome.menu(14, 7)}</div></div>
<div class="ticker"><b>Live</b><ul>{chrome.items(10, fewest=6, most=10)}</ul></div>
<div class="most-read"><h2>Most read</h2><ol>{chrome.items(10, fewest=5, most=9)}</ol></div>
<div class="page"><div class="story"><div class="kicker">City</div><h1>{subject.title}</h1>
<div class="standfirst"></div><div class="byline">Our own correspondent</div>{chrome.sharing()}
<div class="story-body">{body}</div></div>
<div class="related"><h2>Related</h2>{chrome.teasers(9)}</div></div>{chrome.footer(5, 9, "div")}"""


def news_with_regions(subject: Subject, chrome: Chrome) -> str:
    """A newspaper with regions and a subscription offer in the middle of the story."""
    middle = (
        '<div class="offer"><p>Read on for one euro a week.</p><button>Subscribe</button></div>'
    )
    rest = _paragraphs(subject, 2)
    return f"""
<header role="banner"><div class="top-links">{chrome.spans(30)}</div>
<nav>{chrome.menu(12, 10)}</nav></header>
<div class="breaking" role="alert"><a href="/live">Live: council votes on rents</a></div>
<main><article><h1>{subject.title}</h1><p class="author">Jon Weir</p>
<p>{subject.paragraphs[0]}</p><p>{subject.paragraphs[1]}</p>{middle}{rest}</article>
<section class="recommended"><h2>Recommended</h2>{chrome.teasers(10)}</section></main>
{chrome.footer(4, 12)}"""


def docs_with_sidebar(subject: Subject, chrome: Chrome) -> str:
    """Documentation as Sphinx makes it: the contents of all chapters first."""
    tree = "".join(
        f'<li class="toctree-l1">{chrome.link()}<ul>{chrome.items(9)}</ul></li>' for _ in range(16)
    )
    return f"""
<div class="related" role="navigation"><h3>Navigation</h3><ul>{chrome.items(5)}</ul></div>
<div class="sphinxsidebar" role="navigation"><h3><a href="/">Contents</a></h3><ul>{tree}</ul>
{chrome.search()}</div>
<div class="document"><div class="documentwrapper"><div class="bodywrapper">
<div class="body" role="main"><section id="s">
<h1>{subject.title}<a class="headerlink" href="#s">¶</a>
</h1><p>{subject.paragraphs[0]}</p>
<div class="highlight"><pre>{subject.code}</pre></div>
{_paragraphs(subject, 1)}{_points(subject)}{_facts(subject)}</section></div></div></div></div>
<div class="footer" role="contentinfo">© The authors. {chrome.spans(6)}</div>"""


def docs_of_divs(subject: Subject, chrome: Chrome) -> str:
    """Documentation from an application that knows only `div`, with a list of versions."""
    versions = "".join(f"<a href='/v{n}'>v{n}</a>" for n in range(30))
    return f"""
<div class="navbar"><div class="navbar__items">{chrome.spans(14)}</div><div class="dropdown">
{versions}</div></div>
<div class="wrapper"><div class="menu-column">{chrome.menu(12, 12)}</div>
<div class="content-column"><div class="crumbs">{chrome.spans(3)}</div>
<div class="markdown"><h1>{subject.title}</h1><p>{subject.paragraphs[0]}</p>
<pre><code>{subject.code}</code></pre>{_paragraphs(subject, 1)}<h2>Settings</h2>{_facts(subject)}
<h2>Advice</h2>{_points(subject)}</div><div class="pager">{chrome.spans(2)}</div></div>
<div class="toc-column"><ul>{chrome.items(12)}</ul></div></div>{chrome.footer(3, 7)}"""


def forum_of_tables(subject: Subject, chrome: Chrome) -> str:
    """A bulletin board in tables: author on the left, post on the right."""
    texts = (" ".join(subject.paragraphs[:3]), *subject.replies)
    posts = "".join(
        f"""<tr class="post"><td class="author" width="150"><b>{chrome.words(1, 1)}{number}</b><br>
Member<br>Posts: {37 * number + 12}<br>{chrome.link()}</td><td class="body">
<div class="date">Posted:
3 Nov 2026</div><div class="postbody">{text}</div><hr>
<div class="sig">{chrome.link()}</div></td></tr>"""
        for number, text in enumerate(texts)
    )
    options = "".join(f"<option>{chrome.words()}</option>" for _ in range(30))
    return f"""
<table width="100%"><tr><td><a href="/"><img src="/logo.gif" alt="The board"></a></td>
<td>{chrome.spans(16)}</td></tr></table>
<table class="forums"><tr><td>{chrome.menu(10, 9)}</td></tr></table>
<p class="path">{chrome.spans(4)}</p><h2><a href="/topic/1">{subject.title}</a></h2>
<table class="topic">{posts}</table>
<p>Jump to: <select name="f">{options}</select></p>
<table class="bottom"><tr><td>{chrome.spans(20)}</td></tr></table>"""


def forum_of_questions(subject: Subject, chrome: Chrome) -> str:
    """Questions and answers with votes, and a column of other questions on the left."""
    answers = "".join(
        f"""<div class="answer"><div class="votes"><button>▲</button><span>{3 * n}</span></div>
<div class="text"><p>{reply}</p></div><div class="user">{chrome.link()}</div></div>"""
        for n, reply in enumerate(subject.replies)
    )
    return f"""
<header class="bar"><a href="/">Ask</a>{chrome.search()}<ol>{chrome.items(14)}</ol></header>
<div class="container"><div class="left-sidebar"><nav><ol>{chrome.items(25)}</ol></nav>
<div class="hot"><h4>Hot questions</h4><ul>{chrome.items(60, fewest=6, most=12)}</ul></div></div>
<div class="content"><div class="question-header"><h1><a href="/q/1">{subject.title}</a></h1>
<a class="ask" href="/ask">Ask a question</a></div>
<div class="stats">Asked today, seen 73 times</div>
<div class="question"><div class="votes"><button>▲</button><span>12</span></div>
<div class="text">{_paragraphs(subject)}<pre><code>{subject.code}</code></pre></div>
<div class="tags">{chrome.spans(4)}</div></div><h2>3 answers</h2>{answers}</div></div>
{chrome.footer(4, 9)}"""


def shop_of_divs(subject: Subject, chrome: Chrome) -> str:
    """A product's page: departments, filters and offers before its description."""
    filters = "".join(
        f"<label><input type='checkbox' name='f{n}'> {chrome.words()}</label>" for n in range(30)
    )
    return f"""
{chrome.cookies()}<div class="header"><div class="account">{chrome.spans(8)}</div>{chrome.search()}
<div class="departments">{chrome.menu(13, 9)}</div></div>
<div class="filters"><h4>Narrow by</h4>{filters}</div>
<div class="breadcrumbs">{chrome.spans(4)}</div>
<div class="product"><div class="gallery">
<img src="/1.jpg" alt="Front"><img src="/2.jpg" alt="Back"></div>
<h1 class="product-title">{subject.title}</h1><div class="price">24,90 €</div>
<form action="/basket"><select name="size"><option>S</option><option>M</option></select>
<button>Add to basket</button></form><div class="description">{_paragraphs(subject)}
{_points(subject)}</div>
<div class="specification"><h2>Specification</h2>{_facts(subject)}</div></div>
<div class="also-bought"><h2>Others also bought</h2>{chrome.teasers(14)}</div>
{chrome.footer(4, 8, "div")}"""


def shop_with_regions(subject: Subject, chrome: Chrome) -> str:
    """A product's page with regions and a basket in the margin."""
    return f"""
<header><nav>{chrome.menu(11, 12)}</nav></header>
<aside class="basket"><h2>Basket</h2><p>Your basket is empty.</p>{chrome.teasers(6)}</aside>
<main><section class="product"><h1>{subject.title}</h1><p class="price"><del>30 €</del> 25 €</p>
<ul class="usp">{chrome.items(4)}</ul><section class="text"><h2>Description</h2>
{_paragraphs(subject)}</section><section><h2>Data</h2>{_facts(subject)}</section></section>
<section class="reviews"><h2>Reviews</h2>
{_replies(subject)}</section></main>
{chrome.footer(5, 10)}"""


def wiki_with_sidebar_first(subject: Subject, chrome: Chrome) -> str:
    """An encyclopedia: tools and languages first, then the entry with its box of facts."""
    return f"""
<div class="header-container"><div class="menu">{chrome.menu(6, 8)}</div>{chrome.search()}
<ul class="user-links">{chrome.items(6)}</ul></div>
<div class="sidebar"><h3>Tools</h3><ul>{chrome.items(18)}</ul><h3>Languages</h3>
<ul>{chrome.items(110, fewest=1, most=1)}</ul></div>
<div id="content" class="mw-body"><h1 id="firstHeading">{subject.title}</h1>
<div id="bodyContent"><div id="siteSub">From the free encyclopedia</div>
<div class="mw-parser-output"><table class="infobox"><caption>{subject.title}</caption>
{_facts(subject)[7:]}{_paragraphs(subject)}<h2>See also</h2>{_points(subject)}
<div class="navbox">{chrome.spans(30)}</div></div></div></div>{chrome.footer(2, 8, "div")}"""


def wiki_of_a_company(subject: Subject, chrome: Chrome) -> str:
    """An internal wiki: the tree of pages on the left, everything inside of a form."""
    tree = "".join(f"<div class='node'>{chrome.link()}</div>" for _ in range(140))
    return f"""
<form id="aspnetForm" method="post"><div id="ribbon">{chrome.spans(25)}</div>
<div id="tree">{tree}</div><div id="crumbs">{chrome.spans(5)}</div>
<div id="page"><h1>{subject.title}</h1><p>{subject.paragraphs[0]}</p>{_points(subject)}
{_paragraphs(subject, 1)}{_facts(subject)}<div id="labels">{chrome.spans(5)}</div></div>
<div id="likes">Ada and 4 others like this</div>{chrome.footer(1, 10, "div")}</form>"""


def old_tables_with_fonts(subject: Subject, chrome: Chrome) -> str:
    """A page of 1999: the layout is a table, paragraphs end with two breaks."""
    body = "<br><br>\n".join(subject.paragraphs)
    cells = "<br>\n".join(f"<font size=2>{chrome.link()}</font>" for _ in range(110))
    return f"""
<center><table border=0 width=760 cellpadding=0><tr><td colspan=3 bgcolor="#003366">
<font color=white size=5>The gazette</font> {chrome.spans(12)}</td></tr>
<tr><td width=140 valign=top bgcolor="#cccccc">{cells}</td><td width=10><img src="/dot.gif" width=1
height=1></td><td valign=top><font face="Arial" size=4><b>{subject.title}</b></font><br><br>
<font face="Arial" size=2>{body}</font><p>{chrome.spans(3)}</td></tr>
<tr><td colspan=3>{chrome.spans(15)}</td></tr></table></center>"""


def recipe_card(subject: Subject, chrome: Chrome) -> str:
    """A magazine's page that begins with a jump link, a rating and a newsletter."""
    return f"""
<div class="announcement">Free delivery this week</div>
<div class="mega-menu">{chrome.menu(15, 10)}</div>
<div class="newsletter-box"><h3>Our letter</h3><p>Every Friday the best of the week, free of charge
and without advertising. More than ninety thousand people read it already.</p>
<form><input type="email" name="mail" placeholder="Your address">
<button>Sign up</button></form></div>
<main><div class="hero"><h1>{subject.title}</h1><a class="jump" href="#card">Jump to the card</a>
<div class="rating">4.8 of 5 (312)</div>{chrome.sharing()}</div>
<div class="intro">{_paragraphs(subject)}</div>
<div id="card" class="card"><h2>In short</h2>{_facts(subject)}{_points(subject)}</div></main>
<div class="more">{chrome.teasers(15)}</div>{chrome.footer(4, 9)}"""


LAYOUTS: tuple[Layout, ...] = (
    blog_of_divs,
    blog_with_regions,
    news_with_ticker,
    news_with_regions,
    docs_with_sidebar,
    docs_of_divs,
    forum_of_tables,
    forum_of_questions,
    shop_of_divs,
    shop_with_regions,
    wiki_with_sidebar_first,
    wiki_of_a_company,
    old_tables_with_fonts,
    recipe_card,
)
