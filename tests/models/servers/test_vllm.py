"""The bundled model under a real vLLM; `python -m tests.models.servers.vllm_cpu` sets one up."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from agentkit import Agent, Sampling, VLLMModel
from agentkit.harmony.grammar import Grammar
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.models.conformance import conformance
from agentkit.models.transformers import TransformersModel
from tests.models.servers import vllm_cpu
from tests.models.servers.conftest import GREEDY, sample

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not vllm_cpu.is_set_up(), reason="vLLM is not set up for tests"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A vLLM that takes Lark."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--structured-outputs-config.backend", "guidance"]
    with vllm_cpu.serving(port, options) as url:
        yield url


@pytest.fixture
def vllm(address: str) -> VLLMModel:
    """Its model."""
    return VLLMModel(address, api_key=vllm_cpu.KEY, grammar="lark")


async def test_vllm_passes_every_check_of_the_suite(vllm: VLLMModel) -> None:
    findings = [finding async for finding in conformance(vllm)]
    # Far back, vLLM keeps no cache of the layers with a sliding window.
    assert {finding.check for finding in findings if finding.state != "ok"} <= {"deep rewind"}
    assert all(finding.state != "failed" for finding in findings), findings


async def test_greedy_ids_are_those_of_transformers(
    vllm: VLLMModel, tiny_model: TransformersModel, hello: list[int]
) -> None:
    ids, _, _ = await sample(vllm, hello)
    expected, _, _ = await sample(tiny_model, hello)
    assert ids == expected


async def test_logprobs_under_a_grammar_are_those_among_what_it_allows(
    vllm: VLLMModel, hello: list[int]
) -> None:
    schema = {"type": "object", "properties": {"n": {"const": 7}}, "required": ["n"]}
    prompt = [*hello, *load_tokenizer().encode_with_specials("<|channel|>final<|message|>")]
    sampling = Sampling(temperature=0.0, logprobs=True)
    grammar = Grammar(answer=schema, opened="final")
    ids, logprobs, _ = await sample(vllm, prompt, 20, sampling=sampling, grammar=grammar)
    assert load_tokenizer().decode(ids) == '{"n":7}<|return|>'
    assert logprobs == pytest.approx([0] * len(ids), abs=1e-3)


async def test_an_agent_runs_over_vllm(vllm: VLLMModel) -> None:
    result = await Agent(vllm, sampling=GREEDY, reasoning="low").run("Hello!")
    assert result.stop_reason == "final"
