"""The bundled model under a real llama.cpp server: the same ids, the same agent, and it lets go."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx2
import pytest

from agentkit import Agent, ContextOverflow, LlamaCppModel, ModelLoadError, UserError, tool
from agentkit.harmony.grammar import Grammar, Recipient
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.harmony.vocabulary import CALL, CHANNEL, RETURN, STOP_IDS
from agentkit.models.base import Sampling
from agentkit.models.conformance import CHECKS, conformance
from agentkit.models.load import load_model
from agentkit.models.servers.embedded import EmbeddedServer, Settings
from agentkit.models.transformers import TransformersModel
from tests.models.servers.conftest import GREEDY, SETTINGS, eventually, sample


async def test_greedy_ids_are_those_of_transformers(
    llamacpp: LlamaCppModel, tiny_model: TransformersModel, hello: list[int]
) -> None:
    # Past the sliding window of 128 and with a call to make.
    prompt = load_tokenizer().encode_with_specials(
        "<|start|>user<|message|>" + "Order 17 was sent on Monday. " * 30 + "<|end|>"
    )
    for each in (hello, prompt + hello):
        ids, _, finish = await sample(llamacpp, each)
        expected, _, _ = await sample(tiny_model, each)
        assert ids == expected
        assert ids[0] == CHANNEL
        assert ids[-1] == RETURN
        assert finish.reason == "stop"


async def test_it_passes_every_check_of_the_suite(llamacpp: LlamaCppModel) -> None:
    findings = [finding async for finding in conformance(llamacpp)]
    assert [finding.check for finding in findings] == list(CHECKS)
    assert all(finding.state == "ok" for finding in findings), findings


async def test_an_agent_calls_its_function_over_it(
    llamacpp: LlamaCppModel, server: EmbeddedServer
) -> None:
    asked: list[str] = []

    @tool
    def get_weather(city: str) -> dict[str, str | int]:
        """Get the current weather for a city.

        Args:
            city: Name of the city
        """
        asked.append(city)
        return {"temperature": 21, "conditions": "sunny"}

    agent = Agent(llamacpp, tools=[get_weather], reasoning="low", sampling=GREEDY)
    result = await agent.run("What is the weather in Paris?")
    assert result.stop_reason == "final", result
    assert asked == ["Paris"]
    assert "21" in str(result.output)
    assert result.usage.cached_tokens > 0


def test_runs_without_a_loop_of_their_own_share_one_model(
    server: EmbeddedServer,
) -> None:
    agent = Agent(
        LlamaCppModel(server.start(), api_key=server.key), sampling=GREEDY, reasoning="low"
    )
    answers = [agent.run_sync("Hello!").output for _ in range(2)]
    assert answers[0] == answers[1] is not None


async def test_logprobs_are_those_of_transformers(
    llamacpp: LlamaCppModel, tiny_model: TransformersModel, hello: list[int]
) -> None:
    sampling = Sampling(temperature=0.0, logprobs=True)
    ids, logprobs, _ = await sample(llamacpp, hello, sampling=sampling)
    _, expected, _ = await sample(tiny_model, hello, sampling=sampling)
    assert len(logprobs) == len(ids)
    assert logprobs == pytest.approx(expected, abs=1e-2)


async def test_closing_a_stream_frees_the_server(
    llamacpp: LlamaCppModel, server: EmbeddedServer, hello: list[int]
) -> None:
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {server.key}"}) as client:

        async def busy() -> int:
            slots = (await client.get(f"{server.start()}/slots")).json()
            return sum(slot["is_processing"] for slot in slots)

        async def idle() -> bool:
            return not await busy()

        # No end token of the model's own is allowed to come first.
        stream = llamacpp.stream(
            hello, sampling=Sampling(temperature=2.0, seed=1), stop=frozenset(), max_tokens=3000
        )
        async for _ in stream:
            break
        assert await busy() == 1
        await stream.aclose()
        assert await eventually(idle)


async def test_a_cancelled_task_frees_the_server_too(
    llamacpp: LlamaCppModel, server: EmbeddedServer, hello: list[int]
) -> None:
    task = asyncio.create_task(
        sample(llamacpp, hello, 3000, sampling=Sampling(temperature=2.0, seed=1))
    )
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    ids, _, _ = await sample(llamacpp, hello, 4)
    assert len(ids) == 4


async def test_a_grammar_holds_though_the_model_would_say_something_else(
    llamacpp: LlamaCppModel, hello: list[int]
) -> None:
    parameters = {
        "type": "object",
        "properties": {"number": {"type": "integer", "minimum": 0, "maximum": 9}},
        "required": ["number"],
    }
    grammar = Grammar((Recipient("functions.count", parameters),), must_call=True)
    ids, _, finish = await sample(llamacpp, hello, 200, grammar=grammar)
    text = load_tokenizer().decode(ids)
    assert ids[-1] == CALL
    assert finish.reason == "stop"
    assert "to=functions.count" in text
    body = text.rpartition("<|message|>")[2].removesuffix("<|call|>")
    assert json.loads(body)["number"] in range(10)


async def test_logprobs_under_a_grammar_are_the_models_own_here_and_of_the_allowed_in_process(
    llamacpp: LlamaCppModel, tiny_model: TransformersModel, hello: list[int]
) -> None:
    schema = {"type": "object", "properties": {"n": {"const": 7}}, "required": ["n"]}
    prompt = [*hello, *load_tokenizer().encode_with_specials("<|channel|>final<|message|>")]
    grammar = Grammar(answer=schema, opened="final")
    sampling = Sampling(temperature=0.0, logprobs=True)
    for model, forced in ((tiny_model, True), (llamacpp, False)):
        ids, logprobs, _ = await sample(model, prompt, 20, sampling=sampling, grammar=grammar)
        text = load_tokenizer().decode(token for token in ids if token not in STOP_IDS)
        assert text == '{"n":7}'
        assert len(logprobs) == len(ids)
        # Nothing else was allowed, and it is not what the model would have said.
        assert (sum(logprobs) == pytest.approx(0, abs=1e-3)) == forced
        assert (sum(logprobs) < -10) != forced


def test_threads_are_those_that_llamacpp_is_told_everywhere(
    gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def threads(settings: Settings) -> int:
        return int(EmbeddedServer(gguf, settings, None)._parameters().cpuparams.n_threads)

    own = threads(Settings())
    monkeypatch.setenv("LLAMA_ARG_THREADS", "3")
    assert threads(Settings()) == 3
    assert threads(Settings(threads=2)) == 2
    monkeypatch.setenv("LLAMA_ARG_THREADS", "some")
    assert threads(Settings()) == own != 3


async def test_a_gguf_file_runs_in_this_process(gguf: Path, hello: list[int]) -> None:
    model = LlamaCppModel(gguf, context_length=2048, settings=SETTINGS)
    try:
        assert model.capabilities.name == "tiny"
        ids, _, _ = await sample(model, hello)
        assert ids[-1] in STOP_IDS
        assert model.capabilities.context_length == 2048
    finally:
        await model.close()
        await model.close()
    with pytest.raises(UserError, match="is closed"):
        await sample(model, hello)


def test_a_path_and_an_address_name_models(gguf: Path) -> None:
    assert load_model(f"llamacpp:{gguf}").capabilities.name == "tiny"
    assert isinstance(load_model("llamacpp:http://localhost:8080"), LlamaCppModel)
    assert isinstance(load_model("llamacpp:localhost:8080/v1"), LlamaCppModel)


def test_what_is_no_gguf_of_a_gpt_oss_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.gguf"
    with pytest.raises(ModelLoadError, match="cannot be read: No such file"):
        LlamaCppModel(file)
    file.write_bytes(b"<html>")
    with pytest.raises(ModelLoadError, match="is no GGUF file"):
        LlamaCppModel(file)
    key, value = b"general.architecture", b"llama"
    counts = (3).to_bytes(4, "little") + bytes(16)
    file.write_bytes(
        b"GGUF" + counts + len(key).to_bytes(8, "little") + key
        + (8).to_bytes(4, "little") + len(value).to_bytes(8, "little") + value
    )  # fmt: skip
    with pytest.raises(ModelLoadError, match="is a 'llama' model"):
        LlamaCppModel(file)
    with pytest.raises(UserError, match="no home directory"):
        LlamaCppModel("~nobody-here/tiny.gguf")
    with pytest.raises(UserError, match="a server has its own"):
        LlamaCppModel("http://localhost:8080", settings=Settings())


async def test_a_damaged_file_is_a_load_error(gguf: Path, tmp_path: Path) -> None:
    file = tmp_path / "cut.gguf"
    with gguf.open("rb") as whole:
        file.write_bytes(whole.read(100_000))
    model = LlamaCppModel(file, settings=SETTINGS)
    with pytest.raises(ModelLoadError, match="could not load"):
        await model.load()


async def test_the_key_is_needed_and_never_told(server: EmbeddedServer, hello: list[int]) -> None:
    stranger = LlamaCppModel(server.start(), api_key="wrong-secret")
    with pytest.raises(ModelLoadError, match="refuses the API key") as caught:
        await sample(stranger, hello)
    assert "wrong-secret" not in f"{caught.value}{stranger!r}{stranger.__dict__}"


async def test_a_prompt_longer_than_the_context_is_told(llamacpp: LlamaCppModel) -> None:
    with pytest.raises(ContextOverflow, match=r"5,000 tokens and the context of .* is 4,096"):
        await sample(llamacpp, [220] * 5000)
    result = await Agent(llamacpp).run("Hello! " * 5000)
    assert result.stop_reason == "limit"
    assert "context" in result.detail


def test_a_server_that_was_stopped_is_not_started_by_whoever_still_waits(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF")
    server = EmbeddedServer(tmp_path / "tiny.gguf", SETTINGS, None)
    server.stop()
    with pytest.raises(UserError, match="is stopped"):
        server.start()
