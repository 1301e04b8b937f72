"""How far work is, on stderr: bars on a terminal, elsewhere lines now and then (of sampling)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress as RichProgress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from lcbrb.cli.terminal import Terminal, say
from lcbrb.protocols.progress import Progress, Watch
from lcbrb.types import Completion
from lcbrb.visible import visible

_EVERY_S = 30.0


class Bars(Progress):
    """Progress as the command line shows it."""

    @contextmanager
    def bar(self, title: str, total: int | None, unit: str) -> Iterator[Callable[[int], object]]:
        """A bar where there is a terminal, nothing where there is none."""
        console = Terminal(stderr=True)
        hidden = not console.is_terminal
        with _shown(console, TextColumn(unit), disable=hidden) as bars:
            task = bars.add_task(visible(title), total=total)
            yield lambda count: bars.advance(task, count)

    def sampling(self, title: str, total: int) -> AbstractContextManager[Watch]:
        """Two bars on a terminal, lines elsewhere."""
        console = Terminal(stderr=True)
        show = _bars if console.is_terminal else _lines
        return show(console, title, total)

    def say(self, message: str) -> None:
        """One line."""
        say(f"lcbrb: {message}", err=True)


BARS = Bars()


def _shown(console: Terminal, *between: ProgressColumn, disable: bool = False) -> RichProgress:
    title = TextColumn("{task.description}", markup=False)
    columns = (title, BarColumn(), MofNCompleteColumn(), *between, TimeRemainingColumn())
    return RichProgress(*columns, console=console, disable=disable, transient=True)


class _Rate(ProgressColumn):
    """Things a second, over the time that this start has taken."""

    def render(self, task: Task) -> Text:
        speed = task.speed
        return Text("-/s" if speed is None else f"{speed:.1f}/s")


@contextmanager
def _bars(console: Terminal, title: str, total: int) -> Iterator[Watch]:
    tokens = TextColumn("{task.fields[tokens]}", markup=False)
    with _shown(console, _Rate(), tokens) as bars:
        sampled = bars.add_task(visible(f"{title} sampled"), total=total, tokens="")
        graded = bars.add_task(visible(f"{title} graded"), total=total, tokens="")
        tally = _Tally()

        def on_sample(completion: Completion | None) -> None:
            tally.add(completion)
            bars.update(sampled, advance=1, tokens=f"{tally.tokens_per_s():.0f} tok/s")

        yield Watch(on_sample=on_sample, on_verdict=lambda: bars.advance(graded))


@contextmanager
def _lines(console: Terminal, title: str, total: int) -> Iterator[Watch]:
    tally = _Tally()
    said = tally.began

    def say() -> None:
        line = f"{title}: {tally.summary(total)}"
        console.print(line, soft_wrap=True)

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
