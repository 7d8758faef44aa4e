"""The report: what its files say, and what its page does in a real Chromium."""

from __future__ import annotations

import base64
import json
import random
import re
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from agentkit.browser.chromium.install import Found
from agentkit.errors import UserError
from agentkit.evals.agents import Toolbox
from agentkit.evals.domain import Domain
from agentkit.evals.episode import Trial, run_trial
from agentkit.evals.records import CheckResult, TrialRecord
from agentkit.evals.report import Report, report_schema, write_report
from agentkit.evals.report.transcripts import Transcripts, transcript
from agentkit.evals.results import ResultsError
from agentkit.evals.task import Task
from tests.browser.chromium_fixture import chromium_found
from tests.evals.made_up import HOSTILE, SETTINGS, made_up
from tests.evals.support import FunctionAgent, LineUser, changed, library, task_of

if TYPE_CHECKING:
    from playwright.async_api import Page

__all__ = ["chromium_found"]


@dataclass(frozen=True)
class Asked:
    """A trial that was asked for."""

    split: str
    task: str
    number: int
    key: str


def shop(tasks: int = 30) -> Domain:
    """A domain that has the tasks of the records."""
    ids = [each.task for each in made_up(tasks, 1)]
    made = [
        Task.model_validate(
            {
                "id": each,
                "user": {"goal": f"get the money of {each} back", "known": {"zip": "28236"}},
                "gold": [{"tool": "cancel_item", "args": {"order_id": "W4200"}}],
                "checks": [{"state": "gold"}],
            }
        )
        for each in ids
    ]
    return Domain("shop", "Cancel only what is pending.", {}, {}, splits={"test": made})


def packed(page: str) -> list[dict[str, Any]]:
    """The transcripts in a page."""
    held = re.findall(r'<script type="application/octet-stream" id="t\d+">([^<]*)</script>', page)
    return [json.loads(zlib.decompress(base64.b64decode(each))) for each in held]


# The files


def test_the_data_are_as_their_schema_says(tmp_path: Path) -> None:
    data, _ = write_report(tmp_path, made_up(), SETTINGS, shop())

    written = json.loads(data.read_text("utf-8"))
    jsonschema.validate(written, report_schema())
    assert written["format"] == "agentkit.report/1"
    assert written["agent"] == "agentkit · gpt-oss-20b"
    assert written["score"]["overall"]["trials"] == len(written["trials"]) == 120
    assert Report.model_validate(written).trials[0].task == "cancel-1"


def test_the_same_records_in_another_order_give_the_same_bytes(tmp_path: Path) -> None:
    records = list(made_up(words=50))
    shuffled = random.Random(1).sample(records, len(records))

    one = write_report(tmp_path / "one", records, SETTINGS, transcript_bytes=40_000)
    other = write_report(tmp_path / "other", shuffled, SETTINGS, transcript_bytes=40_000)

    assert one[0].read_bytes() == other[0].read_bytes()
    there, here = str(tmp_path / "other").encode(), str(tmp_path / "one").encode()
    assert one[1].read_bytes() == other[1].read_bytes().replace(there, here)


def test_transcripts_of_passed_trials_are_left_out_first_and_the_page_says_so(
    tmp_path: Path,
) -> None:
    records = list(made_up(words=50))
    failed = [each for each in records if each.outcome == "failed"]

    _, shown = write_report(tmp_path, records, SETTINGS, transcript_bytes=100_000)

    page = shown.read_text("utf-8")
    kept = packed(page)
    assert len(failed) < len(kept) < len(records)
    assert sum(each["outcome"] == "failed" for each in kept) == len(failed)
    assert f"The transcripts of {len(records) - len(kept)} trials are not in this file" in page
    assert f"agentkit eval show {tmp_path}" in page


def test_which_transcripts_are_kept_depends_on_their_size_and_rank_alone() -> None:
    records = list(made_up(words=40))

    def kept(order: list[TrialRecord]) -> list[tuple[str, ...]]:
        transcripts = Transcripts(30_000)
        for each in order:
            transcripts.add(each)
        assert len(dict(transcripts)) + transcripts.left_out == len(records)
        return [key for key, _ in transcripts]

    orders = [random.Random(seed).sample(records, len(records)) for seed in range(5)]
    assert len({tuple(kept(each)) for each in orders}) == 1


def test_a_transcript_keeps_the_numbers_of_calls_as_they_were_written() -> None:
    record = next(made_up(1, 1))
    call = record.events[2].call
    assert call is not None
    exact = call.model_copy(update={"args": {"amount": 10.0, "id": 12345678901234567890}})
    event = record.events[2].model_copy(update={"call": exact})

    kept = transcript(record.model_copy(update={"events": (event,)}))

    assert kept["events"][0]["call"]["args"] == '{"amount":10.0,"id":12345678901234567890}'


def test_trials_that_were_asked_for_and_not_run_are_in_the_report(tmp_path: Path) -> None:
    records = list(made_up(3, 2))
    asked = [Asked("test", each.task, each.trial, each.key) for each in records]
    asked.append(Asked("test", "cancel-9", 0, "never"))

    data, shown = write_report(tmp_path, records, SETTINGS, planned=asked)

    written = json.loads(data.read_text("utf-8"))
    assert written["score"]["reasons"] == {"not run": 1}
    lines = {each["key"]: each for each in written["trials"]}
    assert (lines["never"]["outcome"], lines["never"]["ending"]) == ("not_measured", None)
    assert "cancel-9#0: not measured, not run" in shown.read_text("utf-8")


@pytest.mark.parametrize(
    "check", [{"said": 5}, {"unchanged_except": 5}, {"called": 5}, {"holds": 5}, {"state": [1]}, {}]
)
def test_records_that_nobody_here_wrote_are_shown_as_they_are(
    tmp_path: Path, check: dict[str, Any]
) -> None:
    made = next(made_up(1, 1))
    odd = made.model_copy(
        update={"checks": (CheckResult(check=check, passed=False),), "started": 1e300}
    )
    _, page = write_report(tmp_path, [odd], SETTINGS)
    assert page.stat().st_size > 1_000


def test_a_report_of_no_trials_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="it has no trials yet"):
        write_report(tmp_path, [], SETTINGS)


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    _, shown = write_report(tmp_path, made_up(2, 1), SETTINGS)
    before = shown.read_bytes()
    (tmp_path / "report.json").unlink()
    (tmp_path / "report.json").mkdir()

    with pytest.raises(ResultsError, match=r"report\.json cannot be written: Is a directory"):
        write_report(tmp_path, made_up(3, 1), SETTINGS)

    assert shown.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["report.html", "report.json"]


def test_memory_holds_no_transcripts_but_the_packed_ones(tmp_path: Path) -> None:
    size = 100_000

    def records() -> Iterator[TrialRecord]:
        for each in made_up(40, 4):
            long = each.events[0].model_copy(update={"text": "a" * size})
            yield each.model_copy(update={"events": (long, *each.events)})

    tracemalloc.start()
    try:
        write_report(tmp_path, records(), SETTINGS)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 40 * 4 * size / 2


# The page


@asynccontextmanager
async def opened(found: Found, file: Path, **options: Any) -> AsyncIterator[tuple[Page, list[str]]]:
    """The page in a Chromium, and what it asked for or complained of."""
    from playwright.async_api import async_playwright

    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=str(found.executable), args=["--headless", "--no-sandbox"]
        )
        try:
            context = await browser.new_context(viewport={"width": 1280, "height": 900}, **options)
            page = await context.new_page()
            seen: list[str] = []
            page.on("console", lambda said: seen.append(f"{said.type}: {said.text}"))
            page.on("pageerror", lambda error: seen.append(str(error)))
            page.on("request", lambda request: seen.append(request.url))
            await page.goto(file.as_uri())
            yield page, seen
        finally:
            await browser.close()


async def test_a_failing_trial_is_opened_and_read(chromium_found: Found, tmp_path: Path) -> None:
    _, shown = write_report(tmp_path, made_up(hostile=HOSTILE), SETTINGS, shop())

    async with opened(chromium_found, shown) as (page, seen):
        assert await page.locator(".big").inner_text() == "0.683"
        assert await page.locator("a.cell").count() == 120
        await page.screenshot(path=tmp_path / "report.png", full_page=True)

        await page.get_by_label("cancel-1#0: failed, wrong write").click()
        await page.locator("#trial .events").wait_for()

        rows = await page.locator(".diff tbody tr").all_inner_texts()
        assert rows[0].split() == [
            "/orders/W4200/payment/method",
            '"credit_card_9513926"',
            '"gift_card_5347"',
        ]
        assert "First cause: wrong write" in await page.locator("#e8").inner_text()
        after = await page.locator("#e8 + li").inner_text()
        assert after.startswith("Here the states parted")
        assert await page.locator(".checks .mark").all_inner_texts() == ["✕", "✓", "–"]
        assert "a brace was missing" in await page.locator("#e5").inner_text()
        assert "get the money" in (await page.locator(".task").text_content() or "")
        await page.screenshot(path=tmp_path / "trial.png", full_page=True)

        assert seen == [shown.as_uri()]


async def test_a_trial_that_was_really_played_is_shown(
    chromium_found: Found, tmp_path: Path
) -> None:
    domain = library()
    task = changed(task_of(domain, "renew-1"), user={"goal": "Renew.", "known": {"loan": "L7"}})

    async def wrong(toolbox: Toolbox, heard: str) -> str:
        await toolbox.call("renew", {"loan": "L7"})
        await toolbox.call("pay_fees", {"card": "C-13"})
        return "Done."

    trial = Trial(domain, task, "train", 0, 7, "key")
    record = await run_trial(trial, FunctionAgent(wrong), LineUser(["Renew L7."]))

    _, shown = write_report(tmp_path, [record], {}, domain)

    async with opened(chromium_found, shown) as (page, seen):
        await page.get_by_label("renew-1#0: failed").click()
        await page.locator("#trial .events").wait_for()
        assert "C-13" in await page.locator(".diff").inner_text()
        assert "pay_fees" in await page.locator(".event.first").inner_text()
        assert "get_loan" in (await page.locator(".task .gold").text_content() or "")
        assert seen == [shown.as_uri()]


async def test_what_models_and_tools_write_does_nothing_but_stand_there(
    chromium_found: Found, tmp_path: Path
) -> None:
    records = [
        each.model_copy(
            update={"task": each.task + HOSTILE, "user_faults": (HOSTILE,), "detail": HOSTILE}
        )
        for each in made_up(1, 2, hostile=HOSTILE)
    ]
    settings = {**SETTINGS, "agent": {"name": HOSTILE, HOSTILE: HOSTILE}}

    _, shown = write_report(tmp_path, records, settings)

    async with opened(chromium_found, shown) as (page, seen):
        await page.locator("a.cell").first.click()
        await page.locator("#trial .events").wait_for()
        await page.get_by_role("button", name="Unfold all").click()

        said = await page.locator("#e0").inner_text()
        assert "<script>window.injected = 1</script><img src=x onerror" in said
        assert await page.evaluate("window.injected") is None
        assert await page.locator("main img, main b, main script").count() == 0
        assert seen == [shown.as_uri()]


async def test_the_page_is_walked_with_keys_alone(chromium_found: Found, tmp_path: Path) -> None:
    _, shown = write_report(tmp_path, made_up(), SETTINGS)

    async with opened(chromium_found, shown) as (page, seen):
        first = page.locator("a.cell").first
        await first.focus()
        for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "Enter"):
            await page.keyboard.press(key)
        await page.locator("#trial .events").wait_for()
        assert await page.evaluate("document.activeElement.tagName") == "H1"

        failures = []
        for key in "nnp":
            before = await page.locator("#trial h1").inner_text()
            await page.keyboard.press(key)
            await page.wait_for_function(
                "said => document.activeElement.innerText !== said", arg=before
            )
            failures.append(await page.locator("#trial h1").inner_text())
        assert failures[0] == failures[2] != failures[1]

        await page.keyboard.press("Escape")
        await page.locator("#overview").wait_for()
        assert await page.evaluate("document.activeElement.className") == "cell failed"
        assert seen == [shown.as_uri()]


async def test_the_numbers_need_no_script_and_a_narrow_page_does_not_scroll_sideways(
    chromium_found: Found, tmp_path: Path
) -> None:
    _, shown = write_report(tmp_path, made_up(), SETTINGS)

    async with opened(chromium_found, shown, java_script_enabled=False) as (page, _):
        assert await page.locator(".big").inner_text() == "0.683"
        assert "need JavaScript" in await page.locator("body").inner_text()
        await page.get_by_text("Flaky", exact=True).click()
        assert await page.locator(".tasks > li:visible").count() == 12

    async with opened(chromium_found, shown, color_scheme="dark") as (page, _):
        await page.set_viewport_size({"width": 360, "height": 800})
        await page.screenshot(path=tmp_path / "narrow.png", full_page=True)
        widths = "[document.documentElement.scrollWidth, innerWidth]"
        assert await page.evaluate(widths) == [360, 360]
        await page.locator("a.cell.failed").first.click()
        await page.locator("#trial .events").wait_for()
        assert await page.evaluate(widths) == [360, 360]


async def test_a_trial_whose_transcript_was_left_out_says_where_it_is(
    chromium_found: Found, tmp_path: Path
) -> None:
    _, shown = write_report(tmp_path, made_up(5, 2), SETTINGS, transcript_bytes=0)

    async with opened(chromium_found, shown) as (page, seen):
        await page.locator("a.cell").first.click()
        await page.locator("#trial p").wait_for()
        command = await page.locator("#trial code").inner_text()
        assert command == f"agentkit eval show {tmp_path} address-4#0"
        assert seen == [shown.as_uri()]


async def test_a_thousand_trials_stay_usable(chromium_found: Found, tmp_path: Path) -> None:
    _, shown = write_report(tmp_path, made_up(250, 4, words=600), SETTINGS)

    async with opened(chromium_found, shown) as (page, seen):
        took = await page.evaluate(
            "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
        )
        assert took < 15_000  # milliseconds, on a machine that does other things too
        await page.locator("a.cell").last.click()
        await page.locator("#trial .events").wait_for(timeout=5_000)
        assert seen == [shown.as_uri()]
