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
    found = validation.checked
    shown: dict[str, JsonValue] = {
        "benchmark": validation.benchmark,
        "benchmark_version": validation.version,
        "isolation": validation.level,
        "golds": len(found),
        "counts": {one.name.lower(): sum(c.outcome is one for c in found) for one in Outcome},
        "named": [
            {
                "problem_id": one.problem_id,
                "outcome": one.outcome.name.lower(),
                "status": one.verdict.status.value,
                "detail": one.detail,
                "tried": one.tried,
            }
            for one in found
            if one.outcome is not Outcome.GOOD
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
            tests.value: {one.name.lower(): n for one, n in referral.counts(tests).items()}
            for tests in Tests
        },
        "named": [
            {
                "problem_id": one.problem_id,
                "copy": one.copy,
                "tests": one.tests.value,
                "outcome": one.outcome.name.lower(),
                "ours": one.ours.value,
                "our_detail": one.our_detail,
                "their_detail": one.theirs.detail,
                "explanation": one.explanation or None,
            }
            for one in referral.named
        ],
    }


def show_validation(validation: Validation) -> None:
    """How many golds pass and how many are told from a mutant, and the others by name."""
    out, checked = console(), validation.checked
    name = f"{validation.benchmark} ({validation.version})"
    table = Table(name, "n", title="gold solutions")
    for outcome in Outcome:
        table.add_row(outcome.value, str(sum(one.outcome is outcome for one in checked)))
    out.print(table)
    for one in checked:
        if one.outcome is not Outcome.GOOD:
            detail = " ".join(one.detail.split())[:_DETAIL]
            out.print(f"{one.problem_id}: {one.outcome} {detail}".rstrip())
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
