"""The retail skill: conversations are real trials, and what they share is computed once."""

from __future__ import annotations

import asyncio
import random

from agentkit import Agent
from agentkit.evals.episode import Trial, run_trial
from agentkit.evals.players import AgentUnderTest
from agentkit.evals.users import ScriptedUser
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.models.scripted import ScriptedModel
from examples.tiny_model import data
from examples.tiny_model.skills import retail
from examples.tiny_model.transcript import Episode, encode, plain

TOKENIZER = load_tokenizer()


def generations(episode: Episode) -> list[str]:
    """What the assistant of an episode writes, as a scripted model takes it."""
    return [
        f"<|channel|>commentary to={message.recipient} <|constrain|>json<|message|>{text}<|call|>"
        if message.is_call
        else f"<|channel|>final<|message|>{text}<|return|>"
        for line in episode.lines
        if (message := line.message).role == "assistant"
        for text in [plain(message.text)]
    ]


def test_an_agent_that_writes_what_is_learned_passes_the_trial_it_is_learned_from() -> None:
    place = retail.domain()
    for task in place.tasks("test")[:6]:
        only = random.Random(0)
        only.choice = lambda _, task=task: task  # type: ignore[method-assign, misc]
        episode = retail.conversation(only, "medium", held=True)
        model = ScriptedModel(generations(episode))
        agent = AgentUnderTest(Agent(model))
        trial = Trial(place, task, "test", 0, 0, "key")
        record = asyncio.run(run_trial(trial, agent, ScriptedUser()))
        assert record.outcome == "passed", record
        model.assert_finished()
        ids = encode(episode, TOKENIZER).ids
        system = data.system_ids(episode.system())
        assert model.prompts[0] == [*system, *ids][: len(model.prompts[0])]
        whole = TOKENIZER.decode([*system, *ids])  # copied words have the tokens of their source
        assert whole.startswith(TOKENIZER.decode(model.prompts[-1]))


def test_a_batch_reads_policy_and_tools_once_and_loses_nothing_to_be_learned() -> None:
    episodes = data.group(random.Random(5), 6, TOKENIZER, mix=data.Mix(retail=1))
    pairs = [(each, encode(each, TOKENIZER)) for each in episodes]
    batch = data.collate(pairs).batch
    developer = TOKENIZER.decode(batch.prefix.tolist())
    assert retail.domain().policy in developer
    assert batch.targets.tolist() == [
        target for _, each in pairs for target in each.targets if target >= 0
    ]
    assert batch.suffix.shape[1] < 700


def test_fresh_conversations_differ_and_depend_on_the_seed_alone() -> None:
    def drawn(seed: int) -> list[Episode]:
        return data.group(random.Random(seed), 3, TOKENIZER, mix=data.Mix(retail=1))

    assert drawn(1) == drawn(1)
    assert len({plain(each.lines[0].message.text) for each in drawn(1) + drawn(2)}) == 6
