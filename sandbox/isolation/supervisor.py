"""The process outside the sandbox that ties the sandbox's life to its owner's.

One supervisor stands between the owner (the Python process with the notebook) and the isolating
program, or the launcher itself where there is none. It holds the other end of the owner's pipe:
when the owner goes away in whatever manner, SIGKILL included, the pipe closes and the supervisor
kills the sandbox, empties and removes its cgroup and its private directory, and ends. bubblewrap in
turn dies with the supervisor's only thread. (Tied to the owner directly it would die with the
thread that happened to start it.) A launcher without bubblewrap notices that its commands end.

It also drains the sandbox's stderr into a small ring, passes the owner's commands to the launcher
and the launcher's events back, and watches what no kernel limit covers: memory when there is no
cgroup, and files. What the launcher says is checked before it is passed on, since a
plain user's sandbox can forge it.

Run as a script with `python -I -S`; standard library only. The first line on stdin is the
configuration (see `process.py`), the following ones are commands. Events are JSON lines on stdout;
`gone` is the last one.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __package__:
    from .trees import children_of, contents_of, files_in, memory_of_tree, remove_tree
else:  # run as a script, which finds its neighbours only when told where they are
    sys.path.insert(0, str(Path(__file__).parent))
    from trees import children_of, contents_of, files_in, memory_of_tree, remove_tree

_TICK = 0.25  # seconds between two looks at memory and files
_ANSWER = 5.0  # seconds the launcher has to obey a command that ends a kernel
_LOG = 8192  # bytes of the sandbox's stderr kept
_LINE = 65536  # bytes of the longest event accepted from the launcher
_EVENTS = {"hello", "forked", "ready", "exit"}
_PR_SET_CHILD_SUBREAPER = 36


class Supervisor:
    """One sandbox: its processes, the pipes to them, and why it ended."""

    def __init__(self, config: dict[str, Any], commands: bytes) -> None:
        self._config = config
        self._init = 0
        self._up = False
        self._init_fd = -1
        self._log = b""
        self._events = b""
        self._status = b""
        self._commands = commands
        self._reason: str | None = None
        self._answer_by: float | None = None
        self._walk_again = 0.0
        self._expected = 1  # events still expected of the launcher; more are not its own
        self._oom_kills = self._count_oom_kills()
        self._launch()
        self._obey_owner(b"")

    def _launch(self) -> None:
        config = self._config
        command_fd, self._command_fd = os.pipe()
        self._event_fd, event_fd = os.pipe()
        self._log_fd, log_fd = os.pipe()
        self._status_fd, status = os.pipe()
        files: list[int] = []
        command = [config["program"], *config["command"]]
        if config["style"] == "bubblewrap":
            command = self._bubblewrap(status, files)
        self._process = subprocess.Popen(
            command,
            stdin=command_fd,
            stdout=event_fd,
            stderr=log_fd,
            pass_fds=(status, *files) if files else (),
            env=config["environment"],
            cwd="/",
            preexec_fn=self._join_cgroup,
        )
        for fd in (command_fd, event_fd, log_fd, status, *files):
            os.close(fd)
        self._process_fd = os.pidfd_open(self._process.pid)
        os.set_blocking(self._command_fd, False)
        if config["style"] != "bubblewrap":
            self._is_up(self._process.pid)

    def _bubblewrap(self, status: int, files: list[int]) -> list[str]:
        """The command line; the descriptors it names are added to `files`."""

        def as_text(argument: str | dict[str, str]) -> str:
            if isinstance(argument, str):
                return argument
            files.append(memory_file(argument["file"].encode()))
            return str(files[-1])

        config = self._config
        arguments = [as_text(argument) for argument in config["arguments"]]
        files.append(memory_file(bytes.fromhex(config["seccomp"])))
        arguments += ["--json-status-fd", str(status), "--seccomp", str(files[-1])]
        files.append(memory_file(b"".join(argument.encode() + b"\0" for argument in arguments)))
        return [config["program"], "--args", str(files[-1]), "--", *config["command"]]

    def _join_cgroup(self) -> None:
        for directory in self._config["cgroups"]:
            Path(directory, "cgroup.procs").write_text("0")

    def run(self) -> None:
        """Serve until the sandbox or its owner is gone, then leave nothing behind."""
        try:
            self._serve()
        finally:
            self._end()
        log = self._log.decode(errors="replace")
        status = self._process.returncode
        self._report({"event": "gone", "reason": self._reason, "status": status, "log": log})

    def _serve(self) -> None:
        handlers = {
            0: self._on_owner,
            self._status_fd: self._on_status,
            self._event_fd: self._on_events,
            self._log_fd: self._on_log,
        }
        next_look = time.monotonic() + _TICK
        while True:
            readable, _, _ = select.select([*handlers, self._process_fd], [], [], _TICK)
            for fd in readable:
                if fd in handlers and not handlers[fd]():
                    if fd == 0:
                        return
                    del handlers[fd]
            if self._process_fd in readable:
                return
            now = time.monotonic()
            if now >= next_look:
                next_look = now + _TICK
                self._look()
            if self._answer_by is not None and now >= self._answer_by:
                return

    # Pipes. Each returns whether its pipe is still open.

    def _on_owner(self) -> bool:
        data = os.read(0, 65536)
        self._obey_owner(data)
        return bool(data)

    def _obey_owner(self, data: bytes) -> None:
        *lines, self._commands = (self._commands + data).split(b"\n")
        for line in lines:
            self._tell_launcher(line + b"\n")
            self._expected += 3  # forked, ready, exit
            if is_to_end_a_kernel(json.loads(line)):
                self._answer_by = time.monotonic() + _ANSWER

    def _tell_launcher(self, line: bytes) -> None:
        try:
            os.write(self._command_fd, line)
        except (BlockingIOError, BrokenPipeError):
            self._answer_by = time.monotonic()  # stopped or dead: the sandbox ends

    def _on_status(self) -> bool:
        data = os.read(self._status_fd, 65536)
        *lines, self._status = (self._status + data).split(b"\n")
        for line in lines:
            pid = json.loads(line).get("child-pid")
            if isinstance(pid, int) and not self._init:
                self._is_up(pid)
        return bool(data)

    def _is_up(self, pid: int) -> None:
        self._init, self._init_fd = pid, os.pidfd_open(pid)
        self._report({"event": "up", "init": pid})

    def _on_log(self) -> bool:
        data = os.read(self._log_fd, 65536)
        self._log = (self._log + data)[-_LOG:]
        return bool(data)

    def _on_events(self) -> bool:
        data = os.read(self._event_fd, 65536)
        *lines, self._events = (self._events + data).split(b"\n")
        for line in lines:
            event = checked_event(line)
            if event is not None:
                self._on_event(event)
        if len(self._events) > _LINE:
            self._events = b""
        return bool(data)

    def _on_event(self, event: dict[str, Any]) -> None:
        self._up = True  # from here on /proc/<init>/root is the sandbox's, not the host's
        self._expected -= 1
        if self._expected < 0:
            self._answer_by = time.monotonic()
            return
        if event["event"] in ("forked", "exit"):
            self._answer_by = None
        if event["event"] == "exit":
            kills = self._count_oom_kills()
            if kills > self._oom_kills and self._reason is None:
                self._reason = "memory"
            self._oom_kills = kills
            event["reason"], self._reason = self._reason, None
            event["log"] = self._log.decode(errors="replace")
        self._report(event)

    def _report(self, event: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError):  # the owner is going; stdin says so next
            os.write(1, json.dumps(event).encode() + b"\n")

    # Limits that are watched rather than enforced.

    def _look(self) -> None:
        if not self._up or self._reason is not None:
            return
        if self._too_full():
            self._reason = "disk"
            self._report({"event": "ending"})
            self._answer_by = time.monotonic()
            return
        limit = self._config["watch_memory"]
        if limit and memory_of_tree(self._init, limit) > limit:
            self._reason = "memory"
            self._report({"event": "ending"})
            self._answer_by = time.monotonic() + _ANSWER
            self._tell_launcher(b'{"do": "kill"}\n')

    def _too_full(self) -> bool:
        """Whether there are too many files or, where nothing else limits it, too much in them."""
        config = self._config
        most_files: int = config["max_files"]
        if config["private"] is None:
            roots = (f"/proc/{self._init}/root{path}" for path in config["directories"])
            return any(files_in(path) > most_files for path in roots)
        began = time.monotonic()
        if began < self._walk_again:
            return False
        most_bytes: int = config["max_size"]
        files, size = contents_of(config["directories"], most_files, most_bytes)
        now = time.monotonic()
        self._walk_again = now + 10 * (now - began)  # a tenth of the time at most goes into it
        return files > most_files or size > most_bytes

    def _count_oom_kills(self) -> int:
        total = 0
        for directory in self._config["cgroups"]:
            for name in ("memory.events", "memory.oom_control"):
                try:
                    text = Path(directory, name).read_text()
                except OSError:
                    continue
                total += sum(int(n) for k, _, n in map(_pair, text.splitlines()) if k == "oom_kill")
        return total

    # The end.

    def _end(self) -> None:
        """Kill every process of the sandbox, reap them, remove the cgroup."""
        os.close(self._command_fd)
        if self._config["style"] != "bubblewrap":  # the launcher knows best how to end its kernels
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_ANSWER)
        if self._config["remove"] and self._process.poll() != 0:
            self._remove()
        if self._init_fd >= 0:
            kill_by_pidfd(self._init_fd)
        self._process.kill()
        self._process.wait()
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            for pid in children_of(
                os.getpid()
            ):  # orphans, if bwrap died before its child was tied to it
                os.kill(pid, 9)
            try:
                while os.waitpid(-1, os.WNOHANG) != (0, 0):
                    pass
            except ChildProcessError:
                break
            time.sleep(0.005)
        drain = select.select([self._log_fd], [], [], 0)[0]
        while drain and self._on_log():
            drain = select.select([self._log_fd], [], [], 0)[0]
        for directory in self._config["cgroups"]:
            remove_cgroup(directory, deadline)
        if self._config["private"]:
            remove_tree(self._config["private"])

    def _remove(self) -> None:
        """Have the engine end what its client may have left running."""
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(
                self._config["remove"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=self._config["environment"],
                timeout=2 * _ANSWER,
                check=False,
            )


def memory_file(content: bytes) -> int:
    """A descriptor from which `content` can be read, with no name anywhere."""
    fd = os.memfd_create("sandbox")
    os.write(fd, content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def is_to_end_a_kernel(command: dict[str, Any]) -> bool:
    """Whether a launcher in good order obeys the command at once; a first start takes time."""
    again = command["do"] == "start" and int(command["generation"]) > 1
    return again or command["do"] == "kill"


def checked_event(line: bytes) -> dict[str, Any] | None:
    """The event in a line from the launcher, or None when the line is not one."""
    if len(line) > _LINE:
        return None
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or event.get("event") not in _EVENTS:
        return None
    if event["event"] == "hello":
        return event
    numbers = {key: event.get(key, 0) for key in ("generation", "status")}
    if not all(isinstance(value, int) for value in numbers.values()):
        return None
    return {"event": event["event"], **numbers}


def _pair(line: str) -> tuple[str, str, str]:
    return line.partition(" ")


def kill_by_pidfd(pidfd: int) -> None:
    """SIGKILL to a process that may be gone already."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)


def remove_cgroup(directory: str, deadline: float) -> None:
    """Remove a cgroup as soon as its last process is gone, killing what is left in it."""
    while True:
        try:
            os.rmdir(directory)
            return
        except FileNotFoundError:
            return
        except OSError:
            if time.monotonic() > deadline:
                return
        try:
            for pid in map(int, Path(directory, "cgroup.procs").read_text().split()):
                if pid > 0:
                    os.kill(pid, 9)
        except OSError:
            pass
        time.sleep(0.005)


def become_subreaper() -> None:
    """Have orphans of this process's descendants become its own children, so that it can end
    them."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def read_line() -> tuple[bytes, bytes]:
    """The first line of stdin, and what was read behind it."""
    data = b""
    while b"\n" not in data:
        more = os.read(0, 65536)
        if not more:
            sys.exit(0)
        data += more
    line, _, rest = data.partition(b"\n")
    return line, rest


def main(kind: type[Supervisor] = Supervisor) -> None:
    """Serve as a supervisor of this kind until its sandbox is gone."""
    become_subreaper()
    line, rest = read_line()
    config = json.loads(line)
    try:
        supervisor = kind(config, rest)
    except (OSError, subprocess.SubprocessError) as error:
        event = {"event": "gone", "reason": None, "status": None, "log": str(error)}
        os.write(1, json.dumps(event).encode() + b"\n")
        for directory in config["cgroups"]:
            remove_cgroup(directory, time.monotonic() + 1)
        if config["private"]:
            remove_tree(config["private"])
        return
    supervisor.run()


if __name__ == "__main__":
    main()
