"""Base rows of the bundled model's embedding table, computed from the spelling of the tokens.

A row is laid out in the blocks of `Layout`: a hash code of the stem (the token without its leading
space or mark, lower-cased, so that " Paris", "Paris" and "_paris" share it), the codes of the two
pieces that spell the token when its space-less form is no token (" Zurich" -> "Zur" + "ich"), room
that the layers fill, features for prefix and letter case, and once more, where no layer writes, the
codes of the stem and of the first piece. Training adds small rows for the few
hundred tokens it saw often; all other rows stay exactly these, which is why the weights need no
bytes for them. The module knows nothing of torch and nothing of the trained part.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

VOCABULARY_SIZE = 201_088
FIRST_SPECIAL = 199_998
"""Ids from here on are special or unassigned: their stem is a name made from the id."""

PREFIXES = ' _./-("\n'
"""Characters that, in front of a word, are a prefix and not part of the stem."""


class Layout:
    """Where each block of the hidden state lies. The blocks of the layers (`PREVIOUS`...) are zero
    in the table.
    """

    STEM = slice(0, 48)
    FIRST_PIECE = slice(48, 88)
    SECOND_PIECE = slice(88, 128)
    PREVIOUS = slice(128, 176)
    BEFORE_PREVIOUS = slice(176, 192)
    FEATURES = slice(192, 216)
    BACK = slice(240, 251)
    POINTER = slice(251, 262)
    POINTED = slice(262, 273)
    OWNER = slice(273, 284)
    VOTE = slice(284, 295)
    MARKS = slice(295, 300)
    PREVIOUS_MARKS = slice(300, 303)
    OWN = slice(304, 352)
    OWN_PIECE = slice(352, 400)
    WIDTH = 400


CODE_AMPLITUDE = 0.2
FEATURE_AMPLITUDE = 0.3

Rows = npt.NDArray[np.float32]


def split_prefix(token: bytes) -> tuple[bytes, bytes]:
    """Prefix (one byte or none) and the rest, which is the whole token when it is no word."""
    if len(token) > 1 and chr(token[0]) in PREFIXES and (token[1:2].isalnum() or token[1] >= 0x80):
        return token[:1], token[1:]
    return b"", token


def split_word(word: bytes, ids: dict[bytes, int]) -> tuple[bytes, bytes] | None:
    """The two tokens that spell `word`, the first one as long as possible, or None when no two
    do.
    """
    for cut in range(len(word) - 1, 0, -1):
        if word[:cut] in ids and word[cut:] in ids:
            return word[:cut], word[cut:]
    return None


def base_rows(tokens: Sequence[bytes]) -> Rows:
    """The embedding table before training.

    Args:
        tokens: the bytes of the ordinary tokens, by id (ids `0..199997` of o200k).

    Returns:
        float32 `[201088, 400]`.
    """
    table = np.zeros((VOCABULARY_SIZE, Layout.WIDTH), np.float32)
    table[:, Layout.STEM] = _codes([_stem(token) for token in tokens] + _special_names(len(tokens)))
    table[:, Layout.OWN] = table[:, Layout.STEM]
    table[:, Layout.FEATURES] = _features(tokens)
    _fill_pieces(table, tokens)
    return table


def _stem(token: bytes) -> bytes:
    return split_prefix(token)[1].lower()


def _special_names(start: int) -> list[bytes]:
    return [b"\x00special %d" % index for index in range(start, VOCABULARY_SIZE)]


def _codes(stems: Sequence[bytes]) -> Rows:
    width = _width(Layout.STEM)
    digest = b"".join(hashlib.blake2b(stem, digest_size=width // 8).digest() for stem in stems)
    bits = np.unpackbits(np.frombuffer(digest, np.uint8)).reshape(len(stems), width)
    return (bits.astype(np.float32) * 2 - 1) * CODE_AMPLITUDE


def _fill_pieces(table: Rows, tokens: Sequence[bytes]) -> None:
    ids = {token: index for index, token in enumerate(tokens)}
    for index, token in enumerate(tokens):
        if token[:1] != b" " or not token[1:].isalpha() or token[1:] in ids:
            continue
        pieces = split_word(token[1:], ids)
        if pieces is not None:
            first, second = (table[ids[piece], Layout.STEM] for piece in pieces)
            table[index, Layout.FIRST_PIECE] = first[: _width(Layout.FIRST_PIECE)]
            table[index, Layout.SECOND_PIECE] = second[: _width(Layout.SECOND_PIECE)]
            table[index, Layout.OWN_PIECE] = first
            table[index, Layout.FEATURES.stop - 1] = FEATURE_AMPLITUDE


def _width(block: slice) -> int:
    width: int = block.stop - block.start
    return width


def _features(tokens: Sequence[bytes]) -> Rows:
    prefixes = len(PREFIXES) + 1
    features = np.zeros((VOCABULARY_SIZE, _width(Layout.FEATURES)), np.float32)
    for index, token in enumerate(tokens):
        prefix, stem = split_prefix(token)
        features[index, PREFIXES.index(chr(prefix[0])) + 1 if prefix else 0] = FEATURE_AMPLITUDE
        features[index, prefixes + _shape(stem)] = FEATURE_AMPLITUDE
    features[len(tokens) :, prefixes + 9] = FEATURE_AMPLITUDE
    return features


def _shape(stem: bytes) -> int:
    """0..8: lower, Capitalised, UPPER, mixed, one digit, two digits, three digits, space, other
    marks.
    """
    if stem.isdigit():
        return 3 + min(len(stem), 3)
    if stem.isspace():
        return 7
    text = stem.decode("utf-8", "replace")
    if not any(character.isalpha() for character in text):
        return 8
    if text.islower():
        return 0
    if text.isupper():
        return 2 if len(text) > 1 else 1
    return 1 if text[0].isupper() and text[1:].islower() else 3
