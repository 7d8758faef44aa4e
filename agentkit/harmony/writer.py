"""Messages to ids, exactly as openai-harmony renders them.

Knows headers and end tokens; the words of system and developer messages are `prompt`'s. What a
message says is encoded as ordinary text. Which analysis is dropped is the conversation's
business, so nothing is dropped here.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

from agentkit.harmony.tokenizer import HarmonyTokenizer
from agentkit.harmony.vocabulary import CALL, CHANNEL, CONSTRAIN, END, MESSAGE, START
from agentkit.messages import Message

CONSTRAIN_NAME = "<|constrain|>"


def render(message: Message, tokenizer: HarmonyTokenizer) -> list[int]:
    """The ids of one message, from `<|start|>` to `<|end|>`, or `<|call|>` for a call."""
    body = tokenizer.encode(message.text)
    return [*_header(message, tokenizer), MESSAGE, *body, CALL if message.is_call else END]


def render_all(messages: Iterable[Message], tokenizer: HarmonyTokenizer) -> list[int]:
    """The ids of `messages`, one after the other."""
    return [token for message in messages for token in render(message, tokenizer)]


def reply_header(tokenizer: HarmonyTokenizer, channel: str | None = None) -> list[int]:
    """The ids that ask the assistant to speak: `<|start|>assistant`.

    Args:
        tokenizer: the vocabulary.
        channel: when given, the header is written whole, so that the model must speak on it.
    """
    ids = [START, *_words("assistant", tokenizer)]
    if channel is not None:
        ids += [CHANNEL, *_words(channel, tokenizer), MESSAGE]
    return ids


def _header(message: Message, tokenizer: HarmonyTokenizer) -> list[int]:
    recipient = f" to={message.recipient}" if message.recipient else ""
    speaker = message.author or message.role
    if message.layout == "role":
        ids = [START, *_words(speaker + recipient, tokenizer)]
        recipient = ""
    else:
        ids = [START, *_words(speaker, tokenizer)]
    if message.channel is not None:
        ids += [CHANNEL, *_words(message.channel + recipient, tokenizer)]
    return [*ids, *_content_type(message.content_type, tokenizer)]


def _content_type(content_type: str | None, tokenizer: HarmonyTokenizer) -> Sequence[int]:
    if content_type is None:
        return []
    if content_type.startswith(CONSTRAIN_NAME):
        name = content_type.removeprefix(CONSTRAIN_NAME)
        return [*_words(" ", tokenizer), CONSTRAIN, *_words(name, tokenizer)]
    return _words(f" {content_type}", tokenizer)


@functools.lru_cache(maxsize=1024)
def _words(text: str, tokenizer: HarmonyTokenizer) -> tuple[int, ...]:
    """Ids of what headers are made of: a handful of words, again and again."""
    return tuple(tokenizer.encode(text))
