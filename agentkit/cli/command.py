"""The command line put together: options read, things opened, the command run, its status given.

Every module it needs for one command only is imported by that command, so that `agentkit --help`
is quick. Errors that agentkit raises on purpose end here as one message and a status.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from agentkit.cli import approval, naming
from agentkit.cli.options import read
from agentkit.cli.turns import Turns
from agentkit.cli.view import View, open_view
from agentkit.cli.wording import clean
from agentkit.errors import AgentKitError, UserError
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.models.load import load_model
from agentkit.state import RunState
from agentkit.store import MemorySession
from agentkit.tracing import TraceWriter

ERROR, USAGE, INTERRUPTED = 1, 2, 130
STATUSES = {
    "final": 0,
    "error": ERROR,
    "empty": ERROR,
    "pending": ERROR,
    "limit": 3,
    "cancelled": INTERRUPTED,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: the arguments; None for the process's own.

    Returns:
        The exit status.
    """
    options = read(argv)
    options.arguments = list(sys.argv[1:] if argv is None else argv)
    logging.basicConfig(level=logging.DEBUG if options.debug else logging.WARNING)
    try:
        return _COMMANDS[options.command](options)
    except AgentKitError as error:
        if options.debug:
            raise
        print(f"agentkit: {clean(str(error))}", file=sys.stderr)
        return USAGE if isinstance(error, UserError) else ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not find that out again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR


def _run(options: argparse.Namespace) -> int:
    begin = _begin(options)
    with _opened(options) as (turns, view):
        result = turns.take(begin) if isinstance(begin, str) else turns.resume(begin)
        if result.stop_reason == "pending":
            view.say(f"{result.detail} {_how_to_go_on(options.session)}")
        return STATUSES[result.stop_reason]


def _begin(options: argparse.Namespace) -> str | RunState:
    """The prompt, or the run to go on with.

    Raises:
        UserError: neither was given, or both, or there is no such run.
    """
    given: str | None = options.prompt
    if options.resume:
        if given is not None or not options.session:
            raise UserError("--resume takes --session FILE[:ID] and no prompt.")
        return _unfinished(options.session)
    prompt = (_stdin() if given == "-" else given or "").strip()
    if not prompt:
        raise UserError('There is no prompt: agentkit run "What is 48 * 7316?", or - for stdin.')
    return prompt


def _unfinished(session: str) -> RunState:
    with naming.store(session) as store:
        state = asyncio.run(store.load())
    if state is None or state.stop_reason == "final":
        raise UserError(f"{session} holds no unfinished run.")
    return state


def _stdin() -> str:
    """All of stdin; bytes that are no UTF-8 are replaced."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    return sys.stdin.read() if sys.stdin is not None else ""


def _how_to_go_on(session: str | None) -> str:
    if session is None:
        return (
            "Run the command in a terminal to be asked, or with --yes to approve; with"
            " --session FILE the run could be resumed later."
        )
    return (
        f"Go on with `agentkit run --resume --session {session}` (and the same --model and"
        " --tools), in a terminal or with --yes."
    )


def _chat(options: argparse.Namespace) -> int:
    from agentkit.cli.chat import Chat

    with _opened(options) as (turns, view):
        Chat(turns, view, _at_terminal(options)).talk()
        return 0


def _setup(options: argparse.Namespace) -> int:
    from agentkit.cli.machine import setup

    return setup(options.model, options.vocabulary)


def _doctor(options: argparse.Namespace) -> int:
    from agentkit.cli.machine import doctor

    return doctor(options.model, options.vocabulary)


def _index(options: argparse.Namespace) -> int:
    from agentkit.cli.index import index

    return index(options.source, options.out)


def _eval(options: argparse.Namespace) -> int:
    from agentkit.cli.eval import eval_command

    return eval_command(options)


_COMMANDS = {
    "run": _run,
    "chat": _chat,
    "eval": _eval,
    "setup": _setup,
    "doctor": _doctor,
    "index": _index,
}


@contextmanager
def _opened(options: argparse.Namespace) -> Iterator[tuple[Turns, View]]:
    """All that a run needs, opened in the order in which mistakes are cheapest to find."""
    with ExitStack() as stack:
        store = naming.store(options.session) if options.session else MemorySession()
        if not isinstance(store, MemorySession):
            stack.enter_context(store)
        trace = stack.enter_context(TraceWriter(options.trace)) if options.trace else None
        naming.instructions(options.instructions)
        tools = naming.tools(options.tools)
        name, note = naming.model_name(options.model)
        view = stack.enter_context(open_view(options.json))
        if note:
            print(note, file=sys.stderr, flush=True)
        ask = approval.approve if options.yes else approval.ask if _at_terminal(options) else None
        with _given_up(), view.loading(name) as progress:
            model = load_model(
                name, progress, dequantize=options.dequantize, processes=options.processes
            )
            load_tokenizer(options.vocabulary, model.capabilities.checkpoint)
            agent = naming.agent(options, model, tools)
            turns = stack.enter_context(Turns(agent, view, store, trace, ask))
            turns.load()
        yield turns, view


@contextmanager
def _given_up() -> Iterator[None]:
    """Let Ctrl-C end the process while a model loads: the thread that loads it cannot be stopped,
    Python would wait for it, and nothing else has been begun."""
    try:
        yield
    except KeyboardInterrupt:
        print(file=sys.stderr, flush=True)
        os._exit(INTERRUPTED)


def _at_terminal(options: argparse.Namespace) -> bool:
    """True when somebody can be shown a run and asked about it."""
    streams = () if options.json else (sys.stdin, sys.stdout)
    return bool(streams) and all(stream is not None and stream.isatty() for stream in streams)
