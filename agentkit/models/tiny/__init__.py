"""The bundled model: a small gpt-oss, trained by `examples/tiny_model`, unpacked at first use.

`checkpoint()` turns the compact weights beside this file into a folder that
`GptOssForCausalLM.from_pretrained` loads. The folder lies in the user's cache under a name made
from a hash of what it was made from, and appears whole or not at all, so any number of processes
may ask for it at once. Folders of other versions go once nobody has asked for them for a month.
Needs numpy and safetensors, not torch.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import platformdirs

WEIGHTS = Path(__file__).with_name("weights.npz")
"""The compact weights as shipped."""

_FORGOTTEN = 30 * 24 * 3600
"""Seconds after which a folder of another version that nobody asked for is removed."""


def checkpoint() -> Path:
    """The folder of the unpacked bundled model; unpacked now if it is not there yet.

    Raises:
        VocabularyError: the vocabulary, which the embedding table is made from, was not found.
        OSError: the cache folder cannot be written.
    """
    folder = cache_folder() / f"tiny-{_fingerprint()}"
    if not folder.is_dir():
        _unpack_into(folder)
        _remove_forgotten()
    with suppress(OSError):  # a cache that is read-only serves as well
        os.utime(folder)
    return folder


def cache_folder() -> Path:
    """The user's cache folder for unpacked models; not created here."""
    return platformdirs.user_cache_path("agentkit") / "models"


def _fingerprint() -> str:
    """A hash of all that decides the folder's contents: the weights and the code that unpacks."""
    digest = hashlib.sha256()
    for name in ("weights.npz", "codes.py", "expand.py"):
        digest.update(WEIGHTS.with_name(name).read_bytes())
    return digest.hexdigest()[:16]


def _remove_forgotten() -> None:
    oldest = time.time() - _FORGOTTEN
    for folder in cache_folder().glob("tiny-*"):
        with suppress(OSError):  # another process may be removing it, too
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)


def _unpack_into(folder: Path) -> None:
    from agentkit.harmony.tokenizer import load_tokenizer
    from agentkit.models.tiny.expand import expand

    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        expand(WEIGHTS, load_tokenizer().table, fresh)
        fresh.chmod(0o755)
        os.rename(fresh, folder)
    except OSError:
        # Another process was first: a folder that is not empty cannot be replaced.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
