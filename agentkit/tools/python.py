"""The `python` tool that gpt-oss was trained with, over an isolated notebook.

A call's body is raw source, run in a stateful notebook of the conversation's own: variables stay
from call to call until the conversation's tools are closed. Where a conversation goes on with
another notebook, as after a resume in a new process, the model is told. The description is word for
word the one of the model's training, but for what is known here: the time limit, and whether there
is internet access.

Isolation, limits and the text of a result are `sandbox`'s work; without isolation nothing runs.
"""

from __future__ import annotations

import importlib.util
import mimetypes
import sys
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentkit.errors import ToolError, UserError
from agentkit.messages import Artifact, ToolCall
from agentkit.tools.base import RunContext, Tool, ToolDescription, ToolOutput

if TYPE_CHECKING:
    from sandbox import ExecutionResult, FileInfo, Isolation, Limits, Notebook, NotebookPool
    from sandbox.files import Source
    from sandbox.isolation import Backend

__all__ = ["PythonTool"]

# openai/harmony, src/chat.rs, ToolNamespaceConfig::python()
_DESCRIPTION = """\
Use this tool to execute Python code in your chain of thought. The code will not be shown to the \
user. This tool should be used for internal reasoning, but not for code that is intended to be \
visible to the user (e.g. when creating plots, tables, or files).

When you send a message containing Python code to python, it will be executed in a stateful \
Jupyter notebook environment. python will respond with the output of the execution or time out \
after {seconds:.1f} seconds. The drive at '/mnt/data' can be used to save and persist user files. \
Internet access for this session is {internet}."""

_NEW_NOTEBOOK = (
    "This notebook is new: variables and imports of earlier calls are gone, and so are files that "
    "they wrote to /mnt/data."
)
_MOST_ARTIFACTS = 100


class PythonTool(Tool):
    """A stateful Python notebook for the model, isolated from this machine.

    Args:
        limits: what code may use, a `sandbox.Limits`; its defaults when None.
        max_chars: longest result the model gets, in characters; longer ones lose their middle.
        backend: how to isolate, as for `sandbox.Notebook`: `auto`, the name of a backend, or one.
        min_isolation: the weakest isolation that will do, as for `sandbox.Notebook`.
        packages: requirements (`"polars>=1"`) to have ready inside, next to what is installed here;
            `sandbox.SCIENTIFIC` is the usual set. Fetched once, as wheels.
        files: content by path, put into `/mnt/data` before the first call.
        artifact_bytes: most bytes of files and images to hand to your program after a call, as
            `artifacts` of `RunResult` and `ToolReturned`; of what is larger only the name is given.
        pool: take notebooks from this `sandbox.NotebookPool`, which must be open, instead of
            starting them; `limits`, `packages` and isolation are then the pool's.

    Raises:
        UserError: this is not Linux, a package that it needs is missing, there is no such backend,
            or it is too weak, or a pool comes with settings of its own.
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
        packages: Sequence[str] | None = None,
        files: Mapping[str, Source] | None = None,
        artifact_bytes: int = 32 << 20,
        pool: NotebookPool | None = None,
    ) -> None:
        _require_packages()
        from sandbox import Limits

        if pool is not None:
            if (limits, packages, backend, min_isolation) != (None, None, "auto", "namespace"):
                raise UserError(
                    "limits, packages, backend and min_isolation are settings of the pool: give "
                    "them to NotebookPool."
                )
            limits, backend, min_isolation = pool.limits, pool.backend, pool.min_isolation
        self._limits = limits or Limits()
        self._max_chars = max_chars
        self._backend = backend
        self._min_isolation = min_isolation
        self._packages = packages
        self._files = dict(files or {})
        self._artifact_bytes = artifact_bytes
        self._pool = pool
        self._offline = _is_offline(backend, min_isolation)
        self._kept: dict[str, _Kept] = {}

    def describe(self) -> ToolDescription:
        internet = "disabled" if self._offline else "UNKNOWN. Depends on the cluster"
        text = _DESCRIPTION.format(seconds=self._limits.cell_timeout, internet=internet)
        return ToolDescription("python", text, (), "system")

    async def call(
        self, call: ToolCall, ctx: RunContext[Any]
    ) -> AsyncGenerator[str | ToolOutput, None]:
        """Run the body as a cell; its output is streamed, the `ExecutionResult` is `data`, images
        and files the cell wrote are `artifacts`.

        Raises:
            ToolError: no isolation is available here, or the kernel did not start.
        """
        from sandbox import SandboxError
        from sandbox.results import Stream, render

        notice = ""
        try:
            if ctx.conversation not in self._kept:
                self._kept[ctx.conversation] = await self._open()
                if any(message.author == self.name for message in ctx.messages):
                    notice = f"[{_NEW_NOTEBOOK}]\n"
                    yield notice
            kept = self._kept[ctx.conversation]
            async with kept.notebook.stream(call.text) as cell:
                async for output in cell:
                    text = render(output)
                    yield text if isinstance(output, Stream) else text + "\n"
        except SandboxError as error:
            raise ToolError(f"Python is not available: {error}") from error
        result = cell.result
        yield ToolOutput(
            notice + result.text(self._max_chars - len(notice)),
            data=result,
            is_error=not result.ok,
            artifacts=await kept.artifacts(result, self._artifact_bytes),
        )

    async def close(self, conversation: str | None = None) -> None:
        names = list(self._kept) if conversation is None else [conversation]
        for name in names:
            kept = self._kept.pop(name, None)
            if kept is not None:
                await kept.release.aclose()

    async def _open(self) -> _Kept:
        """A running notebook with the given files in it."""
        from sandbox import Notebook

        release = AsyncExitStack()
        try:
            if self._pool is None:
                fresh = Notebook(
                    self._limits,
                    backend=self._backend,
                    min_isolation=self._min_isolation,
                    packages=self._packages,
                    files=self._files,
                )
                notebook = await release.enter_async_context(fresh)
            else:
                notebook = await release.enter_async_context(self._pool.acquire())
                for path, source in self._files.items():
                    await notebook.upload(path, source)
            return _Kept(notebook, release, await _files_of(notebook))
        except BaseException:
            await release.aclose()
            raise


@dataclass(slots=True)
class _Kept:
    """A conversation's notebook, how to let go of it, and its files as they were last seen."""

    notebook: Notebook
    release: AsyncExitStack
    files: dict[str, FileInfo]

    async def artifacts(self, result: ExecutionResult, most_bytes: int) -> tuple[Artifact, ...]:
        """What a cell that has just run made: images that are no files, and files that are new or
        changed, oldest first."""
        from sandbox import SandboxError

        found = list(_images_without_file(result, most_bytes))
        room = most_bytes - sum(image.size for image in found)
        try:
            files = await _files_of(self.notebook)
            changed = [file for path, file in files.items() if self.files.get(path) != file]
            self.files = files
            for file in sorted(changed, key=lambda each: each.modified)[:_MOST_ARTIFACTS]:
                artifact = await self._artifact(file, room)
                room -= len(artifact.data or b"")
                found.append(artifact)
        except SandboxError:
            pass  # the notebook is gone; the result says so
        return tuple(found)

    async def _artifact(self, file: FileInfo, most_bytes: int) -> Artifact:
        from sandbox import FileTransferError

        data = None
        if file.size <= most_bytes:
            with suppress(FileTransferError):  # it has changed since, or is gone
                data = await self.notebook.download(file.path, max_bytes=most_bytes)
        kind = mimetypes.guess_type(file.path)[0] or "application/octet-stream"
        return Artifact(file.path, kind, file.size if data is None else len(data), data)


def _images_without_file(result: ExecutionResult, most_bytes: int) -> Iterator[Artifact]:
    """Images that could not be saved in the notebook, as far as there is room for them."""
    from sandbox import Display, Result

    shown = [output.image for output in result.outputs if isinstance(output, Display | Result)]
    for number, image in enumerate(shown, start=1):
        if image is not None and image.path is None and len(image.data) <= most_bytes:
            most_bytes -= len(image.data)
            kind = f"image/{image.format}"
            yield Artifact(f"image_{number}.{image.format}", kind, len(image.data), image.data)


async def _files_of(notebook: Notebook) -> dict[str, FileInfo]:
    """Files in `/mnt/data` by path; none where the backend has no way to them."""
    from sandbox import FileTransferError

    try:
        return {file.path: file for file in await notebook.list_files()}
    except FileTransferError:
        return {}


def _is_offline(backend: str | Backend, min_isolation: Isolation) -> bool:
    """Whether code has no network for certain, whichever of the backends will run it.

    Raises:
        UserError: there is no such backend, or it is too weak.
    """
    from sandbox.isolation import choose, level

    try:
        backends = choose(backend, min_isolation)
    except ValueError as error:
        raise UserError(f"PythonTool: {error}") from None
    return all(level(each.isolation) > level("unconfined") for each in backends)


def _require_packages() -> None:
    if sys.platform != "linux":
        raise UserError(f"PythonTool isolates code by means of Linux; this is {sys.platform}.")
    missing = [name for name in ("zmq", "ipykernel") if importlib.util.find_spec(name) is None]
    if missing:
        needed = " and ".join(missing)
        raise UserError(f"PythonTool needs {needed}. Fix: pip install 'agentkit[python]'")
