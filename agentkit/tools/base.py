"""What agentkit asks of a tool.

A `Tool` describes itself to the model and answers calls with a stream: any number of strings as
the output comes, then one `ToolOutput`. It knows nothing of the loop. Names, JSON, time limits,
approval and cutting long results are `agentkit.dispatch`'s work, not the tool's.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from agentkit.errors import ApprovalPause
from agentkit.harmony.prompt import FunctionSchema, ToolDescription
from agentkit.messages import Artifact, Message, ToolCall
from agentkit.usage import Usage

__all__ = [
    "FunctionSchema",
    "RunContext",
    "Tool",
    "ToolDescription",
    "ToolOutput",
]

Deps = TypeVar("Deps")


@dataclass(frozen=True, slots=True)
class RunContext(Generic[Deps]):
    """What a tool may know about the run it is called in.

    Args:
        deps: the user's own object, as given to `Agent.run(deps=...)`.
        call: the call being answered.
        conversation: unique name of the conversation; a tool that keeps state keeps it by this.
        usage: what the run has used so far.
        approved: True when a person has approved this very call.
        messages: the conversation as the model sees it, down to the call being answered.
        dropped: what tools answered in earlier exchanges, which the model sees no longer and an
            answer may cite.
    """

    deps: Deps
    call: ToolCall
    conversation: str = ""
    usage: Usage = field(default_factory=Usage)
    approved: bool = False
    messages: Sequence[Message] = field(default=(), repr=False)
    dropped: Sequence[Message] = field(default=(), repr=False)

    def require_approval(self, reason: str = "") -> None:
        """Pause the run until a person has approved this call; returns at once if one has.

        Args:
            reason: shown to that person.
        """
        if not self.approved:
            raise ApprovalPause(reason)


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """A tool's answer.

    Args:
        text: what the model reads.
        data: anything for the user's program: a value, images, citations; never shown to the model.
        is_error: True when the text tells of a failure.
        artifacts: files and pictures for the user; the model knows them only by what the text says.
    """

    text: str
    data: Any = field(default=None, compare=False)
    is_error: bool = False
    artifacts: tuple[Artifact, ...] = field(default=(), compare=False)


@runtime_checkable
class Tool(Protocol):
    """A tool. Subclass it to inherit the defaults.

    Attributes:
        name: as the model calls it: `functions.get_order`, `python`, or a namespace: `browser`.
        timeout: seconds a call may take; None for no limit.
        takes_misread: calls that cannot be read come to `call` too, as the model wrote them: those
            of its own with arguments that are no JSON (`arguments` is empty), and those that name
            no tool at all (`name` is empty). Otherwise they are answered with what is wrong.
        strict: models that obey grammars write no arguments but those that fit their schema.
    """

    name: str
    timeout: float | None = None
    takes_misread: bool = False
    strict: bool = False

    def describe(self) -> ToolDescription:
        """How the tool presents itself in the prompt."""
        ...

    def needs_approval(self, call: ToolCall, ctx: RunContext[Any]) -> bool:
        """True when a person must approve `call` before it runs."""
        return False

    def call(self, call: ToolCall, ctx: RunContext[Any]) -> AsyncGenerator[str | ToolOutput, None]:
        """Answer one call: parts of the output as they come, then exactly one `ToolOutput`.

        Args:
            call: `arguments` holds the parsed JSON where the description has functions;
                `text` the raw body.
            ctx: the run's context.

        Raises:
            ToolRetry: the call can be mended; the message says how.
        """
        ...

    async def close(self, conversation: str | None = None) -> None:
        """Free what the tool holds for one conversation, or for all; may be called twice."""
