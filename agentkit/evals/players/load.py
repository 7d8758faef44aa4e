"""From a name such as `module:factory` to an agent that can be evaluated."""

from __future__ import annotations

import inspect
from typing import Any, TypeGuard

from agentkit.agent import Agent
from agentkit.errors import AgentKitError, UserError
from agentkit.evals.agents import EvalAgent
from agentkit.evals.players.adapter import AgentUnderTest
from agentkit.imports import import_object


def load_agent(name: str) -> EvalAgent:
    """The agent that a name stands for.

    Args:
        name: `module:object` or `path/to/file.py:object`: an `agentkit.Agent`, an object that has
            `settings`, `start` and `close` as `EvalAgent` has them, or a function or class that,
            called without arguments, gives one of these.

    Raises:
        UserError: there is no such object, making the agent fails, or it is none.
    """
    found = import_object(name)
    if inspect.isclass(found) or (callable(found) and not _is_agent(found)):
        found = _made(name, found)
    if isinstance(found, Agent):
        return AgentUnderTest(found)
    if _is_agent(found):
        return found
    raise UserError(
        f"{name} is a {type(found).__name__} and no agent: give an agentkit.Agent, or an object"
        " with `settings`, `start` and `close` as agentkit.evals.agents.EvalAgent has them."
    )


def _made(name: str, factory: Any) -> Any:
    try:
        return factory()
    except AgentKitError:
        raise
    except Exception as error:  # whatever the user's own code raises
        raise UserError(f"{name}() failed: {type(error).__name__}: {error}") from error


def _is_agent(found: Any) -> TypeGuard[EvalAgent]:
    return all(hasattr(found, each) for each in ("settings", "start", "close"))
