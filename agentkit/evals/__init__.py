"""The task runner: domains of tasks, trials of an agent on them, and what came of it.

`load_domain` reads a domain, `agentkit eval` runs one; see docs/evals.md.
"""

from agentkit.evals.domain import Domain, load_domain
from agentkit.evals.state import State
from agentkit.evals.task import Task
from agentkit.evals.tools import reads, writes

__all__ = ["Domain", "State", "Task", "load_domain", "reads", "writes"]
