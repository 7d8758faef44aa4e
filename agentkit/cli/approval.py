"""A person asked at the terminal whether a call may run."""

from __future__ import annotations

from agentkit.cli.wording import call_title
from agentkit.dispatch import Decision
from agentkit.messages import ToolCall


def ask(call: ToolCall) -> Decision | None:
    """The decision typed; None when Ctrl-C or Ctrl-D leaves it open."""
    try:
        answer = ""
        while answer not in ("y", "yes", "n", "no"):
            answer = input(f"Run {call_title(call)}? [y/n] ").strip().lower()
        approved = answer.startswith("y")
        reason = "" if approved else input("Why not? (for the model; may be empty) ").strip()
        return Decision(approved, reason)
    except (EOFError, KeyboardInterrupt):
        return None
    finally:
        print()


def approve(call: ToolCall) -> Decision:
    """Yes, unasked."""
    return Decision(True)
