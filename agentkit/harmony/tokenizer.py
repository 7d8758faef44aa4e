"""Text to ids and back in o200k_harmony.

`encode` knows ordinary text only: whatever a user, a page or a tool says, no id it gives is a
special token. Encoding is openai-harmony's; decoding reads the vocabulary's own byte table, so
that a reader can work id by id and never split a character.
"""

from __future__ import annotations

import base64
import functools
import os
import re
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from agentkit.harmony import vocabulary
from agentkit.harmony.vocabulary import SPECIAL_NAMES

_RUN = re.compile(r"\S+|\s+")
_LONGEST_RUN = 2000
_environment_lock = threading.Lock()


class HarmonyTokenizer:
    """o200k_harmony over one vocabulary file; `load_tokenizer` gives the shared one.

    Args:
        path: the checked `o200k_base.tiktoken`.

    Attributes:
        path: the same.
        table: the bytes of each ordinary id.
        encoding: openai-harmony's own encoding over the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.table = _byte_table(path)
        self.encoding = _load_encoding(path)

    def encode(self, text: str) -> list[int]:
        """Ids of `text` as ordinary text; `<|end|>` in it stays seven characters.

        Lone surrogates, which no tokenizer can spell, become U+FFFD. Runs of more than
        2,000 characters with no white space, or of nothing else, are encoded piece by piece:
        byte-pair merging takes quadratic time in their length.
        """
        try:
            return [token for part in _parts(text) for token in self._encode(part)]
        except UnicodeEncodeError:
            return self.encode(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))

    def _encode(self, text: str) -> list[int]:
        return self.encoding.encode(text, disallowed_special=())  # type: ignore[no-any-return]

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of `ids`; special and unknown ids give their names."""
        return b"".join(map(self.token_bytes, ids))

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`, with special tokens by name and bad UTF-8 as U+FFFD."""
        return self.decode_bytes(ids).decode("utf-8", "replace")

    def token_bytes(self, token: int) -> bytes:
        """The bytes of one id; its name for a special or unknown one."""
        if 0 <= token < len(self.table):
            return self.table[token]
        return SPECIAL_NAMES.get(token, f"<|reserved_{token}|>").encode()

    def encode_with_specials(self, text: str) -> list[int]:
        """Ids of trusted text whose special tokens are spelled out, for scripts and tests.

        Never for text that comes from a user, a page, a tool or a model.
        """
        names = frozenset(SPECIAL_NAMES.values())
        return self.encoding.encode(text, allowed_special=names)  # type: ignore[no-any-return]


@functools.lru_cache(maxsize=4)
def load_tokenizer(
    path: str | Path | None = None, checkpoint: str | Path | None = None
) -> HarmonyTokenizer:
    """The tokenizer, loaded once per process.

    Args:
        path: an explicit vocabulary file or folder.
        checkpoint: a model folder to rebuild the vocabulary from.

    Raises:
        VocabularyError: no vocabulary; see `find_vocabulary`.
    """
    return _tokenizer_at(vocabulary.find_vocabulary(path, checkpoint))


@functools.lru_cache(maxsize=4)
def _tokenizer_at(path: Path) -> HarmonyTokenizer:
    return HarmonyTokenizer(path)


def _parts(text: str) -> list[str]:
    """`text` cut within runs that are too long to merge; whole if there are none."""
    if len(text) <= _LONGEST_RUN:
        return [text]
    cuts = [
        cut
        for run in _RUN.finditer(text)
        for cut in range(run.start() + _LONGEST_RUN, run.end(), _LONGEST_RUN)
    ]
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def _byte_table(path: Path) -> list[bytes]:
    return [base64.b64decode(line.split(b" ", 1)[0]) for line in path.read_bytes().splitlines()]


def _load_encoding(path: Path) -> Any:
    """openai-harmony's encoding over our file: it reads the folder from the environment."""
    import openai_harmony

    with _environment_lock:
        before = os.environ.get("TIKTOKEN_ENCODINGS_BASE")
        os.environ["TIKTOKEN_ENCODINGS_BASE"] = str(_folder_with_plain_name(path))
        try:
            return openai_harmony.load_harmony_encoding("HarmonyGptOss")
        finally:
            if before is None:
                del os.environ["TIKTOKEN_ENCODINGS_BASE"]
            else:
                os.environ["TIKTOKEN_ENCODINGS_BASE"] = before


def _folder_with_plain_name(path: Path) -> Path:
    """The folder of `path`; the library insists on the file's usual name."""
    if path.name == vocabulary.FILE_NAME:
        return path.parent
    return vocabulary.store(path.read_bytes()).parent
