"""A report as JUnit XML, in the layout that Jenkins, GitLab and test reporters read.

One test suite a gate, one test case a check. FAIL is a failure; a MISSING that stops the gate an
error; INCONCLUSIVE is skipped, or a failure under --strict; so is a MISSING that is only noted.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from lcbrb.gates import check_text
from lcbrb.gates.report import CheckResult, GateReport, GateVerdict
from lcbrb.stats.groups import p_text


def junit(report: GateReport, *, strict: bool) -> str:
    """The document."""
    kinds = [_kind(check, strict=strict) for check in report.checks]
    counts = {
        "name": "lcbrb gate",
        "tests": str(len(kinds)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "time": "0",
    }
    skipped, day = str(kinds.count("skipped")), f"{report.date.isoformat()}T00:00:00"
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(suites, "testsuite", counts, skipped=skipped, timestamp=day)
    properties = ET.SubElement(suite, "properties")
    for name, value in {
        "verdict": report.verdict.value,
        "baseline": report.baseline,
        "candidate": report.candidate,
        "alpha": f"{report.alpha:g}",
        "method": check_text.method(report),
    }.items():
        ET.SubElement(properties, "property", name=name, value=check_text.clean(value))
    for check, kind in zip(report.checks, kinds, strict=True):
        _case(suite, check, kind)
    if notes := [*check_text.too_small(report), *report.notes]:
        ET.SubElement(suite, "system-out").text = _lines(notes)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, "unicode") + "\n"


def _kind(check: CheckResult, *, strict: bool) -> str | None:
    match check.verdict:
        case GateVerdict.PASS:
            return None
        case GateVerdict.FAIL:
            return "failure"
        case GateVerdict.MISSING if check.blocking:
            return "error"
        case _:
            return "failure" if strict else "skipped"


def _case(suite: ET.Element, check: CheckResult, kind: str | None) -> None:
    classname = check_text.clean(f"lcbrb.gate.{check.benchmark}")
    name = check_text.clean(check.metric or "result")
    case = ET.SubElement(suite, "testcase", classname=classname, name=name, time="0")
    message = check_text.clean(f"{check.verdict}: {check.reason}")
    text = _lines(
        [
            message,
            f"baseline subject: {check.baseline_subject or 'none'}",
            f"candidate subject: {check.candidate_subject or 'none'}",
            *map(": ".join, zip(check_text.CELLS, check_text.cells(check), strict=True)),
            f"p before adjustment: {p_text(check.p_value)} {check.test}",
            f"unpaired: {check.unpaired}, quarantined: {check.quarantined}",
            *check_text.flips(check),
            *check.notes,
        ]
    )
    if kind in {"failure", "error"}:
        ET.SubElement(case, kind, message=message, type=check.verdict.value).text = text
        return
    if kind == "skipped":
        ET.SubElement(case, kind, message=message)
    ET.SubElement(case, "system-out").text = text


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(check_text.clean(text) for text in texts)
