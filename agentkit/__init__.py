"""Agents on OpenAI's open-weight gpt-oss models, token-exact, on your own hardware.

from agentkit import Agent

result = Agent("tiny", tools=[...]).run_sync("What is 48 * 7316?")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from agentkit.agent import Agent, Store
from agentkit.citations import Citation
from agentkit.dispatch import Decision
from agentkit.errors import (
    AgentKitError,
    BackendError,
    ContextOverflow,
    LimitExceeded,
    ModelError,
    ModelLoadError,
    ToolError,
    ToolRetry,
    UserError,
    VocabularyError,
)
from agentkit.events import (
    ApprovalRequested,
    CheckpointSaved,
    Event,
    LimitReached,
    PreambleDelta,
    ReasoningDelta,
    RunFinished,
    RunStarted,
    TextDelta,
    ToolCallDelta,
    ToolCalled,
    ToolCallStarted,
    ToolOutputDelta,
    ToolReturned,
    TurnFinished,
    TurnStarted,
)
from agentkit.messages import Artifact, Message, ToolCall
from agentkit.models.base import Capabilities, Model, Sampling
from agentkit.models.scripted import ScriptedModel
from agentkit.result import RunResult, RunStream
from agentkit.state import RunState
from agentkit.store import MemorySession, SQLiteSession
from agentkit.tools.base import RunContext, Tool, ToolOutput
from agentkit.tools.function import tool
from agentkit.usage import Limits, Usage

if TYPE_CHECKING:
    from agentkit.browser.net.policy import AddressPolicy
    from agentkit.browser.tool import BrowserTool
    from agentkit.models.servers.llamacpp import LlamaCppModel
    from agentkit.models.servers.responses import ResponsesModel
    from agentkit.models.servers.sglang import SGLangModel
    from agentkit.models.servers.vllm import VLLMModel
    from agentkit.models.transformers import TransformersModel
    from agentkit.tools.python import PythonTool

__all__ = [
    "AddressPolicy",
    "Agent",
    "AgentKitError",
    "ApprovalRequested",
    "Artifact",
    "BackendError",
    "BrowserTool",
    "Capabilities",
    "CheckpointSaved",
    "Citation",
    "ContextOverflow",
    "Decision",
    "Event",
    "LimitExceeded",
    "LimitReached",
    "Limits",
    "LlamaCppModel",
    "MemorySession",
    "Message",
    "Model",
    "ModelError",
    "ModelLoadError",
    "PreambleDelta",
    "PythonTool",
    "ReasoningDelta",
    "ResponsesModel",
    "RunContext",
    "RunFinished",
    "RunResult",
    "RunStarted",
    "RunState",
    "RunStream",
    "SGLangModel",
    "SQLiteSession",
    "Sampling",
    "ScriptedModel",
    "Store",
    "TextDelta",
    "Tool",
    "ToolCall",
    "ToolCallDelta",
    "ToolCallStarted",
    "ToolCalled",
    "ToolError",
    "ToolOutput",
    "ToolOutputDelta",
    "ToolRetry",
    "ToolReturned",
    "TransformersModel",
    "TurnFinished",
    "TurnStarted",
    "Usage",
    "UserError",
    "VLLMModel",
    "VocabularyError",
    "tool",
]

# Names whose modules are about heavy packages: loaded when they are first used.
_LAZY = {
    "AddressPolicy": "agentkit.browser.net.policy",
    "BrowserTool": "agentkit.browser.tool",
    "LlamaCppModel": "agentkit.models.servers.llamacpp",
    "PythonTool": "agentkit.tools.python",
    "ResponsesModel": "agentkit.models.servers.responses",
    "SGLangModel": "agentkit.models.servers.sglang",
    "TransformersModel": "agentkit.models.transformers",
    "VLLMModel": "agentkit.models.servers.vllm",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'agentkit' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
