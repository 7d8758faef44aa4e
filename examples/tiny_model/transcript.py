"""Episodes as training data: which ids the model reads and which it has to write.

An `Episode` is a prompt and its messages; `encode` renders it exactly as agentkit does and marks
the assistant ids to be learned. A value that the assistant copies stands between `copy()` marks: it
keeps the tokens it has in its source (" Zurich" -> "Zur" + "ich", not the canonical "Z" + "urich"),
so that copying is one habit for all words, and a parameter's name those of its declaration ("sides"
-> " s" + "ides"), by which the next one is found. The string is the same either way.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from agentkit.harmony import writer
from agentkit.harmony.prompt import Prompt
from agentkit.harmony.tokenizer import HarmonyTokenizer
from agentkit.harmony.vocabulary import CALL, CHANNEL, CONSTRAIN, END, MESSAGE, RETURN, START
from agentkit.messages import Channel, Message
from agentkit.models.tiny.codes import split_word

OPEN, CLOSE = "\ue000", "\ue001"


def copy(value: object) -> str:
    """Mark `value` as copied from an earlier message."""
    return f"{OPEN}{value}{CLOSE}"


def plain(text: str) -> str:
    """`text` without its marks."""
    return text.replace(OPEN, "").replace(CLOSE, "")


@dataclass(frozen=True, slots=True)
class Line:
    """A message of an episode.

    Args:
        message: what is said; an assistant's text may have `copy` marks.
        learn: the model is to write it (else it only reads it).
    """

    message: Message
    learn: bool = False


@dataclass(frozen=True, slots=True)
class Episode:
    """A training example: a conversation behind a prompt.

    Args:
        skill: which skill it exercises.
        prompt: what stands before the conversation.
        lines: the conversation.
        pages: HTML by address: what the browser finds.
    """

    skill: str
    prompt: Prompt
    lines: tuple[Line, ...]
    pages: tuple[tuple[str, str], ...] = ()

    def system(self) -> str:
        """The system message: episodes of one batch share it."""
        return self.prompt.system_text()


@dataclass(frozen=True, slots=True)
class Encoded:
    """Ids after the system message, and for each position the id to predict there (-1: none)."""

    ids: list[int]
    targets: list[int]


def is_built_in(tool: str) -> bool:
    """Whether a tool is called on the analysis channel, by its own name."""
    return tool == "python" or tool.startswith("browser.")


def call(tool: str, body: str) -> Message:
    """An assistant's call as the model samples it: recipient after the channel."""
    if is_built_in(tool):
        return Message("assistant", body, "analysis", tool, content_type="code", layout="channel")
    return Message(
        "assistant",
        body,
        "commentary",
        f"functions.{tool}",
        content_type="<|constrain|>json",
        layout="channel",
    )


def result(tool: str, text: str) -> Message:
    """A tool's answer to `call`."""
    channel: Channel = "analysis" if is_built_in(tool) else "commentary"
    author = tool if is_built_in(tool) else f"functions.{tool}"
    return Message("tool", text, channel, "assistant", author)


def encode(episode: Episode, tokenizer: HarmonyTokenizer) -> Encoded:
    """Ids and targets of everything behind the system message."""
    encoder = _Encoder(tokenizer)
    if developer := episode.prompt.developer_text():
        encoder.read(Message("developer", developer))
    for line in episode.lines:
        if line.message.role == "assistant":
            encoder.write(line.message, line.learn)
        else:
            encoder.read(line.message)
    return Encoded(encoder.ids, encoder.targets)


class _Encoder:
    def __init__(self, tokenizer: HarmonyTokenizer) -> None:
        self.tokenizer = tokenizer
        self.ids: list[int] = []
        self.targets: list[int] = []
        self.sources: list[tuple[str, list[int]]] = []  # texts and how they are spelled
        self.speaking = False

    def read(self, message: Message) -> None:
        """Append a message that is only read."""
        self._append(writer.render(message, self.tokenizer))
        self.sources.append((message.text, self.tokenizer.encode(message.text)))

    def write(self, message: Message, learn: bool) -> None:
        """Append an assistant message.

        `<|start|>assistant` is given after a user or a tool; after analysis the model writes it.
        """
        opening = [START, *self.tokenizer.encode("assistant")]
        if self.speaking:
            self.targets[-1] = opening[0]
        self._append(opening)
        if self.speaking:
            self.targets[-len(opening) : -1] = opening[1:]
        self.speaking = learn and message.channel == "analysis" and not message.is_call
        body = self._spell(message.text)
        end = CALL if message.is_call else RETURN if message.channel == "final" else END
        sampled = [*self._header(message), MESSAGE, *body, end]
        if learn:
            self.targets[-1] = sampled[0]
        stored = [*sampled[:-1], END] if end == RETURN else sampled
        self.ids += stored
        self.targets += [*sampled[1:], -1] if learn else [-1] * len(stored)
        self.sources.append((plain(message.text), body))

    def _append(self, ids: list[int]) -> None:
        self.ids += ids
        self.targets += [-1] * len(ids)

    def _header(self, message: Message) -> list[int]:
        encode = self.tokenizer.encode
        if message.recipient is None:
            return [CHANNEL, *encode(message.channel or "final")]
        if is_built_in(message.recipient):
            return [CHANNEL, *encode(f"analysis to={message.recipient} code")]
        name = message.recipient.removeprefix("functions.")
        spelled = self._copied(name, self.tokenizer.encode(name), spaced=False)
        head = encode("commentary to=functions") + encode(".")
        return [CHANNEL, *head, *spelled, *encode(" "), CONSTRAIN, *encode("json")]

    def _spell(self, text: str) -> list[int]:
        ids: list[int] = []
        for index, part in enumerate(text.replace(CLOSE, OPEN).split(OPEN)):
            if index % 2 == 0:
                following = text.replace(CLOSE, OPEN).split(OPEN)
                last = index + 1 < len(following)
                spaced = last and part.endswith(" ")
                ids += self.tokenizer.encode(part[:-1] if spaced else part)
            else:
                previous = text.replace(CLOSE, OPEN).split(OPEN)[index - 1]
                spaced = previous.endswith(" ")
                canonical = self.tokenizer.encode(f" {part}" if spaced else part)
                ids += self._copied(part, canonical, spaced)
        return ids

    def _copied(self, value: str, canonical: list[int], spaced: bool) -> list[int]:
        """The ids of `value` as its source has them, or the canonical ones where that is what
        copying gives.
        """
        if declared := self._declared(value, spaced):
            return declared
        found = [
            self._spelling(source, ids, source.find(value), value, spaced)
            for source, ids in reversed(self.sources)
            if value and value in source
        ]
        spellings = [spelling for spelling in found if spelling is not None]
        if not spellings or canonical in spellings:
            return canonical
        return spellings[0]

    def _declared(self, name: str, spaced: bool) -> list[int] | None:
        """The ids of a parameter's name as its declaration has them."""
        for source, ids in self.sources:
            for mark in (":", "?:"):
                line = source.find(f"\n{name}{mark}")
                if line >= 0:
                    return self._spelling(source, ids, line + 1, name, spaced)
        return None

    def _spelling(
        self, source: str, ids: list[int], start: int, value: str, spaced: bool
    ) -> list[int] | None:
        pieces = self._covering(source, ids, start, start + len(value))
        if pieces is None:
            return None
        head = self._fit(pieces[0], spaced)
        return None if head is None else head + pieces[1]

    def _covering(
        self, source: str, ids: list[int], start: int, stop: int
    ) -> tuple[bytes, list[int]] | None:
        """The tokens of `source` over `[start, stop)`: bytes of the first without its space, ids of
        the others.
        """
        low, high = len(source[:start].encode()), len(source[:stop].encode())
        position = 0
        first: bytes | None = None
        rest: list[int] = []
        for token in ids:
            piece = self.tokenizer.token_bytes(token)
            end = position + len(piece)
            if first is None and end > low:
                if position + (piece[:1] in (b" ", b"_", b".", b"#", b'"', b"/", b"@")) not in (
                    low,
                    low + (position == low),
                ):
                    return None
                first = piece[low - position :] if position <= low else piece
            elif first is not None and position < high:
                rest.append(token)
            position = end
            if position >= high:
                break
        if first is None or position != high:
            return None
        return first, rest

    def _fit(self, word: bytes, spaced: bool) -> list[int] | None:
        """The ids that spell the first piece with or without a space before it."""
        ids = _ids(self.tokenizer)
        if spaced:
            if b" " + word in ids and not word.isdigit():
                return [ids[b" " + word]]
            return [ids[b" "], ids[word]] if word in ids else None
        if word in ids:
            return [ids[word]]
        split = split_word(word, ids)
        return [ids[split[0]], ids[split[1]]] if split else None


_TABLES: dict[int, dict[bytes, int]] = {}


def _ids(tokenizer: HarmonyTokenizer) -> dict[bytes, int]:
    key = id(tokenizer)
    if key not in _TABLES:
        _TABLES[key] = {token: index for index, token in enumerate(tokenizer.table)}
    return _TABLES[key]


def without_learning(lines: Iterable[Line]) -> list[Line]:
    """The same lines as history: closed turns lose their analysis, nothing is learned."""
    return [replace(line, learn=False) for line in lines if line.message.channel != "analysis"]


def joined(earlier: list[Line]) -> list[Line]:
    """Earlier lines as history; they are still learned from when nothing of them was dropped."""
    return (
        earlier
        if all(line.message.channel != "analysis" for line in earlier)
        else without_learning(earlier)
    )
