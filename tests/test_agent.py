"""An agent as its users know it: limits, approval, output types, cancelling, sessions."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import signal
import threading
import time
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from agentkit import (
    Agent,
    ApprovalRequested,
    CheckpointSaved,
    LimitReached,
    Limits,
    MemorySession,
    RunContext,
    RunFinished,
    RunState,
    Sampling,
    ScriptedModel,
    SQLiteSession,
    Tool,
    ToolCall,
    ToolOutput,
    ToolOutputDelta,
    UserError,
    tool,
)
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.messages import Message
from agentkit.tools.base import FunctionSchema, ToolDescription
from tests.scripts import call, events_of, final, think

deleted: list[str] = []


@pytest.fixture(autouse=True)
def nothing_deleted() -> None:
    deleted.clear()


@tool(needs_approval=True)
def delete(path: str) -> str:
    """Delete a file."""
    deleted.append(path)
    return f"deleted {path}"


@tool
def count(n: int) -> int:
    """Count on."""
    return n + 1


class Invoice(BaseModel):
    """An invoice."""

    number: str
    total: float


def endless() -> ScriptedModel:
    return ScriptedModel([call("count", n=n) for n in range(30)])


# Limits


async def test_turns_are_limited() -> None:
    stream = Agent(endless(), tools=[count]).run_stream("go", limits=Limits(turns=3))
    events = await events_of(stream)
    assert stream.result.stop_reason == "limit"
    assert stream.result.usage.turns == 3
    assert LimitReached("turns", "The run reached its limit of turns, 3.") in events
    assert isinstance(events[-1], RunFinished)


async def test_a_run_that_ends_exactly_at_its_limit_has_its_answer() -> None:
    model = ScriptedModel([call("count", n=1), final("2")])
    limits = Limits(turns=2, tool_calls=1)
    result = await Agent(model, tools=[count], limits=limits).run("go")
    assert result.output == "2"


async def test_tool_calls_are_limited() -> None:
    result = await Agent(endless(), tools=[count]).run("go", limits=Limits(tool_calls=2))
    assert (result.stop_reason, result.usage.tool_calls) == ("limit", 2)
    assert [each.id for each in result.pending] == ["call_3"]


async def test_tokens_are_limited() -> None:
    result = await Agent(endless(), tools=[count]).run("go", limits=Limits(tokens=40))
    assert (result.stop_reason, result.usage.output_tokens) == ("limit", 40)
    assert "limit left" in result.detail


async def test_tokens_of_one_message_are_limited() -> None:
    model = ScriptedModel([think(" ".join(map(str, range(500))))])
    result = await Agent(model).run("go", limits=Limits(message_tokens=100))
    assert result.stop_reason == "limit"
    assert result.detail == "One message reached the limit of 100 tokens."
    assert not result.new_messages[-1].complete


async def test_seconds_are_limited_even_within_a_tool() -> None:
    @tool(timeout=None)
    async def hang() -> str:
        """Hangs."""
        await asyncio.sleep(60)
        return ""

    started = time.perf_counter()
    agent = Agent(ScriptedModel([call("hang")]), tools=[hang])
    result = await agent.run("go", limits=Limits(seconds=0.2))
    assert time.perf_counter() - started < 5
    assert (result.stop_reason, result.detail) == ("limit", "The run's 0.2 s are over.")


async def test_a_full_context_is_a_limit_with_its_numbers() -> None:
    model = ScriptedModel([final("x")], context_length=50)
    result = await Agent(model).run("go " * 100)
    assert result.stop_reason == "limit"
    assert "context" in result.detail


async def test_a_result_is_cut_so_that_the_reply_still_fits_the_context() -> None:
    @tool
    def page() -> str:
        """A long page."""
        return "word " * 5_000

    model = ScriptedModel([call("page"), final("ok")], context_length=1_000)
    result = await Agent(model, tools=[page]).run("go")
    assert result.output == "ok"


# Approval


async def test_approval_stops_the_run_and_resume_runs_the_call_once() -> None:
    script = [call("delete", path="a.txt"), final("gone")]
    stream = Agent(ScriptedModel(script[:1]), tools=[delete]).run_stream("go")
    events = await events_of(stream)
    assert stream.result.stop_reason == "pending"
    assert not deleted
    (asked,) = [event for event in events if isinstance(event, ApprovalRequested)]
    assert asked.call.arguments == {"path": "a.txt"}
    state = RunState.from_json(stream.result.state.to_json())
    state.approve(state.pending[0].id)
    result = await Agent(ScriptedModel(script[1:]), tools=[delete]).resume(state)
    assert result.output == "gone"
    assert deleted == ["a.txt"]


async def test_a_rejected_call_is_told_to_the_model() -> None:
    agent = Agent(ScriptedModel([call("delete", path="a"), final("kept")]), tools=[delete])
    state = (await agent.run("go")).state
    state.reject("call_1", "that one is needed")
    result = await agent.resume(state)
    assert not deleted
    answer = next(m for m in result.new_messages if m.role == "tool")
    assert answer.text == "Error: the user declined this call: that one is needed"


async def test_a_decision_needs_a_waiting_call() -> None:
    agent = Agent(ScriptedModel([call("delete", path="a")]), tools=[delete])
    state = (await agent.run("go")).state
    with pytest.raises(UserError, match="call_1"):
        state.approve("call_7")


async def test_resuming_without_a_decision_asks_again() -> None:
    agent = Agent(ScriptedModel([call("delete", path="a")]), tools=[delete])
    first = await agent.run("go")
    again = await agent.resume(first.state)
    assert again.stop_reason == "pending"
    assert again.usage.turns == 1


async def test_a_tool_that_catches_everything_cannot_catch_the_pause() -> None:
    @tool
    def careful(ctx: RunContext[None]) -> str:
        """Asks first."""
        try:
            ctx.require_approval("this costs money")
        except Exception:
            return "swallowed"
        return "paid"

    agent = Agent(ScriptedModel([call("careful"), final("ok")]), tools=[careful])
    stream = agent.run_stream("go")
    events = await events_of(stream)
    assert stream.result.stop_reason == "pending"
    assert "this costs money" in {e.reason for e in events if isinstance(e, ApprovalRequested)}
    stream.result.state.approve("call_1")
    state = stream.result.state
    state.approve("call_1")
    result = await agent.resume(state)
    assert next(m.text for m in result.new_messages if m.role == "tool") == "paid"


# Output types


@pytest.mark.parametrize("kind", [object(), threading.Lock])
def test_what_pydantic_cannot_read_is_no_output_type(kind: Any) -> None:
    with pytest.raises(UserError, match="output type has no JSON form"):
        Agent(ScriptedModel([]), output_type=kind)


async def test_output_is_a_validated_object() -> None:
    agent = Agent(ScriptedModel([final('{"number": "A1", "total": 9}')]), output_type=Invoice)
    result = await agent.run("go")
    assert result.output == Invoice(number="A1", total=9)


async def test_an_answer_that_does_not_fit_is_asked_for_once_more() -> None:
    script = [final("It is 9."), final('```json\n{"number": "A1", "total": 9}\n```')]
    model = ScriptedModel(script)
    result = await Agent(model, output_type=Invoice).run("go")
    assert result.output == Invoice(number="A1", total=9)
    assert "does not fit the response format" in model.prompt_text(1)
    assert "# Response Formats\n\n## invoice\n\n// An invoice." in model.prompt_text(0)


async def test_a_second_misfit_is_an_error_that_says_why() -> None:
    model = ScriptedModel([final("nine"), final('{"number": "A1"}')])
    result = await Agent(model, output_type=Invoice).run("go")
    assert (result.stop_reason, result.output) == ("error", None)
    assert "total: Field required" in result.detail


async def test_an_output_type_resumed_after_its_retry_is_not_retried_again() -> None:
    script = [final("nine"), final("ten")]
    stream = Agent(ScriptedModel(script), output_type=Invoice).run_stream("go")
    states = [e.state for e in await events_of(stream) if isinstance(e, CheckpointSaved)]
    after_first = next(state for state in states if state.usage.turns == 1)
    resumed = await Agent(ScriptedModel(script[1:]), output_type=Invoice).resume(after_first)
    assert resumed.stop_reason == "error"


# Cancelling


async def test_leaving_a_stream_early_cancels_and_the_agent_goes_on() -> None:
    model = ScriptedModel([final("a long answer " * 50), final("short")])
    agent = Agent(model)
    async with agent.run_stream("go") as stream:
        async for event in stream:
            if event.type == "text_delta":
                break
    assert stream.result.stop_reason == "cancelled"
    assert stream.result.detail == "The run was cancelled."
    assert stream.result.new_messages[-1].text == "a"
    assert (await agent.run("again")).output == "short"


async def test_a_run_whose_time_was_up_tells_how_far_it_came() -> None:
    @tool
    async def hang() -> str:
        """Hangs."""
        await asyncio.sleep(60)
        return ""

    stream = Agent(ScriptedModel([call("hang")]), tools=[hang]).run_stream("go")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1), stream:
            await events_of(stream)
    assert stream.result.stop_reason == "cancelled"
    assert [each.recipient for each in stream.result.pending] == ["functions.hang"]


async def test_cancel_ends_the_run_and_keeps_what_was_said() -> None:
    session = MemorySession()
    model = ScriptedModel([final("one two three four five six"), final("ok")])
    agent = Agent(model)
    async with agent.run_stream("go", session=session) as stream:
        async for event in stream:
            if event.type == "text_delta":
                stream.cancel()
    result = stream.result
    assert result.stop_reason == "cancelled"
    assert result.new_messages[-1].text.startswith("one")
    assert not result.new_messages[-1].complete
    assert result.usage.turns == 1
    assert result.usage.output_tokens > 0
    assert stream.usage == result.usage
    second = await agent.run("again", session=session)
    assert second.output == "ok"
    assert "one" in model.prompt_text(1)


async def test_cancel_from_another_task_interrupts_a_hanging_tool() -> None:
    @tool(timeout=None)
    async def hang() -> str:
        """Hangs."""
        await asyncio.sleep(60)
        return ""

    stream = Agent(ScriptedModel([call("hang")]), tools=[hang]).run_stream("go")
    asyncio.get_running_loop().call_later(0.1, stream.cancel)
    await events_of(stream)
    assert stream.result.stop_reason == "cancelled"
    assert [each.recipient for each in stream.result.pending] == ["functions.hang"]


async def test_cancelling_the_task_is_not_swallowed() -> None:
    model = ScriptedModel([final("x " * 500)], seconds_per_id=0.01)
    task = asyncio.create_task(Agent(model).run("go"))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_failing_model_ends_the_run_with_its_reason() -> None:
    result = await Agent(ScriptedModel([])).run("go")
    assert result.stop_reason == "error"
    assert result.detail.startswith("BackendError: ")


# Sessions


async def test_two_runs_at_once_in_one_session_are_refused_and_the_first_one_is_kept() -> None:
    session = MemorySession()
    agent = Agent(ScriptedModel([final("one"), final("two")]))

    async with agent.run_stream("first", session=session) as stream:
        await anext(aiter(stream))
        with pytest.raises(UserError, match="Another run is going on in this session"):
            await agent.run("second", session=session)
        await events_of(stream)
    result = await agent.run("second", session=session)

    assert stream.result.output == "one"
    assert [m.text for m in result.messages if m.role == "user"] == ["first", "second"]


async def test_a_stream_left_early_gives_its_session_back() -> None:
    session = MemorySession()
    agent = Agent(ScriptedModel([final("two")]))

    async with agent.run_stream("first", session=session) as stream:
        await anext(aiter(stream))

    assert (await agent.run("second", session=session)).output == "two"


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_a_conversation_goes_on_without_its_old_reasoning(kind: str, tmp_path: Path) -> None:
    session: Any = MemorySession() if kind == "memory" else SQLiteSession(tmp_path / "c.db", "1")
    script = [think("hmm") + call("count", n=1), think("aha") + final("2"), final("3")]
    model = ScriptedModel(script)
    agent = Agent(model, tools=[count])
    await agent.run("one?", session=session)
    if kind == "sqlite":
        session.close()
        session = SQLiteSession(tmp_path / "c.db", "1")
    result = await agent.run("two?", session=session)
    prompt = model.prompt_text(2)
    assert "hmm" not in prompt
    assert "aha" not in prompt
    assert '{"n": 1}' in prompt
    assert "<|message|>2<|end|><|start|>user<|message|>two?" in prompt
    assert result.output == "3"
    if kind == "sqlite":
        loaded = await session.load()
        assert loaded.to_json() == result.state.to_json()
        session.close()


async def test_sqlite_keeps_every_step_as_it_was(tmp_path: Path) -> None:
    script = [call("count", n=1), call("count", n=2), final("3"), final("again")]
    session = SQLiteSession(tmp_path / "c.db", "1")
    agent = Agent(ScriptedModel(script), tools=[count])
    for prompt in ("one", "two"):
        async with agent.run_stream(prompt, session=session) as stream:
            async for event in stream:
                if isinstance(event, CheckpointSaved):
                    with SQLiteSession(tmp_path / "c.db", "1") as other:
                        stored = await other.load()
                    assert stored is not None
                    assert stored.to_json() == event.state.to_json()
    session.close()


async def test_sqlite_takes_an_earlier_state_back_and_goes_on_from_it(tmp_path: Path) -> None:
    agent = Agent(ScriptedModel([call("count", n=1), final("done")]), tools=[count])
    async with agent.run_stream("one") as stream:
        states = [e.state async for e in stream if isinstance(e, CheckpointSaved)]
    with SQLiteSession(tmp_path / "c.db", "1") as session:
        for state in (*states, states[0], *states):
            await session.save(state)
            with SQLiteSession(tmp_path / "c.db", "1") as other:
                stored = await other.load()
            assert stored is not None
            assert stored.to_json() == state.to_json()


async def test_sqlite_takes_a_state_in_place_of_one_it_never_loaded(tmp_path: Path) -> None:
    with SQLiteSession(tmp_path / "c.db", "1") as first:
        agent = Agent(ScriptedModel([final("a"), final("b")]))
        earlier = (await agent.run("one", session=first)).state
        later = (await agent.run("two", session=first)).state
        later.dropped = (Message("tool", "[0] a page", "analysis", None, "browser.open"),)
        await first.save(later)
    for state in (earlier, later):
        with SQLiteSession(tmp_path / "c.db", "1") as second:
            await second.save(state)
        with SQLiteSession(tmp_path / "c.db", "1") as third:
            stored = await third.load()
        assert stored is not None
        assert stored.to_json() == state.to_json()


async def test_changed_instructions_reach_a_kept_conversation(tmp_path: Path) -> None:
    with SQLiteSession(tmp_path / "c.db", "1") as session:
        await Agent(ScriptedModel([final("a")]), instructions="Be kind.").run("x", session=session)
        model = ScriptedModel([final("b")])
        await Agent(model, instructions="Be terse.").run("y", session=session)
        assert "Be terse." in model.prompt_text(0)
        assert "Be kind." not in model.prompt_text(0)
        stored = await session.load()
        assert stored is not None
        assert "Be terse." in stored.to_json()


async def test_a_call_left_open_is_answered_before_the_user_goes_on() -> None:
    session = MemorySession()
    model = ScriptedModel([call("delete", path="a"), final("fine")])
    agent = Agent(model, tools=[delete])
    await agent.run("go", session=session)
    await agent.run("never mind", session=session)
    assert "Error: not run: the user went on." in model.prompt_text(1)
    assert not deleted


# The rest


async def test_tools_get_the_deps_and_stream_their_output() -> None:
    @dataclass
    class Shop:
        name: str

    @tool
    async def shop(ctx: RunContext[Shop]) -> Any:
        """Say the name."""
        yield "we are "
        yield ctx.deps.name

    agent = Agent(ScriptedModel([call("shop"), final("ok")]), tools=[shop], deps_type=Shop)
    stream = agent.run_stream("go", deps=Shop("Ann's"))
    events = await events_of(stream)
    parts = [event.text for event in events if isinstance(event, ToolOutputDelta)]
    assert parts == ["we are ", "Ann's"]
    assert next(m.text for m in stream.result.messages if m.role == "tool") == "we are Ann's"


async def test_run_sync_refuses_to_block_an_event_loop() -> None:
    with pytest.raises(UserError, match="within an event loop"):
        Agent(ScriptedModel([final("x")])).run_sync("go")


async def test_with_refuses_to_block_an_event_loop() -> None:
    agent = Agent(ScriptedModel([]))
    with pytest.raises(UserError, match="use `async with agent:`"):
        agent.__enter__()


def test_threads_run_one_agent_at_once_and_share_its_tools() -> None:
    meeting = threading.Barrier(3, timeout=10)

    @tool
    def meet() -> str:
        """Wait for the others."""
        meeting.wait()
        return threading.current_thread().name

    scripts = [call("meet")] * 3 + [final("met")] * 3
    with Agent(ScriptedModel(scripts), tools=[meet]) as agent, ThreadPoolExecutor(3) as threads:
        results = list(threads.map(agent.run_sync, ["a", "b", "c"]))
    assert [result.output for result in results] == ["met"] * 3


@pytest.mark.parametrize("kept", [True, False])
def test_a_sync_tool_may_run_its_own_agent(kept: bool) -> None:
    @tool
    def ask(question: str) -> str | None:
        """Ask once more."""
        return agent.run_sync(question).output

    agent = Agent(
        ScriptedModel([call("ask", question="deeper"), final("below"), final("above")]),
        tools=[ask],
    )
    with agent if kept else contextlib.nullcontext():
        result = agent.run_sync("go")
    assert [m.text for m in result.new_messages if m.role == "tool"] == ["below"]
    assert result.output == "above"


@pytest.mark.parametrize("kept", [True, False])
def test_tools_see_the_context_variables_of_the_caller(kept: bool) -> None:
    tenant: contextvars.ContextVar[str] = contextvars.ContextVar("tenant")

    @tool
    async def who() -> str:
        """Whose call it is."""
        return tenant.get("nobody")

    agent = Agent(ScriptedModel([call("who"), final("done")]), tools=[who])
    with agent if kept else contextlib.nullcontext():
        tenant.set("ada")
        result = agent.run_sync("go")
    assert [m.text for m in result.new_messages if m.role == "tool"] == ["ada"]


def test_ctrl_c_ends_a_run_in_a_with_block_and_leaves_the_agent_usable() -> None:
    ended = threading.Event()

    @tool
    async def hang() -> str:
        """Press Ctrl-C, and take a while to stop."""
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.1)
            ended.set()
        return ""

    with Agent(ScriptedModel([call("hang"), final("fine")]), tools=[hang]) as agent:
        with pytest.raises(KeyboardInterrupt):
            agent.run_sync("go")
        assert ended.is_set()
        assert agent.run_sync("again").output == "fine"
    assert not any(each.name == "agentkit-loop" for each in threading.enumerate())


@pytest.mark.parametrize("tools", [count, "python"])
def test_tools_that_are_no_list_are_refused(tools: Any) -> None:
    with pytest.raises(UserError, match="tools is a list"):
        Agent(ScriptedModel([]), tools=tools)


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(UserError, match=r"functions\.count"):
        Agent(ScriptedModel([]), tools=[count, count])


async def test_many_runs_of_one_agent_at_once_do_not_mix() -> None:
    model = ScriptedModel([final("same")] * 20)
    results = await asyncio.gather(*(Agent(model).run(f"question {n}") for n in range(20)))
    assert all(result.output == "same" for result in results)
    for number, result in enumerate(results):
        assert result.new_messages[0].text == f"question {number}"


async def test_each_turn_is_seeded_by_its_number() -> None:
    model = ScriptedModel([call("count", n=1), final("2")])
    await Agent(model, tools=[count], sampling=Sampling(seed=10)).run("go")
    assert [request.sampling.seed for request in model.requests] == [10, 11]


async def test_the_prompt_of_an_agent_without_instructions_has_no_developer_message() -> None:
    model = ScriptedModel([final("x")])
    await Agent(model, reasoning="high").run("go")
    text = load_tokenizer().decode(model.prompts[0])
    assert "developer" not in text
    assert "Reasoning: high" in text
    assert text.count("<|start|>") == 3


async def test_a_tool_may_take_calls_that_cannot_be_read_as_they_were_written() -> None:
    taken: list[tuple[str, str, str]] = []

    class Taker(Tool):
        name = "functions.taker"
        takes_misread = True

        def describe(self) -> ToolDescription:
            return ToolDescription("functions", "", (FunctionSchema("taker", "Take."),))

        async def call(
            self, call: ToolCall, ctx: RunContext[Any]
        ) -> AsyncGenerator[str | ToolOutput, None]:
            taken.append((call.recipient, call.name, call.text))
            yield ToolOutput("taken")

        async def close(self, conversation: str | None = None) -> None:
            """Nothing to free."""

    bad = "<|channel|>commentary to=functions.{} json<|message|>oh no<|call|>"
    script = [bad.format("taker"), bad.format("nothing"), bad.format("count"), final("ok")]
    result = await Agent(ScriptedModel(script), tools=[count, Taker()]).run("go")
    assert taken == [
        ("functions.taker", "functions.taker", "oh no"),
        ("functions.nothing", "", "oh no"),
    ]
    answers = [message.text for message in result.new_messages if message.role == "tool"]
    assert answers[:2] == ["taken", "taken"]
    assert answers[2].startswith("Error: the arguments of functions.count are not valid JSON")


async def test_a_variant_shares_the_model_and_differs_in_what_was_asked() -> None:
    model = ScriptedModel([final("first"), final("second")])
    agent = Agent(model, name="a", instructions="Be short.", tools=[count], reasoning="low")
    other = agent.variant(instructions="Be long.", tools=[], sampling=Sampling(seed=3))
    assert (await agent.run("go")).output == "first"
    assert (await other.run("go")).output == "second"
    assert "Be short." in model.prompt_text(0)
    assert "Be long." in model.prompt_text(1)
    assert (other.model, other.reasoning, other.name) == (model, "low", "a")
    assert model.requests[1].sampling.seed == 3


@pytest.mark.parametrize(
    ("choice", "tools", "kept"),
    [
        ("none", [], "none"),
        ("required", [count], "required"),
        ("required", [], "auto"),
        ("functions.count", [count], "auto"),
        ("functions.count", None, "functions.count"),
    ],
)
def test_a_variant_keeps_the_tool_choice_that_still_makes_sense(
    choice: str, tools: list[Any] | None, kept: str
) -> None:
    agent = Agent(ScriptedModel([]), tools=[count], tool_choice=choice)
    assert agent.variant(tools=tools).tool_choice == kept
