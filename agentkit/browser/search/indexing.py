"""Files into a local index: which there are, what changed since, what each holds.

A folder is walked with all its folders; hidden ones and links are left out. A JSON Lines file holds
one document a line, `{"url": ..., "title": ..., "text": ...}`. Only what changed in size or time is
read again, and what is gone is taken out. An index that is broken off is usable and is gone on with
the next time.

Files are converted in worker processes, a few at once, within limits on time and memory: those of
pages are wider here, since the files are the user's own.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import stat
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from urllib.parse import quote, urljoin

import platformdirs

from agentkit.browser.document import BrowserError, Document, Response
from agentkit.browser.pages.notation import clean, one_line
from agentkit.browser.pages.worker import Converter, NoWorker
from agentkit.browser.search.local import Change, LocalIndex

__all__ = ["Progress", "Report", "default_path", "is_source", "open_index", "update"]

Progress = Callable[[int, int, str], None]
"""Told how many bytes are done, of how many, and the name of what comes next."""

_KINDS = {
    **dict.fromkeys((".html", ".htm"), "text/html"),
    ".xhtml": "application/xhtml+xml",
    **dict.fromkeys((".md", ".markdown"), "text/markdown"),
    **dict.fromkeys((".txt", ".text", ".rst"), "text/plain"),
    ".pdf": "application/pdf",
    ".json": "application/json",
}
_LINES = ".jsonl"
_MOST_BYTES = 64 << 20
_MOST_SECONDS, _MOST_MEMORY = 30.0, 2 << 30
_MOST_WORKERS = 4
_FILES_A_WORKER = 1_000  # since to start one takes as long as to convert some hundred files
_SHOWN_LINES = 5
# Where a folder's pages stand while they are converted, so that links among them are followed as
# on the web: relative to the page, and from the root of the folder.
_SITE = "https://local.invalid/"
_BATCH_SECONDS, _BATCH_BYTES, _BATCH_DOCUMENTS = 2.0, 4 << 20, 1_000


@dataclass(slots=True)
class Report:
    """What an update did.

    Args:
        added: documents that were read, anew or again.
        unchanged: files that were left as they are.
        removed: files that are gone.
        problems: of files that were not taken, or not whole: what was wrong, by path.
    """

    added: int = 0
    unchanged: int = 0
    removed: int = 0
    problems: dict[str, str] = field(default_factory=dict)


def default_path(source: Path) -> Path:
    """Where the index of a folder or file is kept when no other place is named."""
    whole = source.resolve()
    key = hashlib.sha256(os.fsencode(whole)).hexdigest()[:12]
    return platformdirs.user_cache_path("agentkit") / "indexes" / f"{whole.name}-{key}.sqlite"


def open_index(path: Path) -> LocalIndex:
    """The index at `path`, or the one of the folder or JSON Lines file there.

    Raises:
        BrowserError: it cannot be used.
    """
    if not is_source(path):
        return LocalIndex(path)
    kept = default_path(path)

    def refresh(index: LocalIndex) -> None:
        update(index, path)

    try:
        return LocalIndex(kept, refresh=refresh)
    except BrowserError as error:
        if isinstance(error.__context__, sqlite3.OperationalError | OSError):
            raise  # another process writes it, or the cache cannot be used
        kept.unlink(missing_ok=True)  # made by another version, or damaged: nothing is lost
        return LocalIndex(kept, refresh=refresh)


def update(index: LocalIndex, source: Path, progress: Progress | None = None) -> Report:
    """Bring an index in line with a folder or a JSON Lines file.

    Args:
        index: what it holds of other sources stays.
        source: as above.
        progress: told before each file, and now and then within a long one.

    Raises:
        BrowserError: there is no such source, it is of another kind, the index is damaged, or no
            process can be started that converts files.
    """
    if not is_source(source):
        raise BrowserError(f"{source} is neither a folder nor a {_LINES} file that is there.")
    source = source.resolve()
    return _Update(index, source, progress or (lambda *_: None)).run()


def is_source(path: Path) -> bool:
    """Whether there is a folder or a JSON Lines file at `path`."""
    return path.is_dir() or (path.suffix.lower() == _LINES and path.is_file())


class _Update:
    """One update of an index."""

    def __init__(self, index: LocalIndex, source: Path, progress: Progress) -> None:
        self._index = index
        self._source = source
        self._root = source if source.is_dir() else source.parent
        self._progress = progress
        self._report = Report()
        self._known = index.files()
        self._changes: list[Change] = []
        self._weight = 0
        self._total = self._done = 0
        self._last = time.monotonic()
        self._converter: Converter

    def run(self) -> Report:
        whole = self._source.is_dir()
        files = list(_walk(self._source, self._unread)) if whole else [self._source]
        own = self._index.path and self._index.path.resolve()
        files = [path for path in files if path != own]
        workers = min(1 + len(files) // _FILES_A_WORKER, _MOST_WORKERS, os.cpu_count() or 1)
        self._converter = Converter(workers=workers, timeout=_MOST_SECONDS, memory=_MOST_MEMORY)
        try:
            self._remove_all_but(files)
            self._read_all(files, 4 * workers)
        finally:
            self._converter.shut()
            self._flush()
        return self._report

    def _read_all(self, files: Sequence[Path], most: int) -> None:
        """Take the files in their order, while the next ones are converted, at most so many."""
        sizes = {path: _size(path) for path in files}
        self._total = sum(sizes.values())
        begun: deque[Iterator[None]] = deque()
        ahead = iter(files)
        for path in files:
            for later in islice(ahead, most - len(begun)):
                begun.append(self._read(later))
                next(begun[-1], None)
            self._progress(self._done, self._total, _shown(path.name))
            next(begun.popleft(), None)
            self._done += sizes[path]
        self._progress(self._total, self._total, "")

    def _unread(self, error: OSError) -> None:
        """Note a folder whose files cannot be listed."""
        self._report.problems[_shown(error.filename)] = error.strerror or str(error)

    def _remove_all_but(self, files: Iterable[Path]) -> None:
        here = {_shown(path) for path in files}
        source = _shown(self._source)
        for name in self._known:
            if name not in here and Path(name).is_relative_to(source):
                self._report.removed += 1
                self._change(Change(name))

    def _read(self, path: Path) -> Iterator[None]:
        """Take one file, unless it is as it was; halts once when its conversion has begun."""
        name = _shown(path)
        try:
            state = path.stat()
            known = self._known.get(name)
            if known is not None and known[:2] == (state.st_size, state.st_mtime_ns):
                self._report.unchanged += 1
                problem = known[2]
            elif path.suffix.lower() == _LINES:
                yield
                problem = self._read_lines(path, state)
            else:
                problem = yield from self._read_whole(path, state)
        except OSError as error:
            problem = error.strerror or str(error)
        if problem:
            self._report.problems[name] = problem

    def _read_whole(self, path: Path, state: os.stat_result) -> Generator[None, None, str]:
        documents: tuple[Document, ...] = ()
        place = quote(os.fsencode(path.relative_to(self._root).as_posix()))
        try:
            coming = self._converter.submit(_response(path, _SITE + place, state.st_size))
            yield
            document = _placed(coming.result(), path, place, self._root.as_uri() + "/")
            documents, problem = (document,), document.note
        except NoWorker:
            raise  # which says nothing of the file
        except BrowserError as error:
            problem = str(error).replace(_SITE + place, "it")
        self._report.added += len(documents)
        kept = (state.st_size, state.st_mtime_ns, problem)
        self._change(Change(_shown(path), documents, state=kept), state.st_size)
        return problem

    def _read_lines(self, path: Path, state: os.stat_result) -> str:
        wrong = _Wrong()
        done, name = 0, _shown(path)
        self._change(Change(name))
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                done += len(line)
                try:
                    document = _document_of(line, path)
                except ValueError as error:
                    wrong.add(number, str(error))
                    continue
                if document is not None:
                    self._report.added += 1
                    self._change(Change(name, (document,), begins=False), len(line))
                if number % 1_000 == 0:
                    self._progress(self._done + done, self._total, "")
        problem = wrong.told()
        kept = (state.st_size, state.st_mtime_ns, problem)
        self._change(Change(name, begins=False, state=kept))
        return problem

    def _change(self, change: Change, weight: int = 0) -> None:
        self._changes.append(change)
        self._weight += weight
        if (
            self._weight > _BATCH_BYTES
            or len(self._changes) >= _BATCH_DOCUMENTS
            or time.monotonic() > self._last + _BATCH_SECONDS
        ):
            self._flush()

    def _flush(self) -> None:
        changes, self._changes = self._changes, []
        self._weight, self._last = 0, time.monotonic()
        self._index.take(changes)


class _Wrong:
    """Lines that could not be taken: the first of them, and how many there are."""

    def __init__(self) -> None:
        self._first: list[str] = []
        self._count = 0

    def add(self, number: int, why: str) -> None:
        self._count += 1
        if len(self._first) < _SHOWN_LINES:
            self._first.append(f"line {number}: {why}")

    def told(self) -> str:
        more = self._count - len(self._first)
        return "; ".join([*self._first, *([f"and {more} more lines"] if more else [])])


def _walk(folder: Path, unread: Callable[[OSError], None]) -> Iterator[Path]:
    """The files of a folder and those below, in order; `unread` is told of folders left out."""
    for where, folders, names in os.walk(folder, onerror=unread):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(where, name)
            if not name.startswith(".") and _is_file(path):
                yield path


def _is_file(path: Path) -> bool:
    """True for files that are no links, and for what will fail, and be told, when it is read."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return True


def _shown(path: str | Path) -> str:
    """A path as text; of a name that is no UTF-8 the odd bytes are written as `\\xe9`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _response(path: Path, url: str, size: int) -> Response:
    """A file as if it came from `url`.

    Raises:
        BrowserError: it is of no known kind, or too large.
        OSError: it cannot be read.
    """
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise BrowserError(f"{path.suffix or 'no suffix'}: not a kind that is indexed")
    if size > _MOST_BYTES:
        raise BrowserError(f"larger than {_MOST_BYTES >> 20} MiB")
    return Response(url, 200, kind, path.read_bytes())


def _placed(document: Document, path: Path, place: str, base: str) -> Document:
    """A document with its file's own address, and those of the files that it links to.

    Raises:
        BrowserError: it has no text.
    """
    if not document.text.strip():
        raise BrowserError("it holds no text")
    links = tuple(
        base + link.removeprefix(_SITE) if link.startswith(_SITE) else link
        for link in document.links
    )
    named = document.title.strip() and _SITE not in document.title
    title = document.title if named else _shown(path.name)
    return replace(document, url=base + place, title=title, links=links)


def _document_of(line: bytes, path: Path) -> Document | None:
    """The document of one line; None for an empty line.

    Raises:
        ValueError: the line holds none.
    """
    if not line.strip():
        return None
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(fields, dict):
        raise ValueError("not an object")
    url, title, text = (fields.get(name) for name in ("url", "title", "text"))
    if not isinstance(url, str) or not url.strip():
        raise ValueError('no "url"')
    if not isinstance(text, str) or not text.strip():
        raise ValueError('no "text"')
    text = clean(text)
    named = one_line(title) if isinstance(title, str) else ""
    address = urljoin(path.parent.as_uri() + "/", url.strip())
    return Document(address, named or one_line(text, 80), text, source=text)
