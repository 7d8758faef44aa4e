"""Threads for sync functions: reused, as many as there are calls at once, gone when idle."""

from __future__ import annotations

import os
import queue
import threading
import time

import pytest

from agentkit.tools.threads import Threads


def where(threads: Threads) -> int:
    """The ident of the thread that a job ran in."""
    ran: queue.SimpleQueue[int] = queue.SimpleQueue()
    threads.run(lambda: ran.put(threading.get_ident()))
    return ran.get(timeout=30)


def named(name: str) -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == name]


def wait_until_idle(name: str, count: int) -> None:
    deadline = time.monotonic() + 30
    while len(named(name)) != count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(named(name)) == count


def test_one_call_after_the_other_runs_in_one_thread() -> None:
    threads = Threads("one-after-the-other")
    seen = set()
    for _ in range(20):
        seen.add(where(threads))
        time.sleep(0.005)  # the thread is free a moment after its job said that it is done
    assert len(seen) < 20
    assert threading.get_ident() not in seen


def test_a_call_never_waits_for_another() -> None:
    threads, gate = Threads("at-once", idle_seconds=0.1), threading.Event()

    def wait() -> None:
        gate.wait(30)

    for _ in range(5):
        threads.run(wait)
    assert where(threads)
    gate.set()
    wait_until_idle("at-once", 0)


def test_threads_end_when_there_is_nothing_to_do_and_new_ones_come_later() -> None:
    threads = Threads("idle", idle_seconds=0.05)
    assert where(threads)
    wait_until_idle("idle", 0)
    assert where(threads)


def test_jobs_that_come_just_as_a_thread_ends_are_run() -> None:
    threads = Threads("brief", idle_seconds=0.001)
    for _ in range(200):
        assert where(threads)
        time.sleep(0.001)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_starts_its_own() -> None:
    threads = Threads("forked")
    assert where(threads)
    time.sleep(0.05)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        done = threading.Event()
        threads.run(done.set)
        os.write(writing, b"ran" if done.wait(10) else b"hung")
        os._exit(0)
    assert os.read(reading, 4) == b"ran"
    os.waitpid(child, 0)
    os.close(reading)
    os.close(writing)
