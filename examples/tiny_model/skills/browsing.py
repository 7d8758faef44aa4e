"""Browsing: search, open, find, and an answer with a citation copied from a page's line.

A task is a place with a page, what is asked of it, and other pages beside it. What the browser
answers is not imitated: pages are converted, indexed and shown by agentkit's own browser, so that
an episode is what a run gives. A model this small reads little, hence `VIEW_TOKENS`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from agentkit.harmony.tokenizer import load_tokenizer
from examples.tiny_model import words as lists
from examples.tiny_model.skills.base import (
    Scene,
    Turn,
    answers,
    asks,
    calls,
    returns,
    thought,
)
from examples.tiny_model.skills.browsing_phrases import (
    ATTRIBUTES,
    BOTH,
    FILLERS,
    HOSTS,
    KINDS,
    LISTED,
    NEIGHBOURS,
    QUESTIONS,
    SENTENCES,
)
from examples.tiny_model.skills.local_browser import LocalBrowser
from examples.tiny_model.transcript import Line, copy, joined
from examples.tiny_model.words import Lexicon

VIEW_TOKENS = 100
"""What the browser shows of a page at once, in these episodes."""

MOST_TOKENS = 480
"""Longer tasks are drawn again; with headers an episode stays under 500 ids."""

LONG = 7
"""Sentences on a page that is surely longer than its view."""

LONGEST = 70
"""Characters of a sentence that surely stands on one line."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What a page says of its place: an attribute, and the sentence it stands in."""

    attribute: str
    sentence: str

    @property
    def quote(self) -> str:
        """The sentence from the attribute on."""
        return self.sentence[self.sentence.index(self.attribute) :]


@dataclass(frozen=True, slots=True)
class Place:
    """A place, its address, and its page as HTML."""

    name: str
    url: str
    html: str


@dataclass(frozen=True, slots=True)
class Task:
    """A question.

    Args:
        name: the place asked about.
        request: the user's words.
        asked: the facts that answer it, in the order of their lines; none when no page has them.
        attribute: what is asked for, as the search says it.
        places: all pages there are.
    """

    name: str
    request: str
    asked: tuple[Fact, ...]
    attribute: str
    places: tuple[Place, ...]


def browsing(scene: Scene) -> Turn:
    """One question answered by browsing, sometimes after another one."""
    words = scene.words
    while True:
        tasks = [draw(words) for _ in range(2 if words.chance(0.12) else 1)]
        pages = tuple((place.url, place.html) for task in tasks for place in task.places)
        browser = LocalBrowser(pages, VIEW_TOKENS)
        *earlier, last = [_answered(scene, task, browser) for task in tasks]
        lines = [line for each in earlier for line in joined(each)] + last
        if last and len(dict(pages)) == len(pages) and _tokens(lines) <= MOST_TOKENS:
            return Turn(lines, pages=pages)


def _tokens(lines: Sequence[Line]) -> int:
    tokenizer = load_tokenizer()
    return sum(len(tokenizer.encode(line.message.text)) for line in lines)


def _answered(scene: Scene, task: Task, browser: LocalBrowser) -> list[Line]:
    """The request and all that follows; nothing when the page asked for is out of sight."""
    query = f"{task.attribute} {task.name}"
    lines = [
        asks(task.request),
        *_said(
            scene,
            f"Search: {copy(query)}.",
            f"I search for {copy(query)}.",
            f"The user wants a fact. I have to look it up. I search for {copy(query)}.",
        ),
        calls("browser.search", json.dumps({"query": copy(query)}, ensure_ascii=False)),
        returns("browser.search", browser.search(query)),
    ]
    number = browser.result(task.name)
    if number is None and task.asked:
        return []
    if number is None:
        absent = f"{copy(task.name)} is not among the results."
        nothing = f"I found nothing about {copy(task.name)}."
        return [*lines, *_said(scene, absent, absent, absent), answers(nothing)]
    lines += [
        *_said(
            scene,
            f"{copy(task.name)} is result {copy(number)}.",
            f"{copy(task.name)} is result {copy(number)}. I open it.",
            f"I look for {copy(task.name)} among the results. {copy(task.name)} is result "
            f"{copy(number)}. I open it.",
        ),
        calls("browser.open", f'{{"id": {copy(number)}}}'),
        returns("browser.open", browser.open(number)),
    ]
    if any(browser.line_of(fact.sentence) is None for fact in task.asked):
        lines += _found(scene, task, browser)
    return [*lines, *_told(task, browser)]


def _found(scene: Scene, task: Task, browser: LocalBrowser) -> list[Line]:
    """The attribute looked for in a page that is longer than its view."""
    pattern = task.attribute
    return [
        *_said(
            scene,
            f"Not shown. Find: {copy(pattern)}.",
            f"These lines do not say it. I look for {copy(pattern)}.",
            f"These lines do not say it, and the page is longer. I look for {copy(pattern)}.",
        ),
        calls("browser.find", json.dumps({"pattern": copy(pattern)}, ensure_ascii=False)),
        returns("browser.find", browser.find(pattern)),
    ]


def _told(task: Task, browser: LocalBrowser) -> list[Line]:
    """The lines that say it, and the answer.

    A line is first quoted from the attribute on, which the request names: its number, which stands
    before it, is easier to find from what was quoted than from the request.
    """
    numbers = [browser.line_of(fact.sentence) for fact in task.asked]
    first, last = numbers[0], numbers[-1]
    read = " ".join(
        f"Found: {copy(fact.quote)} L{copy(number)}: {copy(fact.sentence)}"
        for number, fact in zip(numbers, task.asked, strict=True)
    )
    place = f"L{copy(first)}" if first == last else f"L{copy(first)}-L{copy(last)}"
    said = " ".join(copy(fact.sentence) for fact in task.asked)
    answer = f"{_without_stop(said)}【{copy(browser.cursor)}†{place}】."
    return [thought(read), answers(answer)]


def _without_stop(said: str) -> str:
    """Marked text without the full stop at its end."""
    close = copy("")[-1]
    return said.removesuffix(f".{close}") + close


def _said(scene: Scene, low: str, medium: str, high: str) -> list[Line]:
    """Analysis that settles the next call; short at low effort, but never left out."""
    return [thought({"low": low, "medium": medium, "high": high}[scene.effort])]


def draw(words: Lexicon) -> Task:
    """A question and the pages that are there."""
    kind = words.rng.choices(
        ("one", "several", "long", "both", "nothing"), (0.27, 0.3, 0.21, 0.12, 0.1)
    )[0]
    name = f"{words.proper()} {words.pick(KINDS)}"
    asked = _asked(words, name, 2 if kind == "both" else 1)
    attribute = asked[0].attribute
    request = words.pick(BOTH if kind == "both" else QUESTIONS)
    request = request.replace("{a}", attribute).replace("{b}", asked[-1].attribute)
    request = request.replace("{s}", words.rng.choice((name, name, f"the {name}")))
    if kind == "nothing":
        others = _others(words, name, attribute, 1) if words.chance(0.5) else [_unrelated(words)]
        return Task(name, request, (), attribute, tuple(others))
    place = _place(words, name, asked, LONG if kind == "long" else words.rng.randint(2, 5))
    others = _others(words, name, attribute, 2) if kind == "several" else []
    places = words.rng.sample([place, *others], 1 + len(others))
    return Task(name, request, asked, attribute, tuple(places))


def _asked(words: Lexicon, name: str, count: int) -> tuple[Fact, ...]:
    """Facts of different attributes, each a sentence that fits on a line."""
    patterns = SENTENCES if count == 1 else (LISTED,)
    facts: dict[str, Fact] = {}
    while len(facts) < count:
        fact = _fact(words, name, _attribute(words), words.pick(patterns))
        if fact is not None and not any(_share_a_word(fact.attribute, other) for other in facts):
            facts[fact.attribute] = fact
    return tuple(facts.values())


def _attribute(words: Lexicon) -> str:
    """What a page may tell, asked for or not; in training often made up, so that a line is found by
    the words of the request and not because it tells what lines usually tell.
    """
    if words.held or words.chance(0.5):
        return words.pick(tuple(ATTRIBUTES))
    name = words.word()
    return f"{words.word()} {name}" if words.chance(0.25) else name


def _fact(words: Lexicon, name: str, attribute: str, pattern: str) -> Fact | None:
    """A sentence about an attribute; None when it does not surely stand on one line."""
    value, year = _value_of(words, attribute), str(words.rng.randint(1850, 2023))
    sentence = pattern.format(a=attribute, s=name, v=value, y=year)
    fits = len(sentence) <= LONGEST and "." not in sentence[:-1]
    return Fact(attribute, sentence) if fits else None


def _share_a_word(one: str, other: str) -> bool:
    return bool(set(one.split()) & set(other.split()))


def _place(words: Lexicon, name: str, asked: Sequence[Fact], others: int) -> Place:
    """A page that tells `asked` in a row, and `others` more sentences around it."""
    around = _around(words, name, [fact.attribute for fact in asked], others)
    at = words.rng.randint(others - 2 if others == LONG else 0, others)
    said = [*around[:at], *(fact.sentence for fact in asked), *around[at:]]
    if len(asked) > 1 or (others < LONG and words.chance(0.25)):
        body = "<ul>" + "".join(f"<li>{each}</li>" for each in said) + "</ul>"
    else:
        body = "".join(f"<p>{each}</p>" for each in said)
    return _page(words, name, body)


def _around(words: Lexicon, name: str, taken: list[str], count: int) -> list[str]:
    """Sentences that say nothing about what is asked."""
    taken, said = list(taken), list[str]()
    while len(said) < count:
        # What is held out is asked for there only, among what is known.
        attribute = words.rng.choice(list(ATTRIBUTES)) if words.held else _attribute(words)
        other = _fact(words, name, attribute, words.rng.choice(SENTENCES))
        if words.chance(0.4):
            said.append(_filler(words))
        elif other is not None and not any(_share_a_word(attribute, each) for each in taken):
            taken.append(attribute)
            said.append(other.sentence)
    return said


def _page(words: Lexicon, name: str, body: str) -> Place:
    """A page at some address, in a quarter of cases below links to other parts of its site."""
    menu = '<nav><a href="/">Home</a> <a href="/news">News</a></nav>' if words.chance(0.25) else ""
    html = (
        f"<html><head><title>{name}</title></head><body>{menu}<h1>{name}</h1>{body}</body></html>"
    )
    address = f"http://{words.rng.choice(HOSTS)}.example/{words.rng.randint(1, 999)}"
    return Place(name, address, html)


def _filler(words: Lexicon) -> str:
    pattern = words.rng.choice(FILLERS)
    return pattern.format(
        c=words.city().replace(".", ""),
        m=words.rng.choice(lists.MONTHS),
        w=words.word(),
        y=words.rng.randint(1850, 2023),
    )


def _others(words: Lexicon, name: str, attribute: str, most: int) -> list[Place]:
    """Pages that the search finds too: about other places, with the same attribute. Those that
    name the place as well may come before its own page.
    """
    first, kind = name.split(" ")
    found: dict[str, Place] = {}
    for _ in range(words.rng.randint(1, most)):
        other = words.rng.choice((f"{first} {words.pick(KINDS)}", f"{words.proper()} {kind}"))
        if other != name and other not in found:
            value = _value_of(words, attribute)
            said = [LISTED.format(a=attribute, s=other, v=value)]
            if words.chance(0.7):
                said.append(words.pick(NEIGHBOURS).format(a=attribute, s=name))
            found[other] = _page(words, other, "".join(f"<p>{each}</p>" for each in said))
    return list(found.values())


def _unrelated(words: Lexicon) -> Place:
    """A page that shares no word with any question."""
    return _page(words, words.proper(), f"<p>{words.word().title()}</p>")


def _value_of(words: Lexicon, attribute: str) -> str:
    """A value such as the attribute has; one that is made up may have any."""
    return _value(words, ATTRIBUTES.get(attribute) or words.rng.choice(list(ATTRIBUTES.values())))


def _value(words: Lexicon, kind: str) -> str:
    rng = words.rng
    number = words.integer()
    match kind:
        case "full_name":
            return words.full_name()
        case "metres" | "tonnes" | "euros" | "people":
            return f"{number} {kind}"
        case "area":
            return f"{number} square metres"
        case "speed":
            return f"{number} kilometres an hour"
        case "count":
            return str(number)
        case "digits":
            return words.digits(3, 7)
        case "year":
            return str(rng.randint(1200, 2023))
        case "street":
            return f"{words.proper()} Street {rng.randint(1, 99)}"
        case "words":
            return f"{words.word()} and {words.word()}"
        case _:
            return _word(words, kind)


def _word(words: Lexicon, kind: str) -> str:
    """Values of one word, or nearly."""
    rng = words.rng
    match kind:
        case "weekday":
            return rng.choice(lists.WEEKDAYS)
        case "month":
            return rng.choice(lists.MONTHS)
        case "colour":
            return rng.choice(lists.COLORS)
        case "language":
            return rng.choice(lists.LANGUAGES)
        case "currency":
            return rng.choice(lists.CURRENCIES)
        case "time":
            return words.time()
        case "code":
            return words.code().lstrip("#")
        case "city":
            return words.city()
        case "email":
            return f"{words.name().lower()}@{words.word()}"
        case "word":
            return words.word()
        case _:
            return words.proper()
