"""What a local search costs among 100,000 documents, beside the naive query: any of the words.

Processor time, since a search waits for nothing once the file is in memory.

The documents are made up from a fixed seed: sentences of 75 words, of which nearly half are
English function words and the rest come from 30,000 invented words, some common and most rare. The
questions take four words of one document and put function words between them. Both queries rank
the same way and cut the same snippets.
"""

from __future__ import annotations

import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from agentkit.browser.database import open_database
from agentkit.browser.document import Document
from agentkit.browser.search.local import Change, LocalIndex, ranked
from agentkit.browser.search.words import any_of
from tests.benchmarks.report import table

DOCUMENTS = 100_000
WORDS = 75
VOCABULARY = 30_000
QUERIES = 50
COUNT = 20
SEED = 20

_FUNCTION_WORDS = ("the", "of", "and", "to", "in", "a", "is", "that", "for", "it", "as", "was")
_SYLLABLES = [a + b for a in "bcdfghklmnprstvz" for b in "aeiou"]


class Corpus:
    """Made-up documents and questions about them.

    Args:
        documents: how many there are.
    """

    def __init__(self, documents: int = DOCUMENTS) -> None:
        self._random = random.Random(SEED)
        self._count = documents
        names = itertools.product(_SYLLABLES, repeat=3)
        self._vocabulary = ["".join(name) for name in itertools.islice(names, 0, None, 17)]
        self._random.shuffle(self._vocabulary)
        del self._vocabulary[VOCABULARY:]
        self._shares = list(itertools.accumulate(1 / n for n in range(10, VOCABULARY + 10)))
        self.questions: list[str] = []

    def __iter__(self) -> Iterator[Document]:
        every = max(self._count // QUERIES, 1)
        for number in range(self._count):
            telling = self._random.choices(self._vocabulary, cum_weights=self._shares, k=WORDS // 2)
            common = self._random.choices(_FUNCTION_WORDS, k=WORDS - len(telling))
            mixed = telling + common
            self._random.shuffle(mixed)
            if number % every == 0:
                asked = self._random.sample(telling, 4)
                self.questions.append("what is the {} of {} in the {} and {}?".format(*asked))
            url = f"https://docs.example/{number}"
            yield Document(url, " ".join(telling[:4]), " ".join(mixed))


def build(path: Path, corpus: Corpus) -> float:
    """Index the corpus; processor seconds."""
    index = LocalIndex(path)
    before = time.process_time()
    documents = iter(corpus)
    while batch := tuple(itertools.islice(documents, 5_000)):
        index.take([Change("corpus", batch, begins=False)])
    spent = time.process_time() - before
    index.shut()
    return spent


def seconds(ask: Callable[[str], object], questions: list[str]) -> list[float]:
    """Processor seconds of each question; the files are in memory by then."""
    spent = []
    for question in questions:
        before = time.process_time()
        ask(question)
        spent.append(time.process_time() - before)
    return spent


def measure(path: Path, questions: list[str]) -> tuple[list[float], list[float]]:
    """Seconds of each question: ours, and the naive one's."""
    index, naive = LocalIndex(path), open_database(path, "a benchmark")

    def ask_naively(question: str) -> None:
        ranked(naive, any_of(question.rstrip("?").split()), COUNT)

    index.find(questions[0], COUNT)
    ours = seconds(lambda question: index.find(question, COUNT), questions)
    others = seconds(ask_naively, questions)
    index.shut()
    naive.close()
    return ours, others


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        path, corpus = Path(folder, "index.sqlite"), Corpus()
        spent = build(path, corpus)
        size = path.stat().st_size
        ours, naive = measure(path, corpus.questions)
    base = statistics.median(ours)
    rows = [
        [
            name,
            f"{statistics.median(each) * 1000:.1f} ms",
            f"{statistics.quantiles(each, n=20)[-1] * 1000:.1f} ms",
            f"{statistics.median(each) / base:.1f}x",
        ]
        for name, each in (("`local`: all words, then any", ours), ("any of the words", naive))
    ]
    print(table([f"A search among {DOCUMENTS:,} documents", "median", "95 %", "to ours"], rows))
    print(
        f"\nThe index took {spent:.0f} processor seconds to make, texts included, and"
        f" {size >> 20} MiB."
    )


if __name__ == "__main__":
    main()
