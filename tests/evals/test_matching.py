"""Words and numbers are found as a person would find them, and only at their borders."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.evals.matching import answer_of, mentions, said, same_answer, tokens

FOUND = [
    ("10", "It costs 10."),
    ("10", "(10)"),
    ("10", "Total:10"),
    ("1,234.50", "1234.5"),
    ("1234.5", "$1,234.50"),
    ("$1,234.50", "that is 1234.5 in all"),
    ("$1,234.50", "1234.50 dollars"),
    ("1234.5", "1\u202f234.50 €"),
    ("$5", "5"),
    ("5", "$5"),
    ("$5", "$ 5.00"),
    ("-5", "\u22125"),
    ("-$5", "$-5.00"),
    ("0.5", ".5"),
    ("5%", "5 percent"),
    ("5%", "**5 %**"),
    ("5", "5%"),
    ("2026-01-24", "due 2026\u201101\u201124."),
    ("2026-01-24", "**2026-01-24**"),
    ("10:30", "at 10:30am"),
    ("24", "January 24th"),
    ("10", "a 10-day loan"),
    ("20 kg", "20kg"),
    ("W-123", "(W-123)"),
    ("W-123", "order W\u2010123's fee"),
    ("#W123", "order #W123."),
    ("W123", "#W123"),
    ("mia_li_3668", "`mia_li_3668`"),
    ("42", "__42__"),
    ("42", "**42**"),
    ("42", "| 42 |"),
    ("Ada", "Ada's book"),
    ("ada quill", "**Ada**\nQuill"),
    ("STRASSE", "stra\u00dfe"),
    ("１０", "10"),
    ("10円", "価格は１０円です"),
    ("007", "agent 007"),
    ("don't", "I don\u2019t"),
    ("✅", "done ✅!"),
]
NOT_FOUND = [
    ("10", "100"),
    ("10", "10.5"),
    ("10", "1,010"),
    ("10", "210"),
    ("10", "10:30"),
    ("5", "-5"),
    ("-5", "5"),
    ("$5", "€5"),
    ("5%", "5"),
    ("5%", "$5"),
    ("24", "2026-01-24"),
    ("2026-01-2", "2026-01-24"),
    ("W-123", "W-1234"),
    ("W-123", "AW-123"),
    ("W-123", "W-123-B"),
    ("123", "W-123"),
    ("7", "seat 7B"),
    ("7", "007"),
    ("refundable", "non-refundable"),
    ("cat", "category"),
    ("ada quill", "Ada B. Quill"),
    ("example", "example.com"),
    ("", "anything"),
    ("  ", "anything"),
    ("✅", "done"),
    ("10", ""),
]


@pytest.mark.parametrize(("needle", "text"), FOUND)
def test_what_a_person_would_find_is_said(needle: str, text: str) -> None:
    assert said(needle, ["nothing here", text])


@pytest.mark.parametrize(("needle", "text"), NOT_FOUND)
def test_a_part_of_a_word_or_number_is_not_said(needle: str, text: str) -> None:
    assert not said(needle, [text])


def test_words_do_not_run_on_from_one_message_to_the_next() -> None:
    assert not said("Ada Quill", ["Ada", "Quill"])


def test_substring_compares_as_tau2_bench_does() -> None:
    assert said("10", ["100"], "substring")
    assert said("1,234", ["It is $1,234.50"], "substring")
    assert said("1234", ["It is $1,234.50"], "substring")
    assert not said("", ["text"], "substring")


def test_words_to_wait_for_are_found_at_their_borders() -> None:
    assert mentions("Which card, please?", ["number", "card"])
    assert not mentions("Regarding cardboard", ["card"])
    assert not mentions("anything", [])
    assert not mentions("anything", [""])


@given(st.text(), st.text())
def test_every_text_can_be_looked_into(needle: str, text: str) -> None:
    said(needle, [text])
    answer_of(text)
    same_answer(needle, text)


@given(st.integers(), st.integers())
def test_a_number_is_found_exactly_in_texts_that_give_it(one: int, other: int) -> None:
    assert said(str(one), [f"It is {other:,}.00 now."]) is (one == other)


@given(st.lists(st.text(alphabet="abc19", min_size=1), min_size=1))
def test_a_text_says_itself(words: list[str]) -> None:
    text = " ".join(words)
    assert said(text, [f"**{text}**, it is."])
    assert len(tokens(text)) >= len(words)


ANSWERS = [
    (r"So \boxed{42}.", "42"),
    (r"\boxed{1} no, \boxed{\frac{3}{4}}", r"\frac{3}{4}"),
    (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
    (r"\boxed{7} and then \boxed{8", "7"),
    (r"\boxed 9", "9"),
    ("First 3, then 1,204 in all.", "1,204"),
    ("x = -7", "-7"),
    ("2-7", "7"),
    ("It is 3/4.", "3/4"),
    ("**0.50**", "0.50"),
    ("none", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "answer"), ANSWERS)
def test_the_answer_is_the_last_box_or_the_last_number(text: str, answer: str | None) -> None:
    assert answer_of(text) == answer


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("042", "42"),
        ("42.0", "42"),
        ("1/2", "0.5"),
        (r"\frac{1}{2}", "0.50"),
        (r"\dfrac12", "2/4"),
        (r"-\frac{1}{2}", "-.5"),
        ("1,000", "1000"),
        ("1{,}000", "1000"),
        ("$7$", "7"),
        (r"\text{ yes }", "Yes"),
        ("x + 1", "x+1"),
        ("{5}", "5"),
        ("x=5", "5"),
        ("\u22125", "-5"),
        (r"30^\circ", "30"),
    ],
)
def test_equal_answers_are_the_same_however_they_are_written(one: str, other: str) -> None:
    assert same_answer(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("42", "43"), ("1/0", "0"), (r"\frac{1}{0}", "1"), ("", "0"), ("5", "5%"), ("a", "b")],
)
def test_unequal_answers_are_not_the_same(one: str, other: str) -> None:
    assert not same_answer(one, other)


@given(st.fractions())
def test_fractions_are_compared_by_value(value: Fraction) -> None:
    written = f"{value.numerator * 3}/{value.denominator * 3}"
    assert same_answer(written, str(value))


@pytest.mark.parametrize(
    "piece", ["1,000,", "a-", "\\boxed{", "{", "1.", "$", "- ", "x_", "9/", "a ", "1 "]
)
def test_long_texts_take_time_in_proportion(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    started = time.process_time()
    assert not any(said(f"{each} needle", [text]) for each in "a1")
    answer_of(text)
    same_answer(text, "5")
    assert time.process_time() - started < 10
