"""Inspect's messages as Harmony's, and back.

Knows how one conversation is told in two ways: Inspect has one message with reasoning, text and
calls in it where Harmony has one for each, by channel. Knows no models and samples nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageTool,
    ChatMessageUser,
    Content,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    ModelUsage,
)
from inspect_ai.tool import ToolCall as InspectCall

from agentkit.conversation import Conversation
from agentkit.errors import UserError
from agentkit.harmony.prompt import Prompt
from agentkit.messages import Message, ToolCall, tool_result, user
from agentkit.session import Calls, Final, Step, Stopped
from agentkit.usage import Usage


def render(
    conversation: Conversation, history: Sequence[ChatMessage], calls: dict[str, ToolCall]
) -> None:
    """Add Inspect's messages to the ledger; `calls` are the open ones, by Inspect's ids."""
    for each in history:
        match each:
            case ChatMessageUser():
                conversation.open_exchange([user(text_of(each))])
            case ChatMessageTool():
                name = f"functions.{each.function}" if each.function else "functions"
                call = calls.get(each.tool_call_id or "") or ToolCall("", name, "")
                text = f"Error: {each.error.message}" if each.error else text_of(each)
                conversation.add(tool_result(call, text))
            case ChatMessageAssistant():
                for message in _spoken(each, calls):
                    conversation.add(message)


def _spoken(message: ChatMessageAssistant, calls: dict[str, ToolCall]) -> list[Message]:
    """One of Inspect's messages as those of Harmony that it was made of."""
    found = []
    if isinstance(message.content, list):
        reasoning = [each for each in message.content if isinstance(each, ContentReasoning)]
        found += [Message("assistant", each.reasoning, "analysis") for each in reasoning]
    text = text_of(message)
    if text:
        found.append(Message("assistant", text, "commentary" if message.tool_calls else "final"))
    for call in message.tool_calls or ():
        body = json.dumps(call.arguments)
        name = f"functions.{call.function}"
        calls[call.id] = ToolCall(call.id, name, body)
        found.append(
            Message("assistant", body, "commentary", name, content_type="<|constrain|>json")
        )
    return found


def assistant_message(
    step: Step, calls: Sequence[InspectCall], config: GenerateConfig, model: str
) -> ChatMessageAssistant:
    """What the model said, as one message of Inspect's."""
    content: list[Content] = [
        ContentReasoning(reasoning=each.text)
        for each in step.messages
        if each.channel == "analysis" and not each.is_call
    ]
    if isinstance(step, Final):
        text = step.text
        for stop in config.stop_seqs or ():
            text = text.partition(stop)[0]
    else:
        preambles = (
            each.text for each in step.messages if each.channel == "commentary" and not each.is_call
        )
        text = "\n\n".join(preambles)
    content.append(ContentText(text=text))
    return ChatMessageAssistant(
        content=content if len(content) > 1 else text,
        tool_calls=list(calls) or None,
        model=model,
        source="generate",
    )


def stop_reason(step: Step) -> Any:
    """Why the model stopped, in Inspect's words."""
    match step:
        case Calls():
            return "tool_calls"
        case Stopped(limit="context"):
            return "model_length"
        case Stopped(limit=limit) if limit:
            return "max_tokens"
        case _:
            return "stop"


def usage_of(usage: Usage) -> ModelUsage:
    """Usage as Inspect counts it."""
    return ModelUsage(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.output_tokens,
        total_tokens=usage.prompt_tokens + usage.output_tokens,
        input_tokens_cache_read=usage.cached_tokens,
    )


def text_of(message: ChatMessage) -> str:
    """The text of a message, without reasoning.

    Raises:
        UserError: it has something else in it, such as an image.
    """
    if isinstance(message.content, str):
        return message.content
    for each in message.content:
        if not isinstance(each, ContentText | ContentReasoning):
            raise UserError(f"gpt-oss reads text; the {message.role}'s message has {each.type}.")
    return "\n".join(each.text for each in message.content if isinstance(each, ContentText))


def key_of(prompt: Prompt, history: Sequence[ChatMessage]) -> str:
    """What a conversation is found by: all that its ids were made of, and nothing else."""
    told: list[Any] = [repr(prompt)]
    for each in history:
        content = each.content
        parts = (
            content
            if isinstance(content, str)
            else [part.model_dump(include={"type", "text", "reasoning"}) for part in content]
        )
        told.append([each.role, parts])
        if isinstance(each, ChatMessageAssistant):
            told.append(
                [[call.id, call.function, call.arguments] for call in each.tool_calls or ()]
            )
        if isinstance(each, ChatMessageTool):
            told.append([each.tool_call_id, each.error.message if each.error else None])
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def messages_of(history: Sequence[ChatMessage]) -> list[Message]:
    """A history as messages for a new run: without its reasoning, which was of turns now over."""
    calls: dict[str, ToolCall] = {}
    found: list[Message] = []
    for each in history:
        if isinstance(each, ChatMessageAssistant):
            found += [one for one in _spoken(each, calls) if one.channel != "analysis"]
        elif isinstance(each, ChatMessageTool):
            call = calls.get(each.tool_call_id or "") or ToolCall("", "functions", "")
            found.append(tool_result(call, text_of(each)))
        else:
            found.append(user(text_of(each)))
    return found
