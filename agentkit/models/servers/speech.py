"""What a message-level server says, written down in the ids gpt-oss would have sampled.

`Scribe` takes parts of reasoning, text and calls as they come and gives Harmony ids at once, so
that whoever reads them cannot tell the server from a model. It knows no server's API: `wire`
modules turn their events into this module's pieces. All text is encoded as ordinary text: nothing a
server says becomes a special token. The ids are not those that the server's model sampled.

- Calls end a reply. The first is written as it comes; its end, and all further ones, with the end
  of the reply, since whoever samples may stop reading at the first `<|call|>`.
- What is said after a call would be written without its result, and is left out.
- Text before a call cannot be known for a preamble while it comes, unless the server says so or the
  reply must end in a call: it is written as an answer, which a call then makes void.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sized
from dataclasses import dataclass

from pydantic_core import from_json

from agentkit.errors import BackendError
from agentkit.harmony.tokenizer import HarmonyTokenizer
from agentkit.harmony.vocabulary import CALL, END, MESSAGE, RETURN
from agentkit.harmony.writer import render, reply_header
from agentkit.messages import Channel, Message
from agentkit.models.servers.function_names import CODE, FunctionNames
from agentkit.models.servers.refusals import Refusals

_BUILT_IN = re.compile(r"(?:python|browser|container)(?:\.|\Z)")
_UNREAD = re.compile(
    r"\s*(?:<\|start\|>assistant)?<\|channel\|>(?:analysis|commentary|final)"
    r"|(?:analysis|commentary|final)<\|message\|>"
    r"|analysis[^\s.,:;-].*assistant(?:final|commentary)",
    re.DOTALL,
)
_SUSPICIOUS = 4_000
"""So many characters of an answer are looked at for Harmony that the server did not read."""


_MOST_ITEMS = 1_000
_MOST_TOKENS = 2**31
_LONGEST_LIVE = 100_000
"""Characters of arguments whose code is read while they come, each time from the beginning."""


@dataclass(frozen=True, slots=True)
class ThoughtPart:
    """A part of the reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class TextPart:
    """A part of what is said to the user; `preamble` when the server says that more follows."""

    text: str
    preamble: bool = False


@dataclass(frozen=True, slots=True)
class CallPart:
    """A part of a call.

    Args:
        key: tells the calls of one reply apart.
        name: the function, as the API names it; empty in all parts but the first.
        text: the next part of the arguments.
    """

    key: int
    name: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a reply cost, in the server's tokens."""

    prompt_tokens: int
    cached_tokens: int = 0

    @classmethod
    def told(cls, prompt_tokens: int, cached_tokens: int | None) -> Cost:
        """As a server tells it, brought within what can be."""
        prompt_tokens = min(max(prompt_tokens, 0), _MOST_TOKENS)
        return cls(prompt_tokens, min(max(cached_tokens or 0, 0), prompt_tokens))


@dataclass(frozen=True, slots=True)
class Over:
    """The reply is over; `cut` when a limit on its length ended it."""

    cut: bool = False
    cost: Cost | None = None


Piece = ThoughtPart | TextPart | CallPart | Over


@dataclass(slots=True)
class _Call:
    recipient: str
    text: str = ""
    written: int = 0
    """Characters of the body that are ids already."""
    broken: bool = False
    """The code in the arguments cannot be read while it comes, or no longer."""


class Scribe:
    """Writes down one reply.

    Args:
        tokenizer: the vocabulary.
        names: the names of the tools.
        opened: the channel of a header that the prompt has opened; if it is `final`, only the
            answer is written.
        header_open: the prompt ends with `<|start|>assistant`.
        must_call: text can only be a preamble.
    """

    def __init__(
        self,
        tokenizer: HarmonyTokenizer,
        names: FunctionNames,
        *,
        opened: Channel | None = None,
        header_open: bool = True,
        must_call: bool = False,
    ) -> None:
        self._tokenizer = tokenizer
        self._names = names
        self._only_answer = opened == "final"
        self._channel = opened
        self._header_open = header_open
        self._text_channel: Channel = "commentary" if must_call else "final"
        self._calls: dict[int, _Call] = {}
        self._half = ""
        self._answer = ""

    def write(self, piece: Piece) -> list[int]:
        """The ids that a piece brings; none while a part is held back.

        Raises:
            BackendError: the text is Harmony that the server has not read.
        """
        match piece:
            case ThoughtPart(text):
                return self._say("analysis", text)
            case TextPart(text, preamble):
                self._look(text)
                return self._say("commentary" if preamble else self._text_channel, text)
            case CallPart():
                return self._call(piece)
            case Over(cut):
                return self._end(cut)

    def _say(self, channel: Channel, text: str) -> list[int]:
        if not text or self._calls:
            return []
        if self._only_answer:
            if channel == "analysis":
                return []
            channel = "final"
        header = []
        if self._channel != channel:
            header = [*self._close_text(), *self._header(Message("assistant", "", channel))]
            self._channel = channel
        return [*header, *self._encode(text)]

    def _call(self, part: CallPart) -> list[int]:
        if self._only_answer:
            return []
        call = self._calls.get(part.key)
        ids = []
        if call is None:
            call = self._calls[part.key] = _Call(self._names.decode(part.name))
            if len(self._calls) == 1:
                ids = [*self._close_text(), *self._call_header(call)]
        call.text += part.text
        if call is next(iter(self._calls.values())):
            ids += self._call_body(call)
        return ids

    def _call_body(self, call: _Call) -> list[int]:
        """What can be written of a call that is still coming."""
        if not self._names.takes_code(call.recipient):
            body: str | None = call.text
        else:
            call.broken = call.broken or len(call.text) > _LONGEST_LIVE
            body = None if call.broken else _code_so_far(call.text)
            call.broken = body is None and bool(call.text.strip())
        return self._rest(call, body or "")

    def _rest(self, call: _Call, body: str) -> list[int]:
        fresh = body[call.written :]
        call.written = max(call.written, len(body))
        return self._encode(fresh)

    def _end(self, cut: bool) -> list[int]:
        if not self._calls:
            ids = self._last_half()
            if cut:
                return ids
            return [*ids, RETURN]
        ids = []
        for number, call in enumerate(self._calls.values()):
            if number:
                ids += self._call_header(call)
            whole = number < len(self._calls) - 1 or not cut
            ids += self._rest(call, self._body(call, whole))
            ids += self._last_half()
            if whole:
                ids.append(CALL)
                self._header_open = False
        return ids

    def _body(self, call: _Call, whole: bool) -> str:
        """A call's body as gpt-oss writes it: its arguments, or the code in them."""
        if not self._names.takes_code(call.recipient):
            return call.text
        code = _code_in(call.text) if whole else _code_so_far(call.text)
        # Once code was written, arguments that turn out to be no JSON cannot be written instead.
        if code is None and call.written:
            return ""
        return call.text if code is None else code

    def _close_text(self) -> list[int]:
        if self._channel is None:
            return []
        self._channel = None
        self._header_open = False
        return [*self._last_half(), END]

    def _call_header(self, call: _Call) -> list[int]:
        built_in = _BUILT_IN.match(call.recipient) is not None
        return self._header(
            Message(
                "assistant",
                "",
                "analysis" if built_in else "commentary",
                call.recipient,
                content_type="code" if built_in else "<|constrain|>json",
                layout="channel",
            )
        )

    def _header(self, message: Message) -> list[int]:
        ids = render(message, self._tokenizer)
        ids = ids[: ids.index(MESSAGE) + 1]
        if self._header_open:
            ids = ids[len(reply_header(self._tokenizer)) :]
        self._header_open = False
        return ids

    def _encode(self, text: str) -> list[int]:
        """Ids of the next part of a text; half of a surrogate pair waits for the other half."""
        text = self._half + text
        self._half = ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return self._tokenizer.encode(text) if text else []

    def _last_half(self) -> list[int]:
        half, self._half = self._half, ""
        return self._tokenizer.encode(half) if half else []

    def _look(self, text: str) -> None:
        """See whether the server gives Harmony as text, having read none of it."""
        if len(self._answer) > _SUSPICIOUS:
            return
        self._answer += text
        if _UNREAD.match(self._answer):
            raise BackendError(
                "The server gives gpt-oss's raw output as text: it does not read Harmony. Start it"
                " with its parsers for gpt-oss (vLLM: --tool-call-parser openai"
                " --enable-auto-tool-choice --reasoning-parser openai_gptoss; llama.cpp: --jinja"
                " --reasoning-format auto), or use a token-exact model class for it."
            )


def check_count(items: Sized, refusals: Refusals) -> None:
    """See that a reply has room for one more item or call.

    Raises:
        BackendError: it has not.
    """
    if len(items) >= _MOST_ITEMS:
        raise BackendError(f"{refusals.address} puts more than {_MOST_ITEMS} items in one reply.")


def _code_in(arguments: str) -> str | None:
    """The code in whole arguments; None when they do not hold it where they should."""
    try:
        value = json.loads(arguments, strict=False)
    except (ValueError, RecursionError):
        return None
    code = value.get(CODE) if isinstance(value, dict) else None
    return code if isinstance(code, str) else None


def _code_so_far(arguments: str) -> str | None:
    """The code in arguments that are still coming; None when they cannot be read."""
    try:
        value = from_json(arguments, allow_partial="trailing-strings")
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    code = value.get(CODE, "")
    return code if isinstance(code, str) else None
