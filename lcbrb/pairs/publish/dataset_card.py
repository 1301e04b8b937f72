"""README.md of a published set: the front matter that a hub reads, and what a person must know.

Texts of the pairs are not in it. Names from files stand in code spans, in which Markdown and HTML
are text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from lcbrb.pairs.publish.about import AUDIT, BENCHMARK, CROISSANT, PARQUET, SPLIT, UNKNOWN, About
from lcbrb.sources.pairs.published import PAIRS, SUMS
from lcbrb.visible import visible

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_ROWS = 30  # of a table


def dataset_card(about: About) -> str:
    """The whole card."""
    return "\n".join([*_front_matter(about), "", *_text(about)]) + "\n"


def _front_matter(about: About) -> Iterator[str]:
    yield "---"
    yield f"pretty_name: {quoted(about.title)}"
    yield f"license: {quoted(about.licence)}"
    yield "task_categories:"
    yield "- text-classification"
    yield "tags:"
    yield from (f"- {tag}" for tag in ("preference", "reward-model", "reasoning", "lcbrb"))
    yield "size_categories:"
    yield "- " + next((name for most, name in _SIZES if about.pairs < most), "n>1M")
    yield "configs:"
    yield "- config_name: default"
    yield "  data_files:"
    yield f"  - split: {SPLIT}"
    yield f"    path: {PARQUET}"
    yield "---"


def _text(about: About) -> Iterator[str]:
    yield f"# {code(about.title)}"
    yield ""
    yield (
        f"{about.pairs:,} preference pairs of {about.problems:,} problems: a prompt, a `chosen` "
        "and a `rejected` response, and where both come from. A reward model is measured by how "
        "often it gives the chosen one the higher score."
    )
    yield ""
    yield from (f"- Source: {code(source)}" for source in about.sources)
    yield from (f"- Note: {code(note)}" for note in about.notes)
    if about.licence == UNKNOWN:
        yield "- No licence was stated when this was published: ask before you use it."
    yield f"- Published {about.date} with {about.made_with}"
    yield f"- sha256 of the pairs: `{about.pairs_sha256}`"
    yield ""
    yield "## Use"
    yield ""
    place = about.home.partition("/datasets/")[2] or "FOLDER"
    yield "```"
    yield f"lcbrb eval --pairs {place} --reward-model hf:ORG/NAME"
    yield "```"
    yield ""
    yield "```python"
    yield f'datasets.load_dataset("{place}", split="{SPLIT}")'
    yield "```"
    yield ""
    yield (
        "Count a tie as half a win, and cluster intervals by `problem_id`: pairs of one problem "
        "are not independent."
    )
    yield ""
    yield "## Files"
    yield ""
    yield f"- `{PARQUET}`: a row for each pair; what holds several values is JSON text"
    yield f"- `{PAIRS}`: the same pairs as lcbrb writes them"
    yield f"- `{CROISSANT}`, `{BENCHMARK}`: for programs; `{SUMS}`: `sha256sum --check {SUMS}`"
    if about.audit is not None:
        yield f"- `{AUDIT}`: the audit, with every figure"
    for name, counts in about.groups.items():
        yield from ("", f"## Pairs by {name}", "", f"| {name} | pairs |", "|---|---:|")
        yield from (f"| {code(value)} | {count:,} |" for value, count in [*counts.items()][:_ROWS])
        if len(counts) > _ROWS:
            yield f"| and {len(counts) - _ROWS} more | |"
    yield from _audit(about)


def _audit(about: About) -> Iterator[str]:
    if about.audit is None:
        yield from ("", "## Audit", "", "No audit was published with these pairs.")
        return
    yield from ("", "## Audit", "", "| check | outcome | figure | limit |", "|---|---|---|---|")
    for check in about.audit.checks:
        cells = (code(check.name), check.outcome.value, code(check.figure), check.limit)
        yield f"| {' | '.join(cells)} |"


def quoted(text: str) -> str:
    """A text as a YAML scalar, whatever it holds: JSON's double quotes are YAML's."""
    return json.dumps(visible(text), ensure_ascii=False)


def code(text: str) -> str:
    """A text of others in Markdown, where nothing in it acts; also within a table."""
    shown = visible(text).replace("`", "'").replace("|", "\N{BROKEN BAR}").strip()
    return f"`{shown}`" if shown else ""
