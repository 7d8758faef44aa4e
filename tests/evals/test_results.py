"""The results file and the folder of a run: what is kept, and what a crash leaves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.errors import UserError
from agentkit.evals.folder import LOCK, RunFolder, gone_on_with, opened, settings_of
from agentkit.evals.records import Event, TrialRecord
from agentkit.evals.results import ResultsError, ResultsFile
from tests.evals.support import library


def record(number: int, text: str = "", outcome: str = "passed") -> TrialRecord:
    return TrialRecord.model_validate(
        {
            "key": f"k{number}",
            "domain": "library",
            "task": "renew-1",
            "trial": number,
            "seed": number,
            "outcome": outcome,
            "ending": "finished",
            "events": [Event(kind="answer", text=text)],
        }
    )


def written(path: Path, *records: TrialRecord) -> ResultsFile:
    with ResultsFile(path) as file:
        file.append(*records)
    return file


def test_records_come_back_as_they_were_whatever_was_said(tmp_path: Path) -> None:
    records = [
        record(0, "plain"),
        record(1, "\ud800 and \x00\n and 訂單"),
        record(2, "x" * 300_000),
    ]
    file = written(tmp_path / "results.jsonl", *records)

    assert list(file.read()) == records
    assert file.keys() == {"k0": "passed", "k1": "passed", "k2": "passed"}
    assert [file.at(place.offset) for place in file.places()] == records


@settings(max_examples=25)
@given(cut=st.integers(min_value=0), data=st.data())
def test_a_file_cut_anywhere_has_the_records_before_the_cut(
    tmp_path_factory: pytest.TempPathFactory, cut: int, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("cut") / "results.jsonl"
    written(path, record(0), record(1, "\ud800"), record(2))
    whole = path.read_bytes()
    cut %= len(whole) + 1
    path.write_bytes(whole[:cut])
    left = whole[:cut].count(b"\n")

    assert [each.trial for each in ResultsFile(path).read()] == list(range(left))
    assert path.read_bytes() == whole[:cut], "reading changes nothing"
    written(path, record(9))
    assert [each.trial for each in ResultsFile(path).read()] == [*range(left), 9]


DEEP = record(1).model_dump_json().encode()[:-1] + b', "limit": %b}' % (b"[" * 9999 + b"]" * 9999)
CALL = '"call":{"index":0,"by":"agent","tool":"x","args":{"a":%s}}' % ("[" * 500 + "]" * 500)
DEEP_CALL = record(1).model_dump_json().replace('"call":null', CALL).encode()
NAN = record(1).model_dump_json().replace('"seconds":0.0}', '"seconds":NaN}').encode()
DAMAGE = [b"not json", b"", b"[1]", b'{"key": 1}', b"\x00" * 40, b"\xff", DEEP, DEEP_CALL, NAN]


@pytest.mark.parametrize("line", DAMAGE, ids=range(len(DAMAGE)))
def test_a_damaged_line_is_told_with_file_and_line(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "results.jsonl"
    written(path, record(0))
    path.write_bytes(path.read_bytes() + line + b"\n")
    written(path, record(1))

    with pytest.raises(ResultsError, match=r"results\.jsonl:2: this line is no trial: .+ --resume"):
        list(ResultsFile(path).read())


def test_a_record_of_a_later_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    written(path, record(0))
    path.write_text(path.read_text().replace("agentkit.trial/1", "agentkit.trial/2"))

    with pytest.raises(ResultsError, match=r":1: .*format.*agentkit\.trial/1"):
        list(ResultsFile(path).read())


def test_a_full_disk_is_an_error_and_nothing_that_was_written_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    with ResultsFile(path) as file:
        file.append(record(0))
        kept = os.dup(file._descriptor)
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, file._descriptor)
        with pytest.raises(ResultsError, match=r"No space left on device.*--resume"):
            file.append(record(1))
        os.dup2(kept, file._descriptor)
        os.close(kept)
        os.close(full)
        file.append(record(2))

    assert [each.trial for each in file.read()] == [0, 2]


_FILL = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from agentkit.evals.results import ResultsFile, ResultsError
from tests.evals.test_results import record
number = 0
with ResultsFile(Path({folder!r}) / "results.jsonl") as file:
    try:
        while True:
            file.append(record(number, "x" * 9_000))
            number += 1
    except ResultsError as error:
        print(error)
assert [each.trial for each in file.read()] == list(range(number)) and number
"""


def test_a_disk_that_fills_up_takes_no_half_line(tmp_path: Path) -> None:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("a small file system can only be mounted as root")
    root = str(Path(__file__).parents[2])
    code = _FILL.format(root=root, folder=str(tmp_path))
    mount = f"mount -t tmpfs -o size=64k tmpfs {tmp_path} || exit 77; exec {sys.executable} -c '$0'"
    mount = mount.replace("'$0'", '"$0"')
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", mount, code], capture_output=True, text=True, check=False
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")

    assert done.returncode == 0, done.stderr
    assert "No space left on device" in done.stdout


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = settings_of(library(), [], ({}, {}, None), 1, 0, {})

    with (
        pytest.raises(ResultsError, match="Not a directory"),
        opened(tmp_path / "file" / "run", settings, resume=False),
    ):
        pass


def test_a_folder_with_something_in_it_is_not_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("all of it")
    settings = settings_of(library(), [], ({}, {}, None), 1, 0, {})

    with (
        pytest.raises(UserError, match=r"is not empty \(thesis.txt\).*--resume.*--out"),
        opened(tmp_path, settings, resume=False),
    ):
        pass


_HOLD = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from agentkit.evals.folder import opened, settings_of
from tests.evals.support import library
with opened(Path({folder!r}), settings_of(library(), [], ({{}}, {{}}, None), 1, 0, {{}}), True):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_runs_cannot_write_one_folder_and_a_dead_one_does_not_hold_it(tmp_path: Path) -> None:
    settings = settings_of(library(), [], ({}, {}, None), 1, 0, {})
    code = _HOLD.format(root=str(Path(__file__).parents[2]), folder=str(tmp_path))
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(UserError, match=rf"Another run writes to .*: process {other.pid} on"),
            opened(tmp_path, settings, resume=True),
        ):
            pass
        other.kill()
    with opened(tmp_path, settings, resume=True):
        assert str(os.getpid()) in (tmp_path / LOCK).read_text()


def test_a_run_gone_on_with_after_an_upgrade_tells_both_versions(tmp_path: Path) -> None:
    def opening(**versions: str) -> dict[str, Any]:
        asked = settings_of(library(), [], ({}, {}, None), 1, 0, {"versions": versions})
        settings = gone_on_with(tmp_path, asked)
        with opened(tmp_path, settings, resume=True):
            return dict(settings.about["earlier_versions"])

    assert opening(agentkit="0.1.0", torch="2.7.0") == {}
    assert opening(agentkit="0.1.0", torch="2.7.0") == {}
    assert opening(agentkit="0.1.0", torch="2.8.0") == {"torch": ["2.7.0"]}
    assert opening(agentkit="0.2.0") == {"agentkit": ["0.1.0"], "torch": ["2.7.0", "2.8.0"]}
    assert opening(agentkit="0.1.0") == {"agentkit": ["0.2.0"], "torch": ["2.7.0", "2.8.0"]}


def test_what_is_installed_is_told_with_every_run() -> None:
    told = settings_of(library(), [], ({}, {}, None), 1, 0, {}).about["versions"]
    assert told["agentkit"] == version("agentkit")
    assert told["openai-harmony"] == version("openai-harmony")


def test_a_folder_without_a_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"is no folder of a run: it has no results\.jsonl"):
        RunFolder(tmp_path)
    (tmp_path / "run.json").write_text('{"format": "agentkit.run/7"}')
    with pytest.raises(ResultsError, match=r"run\.json cannot be read: its format is not"):
        RunFolder(tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tasks": ["renew-1"]}, "tasks: Input should be a valid dictionary"),
        ({"tasks": {"renew-1": "test"}}, "tasks.renew-1: "),
        ({"trials": "many"}, "trials: "),
        ({"trials": 10**12}, "it asks for more than 10,000,000 trials"),
        ({"domain": "library"}, "domain: "),
        ({"about": None}, "about: "),
        ({"agent": json.loads("[" * 500 + "]" * 500)}, "nested too deeply"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_settings_of_a_wrong_form_are_told(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    written(tmp_path / "results.jsonl", record(0))
    domain = library()
    tasks = [("test", each) for each in domain.tasks("test")]
    good = settings_of(domain, tasks, ({}, {}, None), 1, 0, {}).as_json()
    (tmp_path / "run.json").write_text(json.dumps({**good, "of a later version": 1}))
    assert RunFolder(tmp_path).settings is not None

    (tmp_path / "run.json").write_text(json.dumps({**good, **changes}))
    with pytest.raises(ResultsError, match=r"run\.json cannot be read: ") as caught:
        RunFolder(tmp_path)
    assert words in str(caught.value)


def test_results_alone_are_a_run_too_the_last_of_each_trial_counting(tmp_path: Path) -> None:
    written(tmp_path / "results.jsonl", record(0, "old"), record(1), record(0, "new"))

    records = RunFolder(tmp_path).records()
    assert [(each.trial, each.events[0].text) for each in records] == [(0, "new"), (1, "")]
