"""The python tool: the words gpt-oss was trained with, a notebook per conversation, honest
refusals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
import pytest_asyncio
from openai_harmony import ToolNamespaceConfig

from agentkit import Agent, ScriptedModel
from agentkit.errors import ToolError, UserError
from agentkit.messages import ToolCall
from agentkit.tools.base import RunContext, Tool, ToolOutput
from agentkit.tools.python import PythonTool
from sandbox import ExecutionResult, Limits
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
    assert list(tool._notebooks) == ["one"]


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
    def python(code: str) -> str:
        return f"<|channel|>analysis to=python code<|message|>{code}<|call|>"

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
