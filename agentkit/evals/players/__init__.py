"""Those who play the agent in trials."""

from agentkit.evals.players.adapter import AgentUnderTest
from agentkit.evals.players.load import load_agent
from agentkit.evals.players.plain import GoldAgent, NoopAgent
from agentkit.evals.players.replay import ReplayAgent

__all__ = ["AgentUnderTest", "GoldAgent", "NoopAgent", "ReplayAgent", "load_agent"]
