"""A notebook runs cells as a notebook does, and what it returns is what a model should read."""

from __future__ import annotations

import pytest

from sandbox import Notebook, Output, Stream

pytestmark = pytest.mark.asyncio(loop_scope="module")

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJg"
    "gg=="
)


async def text(notebook: Notebook, code: str) -> str:
    return (await notebook.execute(code)).text()


async def test_state_is_kept_from_cell_to_cell(notebook: Notebook) -> None:
    await notebook.execute("import math\nradius = 2")
    assert await text(notebook, "round(math.pi * radius ** 2, 3)") == "12.566"


async def test_the_last_expression_is_echoed_and_a_semicolon_silences_it(
    notebook: Notebook,
) -> None:
    assert await text(notebook, "6 * 7") == "42"
    assert await text(notebook, "6 * 7;") == "(no output)"
    assert await text(notebook, "None") == "(no output)"


async def test_stdout_and_stderr_come_in_order(notebook: Notebook) -> None:
    code = """
        import sys
        for i in range(3):
            print("out", i, flush=True)
            print("err", i, file=sys.stderr, flush=True)
        "end"
    """
    shown = await text(notebook, code)
    assert shown.splitlines() == [*(f"{s} {i}" for i in range(3) for s in ("out", "err")), "'end'"]


async def test_an_exception_is_a_result_with_one_clean_traceback(notebook: Notebook) -> None:
    result = await notebook.execute("def half(x):\n    return x / 0\nhalf(1)")
    shown = result.text()
    assert result.outcome == "error"
    assert result.error is not None
    assert result.error.name == "ZeroDivisionError"
    assert shown.count("Traceback (most recent call last)") == 1
    assert shown.endswith("ZeroDivisionError: division by zero")
    assert "\x1b" not in shown
    assert "----> 3 half(1)" in shown


async def test_frames_of_libraries_are_folded(notebook: Notebook) -> None:
    shown = await text(notebook, "import json\njson.loads('{')")
    assert "----> 2 json.loads('{')" in shown
    assert "[2 library frames]" in shown
    assert len(shown.splitlines()) < 10


async def test_a_syntax_error_points_at_its_place(notebook: Notebook) -> None:
    shown = await text(notebook, "x = (1,\ny = 2")
    assert "SyntaxError" in shown
    assert "y = 2" in shown or "x = (1," in shown


async def test_what_subprocesses_and_descriptors_write_is_shown(notebook: Notebook) -> None:
    assert "from a child" in await text(
        notebook, "import subprocess; subprocess.run(['echo', 'from a child']);"
    )
    assert "shell says 3" in await text(notebook, "!echo shell says $((1+2))")


async def test_input_is_refused_and_does_not_wait(notebook: Notebook) -> None:
    result = await notebook.execute("input('name? ')")
    assert result.error is not None
    assert result.error.name == "StdinNotImplementedError"
    assert await text(notebook, "import sys; sys.__stdin__.read()") == "''"


async def test_a_displayed_png_is_kept_and_shown_as_a_placeholder(notebook: Notebook) -> None:
    code = f"""
        import base64
        from IPython.display import Image, display
        display(Image(data=base64.b64decode("{PIXEL}")))
    """
    result = await notebook.execute(code)
    assert result.text().startswith("[image/png 1x1 saved as /mnt/data/_out/cell")
    assert result.displays[0].image is not None
    assert result.displays[0].image.data.startswith(b"\x89PNG")


async def test_markup_is_named_and_never_shown(notebook: Notebook) -> None:
    code = "get_ipython().display_pub.publish({'text/html': '<script>alert(1)</script>'})"
    assert await text(notebook, code) == "[text/html: not shown]"


async def test_a_false_png_is_not_an_image(notebook: Notebook) -> None:
    code = "get_ipython().display_pub.publish({'image/png': 'PHN2Zz4=', 'text/plain': 'plot'})"
    result = await notebook.execute(code)
    assert result.displays[0].image is None
    assert result.text() == "plot"


async def test_asking_for_help_shows_it(notebook: Notebook) -> None:
    shown = await text(notebook, "?len")
    assert "Return the number of items in a container." in shown
    assert "html" not in shown


async def test_a_traceback_shows_nothing_of_what_runs_the_cell(notebook: Notebook) -> None:
    result = await notebook.execute("raise ExceptionGroup('many', [ValueError('one')])")
    assert result.error is not None
    assert result.error.name == "ExceptionGroup"
    assert "ExceptionGroup: many (1 sub-exception)" in result.text()
    assert "ValueError: one" in result.text()
    assert "interactiveshell" not in result.text()
    assert "interactiveshell" not in await text(notebook, "eval('1 +')")
    shown = await text(notebook, "def down(n): return down(n + 1)\ndown(0)")
    assert shown.endswith("RecursionError: maximum recursion depth exceeded")
    assert len(shown.splitlines()) < 50


async def test_exit_does_not_end_the_notebook(notebook: Notebook) -> None:
    await notebook.execute("kept = 'still here'")
    for code in ("exit()", "import sys; sys.exit(3)", "quit"):
        await notebook.execute(code)
    assert await text(notebook, "print(kept)") == "still here"


async def test_awaiting_works_at_the_top_level(notebook: Notebook) -> None:
    assert await text(notebook, "import asyncio\nawait asyncio.sleep(0.01, 'slept')") == "'slept'"


async def test_a_module_written_to_the_drive_can_be_imported(notebook: Notebook) -> None:
    await notebook.execute("open('/mnt/data/helper_module.py', 'w').write('answer = 42')")
    assert await text(notebook, "import helper_module; helper_module.answer") == "42"


async def test_output_of_a_thread_left_behind_is_labelled_as_background(notebook: Notebook) -> None:
    code = """
        import threading, time
        def late():
            time.sleep(0.3)
            print("late words", flush=True)
        threading.Thread(target=late).start()
        print("first cell")
    """
    assert await text(notebook, code) == "first cell"
    shown = await text(notebook, "import time; time.sleep(0.6); print('second cell')")
    assert "[background output]\nlate words" in shown
    assert "second cell" in shown


async def test_a_flood_of_prints_keeps_beginning_and_end_and_the_kernel(notebook: Notebook) -> None:
    await notebook.execute("survivor = 1")
    code = """
        print("FIRST")
        for _ in range(200):
            print("x" * 1_000_000)
        print("LAST")
    """
    result = await notebook.execute(code)
    shown = result.text(5000)
    assert shown.startswith("FIRST")
    assert shown.endswith("LAST")
    assert "characters omitted" in shown
    assert int(shown.split("[... ")[1].split(" ")[0].replace(",", "")) > 199_000_000
    assert len(result.stdout) < 2 * notebook.limits.output
    assert await text(notebook, "survivor") == "1"


async def test_many_small_pieces_take_time_linear_in_their_number(notebook: Notebook) -> None:
    result = await notebook.execute("for i in range(3000): print(i % 10, flush=True)")
    assert result.stdout.count("\n") == 3000
    assert len(result.outputs) == 1


async def test_a_flood_from_a_child_process_is_capped_too(notebook: Notebook) -> None:
    result = await notebook.execute("import os; os.system('yes | head -c 10000000')")
    assert len(result.stdout) < 2 * notebook.limits.output
    assert result.value == "0"
    assert await text(notebook, "1") == "1"


async def test_a_huge_value_is_cut_and_costs_nothing_but_its_middle(notebook: Notebook) -> None:
    result = await notebook.execute("'y' * 50_000_000")
    assert result.ok
    assert len(result.text()) <= 20_000
    assert len(result.value or "") < 2_000_000


async def test_a_huge_exception_is_cut(notebook: Notebook) -> None:
    result = await notebook.execute("raise ValueError('z' * 20_000_000)")
    assert result.outcome == "error"
    assert len(result.text()) <= 20_000


async def test_outputs_stream_as_they_come_and_join_to_the_result(notebook: Notebook) -> None:
    code = "import time\nfor i in range(3):\n    print(i, flush=True)\n    time.sleep(0.2)\n'end'"
    outputs: list[Output] = []
    finished_early: list[bool] = []
    async with notebook.stream(code) as cell:
        async for output in cell:
            outputs.append(output)
            finished_early.append(bool(cell._results))
    pieces = [o.text for o in outputs if isinstance(o, Stream)]
    assert "".join(pieces) == "0\n1\n2\n"
    assert len(pieces) >= 3
    assert not any(finished_early)
    assert cell.result.text() == "0\n1\n2\n'end'"


async def test_the_result_of_a_stream_must_be_waited_for(notebook: Notebook) -> None:
    async with notebook.stream("1") as cell:
        with pytest.raises(RuntimeError, match="not finished"):
            _ = cell.result


FORGERIES = {
    "a stream without text": "s.send(io, 'stream', {'name': 'stdout'}, parent=p)",
    "content that is no object": """
parts = [s.pack({**p, 'msg_type': 'stream'}), s.pack(p), b'{}', b'[1, 2]']
kernel.iopub_thread.send_multipart([b'<IDS|MSG>', s.sign(parts), *parts])
""",
    "an unsigned message": "kernel.iopub_thread.send_multipart([b'<IDS|MSG>', b'', *[b'{}'] * 4])",
    "one frame": "kernel.iopub_thread.send_multipart([b'x'])",
    "an unknown kind": "s.send(io, 'comm_open', {'comm_id': 'x', 'target_name': 'y'}, parent=p)",
    "an idle of its own": "s.send(io, 'status', {'execution_state': 'idle'}, parent=p)",
    "JSON too deep": """
deep = b'[' * 200_000 + b']' * 200_000
parts = [s.pack({**p, 'msg_type': 'stream'}), s.pack(p), b'{}', deep]
kernel.iopub_thread.send_multipart([b'<IDS|MSG>', s.sign(parts), *parts])
""",
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_forged_message_neither_shows_nor_ends_the_cell(
    notebook: Notebook, name: str
) -> None:
    begin = """
import time
kernel = get_ipython().kernel
s, io, p = kernel.session, kernel.iopub_socket, kernel.get_parent()['header']
"""
    end = "\ntime.sleep(0.2)\nprint('the true end')"
    result = await notebook.execute(begin + FORGERIES[name] + end)
    assert result.ok, result.text()
    assert result.text() == "the true end"
    assert await text(notebook, "1 + 1") == "2"
