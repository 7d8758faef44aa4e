"""A gpt-oss in memory: loads it, and computes ids of several sequences in one pass.

Knows torch and transformers, the KV caches of sessions, and what can go wrong while computing. It
is synchronous and belongs to one thread; which ids are computed when is `batching`'s. Not covered:
devices other than those transformers' `device_map` spreads a model over.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import torch
import transformers
from safetensors import SafetensorError
from transformers.utils import logging as transformers_logging

from agentkit.errors import BackendError, ModelLoadError
from agentkit.models.checkpoint import Checkpoint
from agentkit.models.graphs import DecodeGraphs, NotRecorded
from agentkit.models.hardware import Placement, free_memory
from agentkit.models.kv_cache import SessionCaches
from agentkit.models.parallel import Followers, plan
from agentkit.models.ragged import ATTENTION, Segment, forward, install

_LOG = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


class Engine:
    """A loaded model with the KV caches of its sessions.

    Args:
        model: a `GptOssForCausalLM` that `ragged.install` was called for.
        windows: for each layer its sliding window; see `KVCache`.
        cache_bytes: most bytes that KV caches take; None takes half of the memory that is free now
            on a GPU, a quarter on a CPU.
        prefill_chunk: most ids computed in one step, unless there are more calls than that.
        followers: the other processes, when the model is shared among several.
        graphs: records decoding steps, where that is wanted.
    """

    def __init__(
        self,
        model: Any,
        windows: Sequence[int | None],
        *,
        cache_bytes: int | None = None,
        prefill_chunk: int = 512,
        followers: Followers | None = None,
        graphs: DecodeGraphs | None = None,
    ) -> None:
        self.device: torch.device = model.get_input_embeddings().weight.device
        self.caches = SessionCaches(
            windows, _default_budget(self.device) if cache_bytes is None else cache_bytes
        )
        self.model = model
        self.prefill_chunk = prefill_chunk
        self._followers = followers
        self._graphs = graphs
        config = model.config
        self.bytes_per_token: int = (
            2 * len(windows) * config.num_key_value_heads * config.head_dim * model.dtype.itemsize
        )
        """What the KV cache of one token takes."""

    def compute(self, segments: Sequence[Segment]) -> list[torch.Tensor | BackendError]:
        """Compute the ids of all segments, in one pass of the model.

        When the pass fails, each segment is tried in a pass of its own. The caches of segments that
        fail are as they were; when memory was short, those of idle sessions are gone.

        Returns:
            For each segment the logits of the id after its last, [vocabulary], or why there are
            none.
        """
        found = self._attempt(segments)
        if isinstance(found, OutOfMemory) and self._free_idle():
            found = self._attempt(segments)
        if isinstance(found, torch.Tensor):
            return list(found)
        if len(segments) == 1:
            return [found]
        return [result for segment in segments for result in self.compute([segment])]

    def close(self) -> None:
        """Drop the weights and all caches, and give a GPU's memory back."""
        self.caches.clear()
        self._graphs = None
        del self.model
        if self._followers is not None:
            self._followers.close()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    @torch.inference_mode()
    def _attempt(self, segments: Sequence[Segment]) -> torch.Tensor | BackendError:
        lengths = [len(segment.cache.ids) for segment in segments]
        total = sum(lengths) + sum(len(segment.ids) for segment in segments)
        try:
            if self._followers is not None:
                self._followers.announce(segments)
            return self._forward(segments)
        except BackendError as error:
            return error
        except torch.OutOfMemoryError as error:
            failure: BackendError = OutOfMemory(
                f"Out of memory at {total:,} tokens of context on {self.device}; the caches of idle"
                " sessions were freed. Use a shorter context, a smaller prefill_chunk, max_batch or"
                " cache_bytes, or a larger GPU."
            )
            cause: Exception = error
        except RuntimeError as error:
            failure = BackendError(f"The model failed at token {total:,}: {error}")
            cause = error
        if self._followers is not None:
            failure = BackendError(self._followers.fail(failure))
        # The traceback would keep all that the pass had computed in memory.
        failure.__cause__ = cause.with_traceback(None)
        for segment, length in zip(segments, lengths, strict=True):
            segment.cache.rewind(length)
        return failure

    def _forward(self, segments: Sequence[Segment]) -> torch.Tensor:
        """A recorded step where there is one, else the model's own."""
        if self._graphs is not None and self._graphs.takes(segments):
            try:
                self._graphs.prepare(len(segments))
                return self._graphs.forward(segments)
            except NotRecorded as error:
                self._graphs = None
                _LOG.warning("Decoding goes on without CUDA graphs: %s", error)
        return forward(self.model, segments)

    def _free_idle(self) -> bool:
        """Drop the caches of idle sessions; whether that freed anything."""
        held = self.caches.bytes_held
        self.caches.clear()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        return held > 0


class OutOfMemory(BackendError):
    """A pass of the model needed more memory than there is."""


def load_engine(
    checkpoint: Checkpoint,
    placement: Placement,
    *,
    cache_bytes: int | None,
    prefill_chunk: int,
    options: Mapping[str, Any],
    on_progress: Progress | None,
    recorded_calls: int = 0,
) -> Engine:
    """Load the checkpoint, in several processes if so placed; arguments as `TransformersModel`'s.

    Args:
        recorded_calls: record decoding steps of up to so many calls as CUDA graphs.

    Raises:
        ModelLoadError: see `load_weights`; the processes did not find one another; or the steps of
            this model cannot be recorded.
        UserError: the processes cannot be started with these options, or in this process.
    """
    followers = None
    if placement.processes > 1:
        task = {
            "folder": str(checkpoint.folder.resolve()),
            "dtype": placement.dtype,
            "dequantize": placement.dequantize,
            "options": dict(options),
        }
        followers = Followers(placement.processes, task)
    try:
        model = load_weights(checkpoint, placement, options, on_progress)
    except ModelLoadError as error:
        if followers is not None:
            error = ModelLoadError(followers.fail(error))
            followers.close()
        raise error
    return Engine(
        model,
        checkpoint.windows,
        cache_bytes=cache_bytes,
        prefill_chunk=prefill_chunk,
        followers=followers,
        graphs=_graphs(model, recorded_calls) if recorded_calls else None,
    )


def _graphs(model: Any, most: int) -> DecodeGraphs:
    places = {parameter.device for parameter in model.parameters()}
    if len(places) > 1 or next(iter(places)).type != "cuda":
        where = " and ".join(sorted(map(str, places)))
        raise ModelLoadError(
            f"cuda_graphs needs the whole model on one CUDA GPU; it is on {where}."
        )
    if model.config._attn_implementation != ATTENTION:
        raise ModelLoadError("cuda_graphs needs the attention that is used without options.")
    return DecodeGraphs(model, most)


def load_weights(
    checkpoint: Checkpoint,
    placement: Placement,
    options: Mapping[str, Any],
    on_progress: Progress | None = None,
) -> Any:
    """Load the checkpoint with transformers and accelerate, ready for `ragged.forward`.

    Raises:
        ModelLoadError: transformers refuses the checkpoint, or weights are missing in it.
    """
    arguments = dict(options)
    if placement.processes > 1:
        arguments["distributed_config"] = plan(
            placement.processes, bool(checkpoint.config["tie_word_embeddings"])
        )
    else:
        arguments["device_map"] = placement.device_map
    if checkpoint.is_mxfp4 and placement.dequantize:
        arguments["quantization_config"] = transformers.Mxfp4Config(dequantize=True)
    try:
        with _reporting(on_progress):
            model, report = transformers.GptOssForCausalLM.from_pretrained(
                checkpoint.folder,
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
    install(model)
    return model.eval()


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
