"""What an agent thought and did besides, noted in the trial's record in the order it happened.

Takes the events of a run. Calls of the domain's tools are not its business, for the toolbox records
them; reasoning, preambles, calls of the agent's own tools, calls that the agent's loop answered
itself, and whatever the reader of Harmony had to mend, are.
"""

from __future__ import annotations

from agentkit.evals.agents import Toolbox
from agentkit.evals.players.domain_tools import DomainTools
from agentkit.events import (
    Event,
    PreambleDelta,
    ReasoningDelta,
    TextDelta,
    ToolCalled,
    ToolReturned,
    TurnFinished,
)
from agentkit.messages import Message, ToolCall

CUT = "It was cut off."
EMPTY = "The answer was empty."
NOT_LAST = "Another answer followed in the same turn, which counts instead."


class Transcript:
    """The notes of one trial.

    Args:
        toolbox: where they go.
        tools: the domain's, which knows the calls that reached it.
    """

    def __init__(self, toolbox: Toolbox, tools: DomainTools) -> None:
        self._toolbox = toolbox
        self._tools = tools
        self._partial: list[tuple[str, str]] = []
        self._calls: dict[str, ToolCall] = {}

    def take(self, event: Event) -> None:
        """Note what of `event` is worth it."""
        match event:
            case ReasoningDelta(text=text):
                self._partial.append(("reasoning", text))
            case PreambleDelta(text=text):
                self._partial.append(("preamble", text))
            case TextDelta(text=text):
                self._partial.append(("note", text))
            case TurnFinished(messages=messages):
                self._partial.clear()
                self._messages(messages)
            case ToolCalled(call=call):
                self._calls[call.id] = call
            case ToolReturned(call_id=call_id, message=message):
                call_made = self._calls.pop(call_id, None)
                if call_made is not None and call_id not in self._tools.reached:
                    self._toolbox.note("note", f"{_written(call_made)}\n→ {message.text}")
            case _:
                pass

    def broken_off(self) -> None:
        """The run ended in the middle of a turn: note what was said of it."""
        kinds = dict.fromkeys(kind for kind, _ in self._partial)
        for kind in kinds:
            text = "".join(piece for each, piece in self._partial if each == kind)
            self._toolbox.note(kind, text, CUT)
        self._partial.clear()

    def _messages(self, messages: tuple[Message, ...]) -> None:
        answers = (each for each in reversed(messages) if each.is_answer and each.text.strip())
        answer = next(answers, None)
        for message in messages:
            mended = " ".join((*message.notes, *(() if message.complete else (CUT,))))
            if message.is_call:
                if mended:
                    self._toolbox.note("note", f"{message.recipient} {message.text}", mended)
            elif message.channel == "final":
                wrong = mended or ("" if message is answer else NOT_LAST if answer else EMPTY)
                if wrong:
                    self._toolbox.note("note", message.text, wrong)
            else:
                kind = "reasoning" if message.channel == "analysis" else "preamble"
                self._toolbox.note(kind, message.text, mended)


def _written(call: ToolCall) -> str:
    return f"{call.name or call.recipient or 'a call that names no tool'} {call.text}"
