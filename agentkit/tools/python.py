"""The `python` tool that gpt-oss was trained with, over an isolated notebook.

A call's body is raw source, run in a stateful notebook of the conversation's own: variables stay
from call to call until the conversation's tools are closed. The description is word for word the
one of the model's training, but for what is known here: the time limit, and that there is no
internet access.

Isolation, limits and the text of a result are `sandbox`'s work; without isolation nothing runs.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from agentkit.errors import ToolError, UserError
from agentkit.messages import ToolCall
from agentkit.tools.base import RunContext, Tool, ToolDescription, ToolOutput

if TYPE_CHECKING:
    from sandbox import Limits, Notebook
    from sandbox.isolation import Backend, Isolation

__all__ = ["PythonTool"]

# openai/harmony, src/chat.rs, ToolNamespaceConfig::python()
_DESCRIPTION = """\
Use this tool to execute Python code in your chain of thought. The code will not be shown to the \
user. This tool should be used for internal reasoning, but not for code that is intended to be \
visible to the user (e.g. when creating plots, tables, or files).

When you send a message containing Python code to python, it will be executed in a stateful \
Jupyter notebook environment. python will respond with the output of the execution or time out \
after {seconds:.1f} seconds. The drive at '/mnt/data' can be used to save and persist user files. \
Internet access for this session is disabled."""


class PythonTool(Tool):
    """A stateful Python notebook for the model, isolated from this machine.

    Args:
        limits: what code may use, a `sandbox.Limits`; its defaults when None.
        max_chars: longest result the model gets, in characters; longer ones lose their middle.
        backend: how to isolate, as for `sandbox.Notebook`: `auto`, the name of a backend, or one.
        min_isolation: the weakest isolation that will do, as for `sandbox.Notebook`.

    Raises:
        UserError: this is not Linux, or a package that it needs is missing.
    """

    name = "python"
    timeout = None  # the notebook keeps the time itself, and says what became of the variables

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        max_chars: int = 20_000,
        backend: str | Backend = "auto",
        min_isolation: Isolation = "namespace",
    ) -> None:
        _require_packages()
        from sandbox import Limits

        self._limits = limits or Limits()
        self._max_chars = max_chars
        self._backend = backend
        self._min_isolation = min_isolation
        self._notebooks: dict[str, Notebook] = {}

    def describe(self) -> ToolDescription:
        text = _DESCRIPTION.format(seconds=self._limits.cell_timeout)
        return ToolDescription("python", text, (), "system")

    async def call(
        self, call: ToolCall, ctx: RunContext[Any]
    ) -> AsyncGenerator[str | ToolOutput, None]:
        """Run the body as a cell; its output is streamed, the `ExecutionResult` is `data`.

        Raises:
            ToolError: no isolation is available here, or the kernel did not start.
        """
        from sandbox import SandboxError
        from sandbox.results import Stream, render

        try:
            async with self._notebook(ctx.conversation).stream(call.text) as cell:
                async for output in cell:
                    text = render(output)
                    yield text if isinstance(output, Stream) else text + "\n"
        except SandboxError as error:
            raise ToolError(f"Python is not available: {error}") from error
        result = cell.result
        yield ToolOutput(result.text(self._max_chars), data=result, is_error=not result.ok)

    async def close(self, conversation: str | None = None) -> None:
        names = list(self._notebooks) if conversation is None else [conversation]
        for name in names:
            notebook = self._notebooks.pop(name, None)
            if notebook is not None:
                await notebook.close()

    def _notebook(self, conversation: str) -> Notebook:
        from sandbox import Notebook

        if conversation not in self._notebooks:
            self._notebooks[conversation] = Notebook(
                self._limits, backend=self._backend, min_isolation=self._min_isolation
            )
        return self._notebooks[conversation]


def _require_packages() -> None:
    if sys.platform != "linux":
        raise UserError(f"PythonTool isolates code by means of Linux; this is {sys.platform}.")
    missing = [name for name in ("zmq", "ipykernel") if importlib.util.find_spec(name) is None]
    if missing:
        needed = " and ".join(missing)
        raise UserError(f"PythonTool needs {needed}. Fix: pip install 'agentkit[python]'")
