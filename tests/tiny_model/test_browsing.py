"""The transcripts of browsing are what runs with the real browser are, token for token."""

from __future__ import annotations

import itertools
import random
import re

import pytest

from agentkit import Agent, BrowserTool, ScriptedModel
from agentkit.harmony import writer
from agentkit.harmony.prompt import Prompt
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.messages import Message
from examples.tiny_model import data
from examples.tiny_model.evaluate import episodes, play
from examples.tiny_model.skills.browsing import VIEW_TOKENS, browsing
from examples.tiny_model.skills.browsing_phrases import KINDS
from examples.tiny_model.skills.local_browser import indexed
from examples.tiny_model.transcript import Episode, Line, encode, plain
from examples.tiny_model.words import Lexicon, is_held

TOKENIZER = load_tokenizer()
COUNT = 12


def sampled(message: Message) -> str:
    """A message as the model samples it, after `<|start|>assistant`."""
    text = plain(message.text)
    if message.recipient:
        return f"<|channel|>analysis to={message.recipient} code<|message|>{text}<|call|>"
    end = "<|return|>" if message.channel == "final" else "<|end|>"
    return f"<|channel|>{message.channel}<|message|>{text}{end}"


def script(lines: list[Line]) -> list[str]:
    """What a model writes in one go, up to each call and to the answer."""
    written, parts = [], []
    for line in lines:
        if line.message.role == "assistant":
            parts.append(sampled(line.message))
            if line.message.is_call or line.message.channel == "final":
                written.append("<|start|>assistant".join(parts))
                parts = []
    return written


def last_turn(episode: Episode) -> list[Line]:
    """The lines of the last question."""
    start = max(n for n, line in enumerate(episode.lines) if line.message.role == "user")
    return list(episode.lines[start:])


def drawn(count: int, seed: int = 3, held: bool = False) -> list[Episode]:
    """Episodes with one question, answered by browsing."""
    found = []
    for number in itertools.count():
        words = Lexicon(random.Random(f"{seed}-{number}"), held, TOKENIZER)
        episode = data.episode(data.scene(words, 1.0), "browsing")
        if last_turn(episode) == list(episode.lines):
            found.append(episode)
        if len(found) == count:
            return found
    raise AssertionError


@pytest.mark.parametrize("episode", drawn(COUNT), ids=range(COUNT))
async def test_the_browser_answers_what_stands_in_the_transcript(episode: Episode) -> None:
    lines = list(episode.lines)
    tool = BrowserTool(search=indexed(episode.pages), view_tokens=VIEW_TOKENS)
    agent = Agent(ScriptedModel(script(lines)), tools=[tool], reasoning=episode.prompt.reasoning)

    result = await agent.run(lines[0].message.text)

    expected = encode(Episode("", Prompt(), tuple(lines)), TOKENIZER).ids
    rendered = writer.render_all(result.new_messages, TOKENIZER)
    assert TOKENIZER.decode(rendered) == TOKENIZER.decode(expected)
    answers = [writer.render(each, TOKENIZER) for each in result.new_messages if each.author]
    assert answers == [
        writer.render(each.message, TOKENIZER) for each in lines if each.message.author
    ]
    assert all(citation.verified for citation in result.citations)
    assert bool(result.citations) == ("【" in lines[-1].message.text)


async def test_an_evaluation_tells_a_right_answer_from_one_that_cites_another_line() -> None:
    episode = next(each for each in drawn(COUNT) if "†L" in each.lines[-1].message.text)
    right = script(list(episode.lines))
    wrong = [re.sub(r"†L[0-9]+", "†L0", each) for each in right]

    assert await play(episode, ScriptedModel(right)) == ""
    assert "†L0" in await play(episode, ScriptedModel(wrong))


def test_answers_cite_the_page_or_the_places_found_and_one_line_or_two() -> None:
    told = [plain(each.lines[-1].message.text) for each in drawn(80)]
    cited = [text for text in told if "【" in text]

    assert any("【1†L" in text for text in cited)
    assert any("【2†L" in text for text in cited)
    assert any(re.search(r"†L([0-9]+)-L([0-9]+)】", text) for text in cited)
    assert any(text.startswith("I found nothing about ") for text in told)
    assert (
        len({call.message.text for each in drawn(80) for call in each.lines if is_open(call)}) > 1
    )


def is_open(line: Line) -> bool:
    return line.message.recipient == "browser.open"


def test_a_second_question_goes_on_counting_pages() -> None:
    words = [Lexicon(random.Random(number), False, TOKENIZER) for number in range(40)]
    turns = [browsing(data.scene(each, 1.0)) for each in words]
    lines = next(turn.lines for turn in turns if turn.lines[1].message.channel == "final")
    results = [line.message.text for line in lines if line.message.author == "browser.search"]

    assert len(results) == 1
    assert int(results[0][1]) >= 1


def test_episodes_are_short_enough_to_train_on() -> None:
    for episode in drawn(40):
        assert len(encode(Episode("", Prompt(), episode.lines), TOKENIZER).ids) < 580


def test_what_is_held_out_is_asked_only_on_its_side() -> None:
    for held in (False, True):
        words = Lexicon(random.Random(1), held, TOKENIZER)
        kinds = {words.pick(KINDS) for _ in range(200)}
        assert all(is_held(kind) == held for kind in kinds)


def test_episodes_without_a_browser_stay_as_they_were() -> None:
    plainly = list(itertools.islice(data.stream(1), 60))
    asked = list(itertools.islice(data.stream(1, mix=data.Mix(browsing=0.5)), 60))

    assert not any(each.pages for each in plainly)
    assert {each.skill for each in plainly} <= set(data.SKILLS)
    assert "browsing" in {each.skill for each in asked}
    assert [each.skill for each in episodes("browsing", 2, 5)] == ["browsing"] * 2
