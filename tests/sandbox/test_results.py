"""The text of a result is what a model should read, whatever the code put out."""

from __future__ import annotations

import time

import pytest

from sandbox import Display, Error, ExecutionResult, Image, Notice, Output, Result, Stream
from sandbox.results import clean, shorten, trim_traceback


def result(*outputs: Output) -> ExecutionResult:
    return ExecutionResult(outputs, "ok", 0.1)


def test_silence_is_said() -> None:
    assert result().text() == "(no output)"


def test_outputs_keep_their_order_and_values_get_their_own_line() -> None:
    outputs = (Stream("a"), Stream("warn\n", "stderr"), Stream("b"), Result("42"))
    assert result(*outputs).text() == "awarn\nb\n42"


def test_stdout_stderr_and_value_can_be_read_apart() -> None:
    shown = result(Stream("a"), Stream("w", "stderr"), Stream("b"), Result("42"))
    assert (shown.stdout, shown.stderr, shown.value, shown.error) == ("ab", "w", "42", None)


def test_an_image_is_a_placeholder_with_its_size() -> None:
    shown = result(Display("<Figure>", Image(b"", 640, 480)))
    assert shown.text() == "[image/png 640x480]\n<Figure>"


def test_background_output_is_labelled_once() -> None:
    outputs = (Stream("x", background=True), Stream("y\n", "stderr", background=True), Stream("z"))
    assert result(*outputs).text() == "[background output]\nxy\nz"


def test_notices_stand_in_brackets_at_the_end() -> None:
    assert result(Notice("restarted"), Stream("a\n")).text() == "a\n[restarted]"


def test_a_long_text_loses_its_middle_and_says_how_much() -> None:
    text = result(Stream("<" * 5000 + ">" * 5000), Notice("kept")).text(1000)
    assert len(text) <= 1000
    assert text.startswith("<<<")
    assert text.endswith(">>>\n[kept]")
    omitted = 10_000 - text.count("<") - text.count(">")
    assert f"[... {omitted:,} characters omitted ...]" in text


def test_cutting_twice_counts_everything_that_is_missing() -> None:
    once = "a" * 500 + "\n[... 1,000,000 characters of output omitted ...]\n" + "b" * 500
    assert "[... 1,000," in shorten(once, 300)
    missing = 1_000_000 + len(once) - (300 - 60)
    assert f"[... {missing:,} characters omitted ...]" in shorten(once, 300)


@pytest.mark.parametrize("limit", [0, 1, 10, 59, 60, 61, 62, 100])
def test_no_limit_is_too_small_to_hold(limit: int) -> None:
    assert len(result(Stream("x" * 1000), Notice("n" * 30)).text(limit)) <= limit


def test_escape_sequences_and_overwritten_progress_vanish() -> None:
    assert clean("\x1b[31mred\x1b[0m \x1b]0;title\x07ok") == "red ok"
    assert clean("10%\r50%\r100%\ndone\r\n") == "100%\ndone\n"


def test_cleaning_takes_time_linear_in_the_text() -> None:
    hostile = ["\r" * 300_000 + "x", "a" * 300_000, "\x1b[" * 150_000, "\x1b]" * 150_000]
    began = time.perf_counter()
    for text in hostile:
        clean(text)
    assert time.perf_counter() - began < 2


def test_a_traceback_keeps_the_users_frames_and_counts_the_others() -> None:
    error = Error(
        "ValueError",
        "bad",
        (
            "\x1b[31m-------------------------------------------------\x1b[0m",
            "ValueError        Traceback (most recent call last)",
            "Cell In[3], line 1\n----> 1 load()",
            "File /mnt/data/helper.py:2, in load()\n----> 2 parse('x')",
            "File /usr/lib/python3/one.py:5, in parse(x)\n----> 5 inner(x)",
            "File /usr/lib/python3/two.py:9, in inner(x)\n----> 9 raise ValueError('bad')",
            "ValueError: bad",
        ),
    )
    assert trim_traceback(error).splitlines() == [
        "ValueError        Traceback (most recent call last)",
        "Cell In[3], line 1",
        "----> 1 load()",
        "File /mnt/data/helper.py:2, in load()",
        "----> 2 parse('x')",
        "    [1 library frames]",
        "File /usr/lib/python3/two.py:9, in inner(x)",
        "ValueError: bad",
    ]


def test_a_traceback_of_endless_recursion_keeps_its_beginning_and_its_end() -> None:
    frames = [f"Cell In[1], line {i}, in f(n)\n----> {i} f(n + 1)" for i in range(1000)]
    shown = trim_traceback(Error("RecursionError", "deep", (*frames, "RecursionError: deep")))
    assert shown.splitlines()[8:13] == [
        *frames[4].splitlines(),
        "    [985 more frames]",
        *frames[990].splitlines(),
    ]
    assert shown.endswith(frames[999] + "\nRecursionError: deep")


def test_the_frame_that_runs_the_cell_is_left_out_where_python_shows_it() -> None:
    part = (
        "Traceback (most recent call last):\n"
        "  File /venv/lib/IPython/core/interactiveshell.py:1 in run_code\n    exec(code_obj)\n"
        "  Cell In[1], line 1\n    eval('1 +')\nSyntaxError: invalid syntax"
    )
    shown = trim_traceback(Error("SyntaxError", "invalid syntax", (part,)))
    assert shown.splitlines()[1] == "  Cell In[1], line 1"


def test_an_error_without_a_traceback_is_still_named() -> None:
    assert trim_traceback(Error("KeyError", "'x'")) == "KeyError: 'x'"
    assert trim_traceback(Error("SystemExit", "")) == "SystemExit"


def test_a_cut_through_an_earlier_marker_keeps_its_count() -> None:
    marker = "[... 5,000,000 characters omitted ...]"
    text = "a" * 500 + marker + "b" * 500
    for most in range(980, 1038):
        shown = shorten(text, most)
        assert len(shown) <= most
        assert int(shown.split("[... ")[1].split(" ")[0].replace(",", "")) >= 5_000_000
