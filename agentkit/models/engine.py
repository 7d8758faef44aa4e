"""A gpt-oss in memory: loads it, and samples ids after a prompt, step by step.

Knows torch and transformers and the KV caches of sessions. It is synchronous and belongs to one
thread; queueing, cancelling and the event loop are `TransformersModel`'s. Not covered: batching,
and devices other than those transformers' `device_map` spreads a model over.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import torch
import transformers
from safetensors import SafetensorError
from transformers.utils import logging as transformers_logging

from agentkit.errors import BackendError, ModelLoadError
from agentkit.models.base import Finish, Sampling, TokenChunk
from agentkit.models.checkpoint import Checkpoint
from agentkit.models.hardware import Placement, free_memory
from agentkit.models.kv_cache import KVCache, SessionCaches
from agentkit.models.sampling import Sampler

Progress = Callable[[int, int], None]


class Engine:
    """A loaded model with the KV caches of its sessions.

    Args:
        model: a `GptOssForCausalLM`.
        windows: for each layer its sliding window; see `KVCache`.
        cache_bytes: most bytes that the caches of idle sessions take; None takes half of the
            memory that is free now on a GPU, a quarter on a CPU.
        prefill_chunk: most ids of a prompt computed in one step.
    """

    def __init__(
        self,
        model: Any,
        windows: Sequence[int | None],
        *,
        cache_bytes: int | None = None,
        prefill_chunk: int = 512,
    ) -> None:
        self.device: torch.device = model.get_input_embeddings().weight.device
        self.caches = SessionCaches(
            windows, _default_budget(self.device) if cache_bytes is None else cache_bytes
        )
        self.model = model
        self._prefill_chunk = prefill_chunk
        self._bytes_per_token = 0

    def generate(
        self,
        prompt: list[int],
        *,
        sampling: Sampling,
        stop: frozenset[int],
        max_tokens: int,
        session: str | None,
    ) -> Generator[TokenChunk | None]:
        """Sample ids, one step of the model for each item; None is a step of prefill.

        Closing the iterator at any item leaves the session's cache consistent.

        Args:
            prompt: ids, at least one.
            sampling: how ids are drawn.
            stop: ids that end the generation.
            max_tokens: most ids to sample; the context has room for them.
            session: whose KV cache to use; None for a throw-away one.

        Raises:
            BackendError: the computation failed; out of memory, as a rule.
        """
        self.caches.make_room(self._bytes_per_token * len(prompt))
        cache = self.caches.take(session, prompt)
        cached = len(cache.ids)
        sampler = Sampler(sampling, self.device)
        try:
            for start in range(cached, len(prompt), self._prefill_chunk):
                logits = self._step(cache, prompt[start : start + self._prefill_chunk])
                yield None
            for left in range(max_tokens - 1, -1, -1):
                token, logprob = sampler.draw(logits)
                logprobs = None if logprob is None else (logprob,)
                if token in stop or not left:
                    reason: Literal["stop", "length"] = "stop" if token in stop else "length"
                    yield TokenChunk((token,), logprobs, Finish(reason, len(prompt), cached))
                    return
                yield TokenChunk((token,), logprobs)
                logits = self._step(cache, [token])
        finally:
            if cache.ids:
                self._bytes_per_token = cache.bytes_held // len(cache.ids)
            self.caches.give_back(session, cache)

    def close(self) -> None:
        """Drop the weights and all caches, and give a GPU's memory back."""
        self.caches.clear()
        del self.model
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    @torch.inference_mode()
    def _step(self, cache: KVCache, ids: list[int]) -> torch.Tensor:
        """Compute `ids` after what `cache` holds.

        Returns:
            The logits of the id after the last, [vocabulary].
        """
        past, total = len(cache.ids), len(cache.ids) + len(ids)
        try:
            output = self.model(
                input_ids=torch.tensor([ids], device=self.device),
                attention_mask=torch.ones((1, total), dtype=torch.bool, device=self.device),
                position_ids=torch.arange(past, total, device=self.device).unsqueeze(0),
                past_key_values=cache.states,
                use_cache=True,
                logits_to_keep=1,
            )
        except torch.OutOfMemoryError as error:
            self._forget(cache, past)
            raise BackendError(
                f"Out of memory at {total:,} tokens of context on {self.device}; the caches of all"
                " sessions were freed. Use a shorter context, a smaller prefill_chunk or"
                " cache_bytes, or a larger GPU."
            ) from error
        except RuntimeError as error:
            self._forget(cache, past)
            raise BackendError(f"The model failed at token {total:,}: {error}") from error
        cache.ids.extend(ids)
        logits: torch.Tensor = output.logits[0, -1]
        return logits

    def _forget(self, cache: KVCache, length: int) -> None:
        cache.rewind(length)
        self.caches.clear()


def load_engine(
    checkpoint: Checkpoint,
    placement: Placement,
    *,
    cache_bytes: int | None,
    prefill_chunk: int,
    options: Mapping[str, Any],
    on_progress: Progress | None,
) -> Engine:
    """Load the checkpoint with transformers and accelerate; arguments as `TransformersModel`'s.

    Raises:
        ModelLoadError: transformers refuses the checkpoint, or weights are missing in it.
    """
    arguments = dict(options)
    if checkpoint.is_mxfp4 and placement.dequantize:
        arguments["quantization_config"] = transformers.Mxfp4Config(dequantize=True)
    try:
        with _reporting(on_progress):
            model, report = transformers.GptOssForCausalLM.from_pretrained(
                checkpoint.folder,
                device_map=placement.device_map,
                dtype=placement.dtype,
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
                **arguments,
            )
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, SafetensorError) as error:
        raise ModelLoadError(f"transformers cannot load {checkpoint.name}: {error}") from error
    if report["missing_keys"]:
        missing = sorted(report["missing_keys"])
        raise ModelLoadError(
            f"{checkpoint.name} lacks {len(missing)} of the model's weights, {missing[0]!r} for"
            " one; running it with random numbers instead would make no sense."
        )
    return Engine(
        model.eval(), checkpoint.windows, cache_bytes=cache_bytes, prefill_chunk=prefill_chunk
    )


def _default_budget(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0]) // 2
    return free_memory() // 4


@contextlib.contextmanager
def _reporting(on_progress: Progress | None) -> Iterator[None]:
    """Send transformers' progress bars to `on_progress` instead of stderr."""

    class Bar:
        """As much of tqdm as loading uses: iteration over the weights."""

        def __init__(self, items: Iterable[Any] = (), **kwargs: Any) -> None:
            self._items = list(items)

        def __iter__(self) -> Iterator[Any]:
            for done, item in enumerate(self._items):
                if on_progress is not None:
                    on_progress(done, len(self._items))
                yield item
            if on_progress is not None:
                on_progress(len(self._items), len(self._items))

        def __enter__(self) -> Bar:
            return self

        def __exit__(self, *error: object) -> None: ...

        def __getattr__(self, name: str) -> Callable[..., None]:
            return lambda *args, **kwargs: None

    previous = transformers_logging.set_tqdm_hook(lambda _, args, kwargs: Bar(*args, **kwargs))
    try:
        yield
    finally:
        transformers_logging.set_tqdm_hook(previous)
