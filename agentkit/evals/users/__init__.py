"""Those who play the user in trials."""

from agentkit.evals.users.human import HumanUser
from agentkit.evals.users.replay import ReplayUser
from agentkit.evals.users.scripted import ScriptedUser
from agentkit.evals.users.simulated import ModelUser

__all__ = ["HumanUser", "ModelUser", "ReplayUser", "ScriptedUser"]
