"""The results of `lcbrb validate`, as tables for people and as a JSON document."""

from __future__ import annotations

from lcbrb.api.validate import Validation
from lcbrb.cli.terminal import Table, console
from lcbrb.types import JsonValue
from lcbrb.validation.gold import Outcome
from lcbrb.validation.peer import Tests
from lcbrb.validation.referee import Compared, Outcome as PeerOutcome, Referral

_DETAIL = 160


def document(validation: Validation) -> dict[str, JsonValue]:
    """Counts, and every gold that is not good; with a peer, every difference from it."""
    checked = validation.checked
    shown: dict[str, JsonValue] = {
        "benchmark": validation.benchmark,
        "benchmark_version": validation.version,
        "isolation": validation.level,
        "golds": len(checked),
        "counts": {
            outcome.name.lower(): sum(c.outcome is outcome for c in checked) for outcome in Outcome
        },
        "named": [
            {
                "problem_id": gold.problem_id,
                "outcome": gold.outcome.name.lower(),
                "status": gold.verdict.status.value,
                "detail": gold.detail,
                "tried": gold.tried,
            }
            for gold in checked
            if gold.outcome is not Outcome.GOOD
        ],
    }
    if validation.referral is not None:
        shown["against"] = _referral_document(validation.referral)
    return shown


def _referral_document(referral: Referral) -> JsonValue:
    return {
        "peer": referral.peer,
        "version": referral.version,
        "programs": referral.programs,
        "unexplained": referral.unexplained,
        "counts": {
            tests.value: {outcome.name.lower(): n for outcome, n in referral.counts(tests).items()}
            for tests in Tests
        },
        "named": [
            {
                "problem_id": row.problem_id,
                "copy": row.copy,
                "tests": row.tests.value,
                "outcome": row.outcome.name.lower(),
                "ours": row.ours.value,
                "our_detail": row.our_detail,
                "their_detail": row.theirs.detail,
                "explanation": row.explanation or None,
            }
            for row in referral.named
        ],
    }


def show_validation(validation: Validation) -> None:
    """How many golds pass and how many are told from a mutant, and the others by name."""
    out, checked = console(), validation.checked
    name = f"{validation.benchmark} ({validation.version})"
    table = Table(name, "n", title="gold solutions")
    for outcome in Outcome:
        table.add_row(outcome.value, str(sum(gold.outcome is outcome for gold in checked)))
    out.print(table)
    for gold in checked:
        if gold.outcome is not Outcome.GOOD:
            detail = " ".join(gold.detail.split())[:_DETAIL]
            out.print(f"{gold.problem_id}: {gold.outcome} {detail}".rstrip())
    if validation.referral is not None:
        _show_referral(validation.referral)


def _show_referral(referral: Referral) -> None:
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
    for outcome in PeerOutcome:
        table.add_row(outcome.value, *(str(counts[tests][outcome]) for tests in Tests))
    out.print(table)
    for row in referral.named:
        out.print(_line(row))
    explained = sum(bool(row.explanation) for row in referral.named)
    out.print(f"{explained} differences are explained, {referral.unexplained} are not")


def _line(row: Compared) -> str:
    program = f"broken copy {row.copy}" if row.copy else "gold"
    ours = " ".join(row.our_detail.split())[:_DETAIL]
    verdicts = (
        f"theirs {row.theirs.detail[:_DETAIL]}, ours {row.ours}{f' [{ours}]' if ours else ''}"
    )
    why = f" (explained: {row.explanation})" if row.explanation else ""
    return f"{row.problem_id} {program}, {row.tests}: {verdicts}{why}"
