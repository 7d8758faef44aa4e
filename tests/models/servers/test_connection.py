"""Between an agent and a model server: TLS, redirects, base paths, cookies, being put off."""

from __future__ import annotations

import asyncio
import ssl
import time
from pathlib import Path

import pytest

from agentkit import Agent, LlamaCppModel, ModelLoadError, UserError
from agentkit.harmony.vocabulary import CHANNEL, MESSAGE, RETURN
from agentkit.models.load import load_model
from agentkit.models.servers.patience import Patience
from agentkit.models.servers.responses import ResponsesModel
from tests.models.servers.loopback import (
    Answer,
    Loopback,
    done,
    drop,
    ids,
    like_llamacpp,
    probed,
    status,
    stream,
)
from tests.models.servers.played import responses_reply, said

CERTIFICATE = Path(__file__).parent / "certificate.pem"
QUICK = Patience(connect_seconds=5, silence_seconds=10, retries=2, backoff_seconds=0.01)
HI = stream(*map(ids, (CHANNEL, 17196, MESSAGE, 12194, RETURN)), done())
KEY = "sesame-1234"


def model_at(url: str, patience: Patience = QUICK) -> LlamaCppModel:
    return LlamaCppModel(url, api_key=KEY, patience=patience)


@pytest.fixture
def tls() -> ssl.SSLContext:
    """A server's side of TLS, with a certificate that it has signed itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


async def test_a_certificate_that_nobody_vouches_for_is_said_at_once_and_the_key_not_sent(
    tls: ssl.SSLContext,
) -> None:
    patience = Patience(retries=1, backoff_seconds=60)
    async with like_llamacpp(HI, tls=tls) as server:
        with pytest.raises(ModelLoadError, match=r"no TLS that can be trusted .* SSL_CERT_FILE"):
            await asyncio.wait_for(Agent(model_at(server.url, patience)).run("Hello!"), 20)
        assert server.requests == []


async def test_a_certificate_that_the_user_vouches_for_is_taken_on_this_machine_too(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    async with like_llamacpp(HI, tls=tls) as server:
        result = await Agent(model_at(server.url)).run("Hello!")
    assert (result.stop_reason, result.output) == ("final", "Hi")


async def test_who_hangs_up_before_tls_is_there_is_asked_again() -> None:
    asked = 0

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        result = await Agent(model_at(url)).run("Hello!")
    assert (result.stop_reason, asked) == ("error", 1 + QUICK.retries)


@pytest.mark.parametrize("code", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed_so_the_key_stays_with_its_server(code: int) -> None:
    async with like_llamacpp(HI) as other:
        leads_away = status(code, "", location=f"{other.url}/completion")
        async with like_llamacpp(leads_away) as server:
            result = await Agent(model_at(server.url)).run("Hello!")
        assert result.stop_reason == "error"
        assert f"points elsewhere, to {other.url}" in result.detail
        assert other.requests == []


@pytest.mark.parametrize("tail", ["/base/path", "/base/path/", "/base/path/v1", "/base/path/v1/"])
async def test_a_server_may_live_under_a_path(tail: str) -> None:
    async with like_llamacpp(HI, path="/base/path") as server:
        result = await Agent(model_at(server.url + tail)).run("Hello!")
    assert result.output == "Hi"


@pytest.mark.parametrize(
    ("tail", "path"), [("/base/v1", "/base/v1/responses"), ("/openai", "/openai/responses")]
)
async def test_so_may_one_that_takes_messages(tail: str, path: str) -> None:
    async with Loopback({path: [responses_reply(said("Hi"))]}) as server:
        result = await Agent(ResponsesModel(server.url + tail, model="m")).run("Hello!")
    assert result.output == "Hi"


@pytest.mark.parametrize("tail", ["/v1?api-version=1", "?key=sesame-1234", "/#there"])
def test_what_would_be_dropped_from_an_address_is_refused_untold(tail: str) -> None:
    with pytest.raises(UserError, match="An address ends with its path") as caught:
        model_at(f"http://host:8000{tail}")
    assert KEY not in str(caught.value)


async def test_no_cookie_is_kept() -> None:
    async with like_llamacpp() as server:
        cookie = status(503, "{}", set_cookie="replica=1; Path=/", retry_after="0")
        server._answers["/completion"] = [cookie, probed(), cookie, HI]
        result = await Agent(model_at(server.url)).run("Hello!")
        assert result.output == "Hi"
        assert [each.headers.get("cookie") for each in server.requests] == [None] * 5


async def test_a_server_that_wants_to_be_left_alone_for_an_hour_is() -> None:
    later = status(503, '{"error": "busy"}', retry_after="3600")
    async with like_llamacpp(later) as server:
        before = time.monotonic()
        result = await asyncio.wait_for(Agent(model_at(server.url, Patience())).run("Hello!"), 20)
        assert time.monotonic() - before < 20
        assert result.stop_reason == "error"
        assert "busy. It wants to be asked again in 3,600 s." in result.detail
        assert len(server.requests) == 3  # what it runs, the check of ids, and this


async def garbage(writer: asyncio.StreamWriter) -> None:
    """What another program says on this port."""
    writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
    await writer.drain()
    writer.close()


@pytest.mark.parametrize("fault", [garbage, drop()])
async def test_what_may_pass_is_tried_again_and_then_ends_the_run_which_goes_on_later(
    fault: Answer,
) -> None:
    async with like_llamacpp(fault) as server:
        agent = Agent(model_at(server.url))
        cut = await agent.run("Hello!")
        assert cut.stop_reason == "error"
        assert f"connection to {server.url} broke" in cut.detail
        assert len(server.posted()) == 1 + 3
        server._answers["/completion"] = [probed(), HI]
        assert (await agent.resume(cut.state)).output == "Hi"


@pytest.mark.parametrize("engine", ["vllm", "sglang", "llamacpp", "responses"])
def test_an_engine_named_without_an_address_is_told_what_is_missing(engine: str) -> None:
    with pytest.raises(UserError, match=r"no address of a server, such as http://localhost:8000"):
        load_model(f"{engine}:")
