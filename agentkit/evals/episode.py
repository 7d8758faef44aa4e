"""One trial: an agent and a user talk, call tools and part; what happened is recorded and judged.

Knows the protocol, which is half-duplex as tau2-bench's: the user speaks, the agent calls tools and
answers, until the user leaves, a limit is gone beyond or a part fails. Only what an agent answers
reaches the user; nothing an agent writes ends the trial. Knows which part is to blame for a
failure. Whatever agent, user, tools or checks do, a trial ends with a record, and others go on.
What it cannot defend against is code of theirs that blocks the event loop or ends the process.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

from agentkit.errors import AgentKitError, ContextOverflow, LimitExceeded, ModelError
from agentkit.evals.agents import (
    Briefing,
    EvalAgent,
    EvalUser,
    Partner,
    Player,
    Reply,
    UserFault,
    Utterance,
)
from agentkit.evals.attribution import attribute
from agentkit.evals.checks import Judge, evaluate, outcome_of
from agentkit.evals.domain import Domain
from agentkit.evals.gold import GoldRun, gold_run
from agentkit.evals.records import (
    Attribution,
    Cause,
    CheckResult,
    Ending,
    StateDifference,
    TrialRecord,
    TrialUsage,
)
from agentkit.evals.state import Json, differences
from agentkit.evals.task import Task
from agentkit.evals.toolbox import Log, TrialToolbox, shortened
from agentkit.evals.world import World

T = TypeVar("T")
CLOSING_SECONDS = 5.0
MOST_DIFFERENCES = 200


@dataclass(frozen=True)
class Trial:
    """What is to be played.

    Args:
        domain: its world.
        task: what is wanted.
        split: the task's, for the record.
        number: of the trial, from 0.
        seed: of agent and user.
        key: what its result is found by.
    """

    domain: Domain
    task: Task
    split: str = ""
    number: int = 0
    seed: int = 0
    key: str = ""


def seed_of(base: int, domain: str, task: str, trial: int) -> int:
    """The seed of a trial: the same in whatever order and however many at once they are played.

    Args:
        base: the run's.
        domain: its name.
        task: its id.
        trial: its number, from 0.
    """
    name = "\0".join((str(base), domain, task, str(trial)))
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:4])


class _Ended(Exception):
    """The trial is over before the user has left."""

    def __init__(self, ending: Ending, detail: str, limit: str = "") -> None:
        super().__init__(detail)
        self.ending, self.detail, self.limit = ending, detail, limit


class _OutOfTime(Exception):
    """The trial's time was up during a turn."""


@dataclass
class _Episode:
    """A trial that is being played."""

    trial: Trial
    world: World
    gold: GoldRun
    log: Log
    agent_box: TrialToolbox
    user_box: TrialToolbox
    player: Player | None = None
    partner: Partner | None = None
    turns: int = 0
    user_seconds: float = 0.0
    user_faults: list[str] = field(default_factory=list)

    async def talk(self) -> None:
        """Play until the user leaves.

        Raises:
            _Ended: the trial was over before.
        """
        limits, heard = self.trial.task.limits, self.trial.domain.greeting
        while True:
            utterance = await self._user_turn(heard)
            if utterance.leaves:
                return
            self.turns += 1
            if self.turns > limits.turns:
                raise _Ended("limit", f"more than {limits.turns} turns.", "turns")
            heard = await self._agent_turn(utterance.text)

    async def _user_turn(self, heard: str) -> Utterance:
        partner, started = self.partner, time.perf_counter()
        assert partner is not None
        try:
            said = await self._within(lambda: partner.say(heard))
            if not isinstance(said, Utterance):
                raise UserFault(f"gave {type(said).__name__} and no Utterance")
        except _OutOfTime:
            self.user_seconds += time.perf_counter() - started
            self._time_is_up(in_users_turn=True)
        except (asyncio.CancelledError, KeyboardInterrupt):
            raise
        except UserFault as error:
            raise _Ended("user", f"the user: {error}") from error
        except BaseException as error:
            raise _Ended("user", f"the user failed: {_named(error)}") from error
        self.user_seconds += time.perf_counter() - started
        if said.fault:
            self.user_faults.append(shortened(str(said.fault))[0])
        if said.text:
            text = self.log.add("user", str(said.text))
            said = Utterance(text, said.leaves)
        if said.leaves and not self.turns:
            raise _Ended("user", "the user left before the agent had said anything.")
        if not said.leaves and not said.text.strip():
            raise _Ended("user", "the user said nothing and did not leave.")
        return said

    async def _agent_turn(self, text: str) -> str:
        player = self.player
        assert player is not None
        try:
            reply = await self._within(lambda: player.reply(text))
            if not isinstance(reply, Reply) or not isinstance(reply.text, str):
                raise TypeError(f"{type(reply).__name__} is no Reply with a text")
        except _OutOfTime:
            self._time_is_up(in_users_turn=False)
        except (asyncio.CancelledError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise self._agent_ending(error) from error
        self._hold_limits()
        if reply.stopped:
            raise _stopped(reply)
        return self.log.add("answer", reply.text)

    def _agent_ending(self, error: BaseException) -> _Ended:
        """What an exception out of the agent's turn means."""
        limit = self.agent_box.reached
        if limit:
            return _Ended("limit", f"more than {_most(self.trial.task, limit)}.", limit)
        if isinstance(error, LimitExceeded):
            return _Ended("limit", str(error), "agent")
        if isinstance(error, ContextOverflow):
            return _Ended("limit", str(error), "context")
        if isinstance(error, ModelError):
            return _Ended("model", _named(error))
        return _Ended("agent", f"the agent failed: {_named(error)}")

    def _hold_limits(self) -> None:
        """End the trial when a limit was gone beyond, also by an agent that does not heed it."""
        limits, limit = self.trial.task.limits, self.agent_box.reached
        if limits.tokens is not None and self.agent_box.usage.output_tokens > limits.tokens:
            limit = limit or "tokens"
        if limit:
            raise _Ended("limit", f"more than {_most(self.trial.task, limit)}.", limit)

    def _time_is_up(self, in_users_turn: bool) -> NoReturn:
        most = self.trial.task.limits.seconds or 0.0
        if in_users_turn and self.user_seconds > most / 2:
            raise _Ended("user", f"the user took {self.user_seconds:.0f} of {most:g} seconds.")
        raise _Ended("limit", f"more than {most:g} seconds.", "seconds")

    async def _within(self, turn: Callable[[], Awaitable[T]]) -> T:
        """A turn, within the time that the trial has left."""
        most = self.trial.task.limits.seconds
        left = None if most is None else max(most - self.log.seconds, 0.0)
        return await _guarded(turn, left)

    def counted(self) -> TrialUsage:
        """What the trial used so far."""
        used = self.agent_box.usage
        return TrialUsage(
            turns=self.turns,
            calls=self.agent_box.calls,
            tool_errors=self.agent_box.errors,
            prompt_tokens=used.prompt_tokens,
            cached_tokens=used.cached_tokens,
            output_tokens=used.output_tokens,
            model_seconds=used.model_seconds,
            user_tokens=self.user_box.usage.output_tokens,
        )


async def run_trial(
    trial: Trial, agent: EvalAgent, user: EvalUser, judge: Judge | None = None
) -> TrialRecord:
    """Play a trial and judge it.

    Args:
        trial: what is to be played.
        agent: who is evaluated.
        user: who plays the user.
        judge: decides judge checks; None for nobody.

    Returns:
        The record, whatever happened.

    Raises:
        CancelledError: the caller was cancelled; both players are closed before.
    """
    started = time.time()
    blank = TrialRecord(
        key=trial.key,
        domain=trial.domain.name,
        split=trial.split,
        task=trial.task.id,
        trial=trial.number,
        seed=trial.seed,
        outcome="not_measured",
        ending="environment",
        started=started,
    )
    log = Log()
    try:
        world = World(trial.domain, trial.task)
        gold = await gold_run(trial.domain, trial.task)
    except Exception as error:
        return _failed(blank, "environment", f"the world cannot be made: {_named(error)}")
    limits = trial.task.limits
    boxes = TrialToolbox(world, log, "agent", limits), TrialToolbox(world, log, "user", limits)
    episode = _Episode(trial, world, gold, log, *boxes)
    try:
        ended = await _played(episode, agent, user)
        return await _judged(episode, blank, ended, judge)
    except Exception as error:
        return _failed(blank, "harness", f"the harness failed: {_named(error)}", episode)


async def _played(episode: _Episode, agent: EvalAgent, user: EvalUser) -> _Ended:
    """Play until it is over; both sides are closed then, and their toolboxes before."""
    try:
        await _start(episode, agent, user)
        await episode.talk()
        ended = _Ended("finished", "")
    except _Ended as error:
        ended = error
    finally:
        episode.agent_box.close()
        episode.user_box.close()
        for side in (episode.player, episode.partner):
            if side is not None:
                await _close(side, episode.log)
        episode.log.closed = True
    return ended


async def _start(episode: _Episode, agent: EvalAgent, user: EvalUser) -> None:
    trial, limits = episode.trial, episode.trial.task.limits
    try:
        episode.partner = user.start(trial.task.user, episode.user_box, trial.seed)
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise _Ended("user", f"the user cannot begin: {_named(error)}") from error
    briefing = Briefing(
        policy=trial.domain.policy,
        toolbox=episode.agent_box,
        seed=trial.seed,
        task=trial.task.id,
        tokens=limits.tokens,
        seconds=limits.seconds,
    )
    try:
        episode.player = agent.start(briefing)
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise
    except BaseException as error:
        ending: Ending = "model" if isinstance(error, ModelError) else "agent"
        raise _Ended(ending, f"the agent cannot begin: {_named(error)}") from error


async def _judged(
    episode: _Episode, blank: TrialRecord, ended: _Ended, judge: Judge | None
) -> TrialRecord:
    """The record of a trial that is over."""
    trial, world, gold = episode.trial, episode.world, episode.gold
    events, root = tuple(episode.log.events), world.state.root
    seconds = episode.log.seconds
    checks = await evaluate(trial.task, world.initial, root, events, gold, trial.domain, judge)
    record = blank.model_copy(
        update={
            "ending": ended.ending,
            "detail": shortened(ended.detail)[0],
            "limit": ended.limit,
            "events": events,
            "user_faults": tuple(episode.user_faults),
            "usage": episode.counted(),
            "seconds": seconds,
        }
    )
    return concluded(record, trial.task, gold, checks, differences_of(gold, root))


def differences_of(gold: GoldRun, root: Mapping[str, Json]) -> tuple[StateDifference, ...]:
    """Where the state in the end differs from the gold one; at most the first 200 places."""
    return tuple(
        StateDifference(path=each.path, kind=each.kind, want=each.want, have=each.have)
        for each in differences(gold.root, root)[:MOST_DIFFERENCES]
    )


def concluded(
    record: TrialRecord,
    task: Task,
    gold: GoldRun,
    checks: tuple[CheckResult, ...],
    found: tuple[StateDifference, ...],
) -> TrialRecord:
    """A record with its checks and what follows from them: the outcome and the first cause.

    Args:
        record: what happened.
        task: what was wanted.
        gold: the task done right.
        checks: what became of its checks.
        found: where the states differ.
    """
    outcome = outcome_of(record.ending, checks, record.calls)
    record = record.model_copy(
        update={
            "outcome": outcome,
            "checks": checks,
            "differences": found,
            "attribution": None,
        }
    )
    return record.model_copy(update={"attribution": attribute(record, task, gold)})


def _failed(
    blank: TrialRecord, ending: Ending, detail: str, episode: _Episode | None = None
) -> TrialRecord:
    """The record of a trial that could not be played or judged."""
    cause: Cause = "environment" if ending == "environment" else "harness"
    return blank.model_copy(
        update={
            "ending": ending,
            "detail": detail,
            "attribution": Attribution(cause=cause, detail=detail),
            "events": tuple(episode.log.events) if episode else (),
            "usage": episode.counted() if episode else TrialUsage(),
            "seconds": episode.log.seconds if episode else 0.0,
        }
    )


def _stopped(reply: Reply) -> _Ended:
    """How a trial ends whose agent says itself that it has no answer."""
    detail = str(reply.detail or f"the agent stopped: {reply.stopped}")
    match reply.stopped:
        case "limit":
            return _Ended("limit", detail, "agent")
        case "model":
            return _Ended("model", detail)
        case _:
            return _Ended("agent", detail)


def _most(task: Task, limit: str) -> str:
    return f"{getattr(task.limits, limit)} {limit.replace('_', ' ')}"


def _named(error: BaseException) -> str:
    """An exception in words; also one whose own words fail."""
    try:
        words = str(error)
    except Exception:
        words = "(its text cannot be read)"
    name = type(error).__name__
    text = words if isinstance(error, AgentKitError) and words else f"{name}: {words}"
    return shortened(text.removesuffix(": "))[0]


@dataclass(frozen=True)
class _Raised:
    error: BaseException


async def _guarded(work: Callable[[], Awaitable[T]], seconds: float | None) -> T:
    """Run code of others in a task of its own: what it raises, and that it hangs or does not heed
    its cancelling, is no trouble of ours.

    Raises:
        _OutOfTime: it took longer.
        BaseException: what it raised; a cancelling of its own is a `RuntimeError`.
    """

    async def watched() -> T | _Raised:
        try:
            return await work()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit out of a task would end the event loop
            return _Raised(error)

    task = asyncio.ensure_future(watched())
    try:
        await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        await _given_up(task)
        raise
    if not task.done():
        await _given_up(task)
        raise _OutOfTime
    result = task.result()
    if not isinstance(result, _Raised):
        return result
    if isinstance(result.error, asyncio.CancelledError):
        raise RuntimeError("it cancelled itself") from result.error
    raise result.error


async def _given_up(task: asyncio.Future[Any]) -> None:
    """Cancel a task and wait a while for it to end."""
    task.cancel()
    await asyncio.wait({task}, timeout=CLOSING_SECONDS)


async def _close(side: Player | Partner, log: Log) -> None:
    try:
        await _guarded(side.close, CLOSING_SECONDS)
    except _OutOfTime:
        log.add("note", f"{type(side).__name__} did not close in {CLOSING_SECONDS:g} s.")
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise
    except BaseException as error:
        log.add("note", f"{type(side).__name__} failed to close: {_named(error)}")
