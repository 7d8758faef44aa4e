"""The golden conversations: what `goldens/*.txt` hold as Harmony, written as messages.

`python -m tests.harmony.conversations` writes the files anew; read the difference before you
commit it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai_harmony as library

from agentkit.harmony.prompt import FunctionSchema, Prompt, ResponseFormat, ToolDescription
from agentkit.harmony.tokenizer import HarmonyTokenizer, load_tokenizer
from agentkit.harmony.writer import render
from agentkit.messages import Channel, Layout, Message, user

FOLDER = Path(__file__).parent / "goldens"


@dataclass(frozen=True)
class Golden:
    """A conversation with a name, which is also its file's."""

    name: str
    messages: tuple[Message, ...]
    prompt: Prompt | None = None

    @property
    def file(self) -> Path:
        return FOLDER / f"{self.name}.txt"

    def all_messages(self) -> list[Message]:
        return [*(self.prompt.messages() if self.prompt else []), *self.messages]


def think(text: str) -> Message:
    return Message("assistant", text, channel="analysis")


def say(text: str) -> Message:
    return Message("assistant", text, channel="commentary")


def final(text: str, content_type: str | None = None) -> Message:
    return Message("assistant", text, channel="final", content_type=content_type)


def call(
    recipient: str,
    text: str,
    channel: Channel = "commentary",
    content_type: str | None = "json",
    layout: Layout = "role",
) -> Message:
    return Message("assistant", text, channel, recipient, None, content_type, layout)


def result(author: str, text: str, channel: Channel = "commentary") -> Message:
    return Message("tool", text, channel, "assistant", author)


def built_in(config: Any) -> ToolDescription:
    """A trained tool in the library's words."""
    functions = (FunctionSchema(t.name, t.description, t.parameters) for t in config.tools)
    return ToolDescription(config.name, config.description, tuple(functions), "system")


PYTHON = built_in(library.ToolNamespaceConfig.python())
BROWSER = built_in(library.ToolNamespaceConfig.browser())
DATE = datetime.date(2026, 11, 22)
GET_ORDER = FunctionSchema(
    "get_order",
    "Look an order up.",
    {
        "type": "object",
        "properties": {"order_id": {"type": "string", "description": "Begins with '#'."}},
        "required": ["order_id"],
    },
)
FUNCTIONS = (
    FunctionSchema("now", "The time of day."),
    GET_ORDER,
    FunctionSchema(
        "find_flights",
        "Find flights.\nSorted by price.",
        {
            "type": "object",
            "properties": {
                "origin": {"type": "string"},
                "cabin": {"type": "string", "enum": ["economy", "business"]},
                "passengers": {"type": "number", "default": 1},
                "direct": {"type": "boolean"},
                "stops": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["origin", "cabin"],
        },
    ),
)
SHOP = ToolDescription("functions", functions=FUNCTIONS)
ARGUMENTS = '{"order_id":"#W123"}'
CHANNEL_CALL = call("functions.get_order", ARGUMENTS, "commentary", "<|constrain|>json", "channel")

GOLDENS: tuple[Golden, ...] = (
    Golden("system_without_date", (user("Hi"),), Prompt()),
    Golden("system_low_effort", (user("Hi"),), Prompt(date=DATE, reasoning="low")),
    Golden("system_high_effort", (user("Hi"),), Prompt(date=DATE, reasoning="high")),
    Golden("system_python", (user("2**64?"),), Prompt(date=DATE, tools=(PYTHON,))),
    Golden("system_browser", (user("News?"),), Prompt(date=DATE, tools=(BROWSER,))),
    Golden(
        "system_browser_and_python", (user("Plot it."),), Prompt(date=DATE, tools=(PYTHON, BROWSER))
    ),
    Golden(
        "developer_instructions",
        (user("Hello"), think("A greeting."), final("Arr!")),
        Prompt(date=DATE, instructions="Talk like a pirate.\n\nBe brief."),
    ),
    Golden(
        "developer_function_without_arguments",
        (user("Time?"), call("functions.now", "{}"), result("functions.now", '"12:30"')),
        Prompt(date=DATE, tools=(ToolDescription("functions", functions=FUNCTIONS[:1]),)),
    ),
    Golden("developer_functions", (user("Where is #W123?"),), Prompt(date=DATE, tools=(SHOP,))),
    Golden(
        "developer_everything",
        (user("Sum my orders."),),
        Prompt(
            date=DATE,
            reasoning="high",
            instructions="You are a clerk.",
            tools=(SHOP, PYTHON, BROWSER),
        ),
    ),
    Golden(
        "developer_response_format",
        (user("Bill me."), final('{"total":12.5}', "<|constrain|>json")),
        Prompt(
            date=DATE,
            instructions="Answer in the given format.",
            response_formats=(
                ResponseFormat(
                    "invoice",
                    {"type": "object", "properties": {"total": {"type": "number"}}},
                    "What is owed.",
                ),
            ),
        ),
    ),
    Golden("greeting", (user("Hello!"), think("The user greets."), final("Hello! How are you?"))),
    Golden("answer_without_reasoning", (user("1+1"), final("2"))),
    Golden(
        "function_call",
        (
            user("Where is #W123?"),
            think("I need the order."),
            call("functions.get_order", ARGUMENTS),
            result("functions.get_order", '{"status":"shipped"}'),
            think("It is on its way."),
            final("Your order has been shipped."),
        ),
    ),
    Golden(
        "function_call_channel_first",
        (
            user("Where is #W123?"),
            think("I need the order."),
            CHANNEL_CALL,
            result("functions.get_order", '{"status":"shipped"}'),
            final("It has been shipped."),
        ),
    ),
    Golden(
        "function_call_constrained",
        (user("?"), call("functions.get_order", ARGUMENTS, content_type="<|constrain|>json")),
    ),
    Golden(
        "function_call_without_content_type",
        (user("?"), call("functions.get_order", ARGUMENTS, content_type=None)),
    ),
    Golden(
        "function_call_in_analysis",
        (
            user("?"),
            call("functions.get_order", ARGUMENTS, "analysis", "code"),
            result("functions.get_order", "null", "analysis"),
        ),
    ),
    Golden(
        "two_calls_in_turn",
        (
            user("Both orders?"),
            call("functions.get_order", ARGUMENTS),
            result("functions.get_order", "1"),
            call("functions.get_order", '{"order_id":"#W124"}'),
            result("functions.get_order", "2"),
            final("Three in all."),
        ),
    ),
    Golden(
        "call_mended_after_error",
        (
            user("Order 123?"),
            call("functions.get_order", '{"id":123}'),
            result("functions.get_order", "order_id is missing: add it, such as '#W123'."),
            think("I must name it order_id."),
            call("functions.get_order", '{"order_id":"#123"}'),
            result("functions.get_order", '{"status":"open"}'),
            final("It is open."),
        ),
    ),
    Golden(
        "preamble_before_call",
        (
            user("Plan a trip."),
            think("Several steps."),
            say("**Plan**\n\n1. Find flights\n2. Compare"),
            call("functions.find_flights", '{"origin":"TXL","cabin":"economy"}'),
        ),
    ),
    Golden(
        "python_call",
        (
            user("Sum of squares to 10?"),
            think("Use Python."),
            call("python", "total = sum(n * n for n in range(11))\ntotal", "analysis", "code"),
            result("python", "385\n", "analysis"),
            final("385"),
        ),
    ),
    Golden(
        "browser_calls",
        (
            user("What is Harmony?"),
            call("browser.search", '{"query":"harmony format"}', "analysis", "code"),
            result("browser.search", "[0] harmony format\nL0: 【0†Harmony†ex.org】", "analysis"),
            call("browser.open", '{"id":0,"cursor":0}', "analysis", "code"),
            result("browser.open", "[1] Harmony\nL0: A response format.", "analysis"),
            final("It is a response format.【1†L0】"),
        ),
    ),
    Golden(
        "two_turns",
        (
            user("Hello!"),
            final("Hello!"),
            user("And 2+2?"),
            think("Arithmetic."),
            final("4"),
        ),
    ),
    Golden(
        "reasoning_kept_between_answers",
        (user("A?"), think("a"), final("A."), user("B?"), think("b"), final("B.")),
    ),
    Golden(
        "markers_in_ordinary_text",
        (
            user("What does <|end|><|start|>system<|message|> do?"),
            call("python", "print('<|call|>')", "analysis", "code"),
            result("python", "<|call|>\n<|end|>", "analysis"),
            final("It is written <|end|>, as text."),
        ),
    ),
    Golden(
        "characters_of_many_bytes",
        (user("Grüße 👩‍👩‍👧 𝔘𝔫𝔦"), think("ไทย 한국어 \u200b"), final("🏳️‍🌈\r\n\tжду 𓀀")),
    ),
    Golden("empty_bodies", (user(""), think(""), call("functions.now", ""), final(""))),
)
BY_NAME = {golden.name: golden for golden in GOLDENS}


def readable(messages: Sequence[Message], tokenizer: HarmonyTokenizer) -> str:
    """The rendering as a golden file holds it: each message begins on a line of its own."""
    return "".join(tokenizer.decode(render(message, tokenizer)) + "\n" for message in messages)


def completions(tokenizer: HarmonyTokenizer) -> Iterator[tuple[str, list[Message], list[int]]]:
    """What the model sampled in each golden: runs of assistant messages and their ids."""
    for golden in GOLDENS:
        run: list[Message] = []
        for message in [*golden.messages, user("")]:
            if message.role == "assistant":
                run.append(message)
            elif run:
                yield golden.name, run, [i for each in run for i in render(each, tokenizer)]
                run = []


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in GOLDENS:
        each.file.write_text(readable(each.all_messages(), load_tokenizer()), "utf-8", newline="")
