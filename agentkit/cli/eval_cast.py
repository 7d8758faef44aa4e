"""From the options of `agentkit eval run` to those who play: domain, agent, user, judge.

Everything here works from the options alone, in whatever process it is called: a worker makes its
own cast, with its own model. Models are opened and not loaded; the first trial does that, or
`loading`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from functools import partial
from typing import Any

from agentkit.cli import naming
from agentkit.errors import UserError
from agentkit.evals.agents import EvalAgent, EvalUser
from agentkit.evals.domain import Domain
from agentkit.evals.executors import Cast, Recipe
from agentkit.evals.judge import ModelJudge
from agentkit.evals.opening import open_domain
from agentkit.evals.players import AgentUnderTest, GoldAgent, NoopAgent, load_agent
from agentkit.evals.users import HumanUser, ModelUser, ScriptedUser
from agentkit.imports import is_import_name
from agentkit.models.load import load_model

_MODEL = "model"


def recipe(options: argparse.Namespace) -> Recipe:
    """What makes the cast, also in other processes.

    Args:
        options: of `agentkit eval run`.
    """
    return partial(cast_of, options)


def cast_of(options: argparse.Namespace) -> Cast:
    """The cast that the options describe.

    Args:
        options: of `agentkit eval run`.

    Raises:
        UserError: a word stands for nothing.
        ModelLoadError: a model is not there.
    """
    _refuse_unused(options)
    domain = open_domain(options.domain, options.tau2)
    shared: dict[str, Any] = {}
    agent = _agent(options, domain, shared)
    user = _user(options, agent, shared)
    judge = (
        None
        if options.judge is None
        else ModelJudge(_model(options, options.judge, shared), vocabulary=options.vocabulary)
    )
    return Cast(domain, agent, user, judge, models=tuple(shared.values()))


def _refuse_unused(options: argparse.Namespace) -> None:
    """An option that nobody reads would make the results another thing than was asked for."""
    if options.agent == _MODEL:
        return
    if options.tools:
        raise UserError(f"--tools is for --agent model: --agent {options.agent} has its own.")
    if options.model and options.user != _MODEL:
        raise UserError(
            f"Nobody would use --model {options.model}: --agent {options.agent} plays without it."
            " Leave one of the two out, or let the model play the user with --user model."
        )


def _agent(options: argparse.Namespace, domain: Domain, shared: dict[str, Any]) -> EvalAgent:
    match options.agent:
        case "gold":
            return GoldAgent(domain)
        case "noop":
            return NoopAgent()
        case "model":
            # The run's seed makes the seeds of its trials; the agent has none of its own.
            settings = argparse.Namespace(**{**vars(options), "seed": None})
            name, _ = naming.model_name(options.model)
            model = _model(options, name, shared)
            return AgentUnderTest(naming.agent(settings, model, naming.tools(options.tools)))
        case name if is_import_name(name):
            return load_agent(name)
    raise UserError(
        f"There is no agent {options.agent!r}. Use model, gold, noop, or module:factory for an"
        " Agent of your own. A model is named by --model."
    )


def _user(options: argparse.Namespace, agent: EvalAgent, shared: dict[str, Any]) -> EvalUser:
    kind, _, name = options.user.partition(":")
    if kind == "scripted" and not name:
        return ScriptedUser()
    if kind == "human" and not name:
        return HumanUser(_ask)
    if kind == _MODEL:
        agents_own = options.agent == _MODEL or not options.model
        if not name and agents_own and isinstance(agent, AgentUnderTest):
            return ModelUser(agent.agent)
        name = name or naming.model_name(options.model)[0]
        return ModelUser(_model(options, name, shared), vocabulary=options.vocabulary)
    raise UserError(f"There is no user {options.user!r}. Use scripted, model, model:NAME or human.")


def _model(options: argparse.Namespace, name: str, shared: dict[str, Any]) -> Any:
    """A model by name, one for all who ask for the same."""
    if name not in shared:
        shared[name] = load_model(name, dequantize=options.dequantize, processes=options.processes)
    return shared[name]


def _ask(shown: str) -> str:
    """Show a person what the agent said and take what they type."""
    from agentkit.cli.wording import clean

    print(f"\n{clean(shown)}", file=sys.stderr)
    print("> ", end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")


def name_of(settings: Mapping[str, Any]) -> str:
    """What a player is called in names of folders and in headings."""
    name, model = str(settings.get("name", "agent")), settings.get("model")
    if isinstance(model, Mapping):
        model = model.get("name")
    return str(model) if name in ("agent", _MODEL) and model else name
