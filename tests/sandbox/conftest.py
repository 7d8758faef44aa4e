"""One notebook for every test of a module that only looks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from sandbox import Limits, Notebook


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def notebook() -> AsyncIterator[Notebook]:
    """A running notebook, shared within the module: tests must not rely on a fresh state."""
    async with Notebook(Limits(cell_timeout=30, interrupt_grace=2)) as notebook:
        yield notebook
