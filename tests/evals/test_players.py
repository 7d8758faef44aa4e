"""Any agentkit agent as a player of trials: what it sees, what is recorded of it, how it ends."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from agentkit import (
    Agent,
    LimitExceeded,
    Limits,
    RunContext,
    Sampling,
    ScriptedModel,
    Tool,
    ToolCall,
    ToolOutput,
    tool,
)
from agentkit.evals.agents import EvalAgent, EvalUser, Player, UserFault
from agentkit.evals.episode import Trial, run_trial
from agentkit.evals.players import AgentUnderTest, NoopAgent
from agentkit.evals.records import TrialRecord
from agentkit.evals.users import ModelUser, ScriptedUser
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.models.base import Capabilities
from agentkit.tools.base import ToolDescription
from tests.evals.boxes import Table
from tests.evals.support import changed, library, task_of
from tests.scripts import call, final, say, think

if TYPE_CHECKING:
    from agentkit.models.transformers import TransformersModel


def table(task: str = "renew-1", most_calls: int = 100) -> Table:
    domain = library()
    return Table(domain, task_of(domain, task), most_calls)


def playing(at: Table, *script: str, tokens: int | None = None, **settings: Any) -> Player:
    agent = Agent(ScriptedModel(script), **settings)
    return AgentUnderTest(agent).start(at.briefing(tokens=tokens))


def raw(recipient: str, body: str) -> str:
    return f"<|channel|>commentary to={recipient} json<|message|>{body}<|call|>"


# Any agentkit agent


async def test_an_agent_plays_over_several_messages_and_all_it_did_is_told_in_order() -> None:
    at = table()
    player = playing(
        at,
        think("I need the number.") + final("Which loan is it?"),
        think("Look first.") + say("One moment.") + call("get_loan", loan="L7"),
        call("renew", loan="L7"),
        final("It is due on 2026-02-07."),
    )
    assert (await player.reply("Renew a loan.")).text == "Which loan is it?"
    reply = await player.reply("L7.")
    assert (reply.text, reply.stopped) == ("It is due on 2026-02-07.", "")
    assert (at.agent.usage.turns, at.agent.usage.tool_calls) == (4, 2)
    assert at.told() == [
        ("reasoning", "I need the number."),
        ("reasoning", "Look first."),
        ("preamble", "One moment."),
        ("call", "get_loan"),
        ("call", "renew"),
    ]
    assert at.world.state.get("loans", "L7", "renewals") == 1


async def test_the_model_sees_instructions_policy_tools_and_a_fixed_date() -> None:
    model = ScriptedModel([think("hidden") + final("Hello."), final("Bye.")])
    at = table()
    agent = AgentUnderTest(Agent(model, instructions="You are Ada."), date="2026-01-05")
    player = agent.start(at.briefing())
    await player.reply("Hi.")
    await player.reply("Thanks.")
    prompt = model.prompt_text(1)
    assert "Current date: 2026-01-05" in prompt
    assert f"# Instructions\n\nYou are Ada.\n\n{at.world.domain.policy}" in prompt
    assert "type renew = (_: {" in prompt
    assert "return_book" not in prompt  # the user's own
    assert "Hello." in prompt
    assert "hidden" not in prompt


async def test_calls_that_cannot_be_read_are_recorded_with_their_fault() -> None:
    at = table()
    player = playing(
        at,
        raw("functions.cancel_loan", '{"loan": "L7"}'),
        raw("container.exec", "ls"),
        raw("functions.renew", "the loan is L7"),
        call("renew", lown="L7"),
        call("renew", loan="L99"),
        final("I give up."),
    )
    reply = await player.reply("Renew L7.")
    assert reply.text == "I give up."
    assert at.told() == [
        ("call", "cancel_loan !unknown_tool"),
        ("call", "container.exec !unknown_tool"),
        ("call", "renew !invalid_arguments"),
        ("call", "renew !invalid_arguments"),
        ("call", "renew !refused"),
    ]
    assert at.world.calls[2].raw == "the loan is L7"


async def test_what_the_agent_reads_is_what_is_recorded() -> None:
    model = ScriptedModel(
        [raw("functions.cancel_loan", "{}"), call("get_loan", loan="L7"), final("ok")]
    )
    at = table()
    await AgentUnderTest(Agent(model)).start(at.briefing()).reply("Go.")
    for record in at.world.calls:
        assert record.result in model.prompt_text(2)


async def test_a_limit_of_the_trial_ends_the_agent_at_once() -> None:
    at = table(most_calls=1)
    player = playing(at, *(call("get_loan", loan=each) for each in ("L7", "L8", "L9")))
    with pytest.raises(LimitExceeded, match="more than 1 calls"):
        await player.reply("Look at all.")
    assert at.told() == [("call", "get_loan")]


async def test_the_agents_own_tools_are_noted_and_not_charged_to_the_domain() -> None:
    @tool
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    at = table()
    player = playing(
        at, call("add", a=1, b=2), raw("functions.add", "one and two"), final("3"), tools=[add]
    )
    assert (await player.reply("Add.")).text == "3"
    assert at.world.calls == []
    first, second = at.events
    assert first.text == 'functions.add {"a": 1, "b": 2}\n→ 3'
    assert second.text.startswith("functions.add one and two\n→ Error: the arguments of")


async def test_an_own_tool_keeps_its_state_for_the_trial_and_no_other_is_closed() -> None:
    class Counter(Tool):
        name = "counter"

        def __init__(self) -> None:
            self.counts: dict[str, int] = {}

        def describe(self) -> ToolDescription:
            return ToolDescription("counter", "Counts.")

        async def call(
            self, call: ToolCall, ctx: RunContext[Any]
        ) -> AsyncGenerator[str | ToolOutput, None]:
            count = self.counts[ctx.conversation] = self.counts.get(ctx.conversation, 0) + 1
            yield ToolOutput(str(count))

        async def close(self, conversation: str | None = None) -> None:
            assert conversation is not None
            self.counts.pop(conversation, None)

    counter = Counter()
    count = "<|channel|>commentary to=counter code<|message|>{}<|call|>"
    script = [each for n in range(4) for each in (count.format(n), final("ok"))]
    agent = AgentUnderTest(Agent(ScriptedModel(script), tools=[counter]))
    first, second = (agent.start(table().briefing()) for _ in range(2))
    for player in (first, first, second):
        await player.reply("Count.")
    assert sorted(counter.counts.values()) == [1, 2]
    await first.close()
    assert list(counter.counts.values()) == [1]
    await second.close()
    assert counter.counts == {}


async def test_a_call_that_the_agents_loop_answers_itself_is_noted() -> None:
    at = table()
    same = call("get_loan", loan="L7")
    await playing(at, same, same, same, final("ok")).reply("Go.")
    assert [kind for kind, _ in at.told()] == ["call", "call", "note"]
    assert "The same call was made before" in at.events[2].text


async def test_what_the_reader_had_to_mend_is_noted() -> None:
    at = table()
    junk = '<|channel|>commentary to=functions.get_loan json what<|message|>{"loan": "L7"}<|call|>'
    await playing(at, junk, final("ok")).reply("Go.")
    assert at.told()[0][0] == "note"
    assert at.events[0].malformed
    assert at.told()[1] == ("call", "get_loan")


async def test_a_tool_that_does_not_exist_is_recorded_in_a_domain_without_tools() -> None:
    domain = dataclasses.replace(library(), tools={})
    at = Table(domain, task_of(domain, "count-1"))
    model = ScriptedModel([raw("functions.count", "{}"), final(r"\boxed{2}")])
    await AgentUnderTest(Agent(model)).start(at.briefing()).reply("How many?")
    assert at.told() == [("call", "count !unknown_tool")]
    assert "namespace functions" not in model.prompt_text(0)


@pytest.mark.parametrize(
    ("script", "settings", "stopped", "detail"),
    [
        ([], {}, "model", "BackendError: The script has 0 generations"),
        (["<|channel|>final<|message|><|return|>"] * 2, {}, "empty", "without an answer"),
        ([call("get_loan", loan="L7")], {"limits": Limits(turns=1)}, "limit", "limit of turns"),
    ],
)
async def test_a_run_without_an_answer_says_why(
    script: list[str], settings: dict[str, Any], stopped: str, detail: str
) -> None:
    reply = await playing(table(), *script, **settings).reply("Go.")
    assert (reply.text, reply.stopped) == ("", stopped)
    assert detail in reply.detail


async def test_a_model_that_cannot_be_loaded_is_not_the_agents_fault() -> None:
    player = AgentUnderTest(Agent("/no/such/model")).start(table().briefing())
    reply = await player.reply("Go.")
    assert reply.stopped == "model"
    assert "no model folder" in reply.detail


async def test_a_call_that_needs_approval_is_an_error_since_nobody_can_be_asked() -> None:
    @tool(needs_approval=True)
    def delete(path: str) -> str:
        """Delete a file."""
        raise AssertionError

    reply = await playing(table(), call("delete", path="x"), tools=[delete]).reply("Go.")
    assert reply.stopped == "error"
    assert "waits for approval. There is nobody to ask in a trial." in reply.detail


async def test_an_answer_of_another_type_is_json_and_a_misfit_the_agents_error() -> None:
    class Sum(BaseModel):
        total: int

    script = [final('{"total": 3}'), final("three"), final("still three")]
    player = playing(table(), *script, output_type=Sum)
    assert (await player.reply("1 + 2?")).text == '{"total":3}'
    assert (await player.reply("1 + 2?")).stopped == "error"


async def test_the_trials_tokens_are_shared_out_over_its_messages() -> None:
    at = table()
    player = playing(at, final("one two three"), final("four five six seven"), tokens=10)
    first = await player.reply("Go.")
    assert first.text == "one two three"
    assert at.agent.usage.output_tokens == 7
    second = await player.reply("Go on.")
    assert second.stopped == "limit"
    assert at.agent.usage.output_tokens == 11  # one more than was left: so it has gone beyond


async def test_seeds_differ_by_message_and_are_the_same_for_the_same_trial() -> None:
    async def seeds(seed: int) -> list[int | None]:
        model = ScriptedModel([final("a"), final("b")])
        agent = AgentUnderTest(Agent(model, sampling=Sampling(temperature=0.5, seed=7)))
        player = agent.start(table().briefing(seed=seed))
        await player.reply("one")
        await player.reply("two")
        assert {request.sampling.temperature for request in model.requests} == {0.5}
        return [request.sampling.seed for request in model.requests]

    assert await seeds(1) == await seeds(1)
    assert len({*await seeds(1), *await seeds(2)}) == 4


async def test_what_was_thought_when_the_trial_was_cut_off_is_kept() -> None:
    at = table()
    model = ScriptedModel([think("a very long thought " * 50) + final("x")], seconds_per_id=0.01)
    player = AgentUnderTest(Agent(model)).start(at.briefing())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await player.reply("Go.")
    assert at.events[0].kind == "reasoning"
    assert at.events[0].text.startswith("a very long thought")
    assert at.events[0].malformed == "It was cut off."


def test_settings_are_json_without_a_seed_or_a_path() -> None:
    agent = Agent(ScriptedModel([]), name="ada", instructions="Be kind.", tools=[len_of])
    settings = AgentUnderTest(agent).settings
    assert json.loads(json.dumps(settings)) == settings
    assert (settings["name"], settings["model"]) == ("ada", "scripted")
    assert settings["tools"] == ["functions.len_of"]
    assert "seed" not in settings["sampling"]
    other = AgentUnderTest(agent.variant(instructions="Be rude.")).settings
    assert other["instructions"] != settings["instructions"]


def test_an_agent_with_another_output_type_or_other_words_for_a_tool_is_another() -> None:
    class Count(BaseModel):
        count: int

    def settings(doc: str = "Look.", output: Any = str) -> dict[str, Any]:
        def look(x: int) -> int:
            return x

        look.__doc__ = doc
        agent = Agent(ScriptedModel([]), output_type=output, tools=[tool(look)])
        return dict(AgentUnderTest(agent).settings)

    assert settings() == settings()
    assert settings() != settings(doc="Look closely.")
    assert settings() != settings(output=Count)


def len_of(text: str) -> int:
    """How long a text is."""
    return len(text)


class Checkpoint(ScriptedModel):
    """A scripted model that claims to lie in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__([])
        self.folder = folder

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(name=str(self.folder), checkpoint=self.folder)


def test_a_checkpoint_is_the_same_in_another_place_and_another_when_trained_on(
    tmp_path: Path,
) -> None:
    def settings(folder: Path) -> dict[str, Any]:
        return dict(AgentUnderTest(Agent(Checkpoint(folder))).settings)

    here, there, later = (tmp_path / each / "mine" for each in ("here", "there", "later"))
    here.mkdir(parents=True)
    (here / "config.json").write_text("{}")
    (here / "model.safetensors").write_bytes(bytes(5_000_000))
    shutil.copytree(here, there)
    shutil.copytree(here, later)
    (later / "model.safetensors").write_bytes(bytes(4_999_999) + b"\1")
    assert settings(here) == settings(there)
    assert settings(here)["model"] == "mine"
    assert settings(here)["checkpoint"] != settings(later)["checkpoint"]


async def test_the_bundled_model_plays_both_sides(tiny_model: TransformersModel) -> None:
    agent = Agent(tiny_model, reasoning="low", sampling=Sampling(temperature=0))
    at = table()
    user = ModelUser(agent, limits=Limits(tokens=24)).start(at.task.user, at.user, 5)
    try:
        said = (await user.say(at.world.domain.greeting)).text
    except UserFault as fault:  # so few tokens are seldom enough for it
        said = str(fault)
    assert said
    under_test = AgentUnderTest(agent)
    player = under_test.start(at.briefing(seed=5, tokens=40))
    reply = await player.reply("Please renew loan L7.")
    await player.close()
    assert reply.text or at.events or reply.stopped == "limit"
    assert 0 < at.agent.usage.output_tokens <= 41  # one more, which shows that it goes beyond
    assert under_test.settings["model"] == "tiny"
    assert under_test.settings["checkpoint"]


# In the runner's own trials


async def tried(
    task: str, agent: EvalAgent, user: EvalUser | None = None, **limits: Any
) -> TrialRecord:
    domain = library()
    wanted = changed(task_of(domain, task), limits=limits)
    return await run_trial(Trial(domain, wanted, "train"), agent, user or ScriptedUser())


async def test_both_sides_can_be_played_by_one_model() -> None:
    model = ScriptedModel(
        [
            final("Please renew L7."),  # the user
            call("get_loan", loan="L7"),
            call("renew", loan="L7"),
            final("It is due on 2026-02-07."),
            final("Thanks!\n###STOP###"),  # the user
        ]
    )
    agent = Agent(model)
    record = await tried("renew-1", AgentUnderTest(agent), ModelUser(agent))
    assert (record.outcome, record.ending) == ("passed", "finished")
    assert record.usage.output_tokens > 0
    assert record.usage.user_tokens > 0
    assert [each.text for each in record.events if each.kind == "user"] == [
        "Please renew L7.",
        "Thanks!",
    ]


async def test_a_trial_beyond_a_limit_names_it() -> None:
    wrong = [raw("functions.nothing", json.dumps({"n": n})) for n in range(4)]
    record = await tried("renew-1", AgentUnderTest(Agent(ScriptedModel(wrong))), tool_errors=2)
    assert (record.ending, record.limit, record.usage.calls) == ("limit", "tool_errors", 3)
    talker = AgentUnderTest(Agent(ScriptedModel([final("a b c d e f g h")])))
    record = await tried("renew-1", talker, tokens=5)
    assert (record.ending, record.limit) == ("limit", "tokens")
    exact = [final("a b"), final("c d")]
    record = await tried("refuse-1", AgentUnderTest(Agent(ScriptedModel(exact))), tokens=6)
    assert record.ending == "finished"


async def test_what_was_sampled_counts_however_the_trial_ends() -> None:
    calls = [call("get_loan", loan=each) for each in ("L7", "L8", "L9")]
    limited = await tried("renew-1", AgentUnderTest(Agent(ScriptedModel(calls))), calls=2)
    assert (limited.ending, limited.limit) == ("limit", "calls")
    assert limited.usage.output_tokens == sampled(*calls)

    broken = await tried("renew-1", AgentUnderTest(Agent(ScriptedModel(calls))))
    assert (broken.ending, broken.outcome) == ("model", "not_measured")
    assert broken.usage.output_tokens == sampled(*calls)

    slow = Agent(ScriptedModel([calls[0], think("word " * 400) + final("x")], seconds_per_id=0.01))
    late = await tried("renew-1", AgentUnderTest(slow), seconds=1.5)
    assert (late.ending, late.limit) == ("limit", "seconds")
    first = sampled(calls[0])
    assert first < late.usage.output_tokens < first + 400  # the step that was cut counts too

    odd = [final("How can I help you?")] * 2
    faulty = await tried("renew-1", NoopAgent(), ModelUser(ScriptedModel(odd)))
    assert (faulty.ending, faulty.outcome) == ("user", "not_measured")
    assert faulty.usage.user_tokens == sampled(*odd)


def sampled(*script: str) -> int:
    """How many tokens a model writes for it."""
    return sum(len(load_tokenizer().encode_with_specials(text)) for text in script)


async def test_what_only_the_model_can_be_blamed_for_is_not_measured() -> None:
    record = await tried("renew-1", AgentUnderTest(Agent(ScriptedModel([]))))
    assert (record.outcome, record.ending) == ("not_measured", "model")
    user = ModelUser(ScriptedModel([]))
    record = await tried("renew-1", NoopAgent(), user)
    assert (record.outcome, record.ending) == ("not_measured", "user")
