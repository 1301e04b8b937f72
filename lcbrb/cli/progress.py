"""How far work is, on stderr: bars on a terminal, elsewhere a line now and then."""

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
from lcbrb.protocols.progress import METER, SILENT, Progress, Watch
from lcbrb.types import Completion
from lcbrb.visible import visible

_FIRST_S, _EVERY_S = 10.0, 30.0  # between lines where there is no terminal


class Bars(Progress):
    """Progress as the command line shows it."""

    @contextmanager
    def bar(self, title: str, total: int | None, unit: str) -> Iterator[Callable[[int], object]]:
        """A bar on a terminal, lines elsewhere."""
        console = Terminal(stderr=True)
        if not console.is_terminal:
            done = _Done(title=title, total=total, unit=unit)
            with _spoken(console, done.line):
                yield done.add
            return
        with _shown(console, TextColumn(unit)) as bars:
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


def shown_unless(quiet: bool) -> Progress:
    """Bars and lines, or nothing at all of how far the work is."""
    return SILENT if quiet else BARS


def _shown(console: Terminal, *between: ProgressColumn) -> RichProgress:
    title = TextColumn("{task.description}", markup=False)
    columns = (title, BarColumn(), MofNCompleteColumn(), *between, TimeRemainingColumn())
    return RichProgress(*columns, console=console, transient=True)


@contextmanager
def _spoken(console: Terminal, line: Callable[[], str], *, always: bool = False) -> Iterator[None]:
    """A line after a while and then each half minute, also while nothing comes; one at the end.

    Work that ends before the first of them has none, unless one is `always` wanted.
    """
    ended, said = threading.Event(), threading.Event()
    if always:
        said.set()

    def tell() -> None:
        wait_s = _FIRST_S
        while not ended.wait(wait_s):
            console.print(line(), soft_wrap=True)
            said.set()
            wait_s = _EVERY_S

    thread = threading.Thread(target=tell, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    if said.is_set():
        console.print(line(), soft_wrap=True)


@dataclass(slots=True, kw_only=True)
class _Done:
    """How much of a stretch of work is done; added to by several threads."""

    title: str
    total: int | None
    unit: str
    count: int = 0
    began: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, count: int) -> None:
        with self.lock:
            self.count += count

    def line(self) -> str:
        spent_s = max(time.monotonic() - self.began, 1e-9)
        of = "" if self.total is None else f"/{self.total}"
        text = f"{self.title}: {self.count}{of} {self.unit}"
        if not self.count:
            return f"{text} after {spent_s:.0f} s"
        text = f"{text} ({self.count / spent_s:.2g}/s)"
        if self.total is None:
            return text
        return f"{text}, {(self.total - self.count) * spent_s / self.count:.0f} s left"


class _Rate(ProgressColumn):
    """Things a second, over the time that this start has taken."""

    def render(self, task: Task) -> Text:
        speed = task.speed
        return Text("-/s" if speed is None else f"{speed:.1f}/s")


class _TokenRate(ProgressColumn):
    """Tokens a second, those of samples under way too."""

    def __init__(self, tally: _Tally) -> None:
        super().__init__()
        self._tally = tally

    def render(self, task: Task) -> Text:
        del task
        return Text(f"{self._tally.tokens_per_s():.0f} tok/s")


@contextmanager
def _bars(console: Terminal, title: str, total: int) -> Iterator[Watch]:
    tally = _Tally()
    with _shown(console, _Rate(), _TokenRate(tally)) as bars:
        sampled = bars.add_task(visible(f"{title} sampled"), total=total)
        graded = bars.add_task(visible(f"{title} graded"), total=total)

        def on_sample(completion: Completion | None) -> None:
            tally.add(completion)
            bars.update(sampled, advance=1)

        yield Watch(on_sample=on_sample, on_verdict=lambda: bars.advance(graded))


@contextmanager
def _lines(console: Terminal, title: str, total: int) -> Iterator[Watch]:
    tally = _Tally()
    with _spoken(console, lambda: f"{title}: {tally.summary(total)}", always=True):
        yield Watch(on_sample=tally.add, on_verdict=tally.grade)


@dataclass(slots=True)
class _Tally:
    """What has been done so far; called from several threads."""

    sampled: int = 0
    graded: int = 0
    tokens: int = 0
    generated: int = field(default_factory=lambda: METER.tokens)
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
        under_way = METER.tokens - self.generated
        return max(self.tokens, under_way) / max(time.monotonic() - self.began, 1e-9)

    def summary(self, total: int) -> str:
        spent_s = max(time.monotonic() - self.began, 1e-9)
        left = total - self.graded
        remaining = f"{left * spent_s / self.graded:.0f} s left" if self.graded else "no rate yet"
        return (
            f"sampled {self.sampled}/{total} ({self.sampled / spent_s:.2f}/s, "
            f"{self.tokens_per_s():.0f} tok/s), graded {self.graded}/{total} "
            f"({self.graded / spent_s:.2f}/s), {remaining}"
        )
