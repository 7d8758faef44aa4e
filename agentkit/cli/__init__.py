"""The `agentkit` command: agents run, talked to and looked into from a terminal."""

from agentkit.cli.command import main

__all__ = ["main"]
