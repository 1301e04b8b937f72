"""RM-Bench: three chosen and three rejected responses a prompt, in three styles of growing polish.

Every chosen meets every rejected: nine pairs a prompt. As in its paper (arXiv 2410.16184, section
3) a pair is *hard* where the chosen side is in the plainer style, *normal* where both are in the
same, *easy* where the chosen side is the more polished. `difficulty` holds that word and `category`
the domain. Names: ``rm-bench``, ``rm-bench:code`` (also chat, math, safety).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lcbrb.codec import read_json_list
from lcbrb.errors import BadInputError, UnknownNameError, UsageError
from lcbrb.identity import make_pair, mend_text
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.sources.hub import GitHubFile, local_files
from lcbrb.types import JsonValue, PreferencePair, Provenance, Relation

REVISION = "73c52d7b27b361621361ec959ac6c0eb9bb7a689"
REMOTE = GitHubFile(repo="THU-KEG/RM-Bench", name="data/total_dataset.json", revision=REVISION)

DOMAINS = ("chat", "code", "math", "safety")


def load_pairs(spec: Spec) -> PairSet:
    """The pairs of all domains, or of the one named after the colon.

    Raises:
        UnknownNameError: no such domain.
        DataUnavailableError, BadInputError: the file is not there, or not in the layout.
    """
    if spec.options:
        raise UsageError(f"rm-bench takes no options, found {spec.text}")
    if spec.target and spec.target not in DOMAINS:
        raise UnknownNameError("domain of rm-bench", spec.target, DOMAINS)
    local = local_files("preference/rm-bench/*.json", "preference/rm-bench/*.json.gz")
    paths = local or [REMOTE.fetch()]
    pairs = [pair for path in paths for pair in _read(path) if spec.target in ("", pair.category)]
    version = "local" if local else REVISION[:12]
    return PairSet(name=spec.text, version=version, pairs=pairs)


def _read(path: Path) -> Iterator[PreferencePair]:
    """The nine pairs of each row.

    The upstream file names the domain in each row; split files carry it in their name
    (``safety-refuse_filtered.json``).
    """
    in_name = next((domain for domain in DOMAINS if path.name.startswith(domain)), None)
    for number, row in read_json_list(path):
        try:
            domain = str(row.get("domain") or in_name or "other").split("-")[0]
            yield from _nine(row, domain)
        except (KeyError, TypeError, AttributeError) as error:
            raise BadInputError(f"row {number} is no RM-Bench row ({error})", path=path) from error


def _nine(row: dict[str, JsonValue], domain: str) -> Iterator[PreferencePair]:
    for i, chosen in enumerate(row["chosen"]):
        for j, rejected in enumerate(row["rejected"]):
            yield make_pair(
                problem_id=f"rm-bench/{domain}/{row['id']}",
                prompt=mend_text(row["prompt"]),
                chosen=mend_text(chosen),
                rejected=mend_text(rejected),
                relation=Relation.GIVEN,
                category=domain,
                difficulty="normal" if i == j else "hard" if i < j else "easy",
                provenance=Provenance(
                    source="rm-bench", version=REVISION[:12], rule=f"chosen {i} x rejected {j}"
                ),
            )
