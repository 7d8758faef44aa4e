"""A run of the trainer, few and small steps of it, from the shipped weights."""

import dataclasses
from pathlib import Path

import pytest
import torch

from agentkit.models.tiny import WEIGHTS
from examples.tiny_model.train import Plan, Trainer, load_network, load_shipped

RATE = 4e-4


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Two steps of an even rate, already run."""
    out = tmp_path_factory.mktemp("whole")
    plan = Plan(out, 2, RATE, RATE, groups=1, size=2, save_every=1, start=WEIGHTS)
    Trainer(plan).run()
    return plan


def test_a_stopped_run_goes_on_as_if_nothing_had_happened(plan: Plan, tmp_path: Path) -> None:
    stopped = dataclasses.replace(plan, out=tmp_path, steps=1)
    Trainer(stopped).run()
    Trainer(dataclasses.replace(stopped, steps=2)).run()

    for which in ("network", "mean"):
        whole, halves = (
            torch.load(out / "checkpoint.pt", weights_only=True)[which]
            for out in (plan.out, tmp_path)
        )
        assert all(torch.equal(whole[name], halves[name]) for name in whole)


def test_what_a_run_makes_is_the_mean_of_its_weights(plan: Plan, tmp_path: Path) -> None:
    Trainer(dataclasses.replace(plan, out=tmp_path, steps=1)).run()
    passed = (
        load_shipped(WEIGHTS),
        load_network(tmp_path / "checkpoint.pt", "network"),
        load_network(plan.out / "checkpoint.pt", "network"),
    )

    downs = [each.get_parameter("layers.0.down").detach() for each in passed]
    mean = load_network(plan.out / "checkpoint.pt").get_parameter("layers.0.down")
    expected = torch.stack(downs).mean(0)

    assert not torch.equal(downs[1], downs[2])
    torch.testing.assert_close(mean.detach(), expected, rtol=0, atol=1e-6)
