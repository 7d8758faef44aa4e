"""Words and values the transcripts are made of, split into a training part and a held-out part.

`Lexicon(rng, held)` draws from one side only: `held` words, phrasings and numbers are never trained
on. Which side a word is on depends on a checksum of the word, so adding words moves none.
"""

import functools
import random
import re
import string
import zlib
from collections.abc import Sequence

from agentkit.harmony.tokenizer import HarmonyTokenizer


def names(text: str) -> tuple[str, ...]:
    """The words in `text`."""
    return tuple(text.split())


def phrases(text: str) -> tuple[str, ...]:
    """The phrases in `text`, which stand between bars and line ends."""
    return tuple(text.strip().replace("\n", "|").split("|"))


FIRST_NAMES = names("""
Ana Ben Clara David Elena Felix Grace Hugo Ines Jonas Karin Liam Maria Nora Oscar Paula Quentin
Rosa Sam Tom Ursula Victor Wanda Xavier Yara Zoe Ahmed Bianca Carlos Diana Erik Fatima Georg
Hannah Ivan Julia Kevin Laura Martin Nina Olga Peter Rita Simon Tina Umar Vera Walter Yusuf Alice
Bob Charlie Daniel Emma Frank Gina Henry Irene James Kate Leo Mia Noah Olivia Paul Rachel Steve
Theo Anna John Mary Lisa Michael Sarah Wolfgang Priya Kenji Mei Sven Ingrid Pablo Chloe Aisha
Dmitri Leila Marco Sofia Raj Hana Omar Elif Nikola Amara Kofi Freya Aaron Beth Gregor Heidi Ingo
Jana
""")

CITIES = names("""
Paris London Berlin Madrid Rome Vienna Lisbon Oslo Prague Athens Dublin Warsaw Zurich Geneva Milan
Hamburg Munich Tokyo Osaka Kyoto Seoul Beijing Shanghai Delhi Mumbai Bangkok Jakarta Manila Hanoi
Cairo Nairobi Lagos Accra Tunis Boston Chicago Denver Seattle Austin Dallas Miami Toronto Montreal
Lima Bogota Santiago Havana Quito Sydney Melbourne Perth Auckland Reykjavik Helsinki Stockholm
Copenhagen Brussels Amsterdam Rotterdam Antwerp Lyon Marseille Nice Barcelona Valencia Seville
Porto Naples Turin Florence Venice Budapest Bucharest Sofia Belgrade Zagreb Ljubljana Bratislava
Krakow Vilnius Riga Tallinn Kyiv Istanbul Ankara Tbilisi Yerevan Baku Dubai Doha Muscat Karachi
Lahore Kathmandu Dhaka Colombo
""") + phrases("""
New York|San Francisco|Los Angeles|Cape Town|Buenos Aires|Rio de Janeiro
Hong Kong|Mexico City|Tel Aviv|Kuala Lumpur|St. Gallen|Las Vegas
""")

WORDS = names("""
apple river table garden window bread music paper stone silver purple yellow orange forest
mountain pencil rocket planet butter coffee violin basket blanket camera candle carpet castle
cotton dragon engine feather flower guitar hammer island jacket kitten ladder lemon magnet market
mirror monkey needle ocean onion parrot pepper pillow pirate pocket potato rabbit ribbon saddle
salmon sandal school shadow singer spider spring square summer sunset target temple ticket tiger
tomato tunnel turtle velvet village walnut winter wizard banana algorithm elephant keyboard
notebook umbrella
""")

CURRENCIES = names("""
USD EUR GBP JPY CHF CAD AUD SEK NOK DKK PLN INR CNY BRL MXN ZAR TRY KRW SGD NZD HUF CZK
""")
LANGUAGES = names("""
French German Spanish Italian Portuguese Dutch Swedish Polish Japanese Korean Chinese Arabic
Turkish Greek Finnish Hindi Russian Czech Danish Norwegian Hungarian Hebrew Thai Vietnamese
""")
COLORS = names("""
red blue green black white yellow purple orange pink brown grey silver golden
""")
ROOMS = [
    "kitchen",
    "bedroom",
    "living room",
    "bathroom",
    "garage",
    "office",
    "hall",
    "attic",
    "basement",
    "garden",
]
WEEKDAYS = names("""
Monday Tuesday Wednesday Thursday Friday Saturday Sunday
""")
STATES = names("""
shipped pending delivered cancelled open closed active paused confirmed delayed ready booked
approved rejected refunded lost processing expired scheduled available sold done running failed
offline online
""")
ADJECTIVES = names("""
small large old new fresh wooden plastic cheap warm cold soft heavy light round spare quiet
""")
MONTHS = names("""
January February March April May June July August September October November December
""")


TRAINED = phrases("""
the sum of the numbers {a} and {b}|{a} to the third power|{a} cubed|three times {a}
a quarter of {a}|the maximum of {v}|the smallest number in {v}|the smallest of {v}
{v} in ascending order|the number of values in {v}|Total these: {v}|Sum up these numbers: {v}
Find the smallest number: {v}|{w} spelled backwards|the count of the letter {l} in {w}
how many times {l} occurs in {w}|the last character of {w}|How many letters does {w} have?
Make {w} uppercase|Write {w} in small letters|Count the letter {l} in {w}|{p} percent of {a}
a {p}% share of {a}|{p} is what percent of {a}?|What percentage is {p} of {a}?
Please find the {noun} with number {v}.|there is no '{v}'. Did you mean '{s}'?
""")
"""Phrasings on the held-out side that the shipped weights saw all the same, in an early run: they
stay on the training side.
"""


def is_held(text: str, share: int = 6) -> bool:
    """Whether `text` belongs to the held-out side (one in `share`)."""
    return zlib.crc32(text.encode()) % share == 0 and text not in TRAINED


def choose(rng: random.Random, options: Sequence[str], held: bool) -> str:
    """One of `options` from the wanted side; from all of them when that side is empty."""
    return rng.choice(_side(tuple(options), held))


@functools.lru_cache(maxsize=4096)
def _side(options: tuple[str, ...], held: bool) -> list[str]:
    """The options of one side. A phrasing whose words no other one uses teaches what nothing else
    can: it is never held out.
    """
    kept = [option for option in options if not is_held(option)]
    known = {word for option in kept for word in _words_of(option)}
    held_out = [option for option in options if is_held(option) and _words_of(option) <= known]
    if held:
        return held_out or kept or list(options)
    return [option for option in options if option not in held_out] or list(options)


def _words_of(phrasing: str) -> set[str]:
    """The words of a phrasing; a single word, such as a name, has none to be known by."""
    words = set(re.findall(r"[a-z0-9]+", re.sub(r"{.*?}", "", phrasing).lower()))
    return words if "{" in phrasing or len(words) > 1 else set()


class Lexicon:
    """A source of random values.

    Args:
        rng: decides all draws.
        held: draw from the held-out side.
        tokenizer: its vocabulary gives thousands of rare words.
    """

    def __init__(self, rng: random.Random, held: bool, tokenizer: HarmonyTokenizer) -> None:
        self.rng = rng
        self.held = held
        self._rare = _rare_words(tokenizer, held)
        self._tails = _tails(tokenizer)

    def pick(self, options: Sequence[str]) -> str:
        """One of `options` from this lexicon's side."""
        return choose(self.rng, options, self.held)

    def chance(self, share: float) -> bool:
        """True with probability `share`."""
        return self.rng.random() < share

    def proper(self) -> str:
        """A made-up or rare capitalised word: " Zelmor"."""
        word = self.rng.choice(self._rare)
        if self.chance(0.45):
            word += self.rng.choice(self._tails)
        if self.chance(0.1):
            word += self.rng.choice(self._tails)
        return word

    def name(self) -> str:
        """A first name."""
        return self.pick(FIRST_NAMES) if self.chance(0.5) else self.proper()

    def full_name(self) -> str:
        """A name, sometimes with a second one."""
        return f"{self.name()} {self.proper()}" if self.chance(0.4) else self.name()

    def city(self) -> str:
        """A place."""
        if self.chance(0.55):
            return self.pick(CITIES)
        return f"{self.proper()} {self.proper()}" if self.chance(0.15) else self.proper()

    def word(self) -> str:
        """A lower-case word."""
        return self.pick(WORDS) if self.chance(0.4) else self.proper().lower()

    def phrase(self) -> str:
        """One to four lower-case words, such as a thing to buy or to remember."""
        count = self.rng.choice((1, 2, 2, 3, 4))
        words = [self.word() for _ in range(count)]
        if count > 1 and self.chance(0.5):
            words[0] = self.rng.choice(
                ADJECTIVES + COLORS + names("buy call water clean visit send")
            )
        return " ".join(words)

    def digits(self, least: int, most: int) -> str:
        """A digit string of a random length."""
        count = self.rng.randint(least, most)
        return str(self.rng.randint(1, 9)) + "".join(
            self.rng.choice(string.digits) for _ in range(count - 1)
        )

    def letters(self, least: int, most: int) -> str:
        """Capital letters."""
        return "".join(
            self.rng.choice(string.ascii_uppercase) for _ in range(self.rng.randint(least, most))
        )

    def code(self) -> str:
        """An identifier: W123, #W2378156, INV-2024-017, ord_981, 4471-B."""
        rng = self.rng
        shapes = (
            lambda: self.letters(1, 1) + self.digits(2, 7),
            lambda: self.letters(2, 3) + self.digits(2, 5),
            lambda: f"#{self.letters(1, 1)}{self.digits(3, 7)}",
            lambda: f"#{self.digits(3, 6)}",
            lambda: f"{self.letters(2, 4)}-{self.digits(2, 5)}",
            lambda: f"{self.letters(2, 3)}-{rng.randint(2019, 2027)}-{self.digits(2, 4)}",
            lambda: f"{self.word()[:4]}_{self.digits(2, 5)}",
            lambda: f"{self.digits(3, 5)}-{self.letters(1, 2)}",
            lambda: self.digits(4, 8),
            lambda: f"{self.letters(1, 2)}{self.digits(1, 3)}{self.letters(1, 2)}",
        )
        return rng.choice(shapes)()

    def email(self) -> str:
        """An address."""
        user = self.name().lower() + self.rng.choice(
            ["", f".{self.proper().lower()}", self.digits(1, 2)]
        )
        host = self.rng.choice(("example", "mail", "test", self.word()))
        return f"{user}@{host}.{self.rng.choice(('com', 'org', 'net', 'de'))}"

    def date(self) -> str:
        """A day, as ISO date, weekday or in words."""
        rng = self.rng
        day = f"{rng.randint(2024, 2027)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        return rng.choice(
            [
                day,
                day,
                rng.choice(WEEKDAYS),
                "tomorrow",
                "today",
                f"{rng.choice(MONTHS)} {rng.randint(1, 28)}",
            ]
        )

    def time(self) -> str:
        """A time of day."""
        return self.rng.choice(
            [
                f"{self.rng.randint(0, 23):02}:{self.rng.choice((0, 15, 30, 45)):02}",
                f"{self.rng.randint(1, 12)} pm",
            ]
        )

    def integer(self) -> int:
        """A whole number, small ones more often; each belongs to one side."""
        top = self.rng.choice((9, 20, 99, 99, 999, 9999, 99999, 999999, 9999999))
        while True:
            number = self.rng.randint(2, top)
            if top < 50 or is_held(str(number)) == self.held:
                return number

    def decimal(self) -> float:
        """A number with one to three decimals."""
        places = self.rng.choice((1, 2, 2, 2, 3))
        return round(self.rng.uniform(0.1, self.rng.choice((10, 100, 100, 1000))), places)

    def count(self) -> int:
        """A small quantity."""
        return self.rng.choice(
            (2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 45, 50, 100, self.rng.randint(1, 400))
        )

    def amount(self) -> str:
        """Money or a measure, as written."""
        return str(self.rng.choice((self.count(), self.rng.randint(10, 5000), self.decimal())))


@functools.lru_cache(maxsize=4)
def _rare_words(tokenizer: HarmonyTokenizer, held: bool) -> list[str]:
    words = (
        token[1:].decode()
        for token in tokenizer.table
        if token[:1] == b" " and token.isascii() and token[1:].isalpha()
    )
    return [
        word for word in words if word.istitle() and 3 <= len(word) <= 9 and is_held(word) == held
    ]


@functools.lru_cache(maxsize=2)
def _tails(tokenizer: HarmonyTokenizer) -> list[str]:
    words = (
        token.decode()
        for token in tokenizer.table[:60_000]
        if token.isascii() and token.isalpha() and token.islower()
    )
    return [
        word for word in words if 2 <= len(word) <= 5 and any(letter in "aeiou" for letter in word)
    ]
