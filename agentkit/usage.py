"""What a run may use and what it has used: numbers only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run. None means no bound.

    Args:
        turns: generations, that is, calls of the model.
        tool_calls: tool calls executed.
        tokens: tokens sampled in the whole run.
        message_tokens: tokens of one message, reasoning included.
        reasoning_tokens: tokens of reasoning in one turn, after which the model must call or
            answer; only models that obey grammars can be held to it.
        seconds: wall-clock seconds of the whole run, tools included.
        result_tokens: tokens of one tool result; longer ones are cut in the middle.
    """

    turns: int | None = 50
    tool_calls: int | None = 100
    tokens: int | None = None
    message_tokens: int | None = 32_768
    reasoning_tokens: int | None = None
    seconds: float | None = None
    result_tokens: int | None = 8_192


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used so far.

    Args:
        turns: generations.
        prompt_tokens: tokens of all prompts, summed over generations.
        cached_tokens: those of `prompt_tokens` served from the KV cache.
        output_tokens: tokens sampled.
        tool_calls: tool calls executed.
        model_seconds: wall-clock seconds spent waiting for the model.
    """

    turns: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    tool_calls: int = 0
    model_seconds: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.turns + other.turns,
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.output_tokens + other.output_tokens,
            self.tool_calls + other.tool_calls,
            self.model_seconds + other.model_seconds,
        )
