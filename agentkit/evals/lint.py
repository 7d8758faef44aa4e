"""Whether the tasks of a domain can be trusted: found out by playing them, without a model.

Each task is played by those who know its solution, who do nothing, who echo what they hear, who
leave out one gold action, and who do one thing too much; what must pass passes, what must fail
fails. Judge checks are left out, since nobody is there to judge. What words mean it does not know:
that a policy and a gold action contradict each other is for people to see.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from agentkit.errors import UserError
from agentkit.evals.agents import Briefing, EvalAgent, EvalUser, Reply, Toolbox
from agentkit.evals.checks import evaluate, outcome_of
from agentkit.evals.domain import Domain
from agentkit.evals.episode import Trial, run_trial
from agentkit.evals.gold import GoldRun, gold_run
from agentkit.evals.matching import said
from agentkit.evals.players import GoldAgent, NoopAgent
from agentkit.evals.records import CallRecord, Event, TrialRecord
from agentkit.evals.state import State, differences
from agentkit.evals.task import (
    Action,
    CalledCheck,
    HoldsCheck,
    JudgeCheck,
    Line,
    NotCalledCheck,
    SaidCheck,
    Scenario,
    Side,
    StateCheck,
    Task,
    UnchangedCheck,
)
from agentkit.evals.users import ScriptedUser
from agentkit.evals.users.scripted import ScriptedPartner
from agentkit.evals.world import World
from agentkit.serialise import to_json

AT_ONCE = 16
MOST_FOREIGN = 8
_SHOWN = 300


_Done = tuple[str, Mapping[str, Any], Event | None]
"""Something done too much: what, the state then, and the call if there was one."""


@dataclass(frozen=True)
class Finding:
    """What is wrong with a task, or may be.

    Args:
        task: its id; empty for the domain.
        rule: which rule it breaks: a short name.
        detail: what was found, and what to do.
        severity: an `error` makes results wrong; a `warning` may.
    """

    task: str
    rule: str
    detail: str
    severity: Literal["error", "warning"] = "error"


async def lint(domain: Domain, split: str | None = None) -> list[Finding]:
    """Find what is wrong with a domain's tasks.

    Args:
        domain: whose.
        split: only of this split.

    Returns:
        Findings, in the order of tasks; none when all is well.

    Raises:
        UserError: there is no such split.
    """
    before = to_json(domain.root)
    foreign = _gold_writes(domain)
    at_once = asyncio.Semaphore(AT_ONCE)

    async def findings_of(task: Task) -> list[Finding]:
        async with at_once:
            return [each async for each in _Linter(domain, task, foreign).findings()]

    found_by_task = await asyncio.gather(*map(findings_of, domain.tasks(split)))
    findings = [finding for found in found_by_task for finding in found]
    if not found_by_task:
        findings.append(Finding("", "no-tasks", "there is no task, so that nothing can be run"))
    if to_json(domain.root) != before:
        why = "a tool changed the domain's own state: use state.set, and not state.root"
        findings.append(Finding("", "shared-state", why))
    return findings


@dataclass
class _Linter:
    """The rules, on one task.

    Args:
        domain: the task's.
        task: as it is in its file.
        foreign: gold writes of all tasks, as things to do too much.
    """

    domain: Domain
    task: Task
    foreign: Sequence[Action]
    user: EvalUser = field(default_factory=ScriptedUser)

    async def findings(self) -> AsyncIterator[Finding]:
        """What is wrong with the task."""
        for finding in (*self._names(), *self._form()):
            yield finding
        try:
            gold = await gold_run(self.domain, self.task)
        except UserError as error:
            yield self._error("init", f"{error} Mend the task's init.")
            return
        broken = False
        for finding in [*self._gold_errors(gold), *await self._chance(gold)]:
            broken = True
            yield finding
        checks = tuple(each for each in self.task.checks if not isinstance(each, JudgeCheck))
        if not checks:
            yield self._warning(
                "judge-only", "only a judge decides this task: add a check of the state or of words"
            )
            return
        self.task = self.task.model_copy(update={"checks": checks})
        record = await self._played(GoldAgent(self._with(self.task)))
        for finding in self._gold_passes(record, broken):
            yield finding
        if record.outcome != "passed":
            return  # what is said of the others would follow from this
        for rule in (self._noop, self._echo, self._drops):
            async for finding in rule():
                yield finding
        async for finding in self._too_much(record, gold):
            yield finding

    # What can be seen without playing

    def _names(self) -> Iterator[Finding]:
        """Tools and arguments that are named but are not there."""
        for where, side, tool, args in self._named_calls():
            known = self.domain.tools if side == "agent" else self.domain.user_tools
            if tool not in known:
                there = ", ".join(known) or "none"
                why = f"{where}: the {side} has no tool {tool}; there are: {there}"
                yield self._error("unknown-tool", why)
                continue
            parameters = known[tool].schema.parameters or {}
            properties = parameters.get("properties", {})
            if parameters.get("additionalProperties"):
                continue
            for name in args:
                if name not in properties:
                    yield self._error("unknown-argument", f"{where}: {tool} takes no {name}")

    def _named_calls(self) -> Iterator[tuple[str, Side, str, Mapping[str, Any]]]:
        for action in self.task.gold:
            yield "gold", action.by, action.tool, action.args
        for line in self.task.user.script:
            if line.call is not None:
                yield "script", "user", line.call.tool, line.call.args
        for check in self.task.checks:
            match check:
                case CalledCheck(called=pattern) | NotCalledCheck(not_called=pattern):
                    kind = "called" if isinstance(check, CalledCheck) else "not_called"
                    side: Side = pattern.by or "agent"
                    if pattern.by is None and pattern.tool in self.domain.user_tools:
                        side = "user"
                    yield kind, side, pattern.tool, pattern.args
                case _:
                    pass

    def _form(self) -> Iterator[Finding]:
        """Words that are told beforehand, scripts that do not end, assertions that are missing."""
        user = self.task.user
        told = [user.goal, *user.known.values(), *(line.say for line in user.script)]
        for check in self.task.checks:
            if isinstance(check, SaidCheck):
                for needle in check.said:
                    if said(needle, [*told, self.domain.policy], check.match):
                        yield self._warning(
                            "said-before",
                            f"{needle!r} stands in the scenario or the policy, so that an agent may"
                            " say it without having found it out: ask for something else",
                        )
            if isinstance(check, HoldsCheck) and check.holds.name not in self.domain.assertions:
                yield self._error(
                    "unknown-assertion", f"the domain has no assertion {check.holds.name}"
                )
        if not user.script and not user.goal:
            yield self._error("no-user", "the user has neither a script nor a goal: write one")
        elif user.script and not any(line.stop for line in user.script):
            yield self._warning("no-stop", 'the script does not end with {"stop": true}')

    # What is found out by running the gold actions alone

    def _gold_errors(self, gold: GoldRun) -> Iterator[Finding]:
        for call in gold.calls:
            if call.fault:
                yield self._error(
                    "gold-error",
                    f"the gold action {_shown(call)} is answered: {call.result[:_SHOWN]}",
                )
            elif self._writes(call) and not call.writes:
                yield self._warning(
                    "idle-write", f"the gold action {_shown(call)} changes nothing: leave it out"
                )

    async def _chance(self, gold: GoldRun) -> list[Finding]:
        """Gold actions must come to the same again."""
        world = World(self.domain, self.task)
        for action in self.task.gold:
            await world.act(action)
        pairs = zip(gold.calls, world.calls, strict=True)
        changed = [_shown(one) for one, two in pairs if one.result != two.result]
        changed += [each.path for each in differences(gold.root, world.state.root)]
        if not changed:
            return []
        found = f"{'; '.join(changed)[:_SHOWN]}: not the same when done again."
        return [self._error("chance", f"{found} Tools must not go by the clock or by chance")]

    # What is found out by playing

    def _gold_passes(self, record: TrialRecord, broken: bool) -> Iterator[Finding]:
        failed = [check for check in record.checks if not check.passed]
        for check in failed:
            if check.detail.startswith("the check raised"):
                yield self._error("check-raises", f"{to_json(check.check)}: {check.detail}")
        if record.outcome != "passed" and not broken:
            why = [f"{to_json(check.check)}: {check.detail}" for check in failed]
            if record.ending != "finished":
                why.insert(0, f"{record.ending}: {record.detail}")
            shown = "; ".join(why)[:_SHOWN]
            yield self._error("gold-fails", f"the gold actions do not solve the task: {shown}")

    async def _noop(self) -> AsyncIterator[Finding]:
        record = await self._played(NoopAgent())
        passed = record.outcome == "passed"
        if passed and self.task.noop == "fail":
            yield self._error(
                "noop",
                "an agent that does nothing passes: add a check that it fails, or declare"
                ' "noop": "pass"',
            )
        elif not passed and self.task.noop == "pass":
            failed = "; ".join(check.detail for check in record.checks if not check.passed)
            yield self._error(
                "noop", f"declared to pass by doing nothing, but: {failed or record.detail}"
            )

    async def _echo(self) -> AsyncIterator[Finding]:
        if self.task.noop == "pass":
            return
        record = await self._played(_Echo())
        if record.outcome == "passed":
            yield self._error(
                "echo",
                "an agent that only repeats the policy and what the user says passes: ask for"
                " something that it must find out",
            )

    async def _drops(self) -> AsyncIterator[Finding]:
        """Every gold write matters."""
        for number, action in enumerate(self.task.gold):
            if not self._declared_write(action):
                continue
            record = await self._played_without(number)
            if record.outcome == "passed":
                yield self._error(
                    "needless-write",
                    f"without the gold action {action.tool}({to_json(action.args)}) the task"
                    " passes too: leave it out, or add a check that sees it",
                )

    async def _played_without(self, number: int) -> TrialRecord:
        """A trial in which one gold action is left out."""
        action = self.task.gold[number]
        gold = (*self.task.gold[:number], *self.task.gold[number + 1 :])
        without = self.task.model_copy(update={"gold": gold})
        user = self.user
        if action.by == "user":
            user = _Silenced(action)
        return await self._played(GoldAgent(self._with(without)), user)

    async def _too_much(self, record: TrialRecord, gold: GoldRun) -> AsyncIterator[Finding]:
        """One write more than was wanted is seen."""
        kinds = (StateCheck, UnchangedCheck, HoldsCheck)
        if not any(self._declared_write(action) for action in self.foreign):
            return  # nothing can be written in this domain
        if not any(isinstance(check, kinds) for check in self.task.checks):
            yield self._warning(
                "no-state-check", 'no check looks at the state: add {"state": "gold"}'
            )
            return
        done = [each async for each in self._foreign_writes(gold)] or _made_up(gold)
        unseen = []
        for shown, root, event in done:
            events = (*record.events, event) if event else record.events
            checks = await evaluate(self.task, gold.initial, root, events, gold, self.domain)
            if outcome_of("finished", checks, ()) == "passed":
                unseen.append(shown)
        made_up = bool(done) and done[0][2] is None
        if unseen and (not made_up or len(unseen) == len(done)):
            yield self._error(
                "foreign-write",
                f"the task passes although {unseen[0]}, which nobody asked for:"
                ' add {"state": "gold"} or an unchanged_except check',
            )

    async def _foreign_writes(self, gold: GoldRun) -> AsyncIterator[_Done]:
        """What other tasks write, done after this one's gold actions."""
        others = [action for action in self.foreign if action not in self.task.gold]
        for action in others[:MOST_FOREIGN]:
            world = World(self.domain, self.task)
            world.state = State(gold.root)
            call = await world.act(action)
            if not call.fault and differences(gold.root, world.state.root):
                shown = f"{_shown(call)} was done too"
                yield shown, world.state.root, Event(kind="call", call=call)

    # Playing

    async def _played(self, agent: EvalAgent, user: EvalUser | None = None) -> TrialRecord:
        return await run_trial(Trial(self.domain, self.task), agent, user or self.user)

    def _with(self, task: Task) -> Domain:
        return dataclasses.replace(self.domain, splits={"": [task]})

    def _declared_write(self, action: Action) -> bool:
        tools = self.domain.tools if action.by == "agent" else self.domain.user_tools
        return action.tool in tools and tools[action.tool].effect == "write"

    def _writes(self, call: CallRecord) -> bool:
        return self._declared_write(Action(tool=call.tool, by=call.by))

    def _error(self, rule: str, detail: str) -> Finding:
        return Finding(self.task.id, rule, detail)

    def _warning(self, rule: str, detail: str) -> Finding:
        return Finding(self.task.id, rule, detail, "warning")


def _gold_writes(domain: Domain) -> list[Action]:
    """What gold actions of all tasks write, each once."""
    found: dict[str, Action] = {}
    for task in domain.tasks():
        for action in task.gold:
            tools = domain.tools if action.by == "agent" else domain.user_tools
            if action.tool in tools and tools[action.tool].effect == "write":
                found.setdefault(to_json(action), action)
    return list(found.values())


def _made_up(gold: GoldRun) -> list[_Done]:
    """A row too much in each table, for when nothing that other tasks write can be done here."""
    done: list[_Done] = []
    for table, rows in gold.root.items():
        if isinstance(rows, dict):
            state = State(gold.root)
            key = state.next_id(table, prefix="lint-")
            state.set(table, key, to={})
            done.append((f"/{table}/{key} was added", state.root, None))
    return done


def _shown(call: CallRecord) -> str:
    return f"{call.tool}({call.raw or to_json(call.args)})"


class _Echo:
    """Repeats the policy and what it hears; does nothing."""

    def __init__(self, policy: str = "") -> None:
        self._heard = [policy]

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"name": "echo"}

    def start(self, briefing: Briefing) -> _Echo:
        return _Echo(briefing.policy)

    async def reply(self, text: str) -> Reply:
        self._heard.append(text)
        return Reply("\n".join(self._heard))

    async def close(self) -> None:
        """Nothing to free."""


class _Silenced(ScriptedUser):
    """A scripted user who does not make one call."""

    def __init__(self, call: Action) -> None:
        self._call = call

    def start(self, scenario: Scenario, toolbox: Toolbox, seed: int) -> ScriptedPartner:
        lines = tuple(
            line.model_copy(update={"call": None}) if self._makes(line) else line
            for line in scenario.script
        )
        return super().start(scenario.model_copy(update={"script": lines}), toolbox, seed)

    def _makes(self, line: Line) -> bool:
        call = line.call
        return call is not None and (call.tool, call.args) == (self._call.tool, self._call.args)
