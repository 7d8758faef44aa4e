"""A llama.cpp server within this process, for one GGUF file.

Knows the file's first lines, xllamacpp's settings and how to start and stop; the server listens on
this machine only, under a key that nobody else knows. Knows nothing of ids and requests.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import struct
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentkit.errors import ModelLoadError, UserError

_ARCHITECTURE = b"general.architecture"
_ERRORS_ONLY = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """How llama.cpp runs in this process.

    Args:
        threads: None for LLAMA_ARG_THREADS, as llama.cpp's own programs have it, or else one a
            core. Where other work keeps the cores busy, fewer are much faster: its threads wait for
            each other.
        parallel: replies computed at once; they share the context.
        gpu_layers: layers on a GPU, when the installed xllamacpp has one; None for all that fit.
    """

    threads: int | None = None
    parallel: int = 4
    gpu_layers: int | None = None


class EmbeddedServer:
    """llama.cpp's server over one file; nothing runs until `start`.

    Args:
        file: the GGUF.
        settings: see there.
        context_length: tokens of all replies together; None for all that the model can do and the
            memory holds.

    Attributes:
        key: what its requests must carry.

    Raises:
        UserError: `xllamacpp` is not installed.
        ModelLoadError: the file is no GGUF of a gpt-oss.
    """

    def __init__(self, file: Path, settings: Settings, context_length: int | None) -> None:
        if importlib.util.find_spec("xllamacpp") is None:
            raise UserError(
                "Running a GGUF file in this process needs xllamacpp: pip install"
                " 'agentkit[llamacpp]'."
            )
        check_file(file)
        self.key = secrets.token_hex(16)
        self._file, self._settings, self._context_length = file, settings, context_length
        self._server: Any = None
        self._stopped = False
        self._lock = threading.Lock()

    def start(self) -> str:
        """Load the file, unless that is done, and give the server's address; takes its time.

        Raises:
            ModelLoadError: llama.cpp cannot load it.
            UserError: it was stopped.
        """
        with self._lock:
            if self._stopped:
                raise UserError(f"The server of {self._file} is stopped.")
            if self._server is None:
                import xllamacpp

                try:
                    self._server = xllamacpp.Server(self._parameters())
                except (RuntimeError, ValueError, MemoryError) as error:
                    raise ModelLoadError(
                        f"llama.cpp could not load {self._file}: {error} Its own words are on"
                        " stderr, above. If memory is short, give a smaller context_length."
                    ) from None
            return str(self._server.listening_address)

    def stop(self) -> None:
        """End the server for good and free its memory; may be called twice."""
        with self._lock:
            self._stopped = True
            self._server = None

    def _parameters(self) -> Any:
        import xllamacpp

        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(self._file)
        parameters.hostnames = ["127.0.0.1"]
        parameters.port = 0
        parameters.api_keys = [self.key]
        parameters.ui = False
        parameters.verbosity = _ERRORS_ONLY
        parameters.n_ctx = self._context_length or 0
        parameters.n_parallel = self._settings.parallel
        parameters.kv_unified = True
        threads = self._settings.threads or _told_threads()
        if threads is not None:
            parameters.cpuparams.n_threads = threads
            parameters.cpuparams_batch.n_threads = threads
        if self._settings.gpu_layers is not None:
            parameters.n_gpu_layers = self._settings.gpu_layers
        return parameters


def _told_threads() -> int | None:
    told = os.environ.get("LLAMA_ARG_THREADS", "")
    return int(told) if told.isdecimal() and int(told) else None


def check_file(file: Path) -> None:
    """See that `file` begins as a GGUF of a gpt-oss (ggml-org/ggml, `docs/gguf.md`): magic,
    version, two counts, then keys with values, the architecture first.

    Raises:
        ModelLoadError: it does not.
    """
    try:
        with file.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise ModelLoadError(f"{file} cannot be read: {error.strerror}.") from None
    if head[:4] != b"GGUF":
        raise ModelLoadError(f"{file} is no GGUF file.")
    found = _architecture(head)
    if found not in (None, "gpt-oss"):
        raise ModelLoadError(
            f"{file} is a {found!r} model. agentkit speaks Harmony token by token, which only"
            " gpt-oss models were trained to do."
        )


def _architecture(head: bytes) -> str | None:
    """What the first key says; None when it is another key or cut off."""
    try:
        (length,) = struct.unpack_from("<Q", head, 24)
        if head[32 : 32 + length] != _ARCHITECTURE:
            return None
        (size,) = struct.unpack_from("<Q", head, 36 + length)
    except struct.error:
        return None
    return head[44 + length : 44 + length + size].decode("utf-8", "replace")
