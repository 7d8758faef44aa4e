"""`ResponsesModel` against llama.cpp's own server and the bundled model, by both of its APIs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from agentkit import Agent, Limits, Message, ResponsesModel, Sampling
from agentkit.harmony.grammar import Grammar, Recipient
from agentkit.harmony.prompt import Prompt
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.harmony.vocabulary import STOP_IDS
from agentkit.harmony.writer import render_all, reply_header
from agentkit.messages import user
from agentkit.models.servers.embedded import EmbeddedServer, Settings
from agentkit.models.servers.patience import Patience

TEMPLATE = Path(__file__).parent / "harmony.jinja"


class ChattingServer(EmbeddedServer):
    """llama.cpp with gpt-oss's template, which the bundled model's file does not have."""

    def _parameters(self) -> Any:
        parameters = super()._parameters()
        parameters.chat_template = TEMPLATE.read_text("utf-8")
        parameters.use_jinja = True
        return parameters


@pytest.fixture(scope="module")
def chatting(gguf: Path) -> Iterator[ChattingServer]:
    server = ChattingServer(gguf, Settings(threads=1), 4096)
    server.start()
    yield server
    server.stop()


def get_weather(city: str) -> str:
    """Get the current weather in a city.

    Args:
        city: The city's name.
    """
    return f"18 degrees and sunny in {city}"


@pytest.mark.parametrize("api", ["responses", "chat"])
async def test_an_agent_runs_with_its_tool(
    chatting: ChattingServer, api: Literal["responses", "chat"]
) -> None:
    model = ResponsesModel(
        chatting.start(), api_key=chatting.key, api=api, sampling=Sampling(temperature=0)
    )
    agent = Agent(model, tools=[get_weather], limits=Limits(turns=3, message_tokens=80))
    result = await agent.run("What is the weather in Paris?")
    await model.close()
    assert result.output == "The result is 18 degrees and sunny in Paris."
    reasoning, call, returned, _ = result.new_messages[1:]
    assert reasoning.channel == "analysis"
    assert (call.recipient, call.text) == ("functions.get_weather", '{"city":"Paris"}')
    assert returned.text == "18 degrees and sunny in Paris"
    assert result.usage.cached_tokens > 0


async def test_text_and_reasoning_before_a_call_go_together(chatting: ChattingServer) -> None:
    tokenizer = load_tokenizer()
    said = [
        user("What is the weather in Paris?"),
        Message("assistant", "I call get_weather with city: Paris.", "analysis"),
        Message("assistant", "One moment.", "commentary"),
        Message("assistant", '{"city":"Paris"}', "commentary", "functions.get_weather"),
        Message("tool", "18 degrees", "commentary", "assistant", "functions.get_weather"),
    ]
    prompt = [*render_all([*Prompt().messages(), *said], tokenizer), *reply_header(tokenizer)]
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}}
    grammar = Grammar((Recipient("functions.get_weather", parameters, "Get the weather."),))
    model = ResponsesModel(
        chatting.start(),
        api_key=chatting.key,
        api="responses",
        patience=Patience(retries=0),
    )
    greedy = Sampling(temperature=0)
    stream = model.stream(prompt, sampling=greedy, stop=STOP_IDS, max_tokens=48, grammar=grammar)
    ids = [token async for chunk in stream for token in chunk.ids]
    await model.close()
    assert "18 degrees" in tokenizer.decode(ids)
