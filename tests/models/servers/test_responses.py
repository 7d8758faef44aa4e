"""`ResponsesModel` against servers that play what OpenAI's APIs document, and against mischief."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Sequence
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from agentkit import (
    Agent,
    BackendError,
    ContextOverflow,
    Limits,
    Message,
    ModelLoadError,
    ReasoningDelta,
    RunContext,
    RunState,
    Sampling,
    TextDelta,
    Tool,
    ToolCall,
    ToolCallDelta,
    ToolCalled,
    ToolOutput,
    UserError,
)
from agentkit.harmony.grammar import Grammar, Recipient
from agentkit.harmony.prompt import Prompt
from agentkit.harmony.reader import Delta, Finished, Reader
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.harmony.vocabulary import CALL, SPECIAL_NAMES, STOP_IDS
from agentkit.harmony.writer import render_all, reply_header
from agentkit.messages import user
from agentkit.models.base import Finish, TokenChunk
from agentkit.models.load import load_model
from agentkit.models.servers.patience import Patience
from agentkit.models.servers.responses import ResponsesModel
from agentkit.tools.base import FunctionSchema, ToolDescription
from tests.models.servers.conftest import eventually
from tests.models.servers.loopback import Answer, Loopback, answer, status, stream
from tests.models.servers.played import (
    CHAT,
    RESPONSES,
    Event,
    PlayedServer,
    called,
    chat_events,
    chat_reply,
    models,
    refusal,
    responses_events,
    responses_reply,
    said,
    streamed,
    summary,
    thought,
)

Api = Literal["responses", "chat"]
APIS: tuple[Api, ...] = ("responses", "chat")
PATHS = {"responses": RESPONSES, "chat": CHAT}
REPLIES = {"responses": responses_reply, "chat": chat_reply}
EVENTS = {"responses": responses_events, "chat": chat_events}

TOKENIZER = load_tokenizer()
WEATHER = Recipient(
    "functions.weather",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    "The weather.",
)
PYTHON = Recipient("python", None, "Runs code.")
SEARCH = Recipient("browser.search", {"type": "object", "properties": {"query": {}}}, "Searches.")
SHORT = Patience(silence_seconds=0.5)
QUICK = Patience(connect_seconds=2, silence_seconds=5, retries=1, backoff_seconds=0.01)


def prompt_of(*messages: Message, channel: str | None = None, **head: Any) -> list[int]:
    """The ids of a conversation that asks for a reply."""
    ids = render_all([*Prompt(**head).messages(), *messages], TOKENIZER)
    return [*ids, *reply_header(TOKENIZER, channel)]


async def chunks_of(
    model: ResponsesModel, prompt: list[int], grammar: Grammar | None = None, most: int = 10_000
) -> list[TokenChunk]:
    stream = model.stream(
        prompt, sampling=Sampling(), stop=STOP_IDS, max_tokens=most, grammar=grammar
    )
    return [chunk async for chunk in stream]


async def spoken(
    model: ResponsesModel,
    *messages: Message,
    grammar: Grammar | None = None,
    channel: str | None = None,
) -> tuple[str, Finish]:
    """The text of a reply, special tokens by name, and how it ended."""
    prompt = prompt_of(*(messages or (user("Hi"),)), channel=channel)
    chunks = await chunks_of(model, prompt, grammar)
    assert chunks[-1].finish is not None
    return TOKENIZER.decode(token for each in chunks for token in each.ids), chunks[-1].finish


def server_of(api: Api, *answers: Answer) -> PlayedServer:
    return PlayedServer({PATHS[api]: answers})


MODELS: list[ResponsesModel] = []


def opened(base_url: str, **options: Any) -> ResponsesModel:
    """A model that is closed with the test."""
    MODELS.append(ResponsesModel(base_url, **options))
    return MODELS[-1]


@pytest.fixture(autouse=True)
async def models_are_closed() -> AsyncGenerator[None]:
    yield
    while MODELS:
        await MODELS.pop().close()


def model_at(server: PlayedServer, api: Api | None = None, **options: Any) -> ResponsesModel:
    return opened(server.base_url, **{"model": "m", "api": api, "patience": QUICK, **options})


def weather(city: str) -> str:
    """The weather.

    Args:
        city: where.
    """
    return f"sunny in {city}"


class Notebook(Tool):
    """A `python` tool that answers with what it was given."""

    name = "python"

    def describe(self) -> ToolDescription:
        return ToolDescription("python", "Runs code.", (), "system")

    async def call(
        self, call: ToolCall, ctx: RunContext[Any]
    ) -> AsyncGenerator[str | ToolOutput, None]:
        yield ToolOutput(f"ran {call.text!r}")

    async def close(self, conversation: str | None = None) -> None:
        """Nothing to free."""


# What is written


@pytest.mark.parametrize("api", APIS)
async def test_a_reply_is_written_as_gpt_oss_would_have(api: Api) -> None:
    reply = REPLIES[api](thought("Greet them."), said("Hello there."))
    async with server_of(api, reply) as server:
        text, finish = await spoken(model_at(server, api))
    assert text == (
        "<|channel|>analysis<|message|>Greet them.<|end|><|start|>assistant"
        "<|channel|>final<|message|>Hello there.<|return|>"
    )
    assert finish.reason == "stop"


@pytest.mark.parametrize("api", APIS)
async def test_calls_are_written_in_the_forms_of_their_tools(api: Api) -> None:
    grammar = Grammar((WEATHER, PYTHON, SEARCH))
    expected = {
        ("weather", '{"city":"Paris"}'): (
            "<|channel|>commentary to=functions.weather <|constrain|>json<|message|>"
            '{"city":"Paris"}'
        ),
        ("python", json.dumps({"code": 'print("é😀")\nx = 1'})): (
            '<|channel|>analysis to=python code<|message|>print("é😀")\nx = 1'
        ),
        ("browser__search", '{"query":"rain"}'): (
            '<|channel|>analysis to=browser.search code<|message|>{"query":"rain"}'
        ),
        ("made_up", "{}"): (
            "<|channel|>commentary to=functions.made_up <|constrain|>json<|message|>{}"
        ),
        ("browser__fly", "{}"): "<|channel|>analysis to=browser.fly code<|message|>{}",
        ("weather", '{"city": "Par'): (
            '<|channel|>commentary to=functions.weather <|constrain|>json<|message|>{"city": "Par'
        ),
        ("python", "print(1)"): "<|channel|>analysis to=python code<|message|>print(1)",
        ("python", '{"code": "a\nb"}'): "<|channel|>analysis to=python code<|message|>a\nb",
    }
    answers = [REPLIES[api](called(*call)) for call in expected]
    async with server_of(api, *answers) as server:
        model = model_at(server, api)
        for wanted in expected.values():
            text, finish = await spoken(model, grammar=grammar)
            assert text == wanted + "<|call|>"
            assert finish.reason == "stop"


@pytest.mark.parametrize("api", APIS)
async def test_all_calls_of_a_reply_arrive_and_nothing_said_after_them(api: Api) -> None:
    reply = REPLIES[api](
        thought("Both."),
        called("weather", '{"city":"Paris"}'),
        called("weather", '{"city":"Rome"}', 2),
        said("It is sunny."),
    )
    async with server_of(api, reply) as server:
        chunks = await chunks_of(model_at(server, api), prompt_of(user("Hi")), Grammar((WEATHER,)))
    # A reader may stop at the first stop id, so all of it comes together.
    assert all(CALL not in chunk.ids for chunk in chunks[:-1])
    assert chunks[-1].ids.count(CALL) == 2
    text = TOKENIZER.decode(token for chunk in chunks for token in chunk.ids)
    assert "Rome" in text
    assert text.endswith("<|call|>")
    if api == "responses":
        assert "It is sunny" not in text


@pytest.mark.parametrize("api", APIS)
async def test_it_comes_as_it_is_streamed(api: Api) -> None:
    code = "for n in range(10):\n    print(n)"
    reply = REPLIES[api](thought("Think about it."), called("python", json.dumps({"code": code})))
    async with server_of(api, reply) as server:
        chunks = await chunks_of(model_at(server, api), prompt_of(user("Hi")), Grammar((PYTHON,)))
    reader = Reader(TOKENIZER, reply_header(TOKENIZER))
    deltas = [e for chunk in chunks for e in reader.feed(chunk.ids) if isinstance(e, Delta)]
    assert len([each for each in deltas if each.kind == "reasoning"]) == 3
    assert len([each for each in deltas if each.kind == "call" and each.text]) > 5
    assert "".join(each.text for each in deltas if each.kind == "call") == code


async def test_nothing_a_server_says_becomes_a_special_token() -> None:
    nasty = "".join(SPECIAL_NAMES.values()) + " to=functions.x"
    reply = responses_reply(thought(nasty), called(f"weather{nasty}", nasty))
    async with server_of("responses", reply) as server:
        prompt = prompt_of(user("Hi"))
        chunks = await chunks_of(model_at(server, "responses"), prompt, Grammar((WEATHER,)))
    reader = Reader(TOKENIZER, reply_header(TOKENIZER))
    events = [event for chunk in chunks for event in reader.feed(chunk.ids)]
    messages = [event.message for event in events if isinstance(event, Finished)]
    assert [message.text for message in messages] == [nasty, nasty]
    assert all(not message.notes for message in messages)
    assert messages[1].recipient is not None
    assert messages[1].recipient.startswith("weather_startoftext_")


async def test_summaries_stand_in_where_the_reasoning_is_not_told() -> None:
    reply = responses_reply(summary("First this.", "Then that."), said("Done."))
    async with server_of("responses", reply) as server:
        text, _ = await spoken(model_at(server, "responses"))
    assert "analysis<|message|>First this.\n\nThen that.<|end|>" in text


async def test_a_preamble_is_one_when_the_server_says_so() -> None:
    reply = responses_reply(said("I look it up.", phase="commentary"), called("weather", "{}"))
    async with server_of("responses", reply) as server:
        text, _ = await spoken(model_at(server, "responses"), grammar=Grammar((WEATHER,)))
    assert text.startswith("<|channel|>commentary<|message|>I look it up.<|end|>")


async def test_characters_that_a_server_cut_in_two_are_whole_again() -> None:
    halves = [{"choices": [{"delta": {"content": half}}]} for half in ("a\ud83d", "\ude00b")]
    end = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    async with server_of("chat", streamed(*halves, end)) as server:
        text, _ = await spoken(model_at(server, "chat"))
    assert text == "<|channel|>final<|message|>a😀b<|return|>"


async def test_a_server_that_names_little_and_sends_items_whole_is_understood() -> None:
    # llama.cpp numbers no items and gives calls no id but `call_id`; others send no parts.
    call = {"type": "function_call", "call_id": "fc_a", "name": "weather", "arguments": ""}
    whole = {**call, "arguments": '{"city":"Rome"}'}
    delta = {"type": "response.function_call_arguments.delta", "item_id": "fc_a"}
    llamacpp = streamed(
        {"type": "response.reasoning_text.delta", "item_id": "rs_1", "delta": "Hm."},
        {"type": "response.output_item.added", "item": call},
        {**delta, "delta": '{"city"'},
        {**delta, "delta": ':"Rome"}'},
        {"type": "response.output_item.done", "item": whole},
        {"type": "response.completed", "response": {"status": "completed"}},
    )
    terse = streamed(
        {"type": "response.completed", "response": {"output": [thought("Hm."), whole]}}
    )
    async with server_of("responses", llamacpp, terse) as server:
        model = model_at(server, "responses")
        first, _ = await spoken(model, grammar=Grammar((WEATHER,)))
        second, _ = await spoken(model, grammar=Grammar((WEATHER,)))
    assert first == second
    assert first.endswith('json<|message|>{"city":"Rome"}<|call|>')


async def test_unknown_events_and_fields_are_passed_over() -> None:
    reply = streamed(
        {"type": "response.web_search_call.searching", "delta": {"odd": 1}},
        {"type": "keepalive"},
        {"type": "response.output_text.delta", "output_index": 0, "delta": "Hi", "new": [1]},
        {"type": "response.completed", "response": {"status": "completed", "new": {}}},
    )
    async with server_of("responses", reply) as server:
        text, _ = await spoken(model_at(server, "responses"))
    assert text == "<|channel|>final<|message|>Hi<|return|>"


@pytest.mark.parametrize("api", APIS)
async def test_where_an_answer_is_demanded_only_the_answer_is_written(api: Api) -> None:
    reply = REPLIES[api](thought("Hm."), said("Yes."), called("weather", "{}"))
    async with server_of(api, reply) as server:
        text, _ = await spoken(
            model_at(server, api), grammar=Grammar((WEATHER,), opened="final"), channel="final"
        )
        assert "tools" not in server.bodies(PATHS[api])[0]
    assert text == "Yes.<|return|>"


@pytest.mark.parametrize("api", APIS)
async def test_a_reply_is_cut_at_the_servers_limit_and_at_ours(api: Api) -> None:
    cut = (
        responses_reply(
            said("One two"), status="incomplete", incomplete_details={"reason": "max_output_tokens"}
        )
        if api == "responses"
        else chat_reply(said("One two"), reason="length")
    )
    async with server_of(api, cut, REPLIES[api](said("one two three four five six"))) as server:
        model = model_at(server, api)
        text, finish = await spoken(model)
        assert text.endswith("One two")
        assert finish.reason == "length"
        chunks = await chunks_of(model, prompt_of(user("Hi")), most=6)
        assert sum(len(chunk.ids) for chunk in chunks) == 6
        assert chunks[-1].finish is not None
        assert chunks[-1].finish.reason == "length"
        limit = "max_output_tokens" if api == "responses" else "max_tokens"
        # A limit that is only the context's is left to the server, which knows its own.
        assert [body.get(limit) for body in server.bodies(PATHS[api])] == [10_000, 6]


@pytest.mark.parametrize("api", APIS)
async def test_usage_is_the_servers(api: Api) -> None:
    kind = "input_tokens" if api == "responses" else "prompt_tokens"
    usage = {kind: 90, f"{kind}_details": {"cached_tokens": 64}}
    async with server_of(api, REPLIES[api](said("Hi"), usage=usage)) as server:
        _, finish = await spoken(model_at(server, api))
    assert (finish.prompt_tokens, finish.cached_tokens) == (90, 64)


# What is asked


HISTORY = (
    user("Weather in Paris and Rome?"),
    Message("assistant", "Ask the tool.", "analysis"),
    Message("assistant", "One moment.", "commentary"),
    Message("assistant", '{"city":"Paris"}', "commentary", "functions.weather"),
    Message("assistant", "{city: Rome", "commentary", "functions.weather"),
    Message("tool", "sunny", "commentary", "assistant", "functions.weather"),
    Message("tool", "Error: mend it", "commentary", "assistant", "functions.weather"),
    Message("assistant", "1+1", "analysis", "python"),
    Message("tool", "2", "analysis", "assistant", "python"),
    Message("assistant", "Sunny.", "final"),
    Message("developer", "Answer in JSON."),
)
HEAD: dict[str, Any] = {
    "instructions": "Be brief.\n\n# Tools\n\nnone of yours",
    "reasoning": "high",
}


async def asked(
    api: Api, grammar: Grammar, *messages: Message, sampling: Sampling | None = None, **head: Any
) -> Event:
    """The body that a conversation is asked with."""
    async with server_of(api, REPLIES[api](said("Hi"))) as server:
        stream = model_at(server, api).stream(
            prompt_of(*(messages or (user("Hi"),)), **head),
            sampling=sampling or Sampling(),
            stop=STOP_IDS,
            max_tokens=1_000_000,
            grammar=grammar,
        )
        async for _ in stream:
            pass
        body: Event = server.bodies(PATHS[api])[0]
        return body


async def test_the_conversation_becomes_items_of_the_responses_api() -> None:
    body = await asked("responses", Grammar((WEATHER, PYTHON)), *HISTORY, **HEAD)
    assert body["instructions"] == HEAD["instructions"]
    assert body["reasoning"] == {"effort": "high"}
    assert body["store"] is False
    assert "max_output_tokens" not in body
    assert [
        (item["type"], item.get("role") or item.get("call_id") or item["id"])
        for item in body["input"]
    ] == [
        ("message", "user"),
        ("reasoning", "rs_1"),
        ("message", "assistant"),
        ("function_call", "call_1"),
        ("function_call_output", "call_1"),
        ("function_call", "call_2"),
        ("function_call_output", "call_2"),
        ("function_call", "call_3"),
        ("function_call_output", "call_3"),
        ("message", "assistant"),
        ("message", "developer"),
    ]
    calls = [item for item in body["input"] if item["type"] == "function_call"]
    assert [call["name"] for call in calls] == ["weather", "weather", "python"]
    # Servers parse arguments: what is no JSON is wrapped, and code is an argument.
    assert [json.loads(call["arguments"]) for call in calls] == [
        {"city": "Paris"},
        {"arguments": "{city: Rome"},
        {"code": "1+1"},
    ]
    assert body["input"][1]["content"] == [{"type": "reasoning_text", "text": "Ask the tool."}]


async def test_the_conversation_becomes_messages_of_the_chat_api() -> None:
    body = await asked("chat", Grammar((WEATHER, PYTHON)), *HISTORY, **HEAD)
    messages = body["messages"]
    assert [message["role"] for message in messages] == [
        *("system", "user", "assistant", "assistant", "tool", "assistant", "tool"),
        *("assistant", "tool", "assistant", "user"),
    ]
    # gpt-oss's template takes one call to a message, and no text besides its reasoning.
    assert messages[2] == {"role": "assistant", "content": "One moment."}
    assert messages[3]["content"] == ""
    assert messages[3]["reasoning"] == messages[3]["reasoning_content"] == "Ask the tool."
    calls = [call for message in messages for call in message.get("tool_calls", ())]
    assert [call["id"] for call in calls] == ["call_1", "call_2", "call_3"]
    assert [message["tool_call_id"] for message in messages if message["role"] == "tool"] == [
        *("call_1", "call_2", "call_3")
    ]
    assert body["reasoning_effort"] == "high"


@pytest.mark.parametrize("api", APIS)
async def test_tools_are_functions_with_names_that_the_api_takes(api: Api) -> None:
    clash = Recipient("functions.python", {"type": "object"})
    long = Recipient("functions." + "x" * 80, {"type": "object"})
    longer = Recipient("functions." + "x" * 90, {"type": "object"})
    body = await asked(api, Grammar((WEATHER, clash, PYTHON, SEARCH, long, longer)))
    tools = [tool if api == "responses" else tool["function"] for tool in body["tools"]]
    names = [tool["name"] for tool in tools]
    assert names[:4] == ["weather", "functions__python", "python", "browser__search"]
    assert len(set(names)) == 6
    assert all(len(name) <= 64 for name in names)
    assert tools[0]["parameters"] == WEATHER.parameters
    assert list(tools[2]["parameters"]["properties"]) == ["code"]
    assert body["tool_choice"] == "auto"
    assert body["parallel_tool_calls"] is False
    required = await asked(api, Grammar((WEATHER,), must_call=True))
    assert required["tool_choice"] == "required"


@pytest.mark.parametrize("api", APIS)
async def test_the_form_of_the_answer_is_asked_for_closed(api: Api) -> None:
    inner = {"type": "object", "properties": {"sku": {"type": "string"}}, "required": ["sku"]}
    schema = {"type": "object", "properties": {"lines": {"type": "array", "items": inner}}}
    body = await asked(api, Grammar(answer=schema))
    form = body["text"]["format"] if api == "responses" else body["response_format"]["json_schema"]
    assert form["schema"]["additionalProperties"] is False
    assert form["schema"]["properties"]["lines"]["items"]["additionalProperties"] is False
    assert form["strict"] is False  # OpenAI's strict mode wants every property required.
    body = await asked(api, Grammar(answer={**schema, "required": ["lines"]}))
    form = body["text"]["format"] if api == "responses" else body["response_format"]["json_schema"]
    assert form["strict"] is True


@pytest.mark.parametrize("api", APIS)
async def test_sampling_is_passed_on(api: Api) -> None:
    sampling = Sampling(temperature=0.5, top_p=0.9, top_k=5, min_p=0.1, seed=7)
    body = await asked(api, Grammar(), sampling=sampling)
    wanted = {"temperature": 0.5, "top_p": 0.9, "top_k": 5, "min_p": 0.1, "seed": 7}
    assert body.items() >= wanted.items()


async def test_what_tools_say_of_themselves_as_a_whole_is_told_once() -> None:
    class Library(Notebook):
        name = "browser"

        def describe(self) -> ToolDescription:
            functions = tuple(
                FunctionSchema(name, f"{name}s", {"type": "object", "properties": {}})
                for name in ("search", "open")
            )
            return ToolDescription("browser", "Cite as 【1†L2】.", functions, "system")

    async with server_of("responses", responses_reply(said("Hi"))) as server:
        await Agent(model_at(server, "responses"), tools=[Library()]).run("Hi")
        (body,) = server.bodies(RESPONSES)
    assert [tool["description"] for tool in body["tools"]] == [
        "Cite as 【1†L2】.\n\nsearchs",
        "opens",
    ]
    assert "instructions" not in body


# Which API, which model


async def test_chat_is_taken_where_there_is_no_responses_api() -> None:
    async with server_of("chat", chat_reply(said("Hi"))) as server:
        model = model_at(server)
        for _ in range(2):
            text, _ = await spoken(model)
            assert text.endswith("Hi<|return|>")
    assert [request.path for request in server.requests] == [RESPONSES, CHAT, CHAT]


async def test_a_server_that_answers_200_to_unknown_paths_is_understood() -> None:
    # LM Studio does.
    unknown = answer({"error": "Unexpected endpoint or method. (POST /v1/responses)"})
    routes = {RESPONSES: [unknown], CHAT: [chat_reply(said("Hi"))]}
    async with PlayedServer(routes) as server:
        text, _ = await spoken(model_at(server))
    assert text.endswith("Hi<|return|>")


async def test_responses_is_taken_where_it_is() -> None:
    routes = {RESPONSES: [responses_reply(said("Hi"))], CHAT: [chat_reply(said("No"))]}
    async with PlayedServer(routes) as server:
        text, _ = await spoken(model_at(server))
    assert text.endswith("Hi<|return|>")


async def test_the_only_model_of_a_server_needs_no_name() -> None:
    routes = {"/v1/models": [models("gpt-oss:20b")], RESPONSES: [responses_reply(said("Hi"))]}
    async with PlayedServer(routes) as server:
        await spoken(model_at(server, model=None))
        assert server.bodies(RESPONSES)[0]["model"] == "gpt-oss:20b"
    async with PlayedServer({"/v1/models": [models("a", "b")]}) as server:
        with pytest.raises(ModelLoadError, match=r"2 models: a, b\. Say which one: model="):
            await spoken(model_at(server, model=None))


async def test_a_base_url_with_a_path_of_its_own_is_kept() -> None:
    routes = {"/v1beta/openai/chat/completions": [chat_reply(said("Hi"))]}
    async with PlayedServer(routes) as server:
        base_url = server.base_url.replace("/v1", "/v1beta/openai/")
        await spoken(opened(base_url, model="m", api="chat"))
        with pytest.raises(ModelLoadError, match="has no /v1/chat/completions"):
            await spoken(opened(server.base_url, model="m"))


async def test_the_key_is_sent_and_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESPONSES_API_KEY", "sk-secret")
    async with server_of("responses", refusal(401, "Incorrect API key: sk-secret")) as server:
        with pytest.raises(BackendError) as caught:
            await spoken(model_at(server))
        assert server.requests[0].headers["authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in str(caught.value)
    assert "API key" in str(caught.value)


async def test_options_are_put_into_each_request() -> None:
    async with server_of("responses", responses_reply(said("Hi"))) as server:
        await spoken(model_at(server, options={"service_tier": "flex", "temperature": 0.1}))
        body = server.bodies(RESPONSES)[0]
    assert (body["service_tier"], body["temperature"]) == ("flex", 0.1)


def test_a_spec_names_server_and_model() -> None:
    model = load_model("responses:gpt-oss:20b@http://localhost:11434/v1")
    assert isinstance(model, ResponsesModel)
    assert model.capabilities.name == "gpt-oss:20b"
    assert not model.capabilities.token_exact
    assert load_model("responses:http://localhost:1234").capabilities.name.endswith(":1234")
    with pytest.raises(UserError, match="address"):
        load_model("responses:m@")
    with pytest.raises(UserError, match="api is"):
        ResponsesModel("http://localhost:1", api="completions")  # type: ignore[arg-type]


# What servers refuse


@pytest.mark.parametrize("api", APIS)
async def test_what_a_server_does_not_take_is_left_out_from_then_on(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    field = "top_k" if api == "responses" else "parallel_tool_calls"
    answers = [
        refusal(400, f"Unknown parameter: '{field}'.", param=field),
        refusal(400, "Unsupported value: 'temperature' does not support 0.5", param="temperature"),
        REPLIES[api](said("Hi")),
    ]
    sampling = Sampling(temperature=0.5, top_k=5)
    with caplog.at_level(logging.WARNING):
        async with server_of(api, *answers) as server:
            model = model_at(server, api)
            for _ in range(2):
                stream = model.stream(
                    prompt_of(user("Hi")),
                    sampling=sampling,
                    stop=STOP_IDS,
                    max_tokens=99,
                    grammar=Grammar((WEATHER,)),
                )
                assert [chunk async for chunk in stream][-1].finish
            bodies = server.bodies(PATHS[api])
    assert len(bodies) == 4
    assert field in bodies[0]
    assert all(field not in body and "temperature" not in body for body in bodies[2:])
    assert len(caplog.records) == 2


@pytest.mark.parametrize("api", APIS)
async def test_a_form_that_is_refused_is_asked_for_in_words(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    class City(BaseModel):
        name: str

    key = "text" if api == "responses" else "response_format"
    answers = [
        refusal(400, f"Invalid schema for {key}.format 'answer': no 'strict'"),
        refusal(400, "Cannot use custom grammar constraints with tools."),
        REPLIES[api](called("weather", '{"city":"Rome"}')),
        REPLIES[api](said("It is Rome.")),
        REPLIES[api](said('{"name": "Rome"}')),
    ]
    async with server_of(api, *answers) as server:
        agent = Agent(model_at(server, api), tools=[weather], output_type=City)
        with caplog.at_level(logging.WARNING):
            result = await agent.run("Which city?")
        bodies = server.bodies(PATHS[api])
    assert result.output == City(name="Rome")
    assert [key in body for body in bodies] == [True, True, False, False, False]
    told = (
        bodies[-1]["instructions"] if api == "responses" else bodies[-1]["messages"][0]["content"]
    )
    assert told.startswith("# Response Formats")
    assert "in words" in caplog.text
    assert len(caplog.records) == 2


async def test_earlier_reasoning_is_left_out_where_it_is_refused() -> None:
    answers = [
        refusal(404, "Item with id 'rs_1' not found. Items are not persisted when `store` is off"),
        responses_reply(said("Hi")),
    ]
    async with server_of("responses", *answers) as server:
        model = model_at(server, "responses")
        text, _ = await spoken(model, *HISTORY, grammar=Grammar((WEATHER, PYTHON)))
        kinds = [{item["type"] for item in body["input"]} for body in server.bodies(RESPONSES)]
    assert text.endswith("Hi<|return|>")
    assert "reasoning" in kinds[0]
    assert "reasoning" not in kinds[1]


async def test_text_before_calls_is_left_out_where_the_template_cannot_take_it() -> None:
    # llama.cpp makes one message of reasoning, text and call; older versions stumble over it.
    answers = [
        *[refusal(500, "Cannot pass both content and thinking in an assistant message")] * 2,
        responses_reply(said("Hi")),
    ]
    async with server_of("responses", *answers) as server:
        await spoken(model_at(server, "responses"), *HISTORY, grammar=Grammar((WEATHER, PYTHON)))
        first, *_, last = server.bodies(RESPONSES)
    missing = [item for item in first["input"] if item not in last["input"]]
    assert [item["content"][0]["text"] for item in missing] == ["One moment."]


# What goes wrong


async def failure(
    *answers: Answer, api: Api = "responses", **routes: Sequence[Answer]
) -> Exception:
    """The error that a reply ends in."""
    paths = {f"/v1/{name}": each for name, each in routes.items()}
    async with PlayedServer({PATHS[api]: answers, **paths}) as server:
        with pytest.raises((BackendError, ContextOverflow, ModelLoadError)) as caught:
            await spoken(model_at(server, api))
    return caught.value


async def test_every_failure_is_an_error_that_says_what_to_do() -> None:
    gone = opened("http://127.0.0.1:9", model="m", patience=QUICK)
    with pytest.raises(BackendError, match=r"Nothing answers at .* Start the server"):
        await spoken(gone)

    missing = refusal(404, "The model `m` does not exist.", type="model_not_found")
    error = await failure(missing, models=[models("gpt-oss:20b", "llama")])
    assert isinstance(error, ModelLoadError)
    assert "It has: gpt-oss:20b, llama" in str(error)

    error = await failure(refusal(400, "This model's maximum context length is 8192 tokens"))
    assert isinstance(error, ContextOverflow)
    fields = {"error": {"code": "context_length_exceeded", "message": "context length exceeded"}}
    error = await failure(responses_reply(status="failed", **fields))
    assert isinstance(error, ContextOverflow)

    failed = {"error": {"code": "server_error", "message": "GPU fell off"}}
    assert "GPU fell off" in str(await failure(responses_reply(status="failed", **failed)))
    broken = {"type": "error", "code": "server_error", "message": "GPU fell off"}
    assert "GPU fell off" in str(await failure(streamed(broken)))
    overloaded = streamed({"error": {"message": "overloaded"}})
    assert "overloaded" in str(await failure(overloaded, api="chat"))

    filtered = {"incomplete_details": {"reason": "content_filter"}}
    error = await failure(responses_reply(said("x"), status="incomplete", **filtered))
    assert "content filter" in str(error)
    error = await failure(chat_reply(said("x"), reason="content_filter"), api="chat")
    assert "content filter" in str(error)

    page = status(200, "<html>Log in</html>", "text/html")
    assert "web page" in str(await failure(page))
    odd = {"type": "response.output_text.delta", "delta": {"text": "Hi"}}
    assert "documented shape (delta:" in str(await failure(streamed(odd)))
    for raw in ("<|channel|>analysis<|message|>Hm.", "analysisWe must.assistantfinalHi"):
        assert "does not read Harmony" in str(await failure(responses_reply(said(raw))))


@pytest.mark.parametrize("api", APIS)
async def test_a_reply_that_breaks_off_is_no_whole_reply(api: Api) -> None:
    *events, end = EVENTS[api](said("Hello there."))
    for broken in (stream(*events, then="cut"), streamed(*events)):
        async with server_of(api, broken) as server:
            result = await Agent(model_at(server, api)).run("Hi")
            assert len(server.requests) == 1  # Never asked again once something was delivered.
        assert result.stop_reason == "error"
        assert "bro" in result.detail
        assert result.new_messages[-1].text == "Hello there."
        assert not result.new_messages[-1].complete
        async with server_of(api, streamed(*events, end)) as server:
            model = opened(server.base_url, model="m", api=api)
            again = await Agent(model).resume(result.state)
        assert again.output == "Hello there."


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("then", ["cut", "silence"])
async def test_a_reply_that_is_whole_stays_whole(api: Api, then: str) -> None:
    reply = stream(*EVENTS[api](said("Hello there.")), then=then)
    async with Loopback({PATHS[api]: [reply]}) as server:
        model = opened(f"{server.url}/v1", model="m", api=api, patience=SHORT)
        text, finish = await spoken(model)
    assert text.endswith("Hello there.<|return|>")
    assert finish.reason == "stop"


@pytest.mark.parametrize(
    ("api", "event"),
    [
        ("responses", {"type": "response.in_progress"}),
        ("responses", {"type": ["response.in_progress"]}),
        ("chat", {"choices": [{"delta": {"content": ""}}]}),
    ],
)
async def test_events_that_bring_nothing_do_not_count_as_life(api: Api, event: Event) -> None:
    async with Loopback({PATHS[api]: [stream(event, then="ever")]}) as server:
        model = opened(f"{server.url}/v1", model="m", api=api, patience=SHORT)
        with pytest.raises(BackendError, match="sent nothing for"):
            await spoken(model)


def delta_of_call(index: int, name: str, arguments: str) -> Event:
    function = {"name": name, "arguments": arguments}
    return {"choices": [{"delta": {"tool_calls": [{"index": index, "function": function}]}}]}


@pytest.mark.parametrize(
    "events",
    [
        (delta_of_call(0, "weather", "{}"), delta_of_call(1, "weather", "x" * 9_000)),
        (delta_of_call(0, "python", '{"a": "'), delta_of_call(0, "", "x" * 9_000)),
        (delta_of_call(0, "weather", "{}"), {"choices": [{"delta": {"content": "x" * 9_000}}]}),
    ],
)
async def test_what_is_kept_of_an_endless_reply_is_bounded(events: Sequence[Event]) -> None:
    async with Loopback({CHAT: [stream(*events, then="ever")]}) as server:
        model = opened(f"{server.url}/v1", model="m", api="chat", context_length=500)
        with pytest.raises(BackendError, match="far more than a reply can be"):
            await spoken(model, grammar=Grammar((WEATHER, PYTHON)))


@pytest.mark.parametrize("api", APIS)
async def test_a_reply_of_endless_items_is_refused(api: Api) -> None:
    item = {"type": "message"}
    events = {
        "responses": [
            {"type": "response.output_item.added", "item": {**item, "id": f"m{number}"}}
            for number in range(1_100)
        ],
        "chat": [delta_of_call(number, "", "") for number in range(1_100)],
    }[api]
    assert "more than 1000 items" in str(await failure(streamed(*events), api=api))


@pytest.mark.parametrize("api", APIS)
async def test_costs_that_cannot_be_are_brought_within_what_can(api: Api) -> None:
    kind = "input_tokens" if api == "responses" else "prompt_tokens"
    for told, cached, wanted in ((-5, 3, (0, 0)), (9, -9, (9, 0)), (9, 10, (9, 9))):
        usage = {kind: told, f"{kind}_details": {"cached_tokens": cached}}
        async with server_of(api, REPLIES[api](said("Hi"), usage=usage)) as server:
            _, finish = await spoken(model_at(server, api))
        assert (finish.prompt_tokens, finish.cached_tokens) == wanted


async def test_errors_stay_short_and_keyless_whatever_is_in_them() -> None:
    broken = {"type": "error", "code": "sk-secret" * 999, "message": "x" * 9_999}
    names = models(*(f"sk-secret\x1b[2J{number}" * 99 for number in range(9)))
    missing = refusal(404, "The model `m` does not exist.")
    for routes in ({RESPONSES: [streamed(broken)]}, {RESPONSES: [missing], "/v1/models": [names]}):
        async with PlayedServer(routes) as server:
            with pytest.raises((BackendError, ModelLoadError)) as caught:
                await spoken(model_at(server, "responses", api_key="sk-secret"))
        assert "sk-secret" not in str(caught.value)
        assert "\x1b" not in str(caught.value)
        assert len(str(caught.value)) < 900


async def test_a_refusal_of_many_replies_at_once_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    refusals = [refusal(400, "Unknown parameter: 'temperature'.")] * 8
    async with server_of("chat", *refusals, chat_reply(said("Hi"))) as server:
        model = model_at(server, "chat")
        with caplog.at_level(logging.WARNING):
            replies = await asyncio.gather(*(spoken(model) for _ in range(8)))
    assert all(text.endswith("Hi<|return|>") for text, _ in replies)
    assert len(caplog.records) == 1


@pytest.mark.parametrize("api", APIS)
async def test_a_server_that_is_busy_is_asked_again(api: Api) -> None:
    async with server_of(api, refusal(429, "slow down"), REPLIES[api](said("Hi"))) as server:
        text, _ = await spoken(model_at(server, api))
    assert text.endswith("Hi<|return|>")


async def test_a_reply_that_nobody_waits_for_ends_at_the_server() -> None:
    events = responses_events(said("word " * 200))
    async with server_of("responses", streamed(*events, seconds=0.02)) as server:
        model = model_at(server, "responses")
        chunks = model.stream(
            prompt_of(user("Hi")), sampling=Sampling(), stop=STOP_IDS, max_tokens=999
        )
        async for _ in chunks:
            break
        assert server.connections == 1
        await chunks.aclose()
        assert await eventually(lambda: asyncio.sleep(0, not server.connections))
        await model.close()
        await model.close()
        with pytest.raises(UserError, match="closed"):
            await spoken(model)


# Whole runs


def a_run(api: Api) -> list[Answer]:
    """What a server says in a run with a function and Python."""
    reply = REPLIES[api]
    return [
        reply(thought("Ask the tool."), called("weather", '{"city":"Paris"}')),
        reply(thought("Count."), called("python", json.dumps({"code": "print(1 + 1)"}))),
        reply(thought("Done."), said("Sunny, and 2.")),
    ]


@pytest.mark.parametrize("api", APIS)
async def test_a_run_is_the_same_streamed_or_not(api: Api) -> None:
    async with server_of(api, *a_run(api)) as server:
        agent = Agent(model_at(server, api), tools=[weather, Notebook()])
        result = await agent.run("Weather?")
        asked_of = server.bodies(PATHS[api])
    async with server_of(api, *a_run(api)) as server:
        agent = Agent(model_at(server, api), tools=[weather, Notebook()])
        async with agent.run_stream("Weather?") as stream:
            events = [event async for event in stream]
        assert server.bodies(PATHS[api]) == asked_of
    assert stream.result.new_messages == result.new_messages
    assert result.output == "Sunny, and 2."
    assert [message.text for message in result.new_messages if message.role == "tool"] == [
        "sunny in Paris",
        "ran 'print(1 + 1)'",
    ]
    assert all(not message.notes for message in result.new_messages)

    def text_of(kind: type[Any]) -> str:
        return "".join(event.text for event in events if isinstance(event, kind))

    assert text_of(TextDelta) == "Sunny, and 2."
    assert text_of(ReasoningDelta) == "Ask the tool.Count.Done."
    assert text_of(ToolCallDelta) == '{"city":"Paris"}print(1 + 1)'
    assert [e.call.name for e in events if isinstance(e, ToolCalled)] == [
        "functions.weather",
        "python",
    ]


@pytest.mark.parametrize("api", APIS)
async def test_several_calls_of_a_reply_are_all_answered(api: Api) -> None:
    two = REPLIES[api](
        called("weather", '{"city":"Paris"}'), called("weather", '{"city":"Rome"}', 2)
    )
    async with server_of(api, two, REPLIES[api](said("Sunny."))) as server:
        result = await Agent(model_at(server, api), tools=[weather]).run("Weather?")
        last = server.bodies(PATHS[api])[-1]
    assert result.usage.tool_calls == 2
    told = json.dumps(last)
    assert told.index("sunny in Paris") < told.index("sunny in Rome")


@pytest.mark.parametrize("api", APIS)
async def test_output_types_and_malformed_calls_go_through_the_loop(api: Api) -> None:
    class Report(BaseModel):
        city: str
        degrees: int

    answers = [
        REPLIES[api](called("weather", '{"city": ')),
        REPLIES[api](called("forecast", "{}")),
        REPLIES[api](called("weather", '{"city": "Rome",}')),
        REPLIES[api](said('{"city": "Rome"}')),
        REPLIES[api](said('{"city": "Rome", "degrees": 20}')),
    ]
    async with server_of(api, *answers) as server:
        agent = Agent(model_at(server, api), tools=[weather], output_type=Report)
        result = await agent.run("Weather?")
    assert result.output == Report(city="Rome", degrees=20)
    results = [message.text for message in result.new_messages if message.role == "tool"]
    assert "not valid" in results[0]
    assert "no tool" in results[1]
    assert results[2] == "sunny in Rome"


@pytest.mark.parametrize("api", APIS)
async def test_a_run_is_resumed_in_the_middle_by_another_process(api: Api) -> None:
    async with server_of(api, *a_run(api)) as server:
        agent = Agent(model_at(server, api), tools=[weather, Notebook()], limits=Limits(turns=2))
        stopped = await agent.run("Weather?")
        assert stopped.stop_reason == "limit"
        state = RunState.from_json(stopped.state.to_json())
        agent = Agent(model_at(server, api), tools=[weather, Notebook()])
        result = await agent.resume(state)
    assert result.output == "Sunny, and 2."


async def test_a_tool_that_must_be_called_is_demanded_once() -> None:
    answers = [responses_reply(called("weather", '{"city":"Rome"}')), responses_reply(said("Sun."))]
    async with server_of("responses", *answers) as server:
        agent = Agent(model_at(server), tools=[weather], tool_choice="weather")
        assert (await agent.run("Weather?")).output == "Sun."
        choices = [body["tool_choice"] for body in server.bodies(RESPONSES)]
    assert choices == ["required", "auto"]
