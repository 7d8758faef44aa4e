"""The transcripts: what is learned, what is copied, what is held out."""

from __future__ import annotations

import itertools
import json
import random

import pytest

from agentkit.harmony import writer
from agentkit.harmony.prompt import FunctionSchema, Prompt, ToolDescription
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.harmony.vocabulary import END, RETURN, START
from agentkit.messages import Message
from examples.tiny_model import data
from examples.tiny_model.evaluate import exchanges
from examples.tiny_model.skills import disguise
from examples.tiny_model.skills.disguise import disguised
from examples.tiny_model.skills.entries import Entry, Parameter, catalogue, is_unseen
from examples.tiny_model.skills.requests import again, from_catalogue
from examples.tiny_model.transcript import Episode, Line, copy, encode, plain
from examples.tiny_model.words import CITIES, Lexicon, is_held

TOKENIZER = load_tokenizer()


def drawn(count: int, held: bool = False) -> list[Episode]:
    return list(itertools.islice(data.stream(5, held), count))


def test_the_ids_spell_what_agentkit_would_render() -> None:
    for episode in drawn(40):
        messages = [line.message for line in episode.lines]
        plainly = [
            Message(
                m.role, plain(m.text), m.channel, m.recipient, m.author, m.content_type, m.layout
            )
            for m in messages
        ]
        developer = episode.prompt.messages()[1:]
        rendered = writer.render_all([*developer, *plainly], TOKENIZER)
        assert TOKENIZER.decode(encode(episode, TOKENIZER).ids) == TOKENIZER.decode(rendered)


def test_only_the_assistants_ids_are_learned_and_the_last_one_returns() -> None:
    lines = (Line(Message("user", "hi")), Line(Message("assistant", "Hello!", "final"), True))
    encoded = encode(Episode("greeting", Prompt(), lines), TOKENIZER)
    learned = [target for target in encoded.targets if target >= 0]
    assert TOKENIZER.decode(learned) == "<|channel|>final<|message|>Hello!<|return|>"
    assert encoded.ids[-1] == END
    assert RETURN not in encoded.ids
    assert encoded.ids.count(START) == 2


def test_after_its_analysis_the_model_opens_the_next_message_itself() -> None:
    lines = (
        Line(Message("user", "hi")),
        Line(Message("assistant", "Greet.", "analysis"), True),
        Line(Message("assistant", "Hello!", "final"), True),
    )
    encoded = encode(Episode("greeting", Prompt(), lines), TOKENIZER)
    learned = [target for target in encoded.targets if target >= 0]
    assert TOKENIZER.decode(learned) == (
        "<|channel|>analysis<|message|>Greet.<|end|>"
        "<|start|>assistant<|channel|>final<|message|>Hello!<|return|>"
    )


@pytest.mark.parametrize(
    ("request_", "value"),
    [
        ("Weather in Zurich?", "Zurich"),
        ("Mail anna.meyer@example.com", "anna.meyer@example.com"),
        ("Order #W2378156", "#W2378156"),
        ("I'm Roskamar", "Roskamar"),
    ],
)
def test_a_copied_value_keeps_the_tokens_of_its_source(request_: str, value: str) -> None:
    answer = f'{{"x":"{copy(value)}"}}'
    lines = (Line(Message("user", request_)), Line(Message("assistant", answer, "final"), True))
    encoded = encode(Episode("functions", Prompt(), lines), TOKENIZER)
    assert plain(answer) in TOKENIZER.decode([target for target in encoded.targets if target >= 0])
    tail = TOKENIZER.encode(f" {value}")[1:]
    assert tail == encoded.ids[-2 - len(tail) : -2] or not tail


def test_a_parameter_keeps_the_tokens_of_its_declaration() -> None:
    schema = {"type": "object", "properties": {"sides": {"type": "integer"}}}
    function = FunctionSchema("roll", "Roll dice.", schema)
    prompt = Prompt(tools=(ToolDescription("functions", "", (function,)),))
    said = f"Call roll with {copy('sides')}: 20."
    lines = (Line(Message("user", "20 sides")), Line(Message("assistant", said, "analysis"), True))
    ids = encode(Episode("functions", prompt, lines), TOKENIZER).ids
    spelled = [TOKENIZER.decode([each]) for each in ids]
    assert spelled[spelled.index(" with") :][1:4] == [" s", "ides", ":"]


def test_the_same_seed_draws_the_same_episodes() -> None:
    assert drawn(10) == drawn(10)


def test_training_never_draws_what_is_held_out() -> None:
    training, held_out = (
        {Lexicon(random.Random(seed), side, TOKENIZER).pick(CITIES) for seed in range(100)}
        for side in (False, True)
    )
    assert not training & held_out
    assert all(map(is_held, held_out))
    held = {entry.name for entry in catalogue() if is_unseen(entry.name)}
    asked = {
        tool.name
        for episode in drawn(150)
        for line in episode.prompt.tools
        for tool in line.functions
    }
    assert held
    assert not held & asked


def test_a_drill_settles_requests_behind_one_declaration_of_functions() -> None:
    for seed in range(12):
        episodes = data.drill(Lexicon(random.Random(seed), False, TOKENIZER), 24)
        declared = {each.prompt.developer_text() for each in episodes}
        assert len(declared) == 1
        behind = len(writer.render(Message("developer", declared.pop() or ""), TOKENIZER))
        batch = data.collate([(each, encode(each, TOKENIZER)) for each in episodes]).batch
        assert len(batch.prefix) >= len(data.system_ids(episodes[0].system())) + behind
        for each in episodes:
            request, settled = (line.message.text for line in each.lines[:2])
            name, _, arguments = plain(settled).partition("all ")[2].partition(" with ")
            assert name.rstrip(".") in {tool.name for tool in each.prompt.tools[-1].functions}
            said = [pair.partition(": ")[2] for pair in arguments.rstrip(".").split(", ")]
            assert all(value in request or value == "true" for value in said)


def test_another_request_is_for_the_same_function_by_the_same_names() -> None:
    words = Lexicon(random.Random(3), False, TOKENIZER)
    for _ in range(60):
        first = from_catalogue(words)
        second = again(words, first)
        assert second.schema() == first.schema()
        assert second.request != first.request
        assert set(second.arguments) <= {each.name for each in first.parameters}


def test_expected_calls_of_an_episode_are_json_the_functions_take() -> None:
    for episode in drawn(60, held=True):
        for exchange in exchanges(episode):
            assert exchange.messages[0].role == "user"
            assert exchange.answer
            for name, arguments in exchange.calls:
                schemas = [each for tool in episode.prompt.tools for each in tool.functions]
                schema = next(each for each in schemas if f"functions.{each.name}" == name)
                properties = json.loads(json.dumps((schema.parameters or {}).get("properties", {})))
                assert set(arguments) <= set(properties)


ROLL = Entry(
    "roll_dice",
    "Roll some dice.",
    (Parameter("dice", "digit", "How many dice"), Parameter("sides", "digit")),
    ("Roll {dice} dice[sides: with {sides} sides].", "I rolled dice: {dice}"),
    "total:small, sides:$sides",
)


def test_a_disguise_exchanges_the_words_of_name_parameters_and_requests_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fresh = {"roll": "paint", "dice": "lamps", "sides": "doors"}
    monkeypatch.setattr(disguise, "_exchange", lambda *_: fresh)

    assert disguised(Lexicon(random.Random(0), False, TOKENIZER), ROLL) == Entry(
        "paint_lamps",
        "Paint some lamps.",
        (Parameter("lamps", "digit", "How many lamps"), Parameter("doors", "digit")),
        ("Paint {lamps} lamps[doors: with {doors} doors].", "I painted lamps: {lamps}"),
        "total:small, sides:$doors",
    )


def test_two_parameters_never_get_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disguise, "_exchange", lambda *_: {"dice": "lamps", "sides": "lamps"})
    assert disguised(Lexicon(random.Random(0), False, TOKENIZER), ROLL) is ROLL
