"""Where a peer's verdicts are known to be wrong, in which version, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A peer passes (or fails) what it should not, on one problem.

    `passes` is the verdict that is wrong: with False, right programs fail there.
    """

    peer: str
    version: str
    problem_id: str
    passes: bool
    why: str


KNOWN_FAULTS = (
    Fault(
        peer="evalplus",
        version="0.3.1",
        problem_id="HumanEval/32",
        passes=False,
        why="0.3.1 skips past marking a test of this problem as passed, so no program passes "
        "(repaired after it, in commit 6eb1e19)",
    ),
)


def explanation(peer: str, version: str, problem_id: str, *, passes: bool) -> str:
    """Why this verdict of the peer's is wrong, or nothing where none is known to be."""
    for fault in KNOWN_FAULTS:
        if (fault.peer, fault.version) == (peer, version) and (
            fault.problem_id,
            fault.passes,
        ) == (problem_id, passes):
            return fault.why
    return ""
