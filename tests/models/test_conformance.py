"""The suite for engines: those that keep the contract pass, and one that lies does not."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.harmony.vocabulary import CHANNEL, RETURN
from agentkit.models.base import Capabilities, Finish, TokenChunk
from agentkit.models.conformance import CHECKS, Finding, conformance
from agentkit.models.scripted import ScriptedModel
from agentkit.models.transformers import TransformersModel


async def test_the_model_in_this_process_passes_all(tiny_model: TransformersModel) -> None:
    findings = [finding async for finding in conformance(tiny_model)]
    assert [finding.check for finding in findings] == list(CHECKS)
    claimed = tiny_model.capabilities.grammar
    for finding in findings:
        left_out = finding.check == "grammar" and not claimed
        assert finding.state == ("skipped" if left_out else "ok"), finding


async def test_a_script_passes_what_it_can_know() -> None:
    model = ScriptedModel(["<|channel|>final<|message|>Hello!<|return|>"] * 3)
    checks = ("special tokens", "max tokens", "logprobs", "grammar", "overflow")
    findings = {finding.check: finding.state async for finding in conformance(model, checks)}
    assert findings == {
        "special tokens": "ok",
        "max tokens": "ok",
        "logprobs": "skipped",
        "grammar": "skipped",
        "overflow": "ok",
    }


class Liar:
    """Claims everything and keeps nothing: special tokens are stripped, limits overrun."""

    capabilities = Capabilities(
        "liar", context_length=10_000, grammar=True, logprobs=True, prefix_cache=True
    )

    def __init__(self) -> None:
        self._calls = 0
        self._words = load_tokenizer().encode("analysisWe need to greet.assistantfinalHello there!")

    async def stream(self, prompt: Sequence[int], **arguments: Any) -> AsyncGenerator[TokenChunk]:
        """Words that depend on how often it was called, and on nothing else."""
        self._calls += 1
        ids = tuple(self._words[self._calls % 3 :][: arguments["max_tokens"] + 1])
        yield TokenChunk(ids)
        yield TokenChunk((), finish=Finish("stop", len(prompt)))

    async def load(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to free."""


async def test_an_engine_that_keeps_nothing_fails_everything() -> None:
    findings = [finding async for finding in conformance(Liar())]
    assert {finding.state for finding in findings} == {"failed"}
    assert len(findings) == len(CHECKS)
    assert all(finding.detail for finding in findings)


class Stuck(Liar):
    """Says one id and then nothing."""

    async def stream(self, prompt: Sequence[int], **arguments: Any) -> AsyncGenerator[TokenChunk]:
        """Never ends."""
        import asyncio

        yield TokenChunk((CHANNEL,))
        await asyncio.sleep(60)
        yield TokenChunk((RETURN,), finish=Finish("stop", len(prompt)))


async def test_a_check_that_does_not_end_has_failed() -> None:
    findings: list[Finding] = [
        finding async for finding in conformance(Stuck(), ("stop ids", "seed"), seconds=0.1)
    ]
    assert [finding.detail for finding in findings] == ["not done within 0.1 s"] * 2


class Crashing(Liar):
    """Raises what no engine may."""

    async def stream(self, prompt: Sequence[int], **arguments: Any) -> AsyncGenerator[TokenChunk]:
        """Always raises."""
        yield TokenChunk((CHANNEL,))
        raise KeyError("nothing here")


async def test_an_engine_that_raises_anything_has_failed_and_the_suite_goes_on() -> None:
    findings = [finding async for finding in conformance(Crashing(), ("max tokens", "seed"))]
    assert [finding.detail for finding in findings] == ["it raised KeyError: 'nothing here'"] * 2
