"""A running cell as its reader sees it: outputs as they come, then the result."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import Self

from .results import ExecutionResult, Output

__all__ = ["CellStream"]


class CellStream:
    """Outputs of a running cell as they come, then its result. Made by `Notebook.stream`.

    Args:
        run: runs the cell; is given what to call with its result.
    """

    def __init__(
        self, run: Callable[[Callable[[ExecutionResult], None]], AsyncGenerator[Output]]
    ) -> None:
        self._results: list[ExecutionResult] = []  # not self: a dropped stream must end at once
        self._outputs = run(self._results.append)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Output:
        return await anext(self._outputs)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop the cell if it still runs. The notebook stays usable."""
        await self._outputs.aclose()

    @property
    def result(self) -> ExecutionResult:
        """The finished cell.

        Raises:
            RuntimeError: it has not been read to its end.
        """
        if not self._results:
            raise RuntimeError("the cell has not finished: read the stream to its end first")
        return self._results[0]
