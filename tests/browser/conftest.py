"""The misbehaving site, its forbidden neighbour, and the policy that allows only the first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentkit.browser.net.policy import AddressPolicy
from tests.browser import hostile, pages
from tests.browser.site import Forbidden, Site


@pytest.fixture(scope="session")
def neighbour() -> Iterator[Forbidden]:
    """The forbidden server; tests use `forbidden`, whose count starts at none."""
    with Forbidden() as server:
        yield server


@pytest.fixture(scope="session")
def site(neighbour: Forbidden) -> Iterator[Site]:
    """The site on 127.0.0.1 with all its pages; tests may add some under paths of their own."""
    with Site() as server:
        pages.register(server)
        hostile.register(server, neighbour)
        yield server


@pytest.fixture
def forbidden(neighbour: Forbidden) -> Forbidden:
    """The forbidden server, which nobody has reached so far in this test."""
    neighbour.hits.clear()
    return neighbour


@pytest.fixture
def policy() -> AddressPolicy:
    """The public internet and the site; not the forbidden neighbour."""
    return AddressPolicy(allow_networks=("127.0.0.1/32",))
