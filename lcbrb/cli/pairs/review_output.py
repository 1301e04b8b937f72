"""The numbers of `lcbrb pairs review` as tables for people, and what its options hold."""

from __future__ import annotations

import sys
import webbrowser

from lcbrb.cli.output import print_notes
from lcbrb.cli.terminal import Table, console, say
from lcbrb.errors import UsageError
from lcbrb.pairs.review import label_studio, potato
from lcbrb.pairs.review.accept import AcceptedReview
from lcbrb.pairs.review.summary import ReviewSummary
from lcbrb.stats.estimate_text import interval


def read_tool(option: str, text: str) -> tuple[str, str]:
    """``potato:PATH`` as the tool and the path.

    Raises:
        UsageError: it has another form.
    """
    tool, _, path = text.partition(":")
    if not tool or not path:
        raise UsageError(f"{option} takes TOOL:PATH, for example potato:tasks, not '{text}'")
    return tool, path


def files_of(tool: str) -> tuple[str, ...]:
    """The names of the files that are written for a tool; none for one that is not known."""
    layouts = {tool.ORIGIN: (tool.TASKS, tool.CONFIG) for tool in (label_studio, potato)}
    return layouts.get(tool, ())


def open_page(url: str, *, browser: bool) -> None:
    """Say where the page is, and open it where somebody sits at a terminal."""
    say(f"the review is open at {url}", err=True)
    say("Press Ctrl-C to stop; every preference has been saved", err=True)
    if browser and sys.stdout.isatty():
        webbrowser.open(url)


def show_summary(summary: ReviewSummary) -> None:
    """What became of the labels, who took part, how far people agree, and the certificate."""
    out = console()
    table = Table("label", "pairs", title="review", title_justify="left")
    table.columns[1].justify = "right"
    for name, count in summary.findings.items():
        table.add_row(name.replace("_", " "), str(count))
    out.print(table)
    if summary.annotators:
        people = Table(
            *("person", "compared", "after asking", "left", "first preferred [95%]", "seconds"),
            title="people",
            title_justify="left",
        )
        for annotator in summary.annotators:
            seconds = "-" if annotator.median_seconds is None else f"{annotator.median_seconds:g}"
            counts = (annotator.compared, annotator.after_asking, annotator.left)
            people.add_row(
                annotator.name, *map(str, counts), interval(annotator.first_preferred), seconds
            )
        out.print(people)
    if summary.agreement:
        agreement = Table(
            *("people", "pairs", "the same [95%]", "Cohen's kappa [95%]"),
            title="agreement",
            title_justify="left",
        )
        for each in summary.agreement:
            kappa = interval(each.kappa, ".2f", scale=1, unit="")
            agreement.add_row(f"{each.a}, {each.b}", str(each.same.n), interval(each.same), kappa)
        out.print(agreement)
        alpha = interval(summary.alpha, ".2f", scale=1, unit="")
        out.print(f"Krippendorff's alpha [95%]: {alpha}")
    out.print(summary.certificate.sentence)


def show_accepted(accepted: AcceptedReview) -> None:
    """What was left out, what was written, and the manifest's notes."""
    findings = accepted.summary.findings
    left_out = sum(findings.values()) - findings["confirmed"]
    say(
        f"{len(accepted.pairs)} pairs -> {accepted.path} ({left_out} of {accepted.summary.sample} "
        "reviewed pairs left out)"
    )
    print_notes(accepted.manifest.notes)
