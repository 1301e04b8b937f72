"""A report as JUnit XML, in the layout that Jenkins, GitLab and test reporters read.

One test suite a gate, one test case a check. FAIL is a failure; a MISSING that stops the gate an
error; INCONCLUSIVE is skipped, or a failure under --strict; so is a MISSING that is only noted.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from lcbrb.gates import words
from lcbrb.gates.report import CheckResult, GateReport, GateVerdict


def junit(report: GateReport, *, strict: bool) -> str:
    """The document."""
    kinds = [_kind(check, strict=strict) for check in report.checks]
    counts = {
        "tests": str(len(kinds)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
    }
    suites = ET.Element("testsuites", {"name": "lcbrb gate", **counts, "time": "0"})
    suite = ET.SubElement(
        suites,
        "testsuite",
        {
            "name": "lcbrb gate",
            **counts,
            "skipped": str(kinds.count("skipped")),
            "time": "0",
            "timestamp": f"{report.date.isoformat()}T00:00:00",
        },
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("verdict", report.verdict.value),
        ("baseline", report.baseline),
        ("candidate", report.candidate),
        ("alpha", f"{report.alpha:g}"),
        ("method", words.method(report)),
    ):
        ET.SubElement(properties, "property", {"name": name, "value": words.clean(value)})
    for check, kind in zip(report.checks, kinds, strict=True):
        _case(suite, check, kind)
    if report.notes:
        ET.SubElement(suite, "system-out").text = _lines(report.notes)
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
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "classname": words.clean(f"lcbrb.gate.{check.benchmark}"),
            "name": words.clean(check.metric or "result"),
            "time": "0",
        },
    )
    reason = words.clean(check.reason)
    told = _told(check)
    if kind == "skipped":
        ET.SubElement(case, kind, {"message": f"{check.verdict}: {reason}"})
    elif kind is not None:
        message = {"message": f"{check.verdict}: {reason}", "type": check.verdict.value}
        ET.SubElement(case, kind, message).text = told
        return
    ET.SubElement(case, "system-out").text = told


def _told(check: CheckResult) -> str:
    lines = [
        f"{check.verdict}: {check.reason}",
        f"baseline {check.baseline_subject or 'none'} {words.percent(check.baseline)}",
        f"candidate {check.candidate_subject or 'none'} {words.percent(check.candidate)}",
        f"difference {words.difference(check)} points, tolerance {words.tolerance(check)}",
        f"p {words.p_value(check.p_value)}, Holm {words.p_value(check.p_adjusted)}; {check.test}",
        f"problems {words.size(check)}, unpaired {check.unpaired}, quarantined {check.quarantined}",
        words.flips("worse", check.lost),
        words.flips("better", check.won),
        *check.notes,
    ]
    return _lines([line for line in lines if line])


def _lines(texts: list[str] | tuple[str, ...]) -> str:
    return "\n".join(words.clean(text) for text in texts)
