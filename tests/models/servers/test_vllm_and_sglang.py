"""vLLM and SGLang by exchanges in the form that their own sources give them.

vLLM's events are those that vLLM 0.32 sent (`entrypoints/openai/completion`); SGLang's follow
`managers/tokenizer_manager.py` and `sampling/sampling_params.py` of SGLang 0.5, which runs on GPUs
only. What is sent is checked as closely as what is read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from agentkit import BackendError, ModelLoadError, SGLangModel, VLLMModel
from agentkit.harmony.grammar import Grammar
from agentkit.harmony.vocabulary import CALL, CHANNEL, RETURN, START, STOP_IDS
from agentkit.models.base import Finish, Sampling
from agentkit.models.load import load_model
from tests.models.servers.conftest import sample
from tests.models.servers.loopback import Answer, Loopback, answer, status, stream

PROMPT = [START, 173781]
GRAMMAR = Grammar(opened="final")


# vLLM


def vllm_event(
    *tokens: int, reason: str | None = None, text: str = "", logprobs: Sequence[float] | None = None
) -> dict[str, Any]:
    choice = {
        "index": 0,
        "text": text,
        "logprobs": None,
        "finish_reason": reason,
        "stop_reason": tokens[-1] if reason == "stop" else None,
        "prompt_token_ids": None,
        "token_ids": list(tokens),
    }
    if logprobs is not None:
        names = [f"token_id:{token}" for token in tokens]
        choice["logprobs"] = {"text_offset": [0], "token_logprobs": logprobs, "tokens": names}
    return {"id": "cmpl-1", "object": "text_completion", "model": "m", "choices": [choice]}


def vllm_usage(cached: int | None) -> dict[str, Any]:
    details = None if cached is None else {"cached_tokens": cached}
    usage = {"prompt_tokens": 2, "completion_tokens": 1, "prompt_tokens_details": details}
    return {"id": "cmpl-1", "model": "m", "choices": [], "usage": usage}


def like_vllm(*completions: Answer) -> Loopback:
    models = {"object": "list", "data": [{"id": "openai/gpt-oss-20b", "max_model_len": 8192}]}
    probe = stream(vllm_event(CHANNEL, reason="length", text="<|channel|>"), vllm_usage(None))
    return Loopback({"/v1/models": [answer(models)], "/v1/completions": [probe, *completions]})


async def test_vllm_is_told_all_and_read_to_the_end() -> None:
    reply = stream(
        vllm_event(CHANNEL, 17196, logprobs=[-0.5, -0.25]),
        vllm_event(RETURN, reason="stop", logprobs=[-0.125]),
        vllm_usage(1),
        "[DONE]",
    )
    async with like_vllm(reply) as server:
        model = VLLMModel(server.url + "/v1/", api_key="k")
        sampling = Sampling(0.5, 0.9, 40, 0.05, seed=7, logprobs=True)
        found, logprobs, finish = await sample(model, PROMPT, 9000, sampling=sampling)
        assert found == [CHANNEL, 17196, RETURN]
        assert logprobs == [-0.5, -0.25, -0.125]
        assert finish == Finish("stop", 2, 1)
        assert model.capabilities.name == "openai/gpt-oss-20b"
        assert model.capabilities.context_length == 8192
        assert server.requests[-1].headers["authorization"] == "Bearer k"
        assert server.posted()[-1] == {
            "model": "openai/gpt-oss-20b",
            "prompt": PROMPT,
            "max_tokens": 8190,
            "temperature": 0.5,
            "top_p": 0.9,
            "top_k": 40,
            "min_p": 0.05,
            "repetition_penalty": 1.0,
            "seed": 7,
            "stop_token_ids": sorted(STOP_IDS),
            "ignore_eos": True,
            "skip_special_tokens": False,
            "return_token_ids": True,
            "stream": True,
            "stream_options": {"include_usage": True},
            "logprobs": 0,
            "return_tokens_as_token_ids": True,
        }
        await model.close()


async def test_a_vllm_too_old_to_give_ids_is_refused() -> None:
    event = vllm_event(CHANNEL, reason="length", text="")
    del event["choices"][0]["token_ids"]
    models = answer({"data": [{"id": "m"}]})
    async with Loopback({"/v1/models": [models], "/v1/completions": [stream(event)]}) as server:
        with pytest.raises(ModelLoadError, match=r"events without ids.*0.10.2 or newer"):
            await VLLMModel(server.url).load()


async def test_the_model_must_be_one_that_vllm_runs() -> None:
    async with like_vllm() as server:
        with pytest.raises(ModelLoadError, match=r"runs openai/gpt-oss-20b, but no other/model\."):
            await VLLMModel(server.url, model="other/model").load()
    names = answer({"data": [{"id": 5}, {"id": "sesame-1234" * 9999}]})
    async with Loopback({"/v1/models": [names]}) as server:
        with pytest.raises(ModelLoadError, match=r"runs 5, \*+…, but no m\.") as caught:
            await VLLMModel(server.url, model="m", api_key="sesame-1234").load()
    assert len(str(caught.value)) < 400


async def test_vllm_takes_grammars_in_two_forms() -> None:
    async with like_vllm(stream(vllm_event(RETURN, reason="stop"))) as server:
        for form, key in (("lark", "grammar"), ("structural_tag", "structural_tag")):
            model = VLLMModel(server.url, grammar=form)  # type: ignore[arg-type]
            server._answers["/v1/completions"] = like_vllm()._answers["/v1/completions"] + [
                stream(vllm_event(RETURN, reason="stop"))
            ]
            await sample(model, PROMPT, grammar=GRAMMAR)
            assert list(server.posted()[-1]["structured_outputs"]) == [key]
    assert not VLLMModel(server.url, grammar=None).capabilities.grammar


# SGLang


def sglang_event(
    ids: Sequence[int],
    total: int,
    reason: dict[str, Any] | None = None,
    logprobs: Sequence[float] | None = None,
    text: str = "",
) -> dict[str, Any]:
    about: dict[str, Any] = {
        "id": "a1",
        "finish_reason": reason,
        "prompt_tokens": 2,
        "completion_tokens": total,
        "cached_tokens": 1,
    }
    if logprobs is not None:
        about["output_token_logprobs"] = [
            [value, token, None] for value, token in zip(logprobs, ids, strict=True)
        ]
    return {"text": text, "output_ids": list(ids), "meta_info": about}


def like_sglang(*generations: Answer) -> Loopback:
    length = {"type": "length", "length": 1}
    probe = stream(sglang_event([CHANNEL], 1, length, text="<|channel|>"), "[DONE]")
    return Loopback(
        {
            "/get_model_info": [answer({"model_path": "openai/gpt-oss-120b"})],
            "/get_server_info": [answer({"context_length": None, "max_req_input_len": 4090})],
            "/generate": [probe, *generations],
        }
    )


STOPPED = {"type": "stop", "matched": CALL}
CUMULATIVE = (
    sglang_event([CHANNEL, 5], 2, logprobs=[-0.5, -0.25]),
    sglang_event([CHANNEL, 5, 6], 3, logprobs=[-0.5, -0.25, -1.0]),
    sglang_event([CHANNEL, 5, 6, CALL], 4, STOPPED, logprobs=[-0.5, -0.25, -1.0, -0.125]),
)
INCREMENTAL = (
    sglang_event([CHANNEL, 5], 2, logprobs=[-0.5, -0.25]),
    sglang_event([6], 3, logprobs=[-1.0]),
    sglang_event([CALL], 4, STOPPED, logprobs=[-0.125]),
)


@pytest.mark.parametrize("events", [CUMULATIVE, INCREMENTAL])
async def test_sglang_is_told_all_and_read_in_both_ways_of_streaming(
    events: Sequence[dict[str, Any]],
) -> None:
    async with like_sglang(stream(*events, "[DONE]")) as server:
        model = SGLangModel(server.url)
        sampling = Sampling(0.5, 0.9, seed=7, logprobs=True)
        found, logprobs, finish = await sample(model, PROMPT, 20, sampling=sampling)
        assert found == [CHANNEL, 5, 6, CALL]
        assert logprobs == [-0.5, -0.25, -1.0, -0.125]
        assert finish == Finish("stop", 2, 1)
        assert model.capabilities.name == "openai/gpt-oss-120b"
        assert model.capabilities.context_length == 4090
        assert server.posted()[-1] == {
            "input_ids": PROMPT,
            "sampling_params": {
                "max_new_tokens": 20,
                "temperature": 0.5,
                "top_p": 0.9,
                "top_k": -1,
                "min_p": 0.0,
                "stop_token_ids": sorted(STOP_IDS),
                "skip_special_tokens": False,
                "spaces_between_special_tokens": False,
                "no_stop_trim": True,
                "sampling_seed": 7,
            },
            "stream": True,
            "return_logprob": True,
            "logprob_start_len": -1,
        }


async def test_ids_that_sglang_leaves_out_are_missed() -> None:
    async with like_sglang(stream(sglang_event([5], 1), sglang_event([7], 3))) as server:
        with pytest.raises(BackendError, match="events without ids"):
            await sample(SGLangModel(server.url), PROMPT)


async def test_a_reply_that_sglang_aborted_is_an_error() -> None:
    aborted = {"type": "abort", "message": "\x1b[2Jout of KV cache" + "x" * 9999}
    async with like_sglang(stream(sglang_event([5], 1), sglang_event([5], 1, aborted))) as server:
        with pytest.raises(BackendError, match="out of KV cache") as caught:
            await sample(SGLangModel(server.url), PROMPT)
    assert server.url in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 400


async def test_sglang_takes_grammars_in_two_forms() -> None:
    end = stream(sglang_event([RETURN], 1, {"type": "stop", "matched": RETURN}))
    for form, key in (("lark", "ebnf"), ("structural_tag", "structural_tag")):
        async with like_sglang(end) as server:
            model = SGLangModel(server.url, grammar=form)  # type: ignore[arg-type]
            await sample(model, PROMPT, grammar=GRAMMAR)
            assert isinstance(server.posted()[-1]["sampling_params"][key], str)


async def test_another_server_is_not_taken_for_either() -> None:
    for name in ("vllm", "sglang"):
        async with Loopback({"/": [status(404, json.dumps({"detail": "Not Found"}))]}) as server:
            model = load_model(f"{name}:{server.url}")
            with pytest.raises(ModelLoadError, match="Start "):
                await sample(model, PROMPT)
