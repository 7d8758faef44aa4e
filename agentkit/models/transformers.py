"""gpt-oss in this process, with transformers: the event loop's side of it.

Owns one worker thread, in which everything heavy happens: importing torch, loading, computing.
Concurrent calls are computed together there (`batching` says in which steps); ids come back to the
caller's event loop one by one. Knows nothing of tensors (`engine` does) and nothing of text. Not
covered: several machines.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from agentkit.errors import AgentKitError, BackendError, ContextOverflow, UserError
from agentkit.harmony.grammar import Grammar
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.models import hardware
from agentkit.models.base import Capabilities, Sampling, TokenChunk
from agentkit.models.checkpoint import complete_download, find_checkpoint

if TYPE_CHECKING:
    from agentkit.models.batching import Batch, Generation
    from agentkit.models.constraint import Constraint

_NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})


class TransformersModel:
    """A gpt-oss checkpoint run by transformers in a thread of this process.

    The constructor reads configs only. The weights load with the first `stream`, or when `load`
    is called. Calls with the same `session` share a KV cache: only ids after the longest common
    prefix with the session's last prompt and output are computed. Calls at the same time are
    computed together, which takes far less than one after the other.

    Args:
        name_or_path: a checkpoint folder, or a model of the Hugging Face hub such as
            `openai/gpt-oss-20b`.
        device_map: as transformers takes it: "auto", "cpu", "cuda", "cuda:1" or a dict of modules.
        dtype: "auto" for the checkpoint's own, or "float32", "bfloat16", "float16".
        max_context: most tokens of prompt and output together; None for all the model can do.
        cache_bytes: most bytes of KV cache, of running calls and idle sessions together; a single
            call may take more. The least recently used session is evicted first, then the call
            that came last waits. None takes half of a GPU's memory left after loading, or a quarter
            of main memory.
        prefill_chunk: most ids of prompts computed in one step; smaller ones need less memory, can
            be cancelled sooner, and hold calls that are sampling up for less long.
        max_batch: most calls computed at the same time; others wait, first come, first served.
        dequantize: allow an MXFP4 checkpoint to be turned into bfloat16, three times the size.
        processes: how many processes share the experts, a GPU of this machine each; the others are
            started with the weights and end with the model. It takes the place of `device_map`.
        cuda_graphs: record steps that decode as CUDA graphs, which saves the time that starting
            hundreds of kernels takes; for a model on one GPU.
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
        max_batch: int = 32,
        dequantize: bool = False,
        processes: int = 1,
        cuda_graphs: bool = False,
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
        if max_batch < 1:
            raise UserError(f"max_batch is {max_batch}; it must be at least 1.")
        experts = int(self._checkpoint.config["num_local_experts"])
        if processes < 1 or experts % processes:
            raise UserError(
                f"processes is {processes}; {experts} experts can only be shared equally."
            )
        if processes > 1 and device_map != "auto":
            raise UserError("A model takes a device_map or several processes, not both.")
        if processes > 1 and cuda_graphs:
            raise UserError("cuda_graphs are for a model in one process.")
        self._capabilities = Capabilities(
            name=name or self._checkpoint.name,
            context_length=max_context or own,
            sampling=self._checkpoint.sampling,
            grammar=True,
            logprobs=True,
            prefix_cache=True,
            checkpoint=self._checkpoint.folder,
        )
        self._placement = hardware.Placement(device_map, dtype, dequantize, processes)
        self._cache_bytes, self._prefill_chunk = cache_bytes, prefill_chunk
        self._max_batch = max_batch
        self._recorded_calls = max_batch if cuda_graphs else 0
        self._options, self._on_progress = dict(options), on_progress
        self._worker = ThreadPoolExecutor(1, f"agentkit-{self._checkpoint.folder.name}")
        self._masks = ThreadPoolExecutor(2, "agentkit-masks")
        # Of its own: masks, for which all calls wait, must not stand behind a large grammar.
        self._compiler = ThreadPoolExecutor(1, "agentkit-grammars")
        self._batch: Batch | None = None
        # Appended to by event loops, emptied by the worker thread.
        self._arrived: deque[_Call] = deque()
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
                positive, the grammar cannot be held, or the model is closed.
            ContextOverflow: `prompt` and one more id do not fit the context.
            ModelLoadError: see `load`.
            BackendError: the computation failed.
        """
        self._check_open()
        room = self._check(prompt, max_tokens)
        constraint = None
        if grammar is not None:
            # Not in the worker thread, where it would hold up the calls being computed.
            compiling = self._compiler.submit(self._constraint, grammar)
            constraint = await asyncio.wrap_future(compiling)
            self._check_open()
        request = partial(
            _generation,
            list(prompt),
            constraint=constraint,
            sampling=sampling,
            stop=stop,
            max_tokens=min(max_tokens, room),
            session=session,
        )
        call = _Call(request)
        self._arrived.append(call)
        self._worker.submit(self._work)
        try:
            finished = False
            while not finished:
                chunk = await call.next()
                finished = chunk.finish is not None
                yield chunk
        finally:
            call.cancelled = True

    async def close(self) -> None:
        """Cancel what is running, free the weights and end the worker thread."""
        if self._closed:
            return
        self._closed = True
        await asyncio.wrap_future(self._worker.submit(self._release))
        self._worker.shutdown()
        self._masks.shutdown()
        self._compiler.shutdown(wait=False)

    def _check_open(self) -> None:
        if self._closed:
            raise UserError(f"The model {self._capabilities.name} is closed.")

    def _check(self, prompt: Sequence[int], max_tokens: int) -> int:
        """Refuse what cannot be computed; the room that the prompt leaves in the context."""
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

    def _work(self) -> None:
        """In the worker thread: compute until no call is left, those that come meanwhile too."""
        running: dict[Generation, _Call] = {}
        try:
            self._welcome(running)
            while running:
                for generation, outcome in self._loaded().step():
                    if outcome is None:
                        continue
                    running[generation].deliver(outcome)
                    if isinstance(outcome, AgentKitError) or outcome.finish:
                        del running[generation]
                self._welcome(running)
        except BaseException as error:  # The edge of the thread: its calls must hear of it.
            for generation, call in running.items():
                call.deliver(error)
                self._loaded().remove(generation)
            raise

    def _welcome(self, running: dict[Generation, _Call]) -> None:
        """In the worker thread, between two steps: let cancelled calls leave and new ones join."""
        for generation, call in list(running.items()):
            if call.cancelled or self._closed:
                del running[generation]
                self._loaded().remove(generation)
                call.deliver(BackendError("The model was closed during this call."))
        while self._arrived:
            call = self._arrived.popleft()
            if call.cancelled or self._closed:
                call.deliver(BackendError("The model was closed during this call."))
                continue
            try:
                batch = self._loaded()
                generation = call.request()
            except BaseException as error:  # As above.
                call.deliver(error)
                continue
            batch.add(generation)
            running[generation] = call

    def _constraint(self, grammar: Grammar) -> Constraint:
        """In the thread for grammars: the grammar, ready to be followed."""
        from agentkit.models.constraint import Constraint

        tokenizer = load_tokenizer(checkpoint=self._checkpoint.folder)
        return Constraint(grammar, tokenizer, self._masks)

    def _loaded(self) -> Batch:
        """In the worker thread: the model's batch, loaded when it is not yet."""
        if self._batch is None:
            hardware.check_fits(self._checkpoint, self._placement)
            complete_download(self._checkpoint)
            from agentkit.models.batching import Batch
            from agentkit.models.engine import load_engine

            engine = load_engine(
                self._checkpoint,
                self._placement,
                cache_bytes=self._cache_bytes,
                prefill_chunk=self._prefill_chunk,
                options=self._options,
                on_progress=self._on_progress,
                recorded_calls=self._recorded_calls,
            )
            self._batch = Batch(engine, self._max_batch)
        return self._batch

    def _release(self) -> None:
        """In the worker thread: drop the weights and all caches."""
        if self._batch is not None:
            self._batch.engine.close()
            self._batch = None


def _generation(prompt: list[int], **arguments: Any) -> Generation:
    """In the worker thread, where torch may be imported."""
    from agentkit.models.batching import Generation

    return Generation(prompt, **arguments)


class _Call:
    """One `stream`: what it asks of the worker, and the way of its chunks to the event loop.

    Args:
        request: makes the generation, in the worker thread.
    """

    def __init__(self, request: Callable[[], Generation]) -> None:
        self.request = request
        self.cancelled = False
        self._loop = asyncio.get_running_loop()
        self._outcomes: asyncio.Queue[TokenChunk | BaseException] = asyncio.Queue()

    def deliver(self, outcome: TokenChunk | BaseException) -> None:
        """From the worker thread: hand `outcome` to the event loop."""
        try:
            self._loop.call_soon_threadsafe(self._outcomes.put_nowait, outcome)
        except RuntimeError:  # The loop is closed: nobody waits for this any more.
            self.cancelled = True

    async def next(self) -> TokenChunk:
        """The next chunk.

        Raises:
            BackendError: the computation failed, or the model was closed meanwhile.
            BaseException: whatever else the worker raised.
        """
        outcome = await self._outcomes.get()
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome
