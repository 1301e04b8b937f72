"""What a peer says beside us, for people."""

from __future__ import annotations

from rich.table import Table

from lcbrb.cli.tables import console
from lcbrb.validation.referee import Compared, Outcome, Referral, Tests

_DETAIL = 160


def show_referral(referral: Referral) -> None:
    """Counts of agreement on base and plus tests, and every difference by name."""
    out = console()
    name = f"{referral.peer} {referral.version}"
    table = Table(
        f"{referral.programs} programs",
        *Tests,
        title=f"verdicts beside {name}",
        title_justify="left",
    )
    counts = {tests: referral.counts(tests) for tests in Tests}
    for outcome in Outcome:
        table.add_row(outcome.value, *(str(counts[tests][outcome]) for tests in Tests))
    out.print(table)
    for one in referral.named:
        out.print(_line(one))
    explained = sum(bool(one.explanation) for one in referral.named)
    out.print(f"{explained} differences are explained, {referral.unexplained} are not")


def _line(one: Compared) -> str:
    program = f"broken copy {one.copy}" if one.copy else "gold"
    ours = " ".join(one.our_detail.split())[:_DETAIL]
    said = f"theirs {one.theirs.detail[:_DETAIL]}, ours {one.ours}{f' [{ours}]' if ours else ''}"
    why = f" (explained: {one.explanation})" if one.explanation else ""
    return f"{one.problem_id} {program}, {one.tests}: {said}{why}"
