"""Whatever a server does wrong: one typed error that says what happened, where, and what to do."""

from __future__ import annotations

import asyncio
import json
import resource
import time
from typing import Any

import pytest

from agentkit import Agent, BackendError, ContextOverflow, LlamaCppModel, ModelLoadError, UserError
from agentkit.harmony.vocabulary import CALL, CHANNEL, RETURN, START
from agentkit.models.base import Finish, Sampling
from agentkit.models.conformance import CHECKS, conformance
from agentkit.models.servers.patience import Patience
from tests.models.servers.conftest import sample
from tests.models.servers.loopback import (
    Answer,
    Loopback,
    answer,
    done,
    drop,
    ids,
    like_llamacpp,
    probed,
    raw,
    status,
    stream,
)

QUICK = Patience(connect_seconds=5, silence_seconds=10, retries=2, backoff_seconds=0.01)
PROMPT = [START, 173781]
CHARSETS = [f"text/event-stream; charset={name}" for name in ("idna", "hex", "utf-7", "utf-16")]


def model_at(server: Loopback, **arguments: Any) -> LlamaCppModel:
    return LlamaCppModel(server.url, **{"patience": QUICK} | arguments)


async def fault_of(*completions: Answer, **arguments: Any) -> BaseException:
    """What asking a server raises that answers a completion so."""
    async with like_llamacpp(*completions) as server:
        with pytest.raises((BackendError, ContextOverflow)) as caught:
            await sample(model_at(server), PROMPT, **arguments)
        assert server.url in str(caught.value)
        return caught.value


@pytest.mark.parametrize(
    ("completion", "said"),
    [
        (stream(ids(5), ids(6), then="cut"), "broke"),
        (stream(ids(5), ids(6)), "broke off after 2 ids without an end"),
        (stream(ids(5), "{'no': json"), "does not answer in JSON"),
        (stream(ids(5), ["no", "object"]), "JSON that is no object"),
        (stream(ids(5), {"content": "hi", "stop": False}), "events without ids"),
        (stream({"choices": [{"text": "hi"}]}), "events without ids"),
        (stream(ids(5), {"error": {"message": "out of memory"}}), "out of memory"),
        (stream(ids(5), ids(201_088)), "201088, which is no id"),
        (stream(ids(-1)), "-1, which is no id"),
        (stream(ids("5")), "'5', which is no id"),
        (stream(ids(True)), "True, which is no id"),
        (stream(ids({"x": "y" * 9999})), "which is no id"),
        (stream({"content": "x", "tokens": 5, "stop": False}), "events without ids"),
        (stream({"content": "x", "tokens": {"5": 5}, "stop": False}), "events without ids"),
        (status(200, "<html><body>Welcome</body></html>", "text/html"), "with a web page"),
        (status(200, '{"tokens": [5]}'), "in place of a stream"),
        (status(400, '{"error": {"message": "no such\\u001b[2J thing"}}'), "no such [2J thing"),
        (status(404, "<html>"), "does not know this request: a web page"),
        (status(302, "", location="http://elsewhere"), "points elsewhere, to http://elsewhere"),
        (raw(b"data: " + b"x" * 9 * 2**20), "byte limit"),
    ],
)
async def test_a_stream_that_is_none_is_an_error_of_one_sentence(
    completion: Answer, said: str
) -> None:
    error = await fault_of(completion)
    assert isinstance(error, BackendError)
    assert said in str(error)
    assert "\n" not in str(error)
    assert "\x1b" not in str(error)
    assert len(str(error)) < 600


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": 400, "message": "exceeds", "type": "exceed_context_size_error"}},
        {"error": {"message": "This model's maximum context length is 4096 tokens."}},
        {"error": {"message": "The input (9 tokens) is longer than the model's context length"}},
    ],
)
@pytest.mark.parametrize("code", [400, 500])
async def test_a_server_that_finds_the_prompt_too_long_is_a_context_overflow(
    body: Any, code: int
) -> None:
    assert isinstance(await fault_of(status(code, json.dumps(body))), ContextOverflow)
    assert isinstance(await fault_of(stream(ids(5), body)), ContextOverflow)


async def test_faults_that_pass_are_waited_out() -> None:
    later = status(503, '{"error": "busy"}', retry_after="0.2")
    good = stream(ids(5), ids(RETURN), done())
    async with like_llamacpp(drop(), later, good) as server:
        before = time.monotonic()
        found, _, _ = await sample(model_at(server), PROMPT)
        assert found == [5, RETURN]
        assert time.monotonic() - before > 0.2
    error = await fault_of(status(429, '{"error": "too many"}'))
    assert "too many" in str(error)


async def test_nothing_is_asked_again_once_an_id_was_delivered() -> None:
    good = stream(ids(7), ids(RETURN), done())
    async with like_llamacpp(stream(ids(5), then="cut"), good) as server:
        model = model_at(server)
        stream_of_one = model.stream(PROMPT, sampling=Sampling(), stop=frozenset(), max_tokens=9)
        assert (await anext(stream_of_one)).ids == (5,)
        with pytest.raises(BackendError, match="broke"):
            await anext(stream_of_one)
        assert len(server.posted()) == 2  # the check at first use, and this
        # The next call finds the server well again, and checks it anew.
        server._answers["/completion"] = [probed(), good]
        assert (await sample(model, PROMPT))[0] == [7, RETURN]


async def test_where_nothing_listens_the_error_says_what_to_start() -> None:
    async with Loopback({}) as server:
        url = server.url
    model = LlamaCppModel(url, patience=QUICK)
    with pytest.raises(BackendError, match=r"Nothing answers .* Start llama.cpp with"):
        await sample(model, PROMPT)
    result = await Agent(model).run("Hello!")
    assert (result.stop_reason, result.output) == ("error", None)
    assert "Start llama.cpp" in result.detail
    assert [message.text for message in result.new_messages] == ["Hello!"]


async def test_a_run_that_a_fault_ended_can_be_resumed() -> None:
    # "<|channel|>final<|message|>Hi" and then nothing more; after that, all of it.
    begun = stream(ids(CHANNEL), ids(17196), ids(200008), ids(12194), then="cut")
    good = stream(*map(ids, (CHANNEL, 17196, 200008, 12194, RETURN)), done())
    async with like_llamacpp(begun, probed(), good) as server:
        agent = Agent(model_at(server))
        cut = await agent.run("Hello!")
        assert cut.stop_reason == "error"
        resumed = await agent.resume(cut.state)
        assert (resumed.stop_reason, resumed.output) == ("final", "Hi")


async def test_silence_is_an_error_after_its_time() -> None:
    before = time.monotonic()
    patience = Patience(silence_seconds=0.3, retries=0)
    for answers in (stream(ids(5), then="silence"), stream(then="silence")):
        async with like_llamacpp(answers) as server:
            with pytest.raises(BackendError, match=r"sent nothing for 0.3 s"):
                await sample(model_at(server, patience=patience), PROMPT)
    assert time.monotonic() - before < 10


async def test_events_without_ids_do_not_count_as_life() -> None:
    async with like_llamacpp(stream(ids(5), ids(), then="ever")) as server:
        patience = Patience(silence_seconds=0.5)
        with pytest.raises(BackendError, match="sent nothing for"):
            await sample(model_at(server, patience=patience), PROMPT)
    async with like_llamacpp(raw(b": ping\n\n" * 100, again=True)) as server:
        with pytest.raises(BackendError, match="sent nothing for"):
            await sample(model_at(server, patience=patience), PROMPT)


async def test_a_model_that_is_closed_while_it_replies_says_so() -> None:
    async with like_llamacpp(stream(*[ids(5)] * 500, seconds=0.02)) as server:
        model = model_at(server)
        chunks = model.stream(PROMPT, sampling=Sampling(), stop=frozenset(), max_tokens=999)
        await anext(chunks)
        await model.close()
        with pytest.raises(BackendError, match="was closed while it was asked"):
            async for _ in chunks:
                pass


async def test_a_stream_without_end_is_left_at_max_tokens() -> None:
    async with like_llamacpp(stream(ids(5), then="ever")) as server:
        found, _, finish = await sample(model_at(server), PROMPT, 3000, stop=frozenset())
        assert (len(found), finish.reason) == (3000, "length")
        for _ in range(100):
            if not server.connections:
                break
            await asyncio.sleep(0.01)
        assert not server.connections


async def test_endless_bytes_do_not_fill_the_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "byte limit" in str(await fault_of(raw(b"data: " + b"x" * 60_000, again=True)))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


async def test_a_stop_id_that_the_server_does_not_know_ends_the_stream() -> None:
    async with like_llamacpp(stream(ids(5), ids(CALL, 6, 7), ids(8), then="silence")) as server:
        found, _, finish = await sample(model_at(server), PROMPT, stop=frozenset({CALL}))
        assert (found, finish.reason) == ([5, CALL], "stop")


@pytest.mark.parametrize("told", [None, [], [None], ["much"], [10**400], [float("nan")], [-1, -1]])
async def test_logprobs_that_were_asked_for_and_did_not_come_are_an_error(told: Any) -> None:
    probabilities = told and [{"logprob": value} for value in told]
    event = {**ids(5), "completion_probabilities": probabilities}
    error = await fault_of(stream(event, done()), sampling=Sampling(logprobs=True))
    assert "log-probability" in str(error)


@pytest.mark.parametrize("told", ["1", -1, 1.5, [1], None, True, {}])
async def test_what_is_told_beside_the_ids_does_no_harm(told: Any) -> None:
    odd = {"content": told, "tokens_evaluated": told, "timings": {"cache_n": told}}
    async with like_llamacpp(stream({**ids(5), **odd}, {**ids(RETURN), **odd}, done())) as server:
        found, _, finish = await sample(model_at(server), PROMPT)
    assert (found, finish) == ([5, RETURN], Finish("stop", 2, 0))


@pytest.mark.parametrize(
    ("events", "then"),
    [
        ((ids(5), done()), "silence"),
        ((ids(5), done()), "cut"),
        ((ids(5), done(), ids(6), ids(RETURN)), "end"),
        ((ids(5), done(), done("limit")), "end"),
        ((ids(5), done(), {"error": "late"}), "end"),
        ((ids(5), done(), "[DONE]", "no json"), "silence"),
    ],
)
async def test_what_comes_after_the_end_changes_nothing(events: tuple[Any, ...], then: str) -> None:
    async with like_llamacpp(stream(*events, then=then)) as server:
        patience = Patience(silence_seconds=0.5)
        found, _, finish = await sample(model_at(server, patience=patience), PROMPT)
    assert (found, finish.reason) == ([5], "stop")


@pytest.mark.parametrize("kind", ["Text/Event-Stream", *CHARSETS])
async def test_events_are_utf8_whatever_the_header_says(kind: str) -> None:
    body = "".join(f"data: {json.dumps(each)}\n\n" for each in (ids(5), ids(RETURN), done()))
    async with like_llamacpp(status(200, ": +2AA-\n\n" + body, kind)) as server:
        assert (await sample(model_at(server), PROMPT))[0] == [5, RETURN]


async def drip(writer: asyncio.StreamWriter) -> None:
    """An answer that never ends and is never silent."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def test_an_answer_that_never_ends_is_left() -> None:
    async with Loopback({"/props": [drip]}) as server:
        model = model_at(server, patience=Patience(silence_seconds=0.3))
        with pytest.raises(BackendError, match="sent nothing for"):
            await model.load()


# The check at first use


@pytest.mark.parametrize(
    ("probe", "said"),
    [
        (stream({**ids(CHANNEL), "content": "ಕ"}, done("limit")), "another model runs there"),
        (
            stream(ids(35644), done("limit")),
            r"gave the ids \[35644\] where it had to sample 200005",
        ),
        (
            stream({**ids(CHANNEL), "content": ""}, {**done("limit"), "tokens_evaluated": 3}),
            "saw 3",
        ),
        (stream({"choices": [{"text": "<|channel|>"}]}), "events without ids"),
        (stream({"content": "hi", "stop": False}), "events without ids"),
        (status(404, "nothing here"), "does not know this request"),
        (status(400, '{"error": "Prompt contains invalid tokens"}'), "invalid tokens"),
    ],
)
async def test_a_server_that_does_not_keep_ids_is_refused_before_it_is_used(
    probe: Answer, said: str
) -> None:
    async with like_llamacpp(probe=probe) as server:
        with pytest.raises(ModelLoadError, match=said):
            await model_at(server).load()


async def test_a_web_page_or_another_program_is_no_server() -> None:
    page = status(200, "<html>Hello</html>", "text/html")
    for props in (page, answer([]), answer({"hello": 1}), status(404, "?")):
        async with Loopback({"/props": [props]}) as server:
            with pytest.raises(ModelLoadError, match=r"Start llama.cpp with"):
                await model_at(server).load()


async def test_the_suite_ends_where_nothing_can_be_checked() -> None:
    async with Loopback({}) as server:
        findings = [finding async for finding in conformance(model_at(server))]
    assert [finding.state for finding in findings] == ["failed"]
    assert "ModelLoadError" in findings[0].detail


async def test_the_suite_takes_a_model_that_says_nothing_for_what_it_is() -> None:
    async with like_llamacpp(stream(done()), context=10**12) as server:
        model = model_at(server)
        await model.load()
        found = {finding.check: finding.state async for finding in conformance(model)}
    assert set(found) == set(CHECKS)
    assert found["stop ids"] == found["logprobs"] == "failed"
    assert found["overflow"] == "skipped"


async def test_a_longer_context_than_the_server_has_is_refused() -> None:
    async with like_llamacpp(context=1000) as server:
        with pytest.raises(ModelLoadError, match=r"context_length is 2,000, but .* with 1,000"):
            await model_at(server, context_length=2000).load()


def test_what_cannot_be_right_is_refused_at_once() -> None:
    for address in ("ftp://x", "http://", "http://host:99999999", "http://:8000", "http://\x01a"):
        with pytest.raises(UserError, match="is no address of a server"):
            LlamaCppModel(address)
    with pytest.raises(UserError, match="A key has no place") as caught:
        LlamaCppModel("http://user:secret@host")
    assert "secret" not in str(caught.value)
    with pytest.raises(UserError, match="must be above 0"):
        Patience(connect_seconds=0)
    with pytest.raises(UserError, match="0 or more"):
        Patience(retries=-1)
    with pytest.raises(UserError, match="at least 2"):
        LlamaCppModel("http://host", context_length=1)


async def test_prompts_that_no_model_takes_are_refused_before_anything_is_sent() -> None:
    async with like_llamacpp() as server:
        model = model_at(server)
        for prompt, most, said in (
            ([], 1, "empty"),
            ([201_088], 1, "outside the vocabulary"),
            ([-1], 1, "outside the vocabulary"),
            ([5], 0, "max_tokens is 0"),
        ):
            with pytest.raises(UserError, match=said):
                await sample(model, prompt, most)
        assert not server.requests


async def test_the_key_is_sent_from_the_environment_and_never_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LLAMA_API_KEY", "sesame-1234")
    said = status(400, '{"error": "sesame-1234 is not welcome"}')
    async with like_llamacpp(said) as server:
        model = model_at(server)
        with pytest.raises(BackendError, match=r"\*\*\* is not welcome") as caught:
            await sample(model, PROMPT)
        assert server.requests[-1].headers["authorization"] == "Bearer sesame-1234"
        assert "sesame" not in f"{caught.value!r} {model!r} {model._http.__dict__!r}"


async def test_a_key_that_no_header_takes_is_refused_untold() -> None:
    async with like_llamacpp(stream(ids(RETURN), done())) as server:
        await sample(model_at(server, api_key="sesame-1234\n"), PROMPT)  # As a file has it.
        assert server.requests[-1].headers["authorization"] == "Bearer sesame-1234"
    for key in ("sesame\n1234", "sésame-1234", "sesame-\x001234"):
        with pytest.raises(UserError, match="The API key has characters") as caught:
            LlamaCppModel("http://host", api_key=key)
        assert "1234" not in str(caught.value)


async def test_the_key_is_in_no_value_that_a_server_sent() -> None:
    for odd in (ids("sesame-1234"), {"key": "sesame-1234"}, ids({"a": ["sesame-1234"] * 999})):
        async with like_llamacpp(stream(odd)) as server:
            with pytest.raises(BackendError, match=r"\*\*\*") as caught:
                await sample(model_at(server, api_key="sesame-1234"), PROMPT)
        assert "sesame" not in str(caught.value)
        assert len(str(caught.value)) < 600


async def test_a_length_that_is_none_is_not_believed() -> None:
    for length in (-5, 0, True, "4096", 4096.0, None):
        async with like_llamacpp(stream(ids(RETURN), done()), context=length) as server:  # type: ignore[arg-type]
            model = model_at(server)
            await sample(model, PROMPT)
            assert model.capabilities.context_length == 131_072


async def test_a_grammar_is_not_sent_where_it_cannot_be_obeyed() -> None:
    from agentkit.harmony.grammar import Grammar

    async with like_llamacpp() as server:
        model = model_at(server, grammar=False)
        assert not model.capabilities.grammar
        with pytest.raises(UserError, match="grammar=False"):
            await sample(model, PROMPT, grammar=Grammar())
