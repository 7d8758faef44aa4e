"""The ledger across exchanges, and a session driven by a loop of one's own."""

from __future__ import annotations

import datetime

from agentkit import Agent, Message, ScriptedModel
from agentkit.conversation import Conversation
from agentkit.harmony.prompt import Prompt
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.harmony.vocabulary import RETURN
from agentkit.messages import tool_result, user
from agentkit.session import Budget, Calls, Final, Session, Stopped
from tests.scripts import call, final, think

PYTHON = "<|channel|>analysis to=python code<|message|>6*7<|call|>"
PROMPT = Prompt(date=datetime.date(2025, 6, 28))


def begin(*script: str) -> tuple[Session, ScriptedModel]:
    model = ScriptedModel(script)
    conversation = Conversation(load_tokenizer(), PROMPT)
    conversation.open_exchange([user("one")])
    return Session(model, conversation), model


def text(conversation: Conversation) -> str:
    return conversation.tokenizer.decode(conversation.ids)


async def test_a_session_hands_out_calls_and_takes_their_answers() -> None:
    session, _ = begin(think("compute") + PYTHON, final("42"))
    step = await session.send()
    assert isinstance(step, Calls)
    (asked,) = step.calls
    assert (asked.id, asked.recipient, asked.text, asked.channel) == (
        "call_1",
        "python",
        "6*7",
        "analysis",
    )
    step = await session.send([tool_result(asked, "42")])
    assert isinstance(step, Final)
    assert step.text == "42"
    assert text(session.conversation).endswith(
        "to=python code<|message|>6*7<|call|>"
        "<|start|>python to=assistant<|channel|>analysis<|message|>42<|end|>"
        "<|start|>assistant<|channel|>final<|message|>42<|return|>"
    )


async def test_a_new_exchange_drops_the_reasoning_that_led_to_earlier_answers() -> None:
    session, _ = begin(
        think("compute") + PYTHON, think("so") + call("f"), think("aha") + final("42")
    )
    conversation = session.conversation
    for answer in ("42", "{}"):
        step = await session.send()
        assert isinstance(step, Calls)
        conversation.add(tool_result(step.calls[0], answer))
    await session.send()
    conversation.open_exchange([user("two")])
    system = "<|start|>system<|message|>" + PROMPT.system_text() + "<|end|>"
    assert text(conversation) == (
        system + "<|start|>user<|message|>one<|end|>"
        "<|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json"
        "<|message|>{}<|call|>"
        "<|start|>functions.f to=assistant<|channel|>commentary<|message|>{}<|end|>"
        "<|start|>assistant<|channel|>final<|message|>42<|end|>"
        "<|start|>user<|message|>two<|end|>"
    )


async def test_reasoning_of_an_exchange_without_an_answer_stays() -> None:
    session, _ = begin(think("compute") + PYTHON)
    await session.send()
    session.conversation.open_exchange([user("two")])
    assert "compute" in text(session.conversation)


async def test_mended_messages_are_written_out_properly_in_the_next_exchange() -> None:
    crooked = "<|channel|>commentary to=functions.f <|constrain|>prose here<|message|>{}<|call|>"
    session, _ = begin(crooked, final("ok"))
    conversation = session.conversation
    step = await session.send()
    assert isinstance(step, Calls)
    assert "prose here" in text(conversation)
    await session.send([tool_result(step.calls[0], "{}")])
    conversation.open_exchange([user("two")])
    assert "prose here" not in text(conversation)
    assert "to=functions.f" in text(conversation)


async def test_return_never_stands_in_a_prompt() -> None:
    session, model = begin(
        final("a"), final("b"), "<|channel|>final<|message|><|return|>", "c<|return|>"
    )
    for number in range(3):
        await session.send()
        session.conversation.open_exchange([user(str(number))])
    await session.send()
    assert all(RETURN not in prompt for prompt in model.prompts)


async def test_the_kept_prefix_keeps_its_ids() -> None:
    session, model = begin(final("first answer"), think("hm") + final("second"), final("third"))
    for number in range(3):
        await session.send()
        session.conversation.open_exchange([user(str(number))])
    one, two, three = model.prompts
    assert two[: len(one)] == one
    kept = len(two) - 2  # all but the reply header
    assert three[:kept] == two[:kept]


async def test_a_cut_text_is_closed_and_a_cut_call_dropped_before_going_on() -> None:
    session, _ = begin("<|channel|>analysis<|message|>thinking of", call("f")[:-10], final("done"))
    for _ in range(2):
        step = await session.send(budget=Budget(tokens=1_000))
        assert isinstance(step, Stopped)
    assert isinstance(await session.send(), Final)
    ledger = text(session.conversation)
    assert "<|message|>thinking of<|end|><|start|>assistant" in ledger
    assert "functions.f" not in ledger


async def test_a_changed_prompt_replaces_the_head_only() -> None:
    session, _ = begin(final("ok"))
    await session.send()
    conversation = session.conversation
    prompt = Prompt(date=PROMPT.date, instructions="Be brief.")
    conversation.open_exchange([user("two")], prompt)
    roles = [message.role for message in conversation.messages]
    assert roles == ["system", "developer", "user", "assistant", "user"]
    before = list(conversation.entries)
    conversation.open_exchange([Message("user", "three")], prompt)
    assert conversation.entries[:-1] == before


async def test_a_call_on_the_final_channel_is_no_answer() -> None:
    odd = "<|channel|>final to=functions.f <|constrain|>json<|message|>{}<|call|>"
    session, _ = begin(think("compute") + odd)
    step = await session.send()
    assert isinstance(step, Calls)
    session.conversation.add(tool_result(step.calls[0], "{}"))
    session.conversation.open_exchange([user("two")])
    assert "compute" in text(session.conversation)


async def test_an_answer_that_ends_like_a_call_is_an_answer() -> None:
    model = ScriptedModel(["<|channel|>final<|message|>Hi.<|call|>"])
    result = await Agent(model).run("Hello")
    assert (result.output, result.stop_reason) == ("Hi.", "final")
