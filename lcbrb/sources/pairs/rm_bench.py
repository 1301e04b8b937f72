"""RM-Bench: three chosen and three rejected responses a prompt, in three styles of growing polish.

Every chosen meets every rejected: nine pairs a prompt. As in its paper (arXiv 2410.16184, section
3) a pair is *hard* where the chosen side is in the plainer style, *normal* where both are in the
same, *easy* where the chosen side is the more polished. `difficulty` holds that word and `category`
the domain. Names: ``rm-bench``, ``rm-bench:code`` (also chat, math, safety).
"""

from __future__ import annotations

from collections.abc import Iterator

from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.rows import Row
from lcbrb.sources.base import Source
from lcbrb.sources.hub import github_files
from lcbrb.types import PreferencePair, Relation

DOMAINS = ("chat", "code", "math", "safety")
SOURCE = Source(
    name="rm-bench",
    row="an RM-Bench row",
    local=("preference/rm-bench/*.json",),
    homes=github_files(
        "THU-KEG/RM-Bench", "73c52d7b27b361621361ec959ac6c0eb9bb7a689", "data/total_dataset.json"
    ),
    part="domain",
    parts={domain: (domain,) for domain in DOMAINS},
)


def load_pairs(spec: Spec) -> PairSet:
    """The pairs of all domains, or of the one named after the colon; raises as `Source.load`."""
    return SOURCE.load(spec, _nine)


def _nine(row: Row) -> Iterator[PreferencePair]:
    """The nine pairs of a row.

    The upstream file names the domain in each row; split files carry it in their name
    (``safety-refuse_filtered.json``).
    """
    in_name = next((domain for domain in DOMAINS if row.path.name.startswith(domain)), None)
    domain = (row.optional_text("domain") or in_name or "other").split("-")[0]
    for i, chosen in enumerate(row.texts("chosen")):
        for j, rejected in enumerate(row.texts("rejected")):
            yield SOURCE.pair(
                problem=f"{domain}/{row.label('id')}",
                prompt=row.text("prompt"),
                chosen=chosen,
                rejected=rejected,
                relation=Relation.GIVEN,
                category=domain,
                difficulty="normal" if i == j else "hard" if i < j else "easy",
                rule=f"chosen {i} x rejected {j}",
            )
