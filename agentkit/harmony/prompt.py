"""The words of a prompt: system and developer messages as gpt-oss was trained to read them.

Knows the text only; `writer` turns it into ids. The layout is openai/harmony's `encoding.rs`;
the `# Response Formats` section is that of its format guide. Persona and instructions belong to
the developer message: the system message's first line is part of the training.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from agentkit.harmony import schema
from agentkit.messages import Effort, Message

JsonSchema = Mapping[str, Any]

IDENTITY = "You are ChatGPT, a large language model trained by OpenAI."
KNOWLEDGE_CUTOFF = "2024-06"


@dataclass(frozen=True, slots=True)
class FunctionSchema:
    """One callable of a namespace.

    Args:
        name: without its namespace: `get_order`.
        description: what it does, for the model.
        parameters: JSON Schema of its arguments, an object; None for none.
    """

    name: str
    description: str
    parameters: JsonSchema | None = None


@dataclass(frozen=True, slots=True)
class ToolDescription:
    """How a tool presents itself to the model.

    Args:
        namespace: `functions` for a user's functions; `python`, `browser` for built-in tools.
        description: the namespace's own text; may be empty.
        functions: its callables; empty for a tool that takes raw text as the message body.
        place: built-in tools stand in the system message, all others in the developer message.
    """

    namespace: str
    description: str = ""
    functions: tuple[FunctionSchema, ...] = ()
    place: Literal["system", "developer"] = "developer"


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    """A JSON Schema that the final answer is asked to follow.

    Args:
        name: one word.
        schema: JSON Schema.
        description: what the object is, for the model; may be empty.
    """

    name: str
    schema: JsonSchema
    description: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """All that stands before a conversation's first user message.

    Args:
        date: the conversation's date; pinned, so that midnight does not change the prefix.
        reasoning: effort.
        instructions: the developer's instructions; may be empty.
        tools: descriptions of all tools.
        response_formats: what the answer should look like.
    """

    date: datetime.date | None = None
    reasoning: Effort = "medium"
    instructions: str = ""
    tools: tuple[ToolDescription, ...] = ()
    response_formats: tuple[ResponseFormat, ...] = field(default=())

    def messages(self) -> list[Message]:
        """The system message and, unless it would be empty, the developer message."""
        messages = [Message("system", self.system_text())]
        if developer := self.developer_text():
            messages.append(Message("developer", developer))
        return messages

    def system_text(self) -> str:
        """The system message: identity, dates, effort, built-in tools, channels."""
        head = f"{IDENTITY}\nKnowledge cutoff: {KNOWLEDGE_CUTOFF}"
        if self.date is not None:
            head += f"\nCurrent date: {self.date.isoformat()}"
        sections = [head, f"Reasoning: {self.reasoning}"]
        if built_in := [tool for tool in self.tools if tool.place == "system"]:
            sections.append(_tools_section(built_in))
        channels = (
            "# Valid channels: analysis, commentary, final."
            " Channel must be included for every message."
        )
        if any(tool.namespace == "functions" and tool.functions for tool in self.tools):
            channels += "\nCalls to these tools must go to the commentary channel: 'functions'."
        return "\n\n".join([*sections, channels])

    def developer_text(self) -> str:
        """The developer message: instructions, functions, response formats; empty if none."""
        sections = []
        if self.instructions:
            sections.append(f"# Instructions\n\n{self.instructions}")
        if own := [tool for tool in self.tools if tool.place == "developer"]:
            sections.append(_tools_section(own))
        if self.response_formats:
            formats = [_response_format(each) for each in self.response_formats]
            sections.append("\n\n".join(["# Response Formats", *formats]))
        return "\n\n".join(sections)


def _tools_section(tools: Sequence[ToolDescription]) -> str:
    """`# Tools`, with one section a namespace in the order of their names."""
    merged: dict[str, list[ToolDescription]] = {}
    for tool in tools:
        merged.setdefault(tool.namespace, []).append(tool)
    return "\n\n".join(["# Tools", *(_namespace(name, merged[name]) for name in sorted(merged))])


def _namespace(name: str, tools: Sequence[ToolDescription]) -> str:
    description = "\n".join(tool.description for tool in tools if tool.description)
    functions = [function for tool in tools for function in tool.functions]
    if not functions:
        return f"## {name}\n\n{description}"
    head = "".join(f"// {line}\n" for line in description.splitlines())
    declarations = (
        schema.declaration(each.name, each.description, each.parameters) for each in functions
    )
    body = "\n\n".join(declarations)
    return f"## {name}\n\n{head}namespace {name} {{\n\n{body}\n\n}} // namespace {name}"


def _response_format(response: ResponseFormat) -> str:
    comment = "".join(f"// {line}\n" for line in response.description.splitlines())
    body = json.dumps(response.schema, ensure_ascii=False, separators=(",", ":"))
    return f"## {response.name}\n\n{comment}{body}"
