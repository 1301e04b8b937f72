"""An audit as one offline page. Every number that a plot shows stands in a table too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from lcbrb import codec
from lcbrb.pages import Page, render_page
from lcbrb.pairs.audit.checks import LIMITS
from lcbrb.pairs.audit.report import CheckOutcome, Detectable, PairAudit, Shortcut, Spread
from lcbrb.stats import minimum_detectable_difference
from lcbrb.stats.estimate_text import interval
from lcbrb.types import Estimate, JsonValue
from lcbrb.visible import visible

_STYLES = ("shell.css", "charts.css", "audit.css")
_SCRIPTS = "decode.js dom.js audit_choices.js state.js tables.js charts.js audit.js".split()
_TIMES = (0.5, 1, 2, 4, 8)
_NONE = "\N{EN DASH}"


def render_audit(audit: PairAudit) -> str:
    """The whole page."""
    meta: dict[str, JsonValue] = {
        "made": f"lcbrb {audit.lcbrb}",
        "shortcuts": [
            {
                "name": shortcut.name,
                "accuracy": codec.to_dict(shortcut.accuracy),
                "limit": _limit(audit, shortcut),
            }
            for shortcut in audit.shortcuts
            if shortcut.accuracy is not None
        ],
        "ratios": [[bucket.low, bucket.high, bucket.count] for bucket in audit.lengths.log_ratio],
        "features": [
            [feature.name, feature.chosen_share, feature.rejected_share]
            for feature in audit.features
        ],
        "months": [[month, count] for month, count in sorted(audit.dates.months.items())],
        "cutoffs": [[visible(cutoff.name), str(cutoff.date)] for cutoff in audit.dates.cutoffs],
    }
    return render_page(
        Page(
            package="lcbrb.pairs.audit",
            title=f"Audit of {visible(audit.name)}",
            template="audit.html",
            styles=_STYLES,
            scripts=_SCRIPTS,
            meta=meta,
            shown=_shown(audit),
        )
    )


def _shown(audit: PairAudit) -> dict[str, object]:
    return {
        "audit": audit,
        "summary": summary(audit),
        "checks": audit.checks,
        "shortcuts": [_shortcut_row(audit, shortcut) for shortcut in audit.shortcuts],
        "kinds": sorted({kind for shortcut in audit.shortcuts for kind in shortcut.by_kind}),
        "telling": [_telling(shortcut) for shortcut in audit.shortcuts if shortcut.telling],
        "spreads": _spreads(audit),
        "labels": list(_label_facts(audit)),
        "sizes": [_size(audit, audit.detectable, times) for times in _TIMES],
        "settings": {name: visible(str(value)) for name, value in audit.settings.items()},
        "visible": visible,
        "share_text": interval,
        "none": _NONE,
    }


def summary(audit: PairAudit) -> str:
    """What the checks come to, in a sentence."""
    by_outcome = {
        outcome: [check.name for check in audit.checks if check.outcome is outcome]
        for outcome in CheckOutcome
    }
    failed = by_outcome[CheckOutcome.FAIL]
    open_ones = by_outcome[CheckOutcome.INCONCLUSIVE]
    parts = [
        f"{audit.pairs:,} pairs of {audit.problems:,} problems",
        f"FAIL: {', '.join(map(visible, failed))}" if failed else "no check failed",
    ]
    if open_ones:
        parts.append(f"open: {', '.join(map(visible, open_ones))}")
    if unmeasured := len(by_outcome[CheckOutcome.UNMEASURED]):
        parts.append(f"{unmeasured} not measured")
    return "; ".join(parts) + "."


def _limit(audit: PairAudit, shortcut: Shortcut) -> float | None:
    name = LIMITS.get(shortcut.name)
    return None if name is None else cast("float", audit.settings[name])


def _shortcut_row(audit: PairAudit, shortcut: Shortcut) -> dict[str, object]:
    limit = _limit(audit, shortcut)
    return {
        "name": shortcut.name,
        "reads": shortcut.reads,
        "how": "fitted" if shortcut.fitted else "a rule",
        "accuracy": _NONE if shortcut.accuracy is None else interval(shortcut.accuracy),
        "n": shortcut.accuracy.n if shortcut.accuracy else _NONE,
        "limit": _NONE if limit is None else f"{100 * limit:g}%",
        "why": shortcut.why,
        "by_kind": shortcut.by_kind,
    }


def _telling(shortcut: Shortcut) -> dict[str, object]:
    return {
        "name": shortcut.name,
        "chosen": [visible(w.feature) for w in shortcut.telling if w.weight > 0],
        "rejected": [visible(w.feature) for w in reversed(shortcut.telling) if w.weight < 0],
    }


def _spreads(audit: PairAudit) -> list[tuple[str, Spread]]:
    lengths = audit.lengths
    return [
        ("chosen, characters", lengths.chosen_characters),
        ("rejected, characters", lengths.rejected_characters),
        ("chosen, words", lengths.chosen_words),
        ("rejected, words", lengths.rejected_words),
    ]


def _label_facts(audit: PairAudit) -> Iterator[tuple[str, str]]:
    labels = audit.labels
    yield "pairs with evidence against their label", interval(labels.doubted)
    yield "pairs on which people or judges gave an opinion", f"{labels.judged_pairs:,}"
    yield "pairs that people reviewed", f"{labels.reviewed_pairs:,}"
    if labels.judges:
        yield "judges", ", ".join(map(visible, labels.judges))
    for opinion, count in labels.opinions.items():
        yield f"sides: {opinion}", f"{count:,}"
    yield "sides on which judge and tests disagree", _share(labels.against_tests)
    yield "pairs of opinions on the same side that agree", _share(labels.agreement)
    if labels.opinion_error is not None:
        error = f"{100 * labels.opinion_error:.1f}%"
        yield "opinions that are wrong, if opinions err independently: at least", error
    if labels.tests is not None:
        tests = labels.tests
        yield (
            "tests passed by the chosen sides' programs",
            f"median {tests.median:g}, least {tests.least:g}",
        )
    yield "pairs that contradict another", f"{labels.contradicting_pairs:,}"
    yield "pairs that repeat another", f"{labels.repeated_pairs:,}"
    yield "pairs with two identical sides", f"{labels.identical_pairs:,}"
    yield "pairs with an empty side", f"{labels.empty_pairs:,}"


def _size(audit: PairAudit, detectable: Detectable, times: float) -> tuple[str, str, str]:
    pairs, problems = round(audit.pairs * times), round(audit.problems * times)
    smallest = minimum_detectable_difference(
        max(1, pairs),
        problems,
        discordance=detectable.discordance,
        effect=detectable.effect,
        alpha=detectable.alpha,
        power=detectable.power,
    )
    return f"{pairs:,}", f"{problems:,}", "none" if smallest is None else f"{100 * smallest:.1f}"


def _share(estimate: Estimate | None) -> str:
    return _NONE if estimate is None else f"{interval(estimate)} of {estimate.n:,}"
