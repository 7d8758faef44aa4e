"""Images that cells show are saved where code finds them, and only if they are images."""

from __future__ import annotations

import base64

import pytest

from sandbox import Display, ExecutionResult, Image, Limits, Notebook, Notice, Result
from sandbox.cell import Cell
from sandbox.wire import Message
from tests.sandbox.pictures import png

in_notebook = pytest.mark.asyncio(loop_scope="module")

SHOW = "from IPython.display import Image, display\npicture = Image(data={data!r})\n"


@in_notebook
async def test_a_plot_is_saved_under_the_number_of_its_cell(notebook: Notebook) -> None:
    code = SHOW.format(data=png(640, 480)) + "display(picture)\nprint('between')\ndisplay(picture)"
    result = await notebook.execute(code)
    number = notebook.status().cells
    first, second = (f"/mnt/data/_out/cell{number}_{count}.png" for count in (1, 2))
    assert result.text().splitlines() == [
        f"[image/png 640x480 saved as {first}]",
        "<IPython.core.display.Image object>",
        "between",
        f"[image/png 640x480 saved as {second}]",
        "<IPython.core.display.Image object>",
    ]
    assert [display.image for display in result.displays] == [
        Image(png(640, 480), 640, 480, path=path) for path in (first, second)
    ]
    assert await notebook.download(first) == png(640, 480)
    assert (await notebook.execute(f"open({second!r}, 'ab').write(b'!')")).value == "1"


@in_notebook
async def test_the_last_value_of_a_cell_is_saved_too_when_it_is_an_image(
    notebook: Notebook,
) -> None:
    result = await notebook.execute(SHOW.format(data=png(3, 2)) + "picture")
    (shown,) = result.displays
    assert isinstance(shown, Result)
    assert shown.image is not None
    assert shown.image.path == f"/mnt/data/_out/cell{notebook.status().cells}_1.png"
    assert await notebook.download(shown.image.path) == png(3, 2)


@in_notebook
async def test_a_stream_gives_the_path_with_the_image(notebook: Notebook) -> None:
    code = SHOW.format(data=png(3, 2)) + "display(picture)"
    outputs = [output async for output in notebook.stream(code)]
    (shown,) = outputs
    assert isinstance(shown, Display)
    assert shown.image is not None
    assert shown.image.path in [file.path for file in await notebook.list_files()]


@in_notebook
async def test_the_number_of_saved_images_is_bounded(notebook: Notebook) -> None:
    code = SHOW.format(data=png(3, 2)) + "for _ in range(60): display(picture)"
    result = await notebook.execute(code)
    saved = [shown.image.path for shown in result.displays if shown.image and shown.image.path]
    assert (len(result.displays), len(saved)) == (60, 50)
    assert result.notices == ("Only the first 50 images of this cell were saved",)


@pytest.mark.asyncio
async def test_without_room_or_with_a_link_in_the_way_a_note_says_so_and_the_image_stays() -> None:
    async with Notebook(Limits(disk=1 << 20)) as notebook:
        show = SHOW.format(data=png(30, 20)) + "display(picture)"
        await notebook.execute("import os; os.symlink('/tmp', '_out')")
        result = await notebook.execute(show)
        assert result.ok
        assert "[image/png 30x20]\n" in result.text()
        assert "is a symbolic link" in result.notices[0]
        assert result.displays[0].image == Image(png(30, 20), 30, 20)
        found = "[name for name in os.listdir('/tmp') if name.endswith('.png')]"
        assert (await notebook.execute(found)).value == "[]"
        fill = "try:\n    open('fill', 'wb').write(bytes(2 << 20))\nexcept OSError: pass\n"
        await notebook.execute("os.remove('_out')\n" + fill)
        result = await notebook.execute(show)
        assert "raise Limits.disk" in result.notices[0]
        assert result.displays[0].image == Image(png(30, 20), 30, 20)
        await notebook.execute("os.remove('fill')")
        assert "saved as /mnt/data/_out/cell7_1.png" in (await notebook.execute(show)).text()


def shown(data: bytes) -> Image | None:
    """What a notebook makes of a display message with these bytes as its PNG."""
    cell = Cell(Limits())
    cell.begin("id")
    bundle = {"image/png": base64.b64encode(data).decode(), "text/plain": "plot"}
    output = cell.feed(Message("display_data", "id", {"data": bundle}))
    assert isinstance(output, Display)
    assert output.text == "plot"
    return output.image


def test_a_png_is_one_by_its_header_and_its_end() -> None:
    good = png(640, 480)
    assert shown(good) == Image(good, 640, 480)
    assert shown(png(640, 480, depth=16, colour=4)) is not None
    bad = {
        "empty": b"",
        "only the signature": good[:8],
        "only the header": good[:33],
        "cut off": good[:-1],
        "something behind it": good + b"<script>alert(1)</script>",
        "another signature": b"\x89GIF" + good[4:],
        "no header": good.replace(b"IHDR", b"JHDR"),
        "a header that was changed": good[:19] + b"\x01" + good[20:],
        "no width": png(0, 480),
        "no height": png(640, 0),
        "a depth that does not exist": png(640, 480, depth=7),
        "a depth that its colours cannot have": png(640, 480, depth=1, colour=2),
        "colours that do not exist": png(640, 480, colour=5),
        "more pixels than a viewer should meet": png(30_000, 30_000),
        "as large as can be written": png(2**32 - 1, 2**32 - 1),
    }
    for name, data in bad.items():
        assert shown(data) is None, name


def test_the_placeholder_names_the_path_only_when_there_is_one() -> None:
    image = Image(b"", 640, 480, path="/mnt/data/_out/cell3_1.png")
    assert image.placeholder == "[image/png 640x480 saved as /mnt/data/_out/cell3_1.png]"
    outputs = (Display("", Image(b"", 1, 2)), Notice("n"), Result("x"), Result("", image))
    result = ExecutionResult(outputs, "ok", 0.1)
    assert result.displays == (outputs[0], outputs[3])
    assert result.text() == f"[image/png 1x2]\nx\n{image.placeholder}\n[n]"
