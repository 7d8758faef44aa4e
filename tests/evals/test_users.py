"""Those who play the user: scripts, models with their guards, people, replays."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from agentkit import Agent, Sampling, ScriptedModel
from agentkit.errors import LimitExceeded
from agentkit.evals.agents import UserFault, Utterance
from agentkit.evals.players.domain_tools import DomainTools
from agentkit.evals.records import Event
from agentkit.evals.task import Scenario
from agentkit.evals.users import HumanUser, ModelUser, ReplayUser, ScriptedUser
from agentkit.evals.users.guards import asks, guarded
from agentkit.usage import Limits
from tests.evals.boxes import Table
from tests.evals.support import library, task_of
from tests.scripts import call, final, think

GREETING = "Hello, how can I help?"


def table(task: str = "return-1") -> Table:
    domain = library()
    return Table(domain, task_of(domain, task))


def scenario(**fields: Any) -> Scenario:
    return Scenario.model_validate(fields)


async def scripted(of: Scenario, *heard: str) -> list[str]:
    """What a scripted user says to each text, the greeting first; LEAVES when it leaves."""
    partner = ScriptedUser().start(of, table().user, 0)
    said = [await partner.say(each) for each in (GREETING, *heard)]
    return [each.text or "LEAVES" * each.leaves for each in said]


# By script


async def test_lines_are_said_in_order_and_then_the_user_leaves() -> None:
    plain = scenario(script=[{"say": "one"}, {"say": "two"}, {"stop": True}, {"say": "never"}])
    assert await scripted(plain, "Fine.", "Fine.", "Bye.") == ["one", "two", "LEAVES", "LEAVES"]
    without_stop = scenario(script=[{"say": "one"}])
    assert await scripted(without_stop, "Fine.") == ["one", "LEAVES"]


async def test_a_line_waits_for_its_words_goes_first_and_is_said_once() -> None:
    script = [
        {"say": "Renew a loan."},
        {"say": "Thanks."},
        {"when": ["which", "number"], "say": "It is L7."},
        {"stop": True},
    ]
    of = scenario(script=script)
    assert await scripted(of, "WHICH loan is it?", "Which one?", "Fine.") == [
        "Renew a loan.", "It is L7.", "Thanks.", "LEAVES",
    ]  # fmt: skip
    assert await scripted(of, "Witchcraft? Numbers!", "Fine.") == [
        "Renew a loan.", "Thanks.", "LEAVES",
    ]  # fmt: skip


async def test_a_last_question_is_answered_before_the_user_leaves() -> None:
    script = [{"say": "Renew L7."}, {"when": "confirm", "say": "Yes."}, {"stop": True}]
    of = scenario(script=script, known={"card": "C-11"})
    assert await scripted(of, "Do you confirm?", "And your card?", "Done. Your card is safe.") == [
        "Renew L7.", "Yes.", "The card is C-11.", "LEAVES",
    ]  # fmt: skip


async def test_known_facts_answer_questions_all_in_one_message() -> None:
    of = scenario(goal="Renew.", known={"card_number": "C-11", "name": "Ada", "city": "Graz"})
    assert await scripted(of, "What are your name and card number?") == [
        "Renew.", "The card number is C-11. The name is Ada.",
    ]  # fmt: skip
    assert await scripted(of, "Please provide:\n- your name\n- your city") == [
        "Renew.", "The name is Ada. The city is Graz.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "heard",
    [
        "I have your name.",
        "Anything else?",
        "Your username?",
        "So you want it for the name Ada?",
        "Do you know the unnamed?",
    ],
)
async def test_a_fact_is_told_only_when_it_is_asked_for(heard: str) -> None:
    assert await scripted(scenario(goal="Renew.", known={"name": "Ada"}), heard) == [
        "Renew.", "LEAVES",
    ]  # fmt: skip


async def test_a_fact_is_told_twice_at_most() -> None:
    of = scenario(goal="Renew.", known={"name": "Ada"})
    assert await scripted(of, *["Your name?"] * 3) == [
        "Renew.", "The name is Ada.", "The name is Ada.", "LEAVES",
    ]  # fmt: skip


async def test_a_line_that_tells_a_fact_is_not_followed_by_it() -> None:
    script = [{"say": "Renew."}, {"when": "card", "say": "C-11 it is."}]
    of = scenario(script=script, known={"card": "C-11", "name": "Ada"})
    assert await scripted(of, "Your card and name, please?") == [
        "Renew.", "C-11 it is. The name is Ada.",
    ]  # fmt: skip


async def test_a_line_makes_its_call_before_it_is_said() -> None:
    at = table()
    partner = ScriptedUser().start(at.task.user, at.user, 0)
    assert (await partner.say(GREETING)).text.startswith("I have put L7 into the box.")
    assert at.told() == [("call", "return_book")]
    assert at.world.calls[0].by == "user"


async def test_a_scenario_that_says_nothing_is_the_users_fault() -> None:
    with pytest.raises(UserFault, match="neither a script nor a goal"):
        await scripted(scenario(persona="silent"))


# What guards see


@pytest.mark.parametrize(
    ("said", "heard", "text", "leaves", "fault"),
    [
        ("Thanks!\n###STOP###", "It is done.", "Thanks!", True, ""),
        ("###STOP###", "It is done.", "", True, ""),
        ("**###STOP###**", "It is done.", "", True, ""),
        ("###STOP###", "Done. Anything else I can do?", "", True, ""),
        ("No, thanks.\n###STOP###", "Anything else?", "No, thanks.", False, ""),
        ("Yes.\n###STOP###", "Shall I?", "Yes.", False, "It left while it was answering."),
        ("Yes.\n###STOP###", "Shall I? (yes/no)", "Yes.", False, "It left while"),
        ("Bye. ###STOP###", "It is done.", "Bye.", False, "The stop word stood in the text."),
        ("I ###STOP### you.", "Done.", "I you.", False, "The stop word stood in the text."),
        ("###STOP###\nNot yet.", "Done.", "Not yet.", False, "The stop word stood in the text."),
        ("Hello.", "Hello.", "Hello.", False, ""),
    ],
)
def test_the_stop_word_counts_only_alone_at_the_end_of_what_answers_nothing(
    said: str, heard: str, text: str, leaves: bool, fault: str
) -> None:
    verdict = guarded(said, heard)
    assert (verdict.text, verdict.leaves, verdict.hint) == (text, leaves, "")
    assert " ".join(verdict.faults).startswith(fault)
    assert bool(verdict.faults) == bool(fault)


def test_nobody_leaves_with_the_first_message() -> None:
    verdict = guarded("Cancel it.\n###STOP###", "Hello.", first=True)
    assert (verdict.text, verdict.leaves) == ("Cancel it.", False)
    assert guarded("###STOP###", "Hello.", first=True).hint


def test_who_writes_the_stop_word_in_a_line_twice_in_a_row_leaves() -> None:
    assert guarded("Bye. ###STOP###", "Done.").stop_ignored
    assert guarded("Bye! ###STOP###", "Done.", insists=True).leaves


@pytest.mark.parametrize(
    "said",
    [
        "",
        "  \n ",
        "Hello! How can I help you today?",
        "Agent: It is renewed.",
        "As an AI, I have no books.",
        "It is renewed until the seventh of February.",
        '{"name": "renew", "arguments": {"loan": "L7"}}',
        "<|channel|>final<|message|>Yes.",
        "to=functions.renew L7",
    ],
)
def test_who_falls_out_of_the_role_is_asked_again(said: str) -> None:
    verdict = guarded(said, "It is renewed until the seventh of February.")
    assert verdict.hint
    assert verdict.faults
    assert verdict.text == ""


@pytest.mark.parametrize(
    "said",
    [
        "Can you help me with my loan?",
        "Thank you very much",
        "My assistant lost the book.",
        "I'm an idiot, it is L8.",
        "It is #3 of the set {1, 2}.",
    ],
)
def test_what_a_customer_may_say_is_left_alone(said: str) -> None:
    verdict = guarded(said, "Thank you very much")
    assert (verdict.text, verdict.faults) == (said, ())


def test_long_texts_are_looked_at_in_time_that_grows_with_them() -> None:
    for piece in ("#", "## ", "##STOP", "##STOP##!", "how can I "):
        text = piece * (200_000 // len(piece))
        started = time.process_time()
        guarded(text, text + "?", insists=True)
        assert time.process_time() - started < 5


def test_a_text_asks_when_its_last_line_does() -> None:
    assert asks("Fine.\nShall I go on? Please say yes or no.\n")
    assert not asks("Why? Because.\nIt is done.")


# A model


def model_user(*script: str, **settings: Any) -> tuple[ModelUser, ScriptedModel]:
    model = ScriptedModel(script)
    return ModelUser(model, **settings), model


async def test_a_model_plays_the_user_and_leaves_when_it_is_done() -> None:
    user, model = model_user(
        think("I begin.") + final("Please renew L7."),
        final("It is L7."),
        final("Thank you!\n###STOP###"),
    )
    of = scenario(
        persona="terse", goal="Renew L7.", known={"loan": "L7"}, unknown=["the card's number"]
    )
    at = table("renew-1")
    partner = user.start(of, at.user, 1)
    first = await partner.say(GREETING)
    assert (first.text, first.leaves, first.fault) == ("Please renew L7.", False, "")
    assert at.user.usage.output_tokens > 5
    assert (await partner.say("Which one?")).text == "It is L7."
    assert await partner.say("It is renewed.") == Utterance("Thank you!", True)
    prompt = model.prompt_text(1)
    for text in ("terse", "Renew L7.", "- loan: L7", "- the card's number", "###STOP### alone"):
        assert text in prompt
    assert GREETING in prompt
    assert "I begin." not in prompt


async def test_without_a_greeting_the_model_is_asked_to_begin() -> None:
    user, model = model_user(final("Hello."))
    await user.start(scenario(goal="Renew."), table().user, 1).say("")
    assert "(The agent waits for your first message.)" in model.prompt_text(0)


async def test_a_simulated_user_acts_with_tools_of_its_own() -> None:
    user, model = model_user(
        call("return_book", loan="L7"), call("renew", loan="L8"), final("It is in the box.")
    )
    at = table()
    utterance = await user.start(at.task.user, at.user, 1).say("Put it into the box, please.")
    assert utterance.text == "It is in the box."
    assert at.told() == [("call", "return_book"), ("call", "renew !unknown_tool")]
    assert {each.by for each in at.world.calls} == {"user"}
    assert "The tools are what you can do yourself" in model.prompt_text(0)


async def test_a_limit_of_the_trial_comes_out_of_the_users_tools_too() -> None:
    user, _ = model_user(call("return_book", loan="L7"), final("Done."))
    at = table()
    at.user._most_calls = 0
    with pytest.raises(LimitExceeded):
        await user.start(at.task.user, at.user, 1).say(GREETING)


async def test_a_premature_stop_is_taken_out_and_counted() -> None:
    user, _ = model_user(final("Hi."), final("Yes, go on.\n###STOP###"), final("###STOP###"))
    partner = user.start(scenario(goal="Renew."), table().user, 1)
    await partner.say(GREETING)
    utterance = await partner.say("Shall I renew it?")
    assert (utterance.text, utterance.leaves) == ("Yes, go on.", False)
    assert utterance.fault == "It left while it was answering."
    assert (await partner.say("It is renewed.")).leaves


async def test_a_user_out_of_its_role_is_asked_again_with_a_hint() -> None:
    user, model = model_user(final("How can I help you?"), final("Renew L7, please."))
    at = table()
    utterance = await user.start(scenario(goal="Renew."), at.user, 1).say(GREETING)
    assert (utterance.text, utterance.fault) == ("Renew L7, please.", "It spoke as the agent.")
    assert at.user.usage.output_tokens == 20
    assert "You are the customer, not the agent." in model.prompt_text(1)


async def test_a_user_that_leaves_a_question_twice_has_left() -> None:
    user, _ = model_user(final("Hi."), *[final("###STOP###")] * 2)
    partner = user.start(scenario(goal="Renew."), table().user, 1)
    await partner.say(GREETING)
    utterance = await partner.say("Shall I put you through to a colleague?")
    assert (utterance.text, utterance.leaves) == ("", True)
    assert utterance.fault == "It left without an answer."


@pytest.mark.parametrize(
    ("script", "settings", "reason"),
    [
        ([final("How can I help you?")] * 2, {}, "failed twice in a row. It spoke as the agent."),
        (["<|channel|>final<|message|><|return|>"] * 4, {}, "twice in a row. It said nothing."),
        ([], {}, "BackendError: The script has 0 generations"),
        ([final("a b c d")], {"limits": Limits(tokens=3)}, "was stopped (limit)"),
    ],
)
async def test_a_user_that_cannot_go_on_is_not_the_agents_fault(
    script: list[str], settings: dict[str, Any], reason: str
) -> None:
    user, _ = model_user(*script, **settings)
    with pytest.raises(UserFault) as raised:
        await user.start(scenario(goal="Renew."), table().user, 1).say(GREETING)
    assert reason in str(raised.value)


async def test_a_user_whose_model_cannot_be_loaded_is_a_fault_of_the_user() -> None:
    with pytest.raises(UserFault, match="no model folder"):
        await ModelUser("/no/such/model").start(scenario(goal="x"), table().user, 1).say(GREETING)


async def test_a_user_can_share_the_agents_model() -> None:
    model = ScriptedModel([final("Hi.")])
    agent = Agent(model, instructions="Be the agent.", tools=[DomainTools(table().agent)])
    user = ModelUser(agent, sampling=Sampling(temperature=0.3))
    await user.start(scenario(goal="Renew."), table("renew-1").user, 1).say(GREETING)
    assert "Be the agent." not in model.prompt_text(0)
    assert "pay_fees" not in model.prompt_text(0)
    assert model.requests[0].sampling.temperature == 0.3
    assert model.requests[0].sampling.seed is not None


def test_settings_of_users_are_json_and_tell_them_apart() -> None:
    settings = [
        ScriptedUser().settings,
        HumanUser(input).settings,
        ModelUser(ScriptedModel([])).settings,
        ModelUser(ScriptedModel([]), guidelines="Be rude.").settings,
        ModelUser(ScriptedModel([]), limits=Limits(tokens=5)).settings,
    ]
    written = [json.dumps(each) for each in settings]
    assert len(set(written)) == len(written)
    assert all(each["name"] for each in settings)


# People and records


async def test_a_person_is_told_whom_they_play_and_leaves_with_an_empty_line() -> None:
    typed = iter(["Renew L7.", " "])
    shown: list[str] = []

    def ask(text: str) -> str:
        shown.append(text)
        return next(typed)

    of = scenario(persona="terse", goal="Renew L7.", known={"loan": "L7"})
    partner = HumanUser(ask).start(of, table().user, 1)
    assert await partner.say(GREETING) == Utterance("Renew L7.")
    assert await partner.say("Done.") == Utterance("", leaves=True)
    assert "You want: Renew L7.\nYou know: loan: L7" in shown[0]
    assert shown[0].endswith(GREETING)
    assert shown[1] == "Done."


@pytest.mark.parametrize("typed", ["/stop", EOFError()])
async def test_a_person_leaves_with_a_word_or_the_end_of_input(typed: str | EOFError) -> None:
    def ask(text: str) -> str:
        if isinstance(typed, EOFError):
            raise typed
        return typed

    assert (await HumanUser(ask).start(scenario(), table().user, 1).say("?")).leaves


async def replayed(at: Table, says: int, **fields: Any) -> list[Utterance]:
    partner = ReplayUser(at.record(**fields)).start(at.task.user, at.user, 1)
    return [await partner.say("whatever") for _ in range(says)]


def spoken(*texts: str) -> Table:
    """A trial in which user and agent said these in turn."""
    at = table()
    kinds = ("user", "answer")
    at.events += [
        Event.model_validate({"kind": kinds[n % 2], "text": text}) for n, text in enumerate(texts)
    ]
    return at


async def test_a_recorded_user_leaves_silently_or_with_its_last_words_as_it_did() -> None:
    silently = await replayed(spoken("Hi.", "Hello.", "Thanks.", "Bye."), 3)
    assert silently == [Utterance("Hi."), Utterance("Thanks."), Utterance("", leaves=True)]
    with_words = await replayed(spoken("Hi.", "Hello.", "Bye!"), 2)
    assert with_words == [Utterance("Hi."), Utterance("Bye!", leaves=True)]


async def test_a_recorded_user_fails_or_goes_on_as_it_did() -> None:
    at = spoken("Hi.", "Hello.")
    with pytest.raises(UserFault, match="out of memory"):
        await replayed(at, 2, ending="user", outcome="not_measured", detail="out of memory")
    limited = await replayed(at, 2, ending="limit", outcome="failed", limit="turns")
    assert not limited[1].leaves
    faulty = await replayed(at, 1, user_faults=("It left.",))
    assert faulty[0].fault == "It left."
