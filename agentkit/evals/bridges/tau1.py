"""The domains of tau-bench (the first), run here from a checkout of it.

A checkout has `tau_bench/envs/NAME/` with `data.load_data()`, `tools.ALL_TOOLS` (classes with
`get_info()` and `invoke(data, **arguments)`), `tasks_SPLIT.py` (a list of `Task(user_id, actions,
instruction, outputs)`), `wiki.md` and `rules.py`. Its code is imported from the path, nothing is
copied. A task's checks are tau-bench's: the state as the gold actions make it, and every output a
substring of what the agent said (`tau_bench/envs/base.py`).

Known to differ: which tools write is not declared there, so all are taken to write; the actions
`respond` and `transfer_to_human_agents` end nothing here, the user does; a tool whose text begins
with "Error" has failed (tau-bench has no other sign), and changes nothing. The layout was read in
the project's repository; this module is tested with a small checkout of that layout, not with the
data of tau-bench itself.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agentkit.errors import ToolError, ToolRetry, UserError
from agentkit.evals.bridges.rows import write_differences
from agentkit.evals.domain import Domain, digest_of_parts
from agentkit.evals.state import State, copied, to_json_value
from agentkit.evals.task import Action, SaidCheck, Scenario, StateCheck, Task
from agentkit.evals.tools import DomainTool
from agentkit.messages import ToolCall
from agentkit.serialise import to_json
from agentkit.tools.base import FunctionSchema, RunContext, Tool, ToolDescription, ToolOutput

RESPOND = "respond"
_SPLITS = ("train", "dev", "test")


def load(name: str, path: Path) -> Domain:
    """A domain of tau-bench.

    Args:
        name: `retail` or `airline`.
        path: the checkout.

    Raises:
        UserError: there is no such domain at the path, or it cannot be imported.
    """
    home = path / "tau_bench" / "envs" / name
    if not home.is_dir():
        raise UserError(f"{path} is no checkout of tau-bench with a domain {name!r}: no {home}.")
    package = f"tau_bench.envs.{name}"
    with _importing(path):
        data = _import(f"{package}.data").load_data()
        kinds = _import(f"{package}.tools").ALL_TOOLS
        rules = getattr(_import(f"{package}.rules"), "RULES", ())
        lists = {
            split: _tasks(_import(f"{package}.tasks_{split}"), split)
            for split in _SPLITS
            if (home / f"tasks_{split}.py").is_file()
        }
    root = to_json_value(data)
    wiki = home / "wiki.md"
    policy = wiki.read_text("utf-8").strip() if wiki.is_file() else "\n".join(rules)
    tools = [_Tau1Tool(kind) for kind in kinds]
    sources = [inspect.getsource(kind) for kind in kinds]
    return Domain(
        name=f"tau1:{name}",
        policy=policy,
        root=root,
        tools={each.short: DomainTool(each, "write", each.run) for each in tools},
        splits=lists,
        description=f"The {name} domain of tau-bench.",
        greeting="",
        digest=digest_of_parts(policy, to_json(root), *sources),
    )


class _Tau1Tool(Tool):
    """One tool of tau-bench's; the context's deps are the state."""

    timeout = None

    def __init__(self, kind: Any) -> None:
        described = kind.get_info()["function"]
        self.short: str = described["name"]
        self.name = f"functions.{self.short}"
        self._kind = kind
        self._schema = FunctionSchema(self.short, described["description"], described["parameters"])

    def describe(self) -> ToolDescription:
        """As tau-bench describes it, in the `functions` namespace."""
        return ToolDescription("functions", functions=(self._schema,))

    def run(self, state: State, /, **arguments: Any) -> str:
        """Call it on a copy of the state, and write what it changed.

        Raises:
            ToolRetry: it has no such arguments.
            ToolError: it answered with an error, or raised.
        """
        before = state.root
        data = copied(dict(before))
        try:
            inspect.signature(self._kind.invoke).bind(data, **arguments)
        except TypeError as error:
            raise ToolRetry(f"invalid arguments for {self.name}: {error}") from None
        try:
            answer = str(self._kind.invoke(data, **copy.deepcopy(arguments)))
        except Exception as error:  # as tau-bench does: whatever it is, the model is told
            raise ToolError(str(error)) from error
        if answer.startswith("Error"):
            raise ToolError(answer.removeprefix("Error").lstrip(": "))
        for table in {**before, **data}:
            write_differences(state, (table,), before[table], data[table])
        return answer

    async def call(
        self, call: ToolCall, ctx: RunContext[Any]
    ) -> AsyncGenerator[str | ToolOutput, None]:
        """Answer one call."""
        yield ToolOutput(self.run(ctx.deps, **call.arguments))

    async def close(self, conversation: str | None = None) -> None:
        """Nothing to free."""


def _tasks(module: Any, split: str) -> tuple[Task, ...]:
    names = (f"TASKS_{split.upper()}", "TASKS", "tasks")
    found = next((getattr(module, name) for name in names if hasattr(module, name)), None)
    if found is None:
        raise UserError(f"{module.__file__}: there is no list named {' or '.join(names)}.")
    return tuple(_task(each, f"{split}-{number}") for number, each in enumerate(found))


def _task(task: Any, name: str) -> Task:
    gold = tuple(
        Action(tool=each.name, args=each.kwargs) for each in task.actions if each.name != RESPOND
    )
    said: list[Any] = []
    if task.outputs:
        said.append(SaidCheck.model_validate({"said": list(task.outputs), "as": "substring"}))
    return Task(
        id=name,
        user=Scenario(goal=task.instruction, known={"user id": str(task.user_id)}),
        gold=gold,
        checks=(StateCheck(state="gold"), *said),
        noop="fail" if gold or said else "pass",
    )


@contextmanager
def _importing(path: Path) -> Iterator[None]:
    folder = str(path.resolve())
    loaded = sys.modules.get("tau_bench")
    if loaded is not None and not str(loaded.__path__[0]).startswith(folder):
        raise UserError(f"tau-bench was imported from {loaded.__path__[0]} already.")
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except Exception as error:  # whatever its modules raise while they are imported
        raise UserError(
            f"tau-bench's {name} cannot be imported: {type(error).__name__}: {error}"
        ) from error
