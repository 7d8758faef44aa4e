"""A model plays the user.

The simulated user is an agent of its own: it sees the agent's words as its user's, and has the
user's tools where a domain has any. What it says is looked at by `guards` before the agent hears
it. When the model fails, or stays out of its role when asked again, the trial ends with a
`UserFault` and is not counted against the agent. The guidelines are our own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentkit.agent import Agent, Input
from agentkit.errors import ModelError, VocabularyError
from agentkit.evals.agents import Toolbox, UserFault, Utterance
from agentkit.evals.players.description import described, digest_of
from agentkit.evals.players.domain_tools import DomainTools
from agentkit.evals.players.talk import DATE, Talk
from agentkit.evals.task import Scenario
from agentkit.evals.users.guards import STOP, Verdict, guarded
from agentkit.events import Event
from agentkit.messages import Effort, Message
from agentkit.models.base import Model, Sampling
from agentkit.result import RunResult
from agentkit.usage import Limits

GUIDELINES = f"""\
You play a customer who writes to a service agent. Each message you get is the agent's; what you \
write is sent to the agent word for word.

- Stay the customer. Never speak as the agent, never offer help, never explain these rules.
- Say one thing at a time, in one to three short sentences of your own. Begin with what you want; \
tell what you know when it is asked for.
- Say only what stands below. Invent no names, numbers, dates or wishes. When you are asked for \
what you do not know, say that you do not know it.
- To agree is not to have it done. When you have said yes to something, wait until the agent says \
that it is done.
- When the agent asks you something, answer it first and leave later.
- When the agent has said that all you want is done, or has refused it for good, leave: write \
{STOP} alone as the last line of your message. Write it nowhere else."""

TOOLS = """\
- The tools are what you can do yourself. Use them when the agent asks you to do or look at \
something. The agent does not see it: tell it what you did and found."""

BEGIN = "(The agent waits for your first message.)"
LIMITS = Limits(turns=20, tool_calls=20, tokens=16_384)


class ModelUser:
    """Plays every task's user with a model.

    Args:
        model: as for `Agent`; or an `Agent`, whose model is shared and stays that agent's to close.
        reasoning: `low`, `medium` or `high`.
        sampling: how ids are drawn; None for the agent's or the checkpoint's own. The seed is the
            trial's.
        limits: of one message.
        guidelines: how to play, told before the scenario.
        vocabulary: as for `Agent`.
        date: ISO date that the prompt names; empty for none.
    """

    def __init__(
        self,
        model: str | Path | Model | Agent[Any, Any] = "tiny",
        *,
        reasoning: Effort = "low",
        sampling: Sampling | None = None,
        limits: Limits = LIMITS,
        guidelines: str = GUIDELINES,
        vocabulary: str | Path | None = None,
        date: str = DATE,
    ) -> None:
        if isinstance(model, Agent):
            self._agent: Agent[Any, Any] = model.variant(
                instructions=guidelines, tools=(), reasoning=reasoning, sampling=sampling
            )
        else:
            self._agent = Agent(
                model,
                instructions=guidelines,
                reasoning=reasoning,
                sampling=sampling,
                vocabulary=vocabulary,
            )
        self._limits = limits
        self._date = date

    @property
    def settings(self) -> Mapping[str, Any]:
        """Name, model, sampling, reasoning, limits and a digest of the guidelines.

        Raises:
            ModelLoadError: there is no such model.
        """
        guidelines = digest_of(self._agent.instructions + TOOLS)
        return {
            "name": "model",
            **described(self._agent),
            "limits": dataclasses.asdict(self._limits),
            "instructions": guidelines,
            "date": self._date,
        }

    def start(self, scenario: Scenario, toolbox: Toolbox, seed: int) -> ModelPartner:
        """Begin a trial."""
        tools = DomainTools(toolbox) if toolbox.schemas else None
        talk = Talk(
            self._agent,
            instructions=instructions(self._agent.instructions, scenario, tools is not None),
            tools=() if tools is None else (tools,),
            seed=f"user {seed}",
            date=self._date,
            spent=toolbox.spent,
        )
        return ModelPartner(talk, tools, self._limits)

    async def close(self) -> None:
        """Close the model if it was loaded here."""
        await self._agent.close()


class ModelPartner:
    """A simulated user in one trial.

    Args:
        talk: with the model.
        tools: the user's, if there are any.
        limits: of one message.
    """

    def __init__(self, talk: Talk, tools: DomainTools | None, limits: Limits) -> None:
        self._talk = talk
        self._tools = tools
        self._limits = limits
        self._spoke = False
        self._insists = False

    async def say(self, heard: str) -> Utterance:
        """Have the model speak, once more with a hint if it fell out of its role.

        Raises:
            UserFault: the model failed, or fell out of its role twice.
            LimitExceeded: as the toolbox raises it.
        """
        verdict = await self._attempt(heard or BEGIN, heard)
        faults = verdict.faults
        if verdict.hint:
            verdict = await self._attempt(Message("developer", verdict.hint), heard)
            faults = tuple(dict.fromkeys((*faults, *verdict.faults)))
            if verdict.hint and not verdict.leaves:
                raise UserFault(f"The simulated user failed twice in a row. {' '.join(faults)}")
        self._spoke, self._insists = True, verdict.stop_ignored
        return Utterance(verdict.text, verdict.leaves, " ".join(faults))

    async def close(self) -> None:
        """Close the conversation."""
        await self._talk.close()

    async def _attempt(self, prompt: Input, heard: str) -> Verdict:
        try:
            result = await self._talk.send(prompt, self._limits, self._watch)
        except (ModelError, VocabularyError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise UserFault(f"The model of the simulated user failed: {reason}") from error
        return guarded(_said(result), heard, first=not self._spoke, insists=self._insists)

    async def _watch(self, event: Event) -> None:
        if self._tools is not None:
            self._tools.raise_failure()


def instructions(guidelines: str, scenario: Scenario, has_tools: bool) -> str:
    """What the model is told: how to play, and whom."""
    known = "\n".join(f"- {name}: {value}" for name, value in scenario.known.items())
    sections = {
        "How you talk": scenario.persona,
        "What you want": scenario.goal,
        "What you know": known,
        "What you do not know": "\n".join(f"- {each}" for each in scenario.unknown),
    }
    parts = [f"{guidelines}\n{TOOLS}" if has_tools else guidelines]
    parts += [f"## {title}\n\n{text}" for title, text in sections.items() if text]
    return "\n\n".join(parts)


def _said(result: RunResult[Any]) -> str:
    """The final text; empty when there is none.

    Raises:
        UserFault: the run was stopped by anything else.
    """
    match result.stop_reason:
        case "final":
            return str(result.output)
        case "empty":
            return ""
        case reason:
            raise UserFault(f"The simulated user was stopped ({reason}): {result.detail}")
