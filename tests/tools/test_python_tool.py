"""The python tool: the words gpt-oss was trained with, a notebook per conversation, honest
refusals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
import pytest_asyncio
from openai_harmony import ToolNamespaceConfig

from agentkit import Agent, CheckpointSaved, RunState, ScriptedModel, ToolOutputDelta
from agentkit.errors import ToolError, UserError
from agentkit.messages import ToolCall
from agentkit.tools.base import RunContext, Tool, ToolOutput
from agentkit.tools.python import PythonTool
from sandbox import ExecutionResult, Limits, NotebookPool
from sandbox.isolation import Bubblewrap
from tests.scripts import final

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tool() -> AsyncIterator[PythonTool]:
    tool = PythonTool(limits=Limits(cell_timeout=10))
    yield tool
    await tool.close()


async def run(
    tool: PythonTool, code: str, conversation: str = "one"
) -> tuple[list[str], ToolOutput]:
    """The streamed parts, and the answer."""
    call = ToolCall("call_1", "python", code, name="python")
    parts: list[str] = []
    async with aclosing(tool.call(call, RunContext(None, call, conversation))) as answer:
        async for part in answer:
            if isinstance(part, ToolOutput):
                return parts, part
            parts.append(part)
    raise AssertionError("no answer")


def python(code: str) -> str:
    """The model's words for a call."""
    return f"<|channel|>analysis to=python code<|message|>{code}<|call|>"


async def test_the_description_is_the_trained_one_with_the_truth_about_the_internet() -> None:
    trained = ToolNamespaceConfig.python().description
    assert trained is not None
    unknown = "UNKNOWN. Depends on the cluster."
    described = PythonTool().describe()
    assert described.description == trained.replace(unknown, "disabled.")
    assert (described.namespace, described.functions, described.place) == ("python", (), "system")


async def test_the_description_names_the_real_time_limit(tool: PythonTool) -> None:
    assert "time out after 10.0 seconds" in tool.describe().description


async def test_it_is_a_tool(tool: PythonTool) -> None:
    assert isinstance(tool, Tool)
    assert tool.name == "python"


async def test_variables_stay_from_call_to_call_and_apart_from_other_conversations(
    tool: PythonTool,
) -> None:
    await run(tool, "x = 48 * 7316")
    _, output = await run(tool, "x")
    assert output.text == "351168"
    _, output = await run(tool, "x", conversation="two")
    assert "NameError" in output.text
    assert output.is_error
    await tool.close("two")
    assert list(tool._kept) == ["one"]


async def test_output_is_streamed_as_it_comes_and_returned_as_a_whole(tool: PythonTool) -> None:
    parts, output = await run(
        tool, "import time\nprint(1, flush=True); time.sleep(.3); print(2)\n3"
    )
    assert parts == ["1\n", "2\n", "3\n"]
    assert output.text == "1\n2\n3"
    assert isinstance(output.data, ExecutionResult)
    assert not output.is_error


async def test_leaving_a_call_early_stops_the_code_and_keeps_the_notebook(
    tool: PythonTool,
) -> None:
    await run(tool, "kept = 1")
    call = ToolCall("call_1", "python", "while True: pass", name="python")
    stream = tool.call(call, RunContext(None, call, "one"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await anext(stream)
    await stream.aclose()
    _, output = await run(tool, "kept")
    assert output.text == "1"


async def test_an_agent_computes_with_it_and_the_next_call_finds_the_variables() -> None:
    model = ScriptedModel([python("x = 48 * 7316"), python("print(x)\nx + 1"), final("351168")])
    result = await Agent(model, tools=[PythonTool()]).run("What is 48 * 7316?")
    assert result.output == "351168"
    answers = [message.text for message in result.messages if message.role == "tool"]
    assert answers == ["(no output)", "351168\n351169"]


async def test_without_isolation_it_refuses_with_the_reason_and_the_fix() -> None:
    tool = PythonTool(backend=Bubblewrap("/nonexistent/bwrap"))
    with pytest.raises(ToolError) as caught:
        await run(tool, "1")
    assert "no code was run" in str(caught.value)
    assert "/nonexistent/bwrap" in str(caught.value)
    assert "fix: " in str(caught.value)
    await tool.close()


async def test_a_missing_package_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"zmq and ipykernel.*pip install 'agentkit\[python\]'"):
        PythonTool()


NEW = "[This notebook is new: "


async def states(agent: Agent, prompt: str) -> list[str]:
    """The run's checkpoints as JSON."""
    saved: list[str] = []
    async with agent.run_stream(prompt) as stream:
        async for event in stream:
            if isinstance(event, CheckpointSaved):
                saved.append(event.state.to_json())
    return saved


def answers(state: RunState) -> list[str]:
    return [entry.message.text for entry in state.entries if entry.message.role == "tool"]


async def test_a_run_resumed_elsewhere_tells_the_model_once_that_its_notebook_is_new() -> None:
    first = Agent(ScriptedModel([python("x = 1"), final("Set.")]), tools=[PythonTool()])
    after_the_call = RunState.from_json((await states(first, "Set x."))[2])
    assert answers(after_the_call) == ["(no output)"]

    model = ScriptedModel([python("x"), python("print(2)"), final("It is gone.")])
    deltas: list[str] = []
    async with Agent(model, tools=[PythonTool()]).resume_stream(after_the_call) as stream:
        async for event in stream:
            if isinstance(event, ToolOutputDelta):
                deltas.append(event.text)
    _, told, then = answers(stream.result.state)
    assert told.startswith(NEW)
    assert "files" in told
    assert "NameError: name 'x' is not defined" in told
    assert then == "2"
    assert "".join(deltas).startswith(NEW)


async def test_a_run_resumed_in_the_same_agent_finds_its_notebook_as_it_was() -> None:
    model = ScriptedModel([python("x = 1"), final("Set."), python("x + 1"), final("2")])
    async with Agent(model, tools=[PythonTool()]) as agent:
        after_the_call = RunState.from_json((await states(agent, "Set x."))[2])
        result = await agent.resume(after_the_call)
    assert answers(result.state) == ["(no output)", "2"]


async def test_a_run_resumed_before_its_first_call_was_answered_is_told_nothing() -> None:
    first = Agent(ScriptedModel([python("x = 1"), final("Set.")]), tools=[PythonTool()])
    before_the_call = RunState.from_json((await states(first, "Set x."))[1])
    later = Agent(ScriptedModel([final("Set.")]), tools=[PythonTool()])
    assert answers((await later.resume(before_the_call)).state) == ["(no output)"]


PLOT = """\
import matplotlib.pyplot as plt
open("table.csv", "w").write("a,b\\n1,2\\n")
plt.plot([1, 2, 3])
plt.show()"""


async def test_images_and_files_are_handed_to_the_program_that_asked() -> None:
    model = ScriptedModel(
        [python(PLOT), python("open('table.csv', 'a').write('3,4')"), final("ok")]
    )
    tool = PythonTool(files={"given.txt": "kept as it is"})
    result = await Agent(model, tools=[tool]).run("Plot.")
    table, plot, longer = result.artifacts
    assert [table.name, longer.name] == ["/mnt/data/table.csv"] * 2
    assert (table.data, longer.data) == (b"a,b\n1,2\n", b"a,b\n1,2\n3,4")
    assert (table.media_type, plot.media_type) == ("text/csv", "image/png")
    assert plot.data is not None
    assert plot.data.startswith(b"\x89PNG")
    assert plot.size == len(plot.data)
    told = answers(result.state)[0]
    assert plot.name in told
    assert "stderr" not in told
    assert "Warning" not in told


async def test_of_artifacts_over_the_bound_only_the_name_is_given() -> None:
    tool = PythonTool(artifact_bytes=1000)
    code = "open('large', 'wb').write(bytes(2000)); open('small', 'wb').write(bytes(10))"
    _, output = await run(tool, code + "; import os; os.symlink('/etc/passwd', 'link')")
    found = {each.name: (each.size, each.data) for each in output.artifacts}
    assert found == {
        "/mnt/data/large": (2000, None),
        "/mnt/data/small": (10, bytes(10)),
    }
    await tool.close()


async def test_given_files_are_there_from_the_first_call_on() -> None:
    tool = PythonTool(files={"data/a.csv": "1,2"})
    _, output = await run(tool, "open('data/a.csv').read()")
    assert output.text == "'1,2'"
    assert output.artifacts == ()
    await tool.close()


async def test_notebooks_come_from_a_pool_with_its_limits() -> None:
    async with NotebookPool(1, ["json"], limits=Limits(cell_timeout=7)) as pool:
        tool = PythonTool(pool=pool, files={"a.txt": "here"})
        assert "time out after 7.0 seconds" in tool.describe().description
        await run(tool, "x = 1")
        _, output = await run(tool, "import sys\nx, 'json' in sys.modules, open('a.txt').read()")
        assert output.text == "(1, True, 'here')"
        assert pool.status().in_use == 1
        _, output = await run(tool, "x", conversation="two")
        assert "NameError" in output.text
        await tool.close()
        assert pool.status().in_use == 0


async def test_a_pool_keeps_its_own_settings() -> None:
    with pytest.raises(UserError, match="NotebookPool"):
        PythonTool(pool=NotebookPool(1), packages=["polars"])


async def test_what_may_reach_the_internet_does_not_say_that_it_cannot() -> None:
    tool = PythonTool(backend="unconfined", min_isolation="unconfined")
    assert tool.describe().description == ToolNamespaceConfig.python().description


@pytest.mark.parametrize("settings", [{"backend": "none"}, {"backend": "unconfined"}])
async def test_a_backend_that_will_not_do_is_refused_at_once(settings: dict[str, str]) -> None:
    with pytest.raises(UserError, match=r"backend|isolat"):
        PythonTool(**settings)  # type: ignore[arg-type]
