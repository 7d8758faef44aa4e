"""The chat: prompts read line by line, with history, and a few commands.

Knows lines and commands; what a prompt leads to is `turns`' business.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass

import platformdirs

from agentkit.cli.turns import Turns
from agentkit.cli.view import View
from agentkit.store import MemorySession, SQLiteSession

HELP = """\
/help    this text
/reset   a new conversation; tools forget their state
/resume  go on with a run that was stopped or interrupted
/exit    leave (as does Ctrl-D)
Ctrl-C cancels a run and keeps the conversation. Arrow keys bring back earlier prompts.
Lines that are pasted together are one prompt."""
_HISTORY_LINES = 1_000


@dataclass
class Chat:
    """A conversation at the keyboard.

    Args:
        turns: runs the prompts.
        view: shows remarks.
        interactive: someone sits at a terminal; otherwise prompts come from a pipe.
    """

    turns: Turns
    view: View
    interactive: bool

    def talk(self) -> None:
        """Read prompts and run them until the end of input or `/exit`."""
        if self.interactive:
            self.view.say(f"{self._who()}\n/help for commands, Ctrl-D to leave.\n")
            self._mention_unfinished()
        try:
            with _history() if self.interactive else nullcontext(lambda line: None) as remember:
                for line in self._lines():
                    remember(line)
                    if not self._do(line):
                        return
        finally:
            self._close_store()

    def _do(self, line: str) -> bool:
        """Run a prompt or do what a command says; False to leave."""
        if line.startswith("/"):
            return self._command(line)
        self.turns.take(line)
        if self.interactive:
            print()
        return True

    def _who(self) -> str:
        agent = self.turns.agent
        tools = ", ".join(tool.name.removeprefix("functions.") for tool in agent.tools)
        return f"{agent.model.capabilities.name}, " + (f"with {tools}" if tools else "no tools")

    def _mention_unfinished(self) -> None:
        state = self.turns.state()
        if state is not None and state.stop_reason != "final":
            self.view.say("The last run of this session has no answer; /resume goes on with it.\n")

    def _lines(self) -> Iterator[str]:
        """Lines as typed, without empty ones; two Ctrl-C in a row end the input."""
        interrupted = False
        while True:
            try:
                if interrupted:
                    self.view.say("Ctrl-C again or Ctrl-D to leave.")
                line = input("> " if self.interactive else "").strip()
            except EOFError:
                if self.interactive:
                    print()
                return
            except KeyboardInterrupt:
                print()
                if interrupted:
                    return
                interrupted = True
                continue
            interrupted = False
            if not line:
                continue
            if self.interactive:
                print()
            yield line

    def _command(self, line: str) -> bool:
        """Do what a command says, with a blank line after what it says; False to leave."""
        match line.split()[0]:
            case "/exit" | "/quit":
                return False
            case "/reset":
                self._reset()
            case "/resume":
                self._resume()
            case "/help":
                self.view.say(f"{HELP}\n")
            case other:
                self.view.say(f"There is no command {other}.\n{HELP}\n")
        return True

    def _reset(self) -> None:
        store = self.turns.store
        if isinstance(store, SQLiteSession):
            name = f"{store.conversation.partition('@')[0]}@{time.strftime('%Y%m%d-%H%M%S')}"
            self.turns.start_over(SQLiteSession(store.path, name))
            store.close()
            self.view.say(f"A new conversation: --session {store.path}:{name}\n")
        else:
            self.turns.start_over(MemorySession())
            self.view.say("A new conversation.\n")

    def _close_store(self) -> None:
        """Close the file, which since a `/reset` may be another than the one that was opened."""
        if isinstance(self.turns.store, SQLiteSession):
            self.turns.store.close()

    def _resume(self) -> None:
        state = self.turns.state()
        if state is None or state.stop_reason == "final":
            self.view.say("There is nothing to go on with: the last run has its answer.\n")
        else:
            self.turns.resume(state)
            if self.interactive:
                print()


@contextmanager
def _history() -> Iterator[Callable[[str], None]]:
    """Earlier prompts at the arrow keys, kept in a file that only the user can read; gives what
    adds one. Answers to questions are not prompts and are not kept. What is pasted waits for Enter,
    also when it has several lines."""
    try:
        import readline
    except ImportError:  # a Python built without it
        yield lambda line: None
        return
    path = platformdirs.user_state_path("agentkit") / "chat_history"
    with suppress(OSError):
        readline.read_history_file(path)
    readline.set_history_length(_HISTORY_LINES)
    readline.set_auto_history(False)
    readline.parse_and_bind("set enable-bracketed-paste on")  # Python turns it off
    try:
        yield readline.add_history
    finally:
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            readline.write_history_file(path)
