"""What every skill needs to write an episode: the scene it plays in and the assistant's lines.

A skill is a function from a `Scene` to an `Episode`. The scene fixes what the episodes of one batch
share (the system message); the skill brings users, tools and answers.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field

from agentkit.harmony.prompt import FunctionSchema, Prompt, ToolDescription
from agentkit.messages import Effort, Message
from examples.tiny_model.transcript import Episode, Line, call, result
from examples.tiny_model.words import Lexicon


@dataclass(frozen=True, slots=True)
class Scene:
    """What the system message says.

    Args:
        words: where random words come from.
        effort: reasoning effort.
        python: the python tool is there.
        functions: the user brought functions.
        date: the conversation's date.
        browser: the browser is there.
    """

    words: Lexicon
    effort: Effort
    python: bool
    functions: bool
    date: datetime.date
    browser: bool = False

    @property
    def thinks(self) -> bool:
        """Whether the assistant writes analysis at this effort."""
        return self.effort != "low"


@dataclass(frozen=True, slots=True)
class Turn:
    """A user's request and all that follows until it is answered.

    Args:
        lines: its messages.
        functions: those of the user that it needs.
        pages: HTML by address: those that the browser must be able to find.
    """

    lines: list[Line]
    functions: list[FunctionSchema] = field(default_factory=list)
    pages: tuple[tuple[str, str], ...] = ()


def python_description() -> ToolDescription:
    """The python tool as agentkit presents it."""
    from openai_harmony import ToolNamespaceConfig

    text = ToolNamespaceConfig.python().description or ""
    unknown = "Internet access for this session is UNKNOWN. Depends on the cluster."
    return ToolDescription(
        "python",
        text.replace(unknown, "Internet access for this session is disabled."),
        (),
        "system",
    )


def browser_description() -> ToolDescription:
    """The browser as agentkit presents it."""
    from agentkit.browser.tool import BrowserTool

    return BrowserTool(search="local").describe()


def episode(
    skill: str,
    scene: Scene,
    lines: Sequence[Line],
    functions: Sequence[FunctionSchema] = (),
    instructions: str = "",
    pages: tuple[tuple[str, str], ...] = (),
) -> Episode:
    """An episode in `scene`."""
    tools = [python_description()] if scene.python else []
    if scene.browser:
        tools.append(browser_description())
    if scene.functions:
        tools.append(ToolDescription("functions", "", tuple(functions)))
    prompt = Prompt(scene.date, scene.effort, instructions, tuple(tools))
    return Episode(skill, prompt, tuple(lines), pages)


def asks(text: str) -> Line:
    """A user message."""
    return Line(Message("user", text))


def thinks(scene: Scene, medium: str, high: str = "") -> list[Line]:
    """The assistant's analysis: none at low effort, the longer text at high effort."""
    if not scene.thinks:
        return []
    text = high if scene.effort == "high" and high else medium
    return [thought(text)]


def thought(text: str) -> Line:
    """Analysis written at every effort."""
    return Line(Message("assistant", text, "analysis"), True)


def answers(text: str) -> Line:
    """The final answer."""
    return Line(Message("assistant", text, "final"), True)


def calls(tool: str, body: str, learn: bool = True) -> Line:
    """A tool call."""
    return Line(call(tool, body), learn)


def returns(tool: str, text: str) -> Line:
    """A tool's result."""
    return Line(result(tool, text))
