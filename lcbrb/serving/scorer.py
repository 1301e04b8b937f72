"""A reward model for many askers: texts of whichever requests, some at a time, in one thread."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue

from lcbrb.errors import IncompleteRunError, LcbrbError
from lcbrb.protocols.reward import Item
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.scoring import score_items

Scores = list[float | None]


class Scorer:
    """Scores requests one after another, small ones together.

    At most `most` texts are put together; a request is never taken apart.
    """

    def __init__(self, model: RewardModel, most: int) -> None:
        self.model, self._most = model, most
        self._asked: SimpleQueue[tuple[Sequence[Item], Future[Scores]] | None] = SimpleQueue()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def submit(self, items: Sequence[Item]) -> Future[Scores]:
        """The scores of a request's texts, in order, once they are there."""
        future: Future[Scores] = Future()
        if self._closed.is_set():
            raise IncompleteRunError("the server is shutting down")
        self._asked.put((items, future))
        return future

    def close(self) -> None:
        """Finish what is under way; the rest is cancelled."""
        self._closed.set()
        self._asked.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._asked.get()) is not None:
            together = [first]
            while sum(len(items) for items, _ in together) < self._most:
                try:
                    more = self._asked.get_nowait()
                except Empty:
                    break
                if more is None:
                    self._asked.put(None)
                    break
                together.append(more)
            wanted = [asked for asked in together if asked[1].set_running_or_notify_cancel()]
            if wanted and not self._closed.is_set():
                self._score(wanted)
            else:
                for _, future in wanted:
                    future.set_exception(IncompleteRunError("the server is shutting down"))

    def _score(self, wanted: Sequence[tuple[Sequence[Item], Future[Scores]]]) -> None:
        try:
            scores = score_items(self.model, [item for items, _ in wanted for item in items])
        except LcbrbError as error:
            if len(wanted) == 1:
                wanted[0][1].set_exception(error)
                return
            for request in wanted:  # one request's text is at fault: the others are not its victims
                self._score([request])
            return
        except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it is
            for _, future in wanted:
                future.set_exception(error)
            return
        at = 0
        for items, future in wanted:
            future.set_result(scores[at : at + len(items)])
            at += len(items)
