"""What a notebook becomes as an `.ipynb` is a valid Jupyter notebook of bounded size."""

from __future__ import annotations

import base64
import json
from typing import Any

import nbformat
import pytest

from sandbox import (
    Display,
    Error,
    ExecutionResult,
    Image,
    Notebook,
    Notice,
    Output,
    Result,
    Stream,
)
from sandbox.transcript import Transcript
from tests.sandbox.pictures import png


def result(*outputs: Output) -> ExecutionResult:
    return ExecutionResult(outputs, "ok", 0.1)


def valid(written: str) -> Any:
    """The notebook in `written`, which Jupyter's own check has no complaint about."""
    assert written.isascii()
    notebook: Any = nbformat.reads(written, as_version=4)  # type: ignore[no-untyped-call]
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    nbformat.validate(notebook)
    return json.loads(written)


def test_an_empty_notebook_is_one() -> None:
    assert valid(Transcript().to_ipynb())["cells"] == []


def test_every_kind_of_output_has_its_place() -> None:
    picture = Image(png(3, 2), 3, 2, path="/mnt/data/_out/cell1_1.png")
    transcript = Transcript()
    transcript.add(
        1,
        "print('caf\u00e9')",
        result(
            Stream("caf\u00e9\n"),
            Stream("\x1b[31mred\x1b[0m\n", "stderr"),
            Stream("late\n", background=True),
            Display("<Figure>", picture),
            Result("42"),
            Error("ValueError", "bad", ("Cell In[1], line 1\n----> 1 x", "ValueError: bad")),
            Notice("restarted"),
        ),
    )
    (cell,) = valid(transcript.to_ipynb())["cells"]
    assert (cell["source"], cell["execution_count"]) == ("print('caf\u00e9')", 1)
    outputs = cell["outputs"]
    assert [output["output_type"] for output in outputs] == [
        *["stream"] * 3,
        "display_data",
        "execute_result",
        "error",
        "stream",
    ]
    texts = [output["text"] for output in outputs if output["output_type"] == "stream"]
    assert texts == ["caf\u00e9\n", "red\n", "[background output]\nlate\n", "[restarted]\n"]
    assert base64.b64decode(outputs[3]["data"]["image/png"]) == picture.data
    assert outputs[4]["data"] == {"text/plain": "42"}
    assert outputs[5]["traceback"] == ["Cell In[1], line 1", "----> 1 x", "ValueError: bad"]


def test_long_texts_and_large_images_of_a_cell_are_cut_with_a_word() -> None:
    large = Image(bytes(7 << 20), 1, 1, path="/mnt/data/_out/cell1_1.png")
    transcript = Transcript()
    long = Stream("a" * 3_000_000), Result("b" * 3_000_000), Error("E" * 9999, "c" * 3_000_000)
    transcript.add(1, "d" * 3_000_000, result(*long, Display("", large), Display("", large)))
    written = transcript.to_ipynb()
    (cell,) = valid(written)["cells"]
    assert len(written) < 11_000_000
    assert "characters omitted" in cell["source"]
    assert "characters omitted" in cell["outputs"][0]["text"]
    assert "image/png" not in cell["outputs"][-1]["data"]


def test_of_too_many_cells_the_oldest_are_left_out_and_counted() -> None:
    transcript = Transcript()
    for number in range(1, 401):
        transcript.add(number, f"cell({number})", result(Stream("x" * 150_000)))
    written = transcript.to_ipynb()
    note, *cells = valid(written)["cells"]
    assert len(written) < 40_000_000
    assert cells[-1]["source"] == "cell(400)"
    assert f"first {400 - len(cells)} cells were left out" in note["source"]


def test_halves_of_characters_do_not_spoil_the_file() -> None:
    transcript = Transcript()
    transcript.add(1, "'\ud800'", result(Stream("\udfff"), Result("\ud800"), Error("\ud800", "")))
    valid(transcript.to_ipynb())


@pytest.mark.asyncio
async def test_a_session_can_be_taken_home() -> None:
    cells = [
        "x = 6 * 7\nx",
        "print('out')\nimport sys; print('err', file=sys.stderr)",
        "1 / 0",
        "get_ipython().display_pub.publish({'text/html': '<script>alert(1)</script>',"
        " 'image/svg+xml': '<svg/>', 'application/javascript': 'alert(2)'})",
        f"from IPython.display import Image, display\ndisplay(Image(data={png(3, 2)!r}))",
        "import os; os._exit(3)",
    ]
    async with Notebook() as notebook:
        for code in cells:
            await notebook.execute(code)
        stream = notebook.stream("print('begun', flush=True)\nwhile True: pass")
        await anext(stream)
        await stream.aclose()
        written = notebook.to_ipynb()
    exported = valid(written)["cells"]
    assert [cell["source"] for cell in exported[:-1]] == cells
    assert exported[0]["outputs"][0]["data"] == {"text/plain": "42"}
    assert {output["name"] for output in exported[1]["outputs"]} == {"stdout", "stderr"}
    assert exported[2]["outputs"][0]["ename"] == "ZeroDivisionError"
    (markup,) = exported[3]["outputs"]
    assert list(markup["data"]) == ["text/plain"]
    assert "alert" not in markup["data"]["text/plain"]
    assert "image/png" in exported[4]["outputs"][0]["data"]
    assert "exited with status 3" in exported[5]["outputs"][0]["text"]
    assert exported[6]["outputs"][0]["text"] == "begun\n"
    assert "was interrupted" in exported[6]["outputs"][-1]["text"]
