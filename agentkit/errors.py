"""The error tree: every exception that agentkit raises on purpose.

    AgentKitError
    ├── UserError              a call that cannot be right: wrong argument, missing extra
    ├── ModelError
    │   ├── ModelLoadError     a checkpoint that cannot be loaded, and what to do
    │   ├── ContextOverflow    the prompt no longer fits the model's context
    │   └── BackendError       the model's engine failed while sampling
    ├── VocabularyError        the o200k_base vocabulary was not found
    ├── ToolError              a tool failed; becomes a tool message within a run
    │   └── ToolRetry          a signal from a tool to the model: mend the call and try again
    └── LimitExceeded          a limit was reached outside of a run's own accounting

`ApprovalPause` stands apart on BaseException, so that a tool's `except Exception` cannot swallow
a person's right to be asked.
"""

from __future__ import annotations


class AgentKitError(Exception):
    """Base of every error agentkit raises on purpose."""


class UserError(AgentKitError):
    """The caller asked for something that cannot work; the message says what would."""


class ModelError(AgentKitError):
    """A model could not do its part."""


class ModelLoadError(ModelError):
    """A checkpoint could not be loaded."""


class ContextOverflow(ModelError):
    """The prompt does not fit into the model's context.

    Args:
        message: what overflowed, in tokens, and what to do.
    """


class BackendError(ModelError):
    """The engine behind a model failed while sampling."""


class VocabularyError(AgentKitError):
    """The o200k_base vocabulary was not found; lists what was tried."""


class ToolError(AgentKitError):
    """A tool failed. Within a run it becomes a tool message and the run goes on."""


class ToolRetry(ToolError):
    """Raised by a tool to tell the model how to mend its call.

    Args:
        reason: a sentence the model reads, such as "order ids start with '#'".
    """


class LimitExceeded(AgentKitError):
    """A limit was reached where no `RunResult` could say so."""


class ApprovalPause(BaseException):
    """Raised through a tool's code to pause the run until a person has decided.

    Args:
        reason: why the tool asks, shown to the person.
    """

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
