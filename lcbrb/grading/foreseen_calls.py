"""Calls that scripts are known to make, whatever the program answers, sent ahead in one exchange.

The calls of a program that passed are remembered. The next program for the problem is sent them
all at once, in their order and in one process, as they would be one by one; the script then runs on
the answers. Where it makes another call than was foreseen, or where the exchange ends in a way that
is no single call's, nothing of it counts and the program is graded again, call by call.
"""

from __future__ import annotations

from dataclasses import dataclass

from lcbrb.protocols.sandbox import Batch, Execution, Session

Call = tuple[str, str]  # a function's name, and wire text of the list of its arguments


class UnforeseenError(BaseException):
    """What was sent ahead is of no use; no script's ``except Exception`` takes it."""


@dataclass(slots=True)
class Ahead:
    """Calls sent ahead, and their answers as the script comes to ask for them."""

    calls: tuple[Call, ...]
    batch: Batch
    asked: int = 0

    @classmethod
    def send(cls, session: Session, calls: tuple[Call, ...], cpu_s: float) -> Ahead:
        """Make the calls.

        Raises:
            UnforeseenError: which of them failed is not known.
        """
        batch = session.call_each(calls, cpu_s=cpu_s)
        if batch.execution.status is not None and batch.failed_at is None:
            raise UnforeseenError
        return cls(calls, batch)

    def answer(self, call: Call) -> Execution:
        """What came of the script's next call.

        Raises:
            UnforeseenError: it is not the one that was sent.
        """
        number = self.asked
        self.asked += 1
        if number >= len(self.calls) or self.calls[number] != call:
            raise UnforeseenError
        if number == self.batch.failed_at:
            return self.batch.execution
        return Execution(status=None, output=self.batch.outputs[number])
