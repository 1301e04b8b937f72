"""How large a board is, and how fast it is made and opens: 50 models on 1,140 problems.

    python perf/board.py [--models 50] [--problems 1140] [--samples 1 10] [--keep FOLDER]

Run folders are generated (random verdicts, every sample's among them, dates and difficulties), so
no data are needed. The page is opened in headless Chromium where playwright and a browser are
found. "Read" and "made" (which reads too) are CPU time of this process; "opens" is from the start
of the navigation to the drawn table, the median of five.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import shutil
import statistics
import tempfile
from pathlib import Path

from lcbrb import codec
from lcbrb.runs.folder import RECORD, SAMPLES
from lcbrb.runs.results import read_results
from lcbrb.types import RunRecord, SampleVerdict, Status, Verdict
from leaderboards import Options, build_board

FAILURES = [one for one in Status if one not in {Status.PASSED, Status.HARNESS_ERROR}]
FIRST_DAY = dt.date(2023, 5, 1)
OPENINGS = 5


def write_run(folder: Path, model: int, problems: int, samples: int) -> None:
    """One model's run folder; the share that it solves grows with its number."""
    rng = random.Random(model)
    rows = []
    for number in range(problems):
        chance = min(0.98, max(0.02, rng.betavariate(0.7, 0.7) * 0.5 + model / 100))
        for index in range(samples):
            status = Status.PASSED if rng.random() < chance else rng.choice(FAILURES)
            rows.append(
                SampleVerdict(
                    problem_id=f"generated/{number}",
                    policy_id=f"model-{model:02}-7B",
                    sample_index=index,
                    status=status,
                    verdict=Verdict(status=status),
                    released=FIRST_DAY + dt.timedelta(days=number * 600 // problems),
                    difficulty=("easy", "medium", "hard")[number % 3],
                )
            )
    record = RunRecord(
        kind="bench",
        run_id=f"run-{model}",
        subject=f"replay:model-{model}",
        benchmark="generated",
        benchmark_version="1",
        dataset_sha256="0" * 64,
        estimates={},
        counts={"completions": len(rows)},
        started_at=dt.datetime(2026, 11, 23, tzinfo=dt.UTC),
        wall_s=1.0,
    )
    codec.write_records(folder / SAMPLES, rows)
    codec.write_text(folder / RECORD, codec.encode_pretty(record))


def opening_ms(page: Path) -> list[float] | None:
    """Milliseconds to the drawn table, of each opening; None without a browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        return None
    times = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(OPENINGS):
            tab = browser.new_page()
            tab.goto(page.as_uri() + "#benchmark=generated+1")
            tab.wait_for_selector("html[data-ready]", state="attached")
            times.append(tab.evaluate("performance.getEntriesByName('drawn')[0].startTime"))
            tab.close()
        browser.close()
    return times


def measure(folder: Path, models: int, problems: int, samples: int) -> str:
    """One line of the table."""
    runs = folder / f"runs-{samples}"
    for model in range(models):
        write_run(runs / f"model-{model}", model, problems, samples)
    began = os.times().user
    read_results([runs])
    read_s = os.times().user - began
    board = build_board([runs], Options(title="generated", texts_mib=0.0))
    made_s = os.times().user - began - read_s
    page = folder / f"board-{samples}.html"
    codec.write_text(page, board.html)
    times = opening_ms(page)
    opened = "no browser" if times is None else f"{statistics.median(times):.0f} ms"
    size = page.stat().st_size / 1e6
    shape = f"{models} x {problems} x {samples}"
    return f"| {shape} | {size:.2f} MB | {read_s:.1f} s | {made_s:.1f} s | {opened} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--models", type=int, default=50)
    parser.add_argument("--problems", type=int, default=1140)
    parser.add_argument("--samples", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--keep", type=Path, help="keep runs and pages in this folder")
    arguments = parser.parse_args()
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="lcbrb-board-"))
    print("| models x problems x samples | page | runs read in | made in | opens in |")
    print("|---|---|---|---|---|")
    try:
        for samples in arguments.samples:
            print(measure(folder, arguments.models, arguments.problems, samples))
    finally:
        if arguments.keep is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
