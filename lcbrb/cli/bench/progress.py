"""How far sampling and grading are: two bars on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from lcbrb.harness.run import Watch
from lcbrb.types import Completion

_EVERY_S = 30.0


class _Rate(ProgressColumn):
    """Things a second, over the time that this start has taken."""

    def render(self, task: Task) -> Text:
        speed = task.speed
        return Text("-/s" if speed is None else f"{speed:.1f}/s")


@contextmanager
def watching(title: str, total: int) -> Iterator[Watch]:
    """A watch that shows what it is told, on stderr.

    Args:
        title: the benchmark's name.
        total: samples wanted.
    """
    console = Console(stderr=True)
    shown = _bars(console, title, total) if console.is_terminal else _lines(console, title, total)
    with shown as watch:
        yield watch


@contextmanager
def _bars(console: Console, title: str, total: int) -> Iterator[Watch]:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TextColumn("{task.fields[tokens]}", markup=False),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        sampled = bars.add_task(f"{title} sampled", total=total, tokens="")
        graded = bars.add_task(f"{title} graded", total=total, tokens="")
        tally = _Tally()

        def on_sample(completion: Completion | None) -> None:
            tally.add(completion)
            bars.update(sampled, advance=1, tokens=f"{tally.tokens_per_s():.0f} tok/s")

        yield Watch(on_sample=on_sample, on_verdict=lambda: bars.advance(graded))


@contextmanager
def _lines(console: Console, title: str, total: int) -> Iterator[Watch]:
    tally = _Tally()
    said = tally.began

    def say() -> None:
        line = f"{title}: {tally.summary(total)}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    def now_and_then() -> None:
        nonlocal said
        now = time.monotonic()
        with tally.lock:
            due = now - said >= _EVERY_S
            said = now if due else said
        if due:
            say()

    def on_sample(completion: Completion | None) -> None:
        tally.add(completion)
        now_and_then()

    def on_verdict() -> None:
        tally.grade()
        now_and_then()

    yield Watch(on_sample=on_sample, on_verdict=on_verdict)
    say()


@dataclass(slots=True)
class _Tally:
    """What has been done so far; called from several threads."""

    sampled: int = 0
    graded: int = 0
    tokens: int = 0
    began: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, completion: Completion | None) -> None:
        with self.lock:
            self.sampled += 1
            self.tokens += (completion.completion_tokens or 0) if completion else 0

    def grade(self) -> None:
        with self.lock:
            self.graded += 1

    def tokens_per_s(self) -> float:
        return self.tokens / max(time.monotonic() - self.began, 1e-9)

    def summary(self, total: int) -> str:
        spent_s = max(time.monotonic() - self.began, 1e-9)
        left = total - self.graded
        remaining = f"{left * spent_s / self.graded:.0f} s left" if self.graded else "no rate yet"
        return (
            f"sampled {self.sampled}/{total} ({self.sampled / spent_s:.2f}/s, "
            f"{self.tokens / spent_s:.0f} tok/s), graded {self.graded}/{total} "
            f"({self.graded / spent_s:.2f}/s), {remaining}"
        )
