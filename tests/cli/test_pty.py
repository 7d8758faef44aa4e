"""The command on a real terminal: Ctrl-C, approval, chat."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from agentkit import SQLiteSession
from tests.cli.support import Terminal, model

HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
MARK_PASTES = "\x1b[?2004h"


def test_ctrl_c_cancels_a_run(tmp_path: Path) -> None:
    with Terminal("run", "Go.", *model("slow"), state=tmp_path) as terminal:
        terminal.expect("one")
        terminal.press("\x03")
        terminal.expect("Cancelled.")

        assert terminal.wait() == 130
        assert "Traceback" not in terminal.text


def test_ctrl_c_leaves_while_a_model_loads(tmp_path: Path) -> None:
    with Terminal("run", "Go.", *model("unloadable"), state=tmp_path) as terminal:
        terminal.expect("Loading tests.cli.scripted:unloadable")
        terminal.press("\x03")

        assert terminal.wait() == 130
        assert "Traceback" not in terminal.text
        assert terminal.raw.rindex(SHOW_CURSOR) > terminal.raw.rindex(HIDE_CURSOR)


def test_a_call_is_approved_at_the_terminal(tmp_path: Path) -> None:
    with Terminal("run", "Wipe it.", *model("wiping"), state=tmp_path) as terminal:
        terminal.expect('wipe(path="/data")')
        terminal.expect("needs your approval")
        terminal.expect("Run wipe? [y/n]")
        terminal.press("perhaps\n")
        terminal.expect("Run wipe? [y/n]")
        terminal.press("y\n")
        terminal.expect("wiped /data")
        terminal.expect("Done with it.")

        assert terminal.wait() == 0


def test_a_chat_goes_on_after_ctrl_c_and_a_declined_call(tmp_path: Path) -> None:
    session = f"{tmp_path / 'chats.db'}:eve"
    with Terminal("chat", *model("chatty"), "--session", session, state=tmp_path) as terminal:
        terminal.expect("/help for commands")
        terminal.expect("> ")
        terminal.press("begin\n")
        terminal.expect("slow")
        terminal.press("\x03")
        terminal.expect("Cancelled.")
        terminal.expect("> ")
        terminal.press("wipe\n")
        terminal.expect("Run wipe? [y/n]")
        terminal.press("n\n")
        terminal.expect("Why not?")
        terminal.press("not mine\n")
        terminal.expect("I left it.")
        terminal.expect("> ")
        terminal.press("/reset\n")
        terminal.expect("A new conversation")
        terminal.press("/fly\n")
        terminal.expect("There is no command /fly")
        terminal.expect("/exit")
        terminal.expect("> ")
        # Python's readline misses a signal that comes between the prompt and its wait for keys.
        time.sleep(0.5)
        terminal.press("\x03")
        terminal.expect("Ctrl-C again or Ctrl-D to leave.")
        terminal.press("\x03")

        assert terminal.wait() == 0
        assert "Traceback" not in terminal.text
    with SQLiteSession(tmp_path / "chats.db", "eve") as store:
        state = asyncio.run(store.load())
    assert state is not None
    said = [entry.message.text for entry in state.entries]
    assert "Error: the user declined this call: not mine" in said
    history = (tmp_path / "agentkit" / "chat_history").read_text()
    assert history.split("\n")[-5:] == ["begin", "wipe", "/reset", "/fly", ""]


def test_a_second_ctrl_c_leaves_a_tool_that_does_not_stop(tmp_path: Path) -> None:
    with Terminal("run", "Go.", *model("stubborn"), state=tmp_path) as terminal:
        terminal.expect("working")
        terminal.press("\x03")
        terminal.expect("not yet")
        terminal.press("\x03")

        assert terminal.wait() == 130
        assert "Traceback" not in terminal.text


def test_lines_pasted_together_are_one_prompt(tmp_path: Path) -> None:
    session = f"{tmp_path / 'chats.db'}:eve"
    with Terminal("chat", *model("answers"), "--session", session, state=tmp_path) as terminal:
        terminal.expect("> ")
        assert MARK_PASTES in terminal.raw
        terminal.press("\x1b[200~Why does this fail?\nline 1\nline 2\x1b[201~\n")
        terminal.expect("First.")
        terminal.expect("> ")
        terminal.press("\x04")

        assert terminal.wait() == 0
    with SQLiteSession(tmp_path / "chats.db", "eve") as store:
        state = asyncio.run(store.load())
    assert state is not None
    asked = [entry.message.text for entry in state.entries if entry.message.role == "user"]
    assert asked == ["Why does this fail?\nline 1\nline 2"]
