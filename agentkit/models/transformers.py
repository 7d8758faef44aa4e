"""gpt-oss in this process, with transformers: the event loop's side of it.

Owns one worker thread, in which everything heavy happens: importing torch, loading, computing.
Calls queue up there, first come, first served; ids come back to the caller's event loop one by one.
Knows nothing of tensors (`engine` does) and nothing of text. Not covered: batching of concurrent
calls, grammars, several processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from agentkit.errors import BackendError, ContextOverflow, UserError
from agentkit.harmony.grammar import Grammar
from agentkit.models import hardware
from agentkit.models.base import Capabilities, Sampling, TokenChunk
from agentkit.models.checkpoint import complete_download, find_checkpoint

if TYPE_CHECKING:
    from agentkit.models.engine import Engine

_NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})


class TransformersModel:
    """A gpt-oss checkpoint run by transformers in a thread of this process.

    The constructor reads configs only. The weights load with the first `stream`, or when `load`
    is called. Calls with the same `session` share a KV cache: only ids after the longest common
    prefix with the session's last prompt and output are computed.

    Args:
        name_or_path: a checkpoint folder, or a model of the Hugging Face hub such as
            `openai/gpt-oss-20b`.
        device_map: as transformers takes it: "auto", "cpu", "cuda", "cuda:1" or a dict of modules.
        dtype: "auto" for the checkpoint's own, or "float32", "bfloat16", "float16".
        max_context: most tokens of prompt and output together; None for all the model can do.
        cache_bytes: most bytes of KV cache that idle sessions keep, the least recently used
            evicted first; None takes half of a GPU's memory left after loading, or a quarter of
            main memory.
        prefill_chunk: most ids of a prompt computed in one step; smaller ones need less memory and
            can be cancelled sooner.
        dequantize: allow an MXFP4 checkpoint to be turned into bfloat16, three times the size.
        options: further arguments of `from_pretrained`, such as `attn_implementation`.
        on_progress: called in the worker thread with weights loaded so far and all weights.
        name: for people; the checkpoint's own by default.

    Raises:
        UserError: the `local` extra is not installed, or an argument cannot be right.
        ModelLoadError: there is no such checkpoint, or it is not a gpt-oss.
    """

    def __init__(
        self,
        name_or_path: str | Path,
        *,
        device_map: str | dict[str, Any] = "auto",
        dtype: str = "auto",
        max_context: int | None = None,
        cache_bytes: int | None = None,
        prefill_chunk: int = 512,
        dequantize: bool = False,
        options: Mapping[str, Any] = _NO_OPTIONS,
        on_progress: Callable[[int, int], None] | None = None,
        name: str | None = None,
    ) -> None:
        hardware.check_installed()
        self._checkpoint = find_checkpoint(name_or_path)
        own = self._checkpoint.context_length
        if max_context is not None and not 0 < max_context <= own:
            raise UserError(f"max_context is {max_context:,}; the model allows 1 to {own:,}.")
        if prefill_chunk < 1:
            raise UserError(f"prefill_chunk is {prefill_chunk}; it must be at least 1.")
        self._capabilities = Capabilities(
            name=name or self._checkpoint.name,
            context_length=max_context or own,
            sampling=self._checkpoint.sampling,
            logprobs=True,
            prefix_cache=True,
            checkpoint=self._checkpoint.folder,
        )
        self._placement = hardware.Placement(device_map, dtype, dequantize)
        self._cache_bytes, self._prefill_chunk = cache_bytes, prefill_chunk
        self._options, self._on_progress = dict(options), on_progress
        self._worker = ThreadPoolExecutor(1, f"agentkit-{self._checkpoint.folder.name}")
        self._engine: Engine | None = None
        self._calls: weakref.WeakSet[_Call] = weakref.WeakSet()
        self._closed = False

    @property
    def capabilities(self) -> Capabilities:
        """What this model can do."""
        return self._capabilities

    async def load(self) -> None:
        """Load the weights now; without it, the first `stream` does.

        Raises:
            ModelLoadError: the checkpoint is damaged or does not fit this machine.
        """
        self._check_open()
        await asyncio.wrap_future(self._worker.submit(self._loaded))

    async def stream(
        self,
        prompt: Sequence[int],
        *,
        sampling: Sampling,
        stop: frozenset[int],
        max_tokens: int,
        grammar: Grammar | None = None,
        session: str | None = None,
    ) -> AsyncGenerator[TokenChunk]:
        """Sample ids after `prompt`; see `Model.stream`.

        Raises:
            UserError: the prompt is empty or has ids the model does not know, `max_tokens` is not
                positive, a grammar is asked for, or the model is closed.
            ContextOverflow: `prompt` and one more id do not fit the context.
            ModelLoadError: see `load`.
            BackendError: the computation failed.
        """
        self._check_open()
        room = self._check(prompt, max_tokens, grammar)
        ids = list(prompt)

        def begin(engine: Engine) -> Generator[TokenChunk | None]:
            return engine.generate(
                ids,
                sampling=sampling,
                stop=stop,
                max_tokens=min(max_tokens, room),
                session=session,
            )

        call = _Call()
        self._calls.add(call)
        call.start(self._worker, lambda: self._run(call, begin))
        try:
            while (chunk := await call.next()) is not None:
                yield chunk
        finally:
            call.cancel()

    async def close(self) -> None:
        """Cancel what is running, free the weights and end the worker thread."""
        if self._closed:
            return
        self._closed = True
        for call in list(self._calls):
            call.cancel()
        await asyncio.wrap_future(self._worker.submit(self._release))
        self._worker.shutdown()

    def _check_open(self) -> None:
        if self._closed:
            raise UserError(f"The model {self._capabilities.name} is closed.")

    def _check(self, prompt: Sequence[int], max_tokens: int, grammar: Grammar | None) -> int:
        """Refuse what cannot be computed; the room that the prompt leaves in the context."""
        if grammar is not None:
            raise UserError("TransformersModel does not obey grammars (see its capabilities).")
        if max_tokens < 1:
            raise UserError(f"max_tokens is {max_tokens}; it must be at least 1.")
        if not prompt:
            raise UserError("The prompt is empty; a model continues at least one id.")
        vocabulary = int(self._checkpoint.config["vocab_size"])
        if min(prompt) < 0 or max(prompt) >= vocabulary:
            raise UserError(f"The prompt has ids outside the vocabulary of {vocabulary:,}.")
        room = self._capabilities.context_length - len(prompt)
        if room < 1:
            raise ContextOverflow(
                f"The prompt has {len(prompt):,} tokens and the context of"
                f" {self._capabilities.name} is {self._capabilities.context_length:,}, output"
                " included. Shorten the conversation or its tools' results."
            )
        return room

    def _run(self, call: _Call, begin: Callable[[Engine], Generator[TokenChunk | None]]) -> None:
        """In the worker thread: one generation."""
        with contextlib.closing(begin(self._loaded())) as steps:
            for chunk in steps:
                if call.cancelled:
                    return
                if chunk is not None:
                    call.deliver(chunk)

    def _loaded(self) -> Engine:
        """In the worker thread: the engine, loaded when it is not yet."""
        if self._engine is None:
            hardware.check_fits(self._checkpoint, self._placement)
            complete_download(self._checkpoint)
            from agentkit.models.engine import load_engine

            self._engine = load_engine(
                self._checkpoint,
                self._placement,
                cache_bytes=self._cache_bytes,
                prefill_chunk=self._prefill_chunk,
                options=self._options,
                on_progress=self._on_progress,
            )
        return self._engine

    def _release(self) -> None:
        """In the worker thread: drop the weights and all caches."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None


class _Call:
    """One `stream`: its place in the worker's queue, and the way of its chunks to the loop."""

    def __init__(self) -> None:
        self.cancelled = False
        self._loop = asyncio.get_running_loop()
        self._chunks: asyncio.Queue[TokenChunk | None] = asyncio.Queue()
        self._future: Future[None] | None = None

    def start(self, worker: ThreadPoolExecutor, run: Callable[[], None]) -> None:
        """Queue `run`; however it ends, None follows its last chunk."""
        self._future = worker.submit(run)
        self._future.add_done_callback(lambda _: self.deliver(None))

    def deliver(self, chunk: TokenChunk | None) -> None:
        """From the worker thread: hand `chunk` to the event loop."""
        try:
            self._loop.call_soon_threadsafe(self._chunks.put_nowait, chunk)
        except RuntimeError:  # The loop is closed: nobody waits for this any more.
            self.cancelled = True

    async def next(self) -> TokenChunk | None:
        """The next chunk; None after the last.

        Raises:
            BackendError: the model was closed meanwhile.
            Exception: whatever the worker raised.
        """
        chunk = await self._chunks.get()
        if chunk is None and self._future is not None:
            if self.cancelled:
                raise BackendError("The model was closed during this call.")
            self._future.result()
        return chunk

    def cancel(self) -> None:
        """Leave the queue, or stop after the step that is being computed."""
        self.cancelled = True
        if self._future is not None:
            self._future.cancel()
