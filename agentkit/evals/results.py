"""The results file: one trial a line, only ever appended to, and on the disk when told so.

Knows lines, keys and what a crash leaves behind; nothing of runs. A record is written whole by one
write and then synced, so that a process that is killed leaves at most one line without its end:
that line counts for nothing and is cut off before the next record is appended. Any other line that
is no record is damage, which nobody here repairs: it is told with file and line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, TypeVar

from pydantic import BaseModel, ValidationError

from agentkit.errors import AgentKitError
from agentkit.evals.records import Outcome, Record, TrialRecord
from agentkit.evals.task import problems_of
from agentkit.serialise import to_json

_BLOCK = 65_536


class ResultsError(AgentKitError):
    """Results cannot be written, or what is there cannot be read; says which file and line."""


class Head(Record):
    """What is needed of a record to find it again.

    Args:
        key: what resuming goes by.
        split: the task's.
        task: its id.
        trial: number, from 0.
        outcome: of the trial.
    """

    key: str
    split: str = ""
    task: str
    trial: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands.

    Args:
        head: what it is of.
        offset: in bytes from the beginning of the file.
    """

    head: Head
    offset: int


class ResultsFile:
    """A file of trial records. Read it as it is; use it as a context manager to append to it.

    Args:
        path: the file; made when the first record is appended to it, at the latest.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1

    def __enter__(self) -> ResultsFile:
        """Open it for appending, and cut off a last line without its end.

        Raises:
            ResultsError: it cannot be written.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        try:
            self._descriptor = os.open(self.path, flags, 0o644)
            size = os.fstat(self._descriptor).st_size
            whole = _end_of_last_line(self._descriptor, size)
            if whole < size:
                os.ftruncate(self._descriptor, whole)
                os.fsync(self._descriptor)
        except OSError as error:
            self.__exit__(None, None, None)
            raise self._unwritable(error) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def append(self, *records: TrialRecord) -> None:
        """Write records; when this returns they are on the disk.

        Raises:
            ResultsError: the disk is full or the file cannot be written. Those of `records` that
                were written whole are kept, and nothing is left of the others.
        """
        try:
            for record in records:
                self._write(to_json(record).encode() + b"\n")
        except OSError as error:
            raise self._unwritable(error) from None
        finally:
            with suppress(OSError):
                os.fsync(self._descriptor)

    def _write(self, line: bytes) -> None:
        before = os.fstat(self._descriptor).st_size
        try:
            written = os.write(self._descriptor, line)
            while written < len(line):  # what is missing does not fit, and this says why
                written += os.write(self._descriptor, line[written:])
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, before)
            raise

    def _unwritable(self, error: OSError) -> ResultsError:
        return ResultsError(
            f"Results cannot be written to {self.path}: {error.strerror or error}. Every trial that"
            " was told as done is kept; when there is room, go on with --resume."
        )

    # Reading

    def places(self) -> Iterator[Place]:
        """Each record's head and place, in the order of the file.

        Raises:
            ResultsError: a line is no record; names file and line.
        """
        for number, offset, line in self._lines():
            yield Place(self._parse(Head, line, number), offset)

    def read(self) -> Iterator[TrialRecord]:
        """Every record, in the order of the file.

        Raises:
            ResultsError: a line is no record; names file and line.
        """
        for number, _, line in self._lines():
            yield self._parse(TrialRecord, line, number)

    def at(self, offset: int) -> TrialRecord:
        """The record at a place.

        Raises:
            ResultsError: there is none.
        """
        with self._opened() as file:
            file.seek(offset)
            return self._parse(TrialRecord, file.readline(), 0)

    def keys(self) -> dict[str, Outcome]:
        """The key of each record with its outcome; of two with one key, the later one's."""
        return {place.head.key: place.head.outcome for place in self.places()}

    def _lines(self) -> Iterator[tuple[int, int, bytes]]:
        """Number, offset and text of each whole line."""
        if not self.path.exists():
            return
        offset = 0
        with self._opened() as file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n"):
                    yield number, offset, line
                offset += len(line)

    def _opened(self) -> IO[bytes]:
        try:
            return self.path.open("rb")
        except OSError as error:
            raise ResultsError(f"{self.path} cannot be read: {error.strerror or error}") from None

    def _parse(self, kind: type[_Kind], line: bytes, number: int) -> _Kind:
        try:
            return kind.model_validate_json(line)
        except ValidationError:
            pass
        try:  # Python's reader is slower, and takes lone surrogates
            return kind.model_validate(_object(line))
        except ValidationError as error:
            problems = "; ".join(problems_of(error))
        except RecursionError:
            problems = "it is nested too deeply"
        except ValueError as error:
            problems = str(error)
        where = f"{self.path}:{number}" if number else str(self.path)
        raise ResultsError(
            f"{where}: this line is no trial: {problems}. Take the line out, and --resume runs that"
            " trial again."
        )


_Kind = TypeVar("_Kind", bound=BaseModel)


def _object(line: bytes) -> dict[str, Any]:
    value = json.loads(line)
    if not isinstance(value, dict):
        raise ValueError(f"an object was expected, not {type(value).__name__}")
    to_json(value)  # what cannot be written again is no trial either: it is nested too deeply
    return value


def _end_of_last_line(descriptor: int, size: int) -> int:
    """The offset after the last line end; 0 when there is none."""
    end = size
    while end > 0:
        start = max(0, end - _BLOCK)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
