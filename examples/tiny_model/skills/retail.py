"""Serving the customers of the retail domain, over several turns.

Conversations are played, not written: the scripted user of a fresh task says what it would say in a
trial, the domain's tools answer over a fresh shop, and the assistant does what the domain's own
demonstration does. The assistant thinks nothing here: each step follows from what was said and
returned, and so a whole conversation can be learned at once, as no analysis is dropped between its
turns.
"""

import asyncio
import dataclasses
import datetime
import functools
import random
from pathlib import Path

from agentkit.evals import Domain, Task, load_domain
from agentkit.evals.players.talk import DATE
from agentkit.evals.toolbox import Log, TrialToolbox
from agentkit.evals.users import ScriptedUser
from agentkit.evals.world import World
from agentkit.harmony.prompt import Prompt, ToolDescription
from agentkit.messages import Effort
from examples.domains.retail import demonstration, make
from examples.tiny_model.skills.base import answers, asks, calls, returns
from examples.tiny_model.skills.functions import arguments_text
from examples.tiny_model.transcript import Episode, Line, copy


@functools.cache
def domain() -> Domain:
    """The retail domain as it is shipped."""
    return load_domain(Path(make.__file__).parent)


def conversation(rng: random.Random, effort: Effort, held: bool = False) -> Episode:
    """A whole conversation about one task.

    Args:
        rng: draws the task.
        effort: of the reasoning, for the prompt.
        held: one of the domain's test split; else a fresh one.
    """
    if held:
        place, task = domain(), rng.choice(domain().tasks("test"))
    else:
        root, task = make.fresh(rng.randrange(1 << 40))
        place = dataclasses.replace(domain(), root=root)
    lines = asyncio.run(_played(place, task))
    functions = ToolDescription("functions", "", tuple(t.schema for t in place.tools.values()))
    prompt = Prompt(datetime.date.fromisoformat(DATE), effort, place.policy, (functions,))
    return Episode("retail", prompt, tuple(lines))


async def _played(place: Domain, task: Task) -> list[Line]:
    world = World(place, task)
    toolbox = TrialToolbox(world, Log(), "user", task.limits)
    user = ScriptedUser().start(task.user, toolbox, 0)
    heard = await user.say(place.greeting)
    lines: list[Line] = []
    for turn in demonstration.demonstrate(place.root, task):
        lines.append(asks(heard.text))
        for action in turn.calls:
            record = await world.call(action.tool, action.args)
            lines.append(calls(action.tool, arguments_text(action.args)))
            lines.append(returns(action.tool, record.result))
        values = {name: copy(value) for name, value in turn.values.items()}
        lines.append(answers(turn.template.format(**values)))
        heard = await user.say(turn.say)
    return lines
