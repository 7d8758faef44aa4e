"""A user who follows the script of a task, word for word: no model, no chance, no seed.

What it says next depends on what the agent has just said, by these rules, in this order:

1. The first thing said is the first line without `when`; the greeting asks nothing. Where there is
   no such line, it is the `goal`.
2. The first unused line whose `when` is mentioned by the agent (at the borders of words, case
   disregarded) is said. So is every `known` fact that the agent asks for, in the same message:
   "The card is C-11.". The agent asks for a fact when its message has a question mark or a request
   ("please provide", "I need", "let me know") and mentions the fact's name, with spaces for
   underscores, and not its value. A fact is told twice at most.
3. Otherwise the next line without `when` is said.
4. Otherwise, and where that line is `stop`, the user leaves.

So the agent answers every line, and a last question that a line or a fact answers is answered
before the user leaves. A line's `call` is made before the line is said, whatever it returns.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any

from agentkit.evals.agents import Toolbox, UserFault, Utterance
from agentkit.evals.matching import mentions
from agentkit.evals.task import Line, Scenario

MOST_TOLD = 2
"""How often a fact is told: an agent that asks for ever is not to be kept company for ever."""

_REQUEST = re.compile(
    r"\?|\bplease (?:also )?(?:provide|give|tell|share|send|enter|confirm|specify|state|supply)\b"
    r"|\b(?:I|we)(?:'ll| will)?(?: also| just| first)? need\b|\blet me know\b",
    re.IGNORECASE,
)


class ScriptedUser:
    """Plays every task's user by the task's own script, `goal` and `known` facts."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its name: what it says is the task's."""
        return {"name": "scripted"}

    def start(self, scenario: Scenario, toolbox: Toolbox, seed: int) -> ScriptedPartner:
        """Begin a trial; the seed does not matter."""
        return ScriptedPartner(scenario, toolbox)

    async def close(self) -> None:
        """Nothing to free."""


class ScriptedPartner:
    """A scripted user in one trial."""

    def __init__(self, scenario: Scenario, toolbox: Toolbox) -> None:
        self._scenario = scenario
        self._toolbox = toolbox
        self._waiting = [line for line in scenario.script if line.when]
        self._next = deque(line for line in scenario.script if not line.when)
        self._told: Counter[str] = Counter()
        self._begun = False

    async def say(self, heard: str) -> Utterance:
        """Speak by the rules of the module.

        Raises:
            UserFault: the scenario gives nothing to say.
            LimitExceeded: as the toolbox raises it.
        """
        if not self._begun:
            self._begun = True
            return await self._first()
        line = self._answering(heard)
        facts = self._asked(heard, line.say if line else "")
        if line is None and not facts:
            line = self._following()
            if line is None:
                return Utterance("", leaves=True)
        said = [] if line is None else [await self._spoken(line)]
        return Utterance(" ".join((*said, *facts)))

    async def close(self) -> None:
        """Nothing to free."""

    async def _first(self) -> Utterance:
        line = self._following() or Line(say=self._scenario.goal or " ")
        text = await self._spoken(line)
        if not text.strip():
            raise UserFault(
                "The scenario has neither a script nor a goal: there is nothing to say."
            )
        return Utterance(text)

    def _following(self) -> Line | None:
        """The next line in order; None at `stop` and at the end, for good."""
        if not self._next or self._next[0].stop:
            return None
        return self._next.popleft()

    def _answering(self, heard: str) -> Line | None:
        line = next((each for each in self._waiting if mentions(heard, each.when)), None)
        if line is not None:
            self._waiting.remove(line)
        return line

    def _asked(self, heard: str, said: str) -> list[str]:
        """A sentence for each fact that is asked for and that `said` does not tell already."""
        if not _REQUEST.search(heard):
            return []
        sentences = []
        for key, value in self._scenario.known.items():
            name = key.replace("_", " ")
            known_already = mentions(heard, [value]) or self._told[key] >= MOST_TOLD
            if known_already or not mentions(heard, [key, name]):
                continue
            self._told[key] += 1
            if not mentions(said, [value]):
                sentences.append(f"The {name} is {value}.")
        return sentences

    async def _spoken(self, line: Line) -> str:
        if line.call is not None:
            await self._toolbox.call(line.call.tool, line.call.args)
        return line.say
