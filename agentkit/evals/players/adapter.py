"""An `agentkit.Agent` as an agent that can be evaluated.

The agent given is a model to share and settings to copy: every trial gets a variant of its own,
whose instructions are the agent's, followed by the domain's policy, and whose tools are the agent's
and the domain's. The conversation and the state of the agent's own tools last as long as the trial.
Knows nothing of users, checks and worlds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from agentkit.agent import Agent
from agentkit.errors import ModelError, VocabularyError
from agentkit.evals.agents import Briefing, Reply
from agentkit.evals.players.description import described
from agentkit.evals.players.domain_tools import DomainTools
from agentkit.evals.players.talk import DATE, Talk
from agentkit.evals.players.transcript import Transcript
from agentkit.events import Event, ToolCalled
from agentkit.messages import ToolCall
from agentkit.result import RunResult
from agentkit.serialise import to_json
from agentkit.usage import Limits

_MISFIT = "The answer does not fit the output type"


class AgentUnderTest:
    """Any `agentkit.Agent`, to be evaluated.

    Args:
        agent: its model is loaded once and shared by all trials; a trial's policy follows its
            instructions; its limits hold for the answer to one message of the user, besides the
            trial's own.
        name: in results; the agent's own when empty.
        date: ISO date that the prompt names; empty for none.
    """

    def __init__(self, agent: Agent[Any, Any], *, name: str = "", date: str = DATE) -> None:
        self.agent = agent
        self._name = name or agent.name
        self._date = date

    @property
    def settings(self) -> Mapping[str, Any]:
        """Name, model, sampling, reasoning, limits, tools, and a digest of the instructions.

        Raises:
            ModelLoadError: there is no such model.
        """
        return {"name": self._name, **described(self.agent), "date": self._date}

    def start(self, briefing: Briefing) -> AgentPlayer:
        """Begin a trial."""
        return AgentPlayer(self.agent, briefing, self._date)

    async def close(self) -> None:
        """Close the agent's tools, and its model if it loaded it."""
        await self.agent.close()


class AgentPlayer:
    """An `agentkit` agent in one trial.

    Args:
        agent: whose variant plays.
        briefing: the trial's.
        date: ISO date that the prompt names; empty for none.
    """

    def __init__(self, agent: Agent[Any, Any], briefing: Briefing, date: str = "") -> None:
        self._briefing = briefing
        self._limits = agent.limits
        self._tools = DomainTools(briefing.toolbox)
        self._transcript = Transcript(briefing.toolbox, self._tools)
        self._talk = Talk(
            agent,
            instructions="\n\n".join(filter(None, (agent.instructions, briefing.policy))),
            tools=(*agent.tools, *((self._tools,) if briefing.toolbox.schemas else ())),
            seed=str(briefing.seed),
            date=date,
            spent=briefing.toolbox.spent,
        )

    async def reply(self, text: str) -> Reply:
        """Run the agent on one message of the user.

        Raises:
            LimitExceeded: a limit of the trial is reached.
        """
        try:
            result = await self._talk.send(text, self._left(), self._take)
        except (ModelError, VocabularyError) as error:
            return Reply("", stopped="model", detail=f"{type(error).__name__}: {error}")
        finally:
            self._transcript.broken_off()
        return _reply(result)

    async def close(self) -> None:
        """Close what the agent's own tools keep for this conversation."""
        await self._talk.close()

    async def _take(self, event: Event) -> None:
        if isinstance(event, ToolCalled) and not self._briefing.toolbox.schemas:
            await self._count_unknown(event.call)
        self._transcript.take(event)
        self._tools.raise_failure()

    async def _count_unknown(self, call: ToolCall) -> None:
        """A domain without tools has none that would take the call of a tool that is not there."""
        if not call.name:
            self._tools.reached.add(call.id)
            await self._briefing.toolbox.call(call.recipient, call.text)

    def _left(self) -> Limits:
        """The agent's own limits, and of the tokens that the trial has left one more: to reach a
        limit is allowed, and only who samples beyond it has gone beyond it."""
        if self._briefing.tokens is None:
            return self._limits
        left = max(self._briefing.tokens - self._talk.usage.output_tokens, 0) + 1
        own = self._limits.tokens
        return dataclasses.replace(self._limits, tokens=left if own is None else min(own, left))


def _reply(result: RunResult[Any]) -> Reply:
    match result.stop_reason:
        case "final":
            said = result.output
            return Reply(said if isinstance(said, str) else to_json(said))
        case "limit" | "empty" as reason:
            return Reply("", reason, result.detail)
        case "pending":
            why = f"{result.detail} There is nobody to ask in a trial."
            return Reply("", "error", why)
        case _:
            # All that a run calls an error is the model's engine, but an answer of a wrong type.
            misfit = result.detail.startswith(_MISFIT)
            return Reply("", "error" if misfit else "model", result.detail)
