"""`lcbrb.build_od_pairs`: optimized, initial and degraded reasonings as preference pairs."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb import codec
from lcbrb.config import member
from lcbrb.errors import IncompleteRunError, UnknownNameError, UsageError
from lcbrb.pairs.manifest import run_folder, write_pair_file
from lcbrb.pairs.od.degradations import Degradation
from lcbrb.pairs.od.programmatic import (
    DEFAULT_MIX,
    KINDS_OF_PAIR,
    ORDERED,
    SOURCE,
    VERSION,
    Settings,
    programmatic_pairs,
)
from lcbrb.runs.folder import open_run
from lcbrb.runs.record import Data, new_record
from lcbrb.types import JsonValue, PairManifest, PreferencePair, Relation, RunKind
from lcbrb.types.short_repr import ShortRepr

PROGRAMMATIC = "programmatic"


@dataclass(frozen=True, slots=True, kw_only=True)
class OdPairs(ShortRepr):
    """Pairs that were made and written; `manifest` counts them by kind."""

    path: Path
    pairs: Sequence[PreferencePair]
    manifest: PairManifest

    def raise_if_empty(self) -> None:
        """Say why there are no pairs.

        Raises:
            IncompleteRunError: there are none.
        """
        if not self.pairs:
            why = "; ".join(self.manifest.notes) or "none could be made"
            raise IncompleteRunError(f"no pairs: {why}. The manifest counts what was refused")


def build_od_pairs(
    problems: str | Sequence[str],
    out: Path | str,
    *,
    degrade: str = PROGRAMMATIC,
    n: int = 500,
    mix: Mapping[str, float] | None = None,
    kinds: Sequence[str] | None = None,
    steps: tuple[int, int] = (4, 8),
    per_problem: int = 1,
    seed: int = 0,
) -> OdPairs:
    """Make pairs from generated problems, whose worse side has a known flaw.

    Solutions are computed step by step and degraded by rule; every side is read back from its text
    and checked by recomputation. Next to `out`, a manifest (``….manifest.json``) and a run folder
    (``….run``) are written. The same settings give identical files.

    Args:
        problems: families of problems, as a list or separated by commas: ``arithmetic``,
            ``words``, ``traces``.
        out: the file of pairs, JSONL.
        degrade: how to degrade solutions; only ``programmatic`` (by rule).
        n: number of pairs.
        mix: the proportions of ``strong`` (optimized over degraded), ``optimized`` (over initial)
            and ``degraded`` (initial over it); default 2, 1 and 1. (Traces alone have no
            ``optimized`` pairs.)
        kinds: the kinds of degradation; default all.
        steps: the smallest and the largest number of computed steps in a solution.
        per_problem: pairs per problem.
        seed: for all random draws.

    Raises:
        UsageError: a setting or the output can't be used, or the folder beside it holds a run with
            other settings.
    """
    output = Path(out).expanduser()
    if degrade != PROGRAMMATIC:
        raise UnknownNameError("way to degrade", degrade, [PROGRAMMATIC])
    if output.is_dir():
        raise UsageError(f"--output {output} is a folder: name a file in it")
    named = problems.split(",") if isinstance(problems, str) else problems
    families = tuple(dict.fromkeys(family.strip() for family in named))
    made = [member(Degradation, name, "kind of degradation") for name in kinds or Degradation]
    settings = Settings(
        families=families,
        count=n,
        mix=_mix(mix, families),
        kinds=tuple(dict.fromkeys(made)),
        steps=steps,
        per_problem=per_problem,
        seed=seed,
    )
    pairs = programmatic_pairs(settings)
    data = Data(
        name=SOURCE,
        version=VERSION,
        sha256=codec.sha256_records(pairs),
        count=len(pairs),
        total=len(pairs),
    )
    record = new_record(
        RunKind.PAIRS, output.stem, data, config=_config(settings, degrade), seed=seed
    )
    with open_run(run_folder(output), record) as run:
        relations = Counter(pair.relation.value for pair in pairs)
        done = dataclasses.replace(
            run.record,
            counts={"pairs": len(pairs)},
            wall_s=run.wall_s,
            complete=True,
        )
        counts = {f"relation_{name}": count for name, count in sorted(relations.items())}
        longer = sum(len(pair.chosen) > len(pair.rejected) for pair in pairs)
        counts |= {"chosen_longer": longer, "chosen_shorter": len(pairs) - longer}
        manifest = write_pair_file(output, pairs, done, counts=counts)
        run.finish(done)
    return OdPairs(path=output, pairs=pairs, manifest=manifest)


def _mix(mix: Mapping[str, float] | None, families: Sequence[str]) -> dict[Relation, float]:
    if mix is None and ORDERED.issuperset(families):
        return {
            relation: part
            for relation, part in DEFAULT_MIX.items()
            if relation is not Relation.OPTIMIZED_OVER_INITIAL
        }
    return read_mix(mix)


def read_mix(mix: Mapping[str, float] | None) -> dict[Relation, float]:
    """The proportions of the kinds of pair by their names; the default ones where not given.

    Raises:
        UnknownNameError: no such kind of pair.
        UsageError: they add up to nothing, or one is below 0.
    """
    if mix is None:
        return dict(DEFAULT_MIX)
    for name in mix:
        if name not in KINDS_OF_PAIR:
            raise UnknownNameError("kind of pair", name, KINDS_OF_PAIR)
    if not sum(mix.values()) > 0 or min(mix.values()) < 0:
        raise UsageError(
            "--mix must name at least one kind of pair, and no proportion may be below 0"
        )
    return {KINDS_OF_PAIR[name]: part for name, part in mix.items() if part}


def _config(settings: Settings, degrade: str) -> dict[str, JsonValue]:
    names = {relation: name for name, relation in KINDS_OF_PAIR.items()}
    return {
        "degrade": degrade,
        "problems": list(settings.families),
        "n": settings.count,
        "mix": {names[relation]: part for relation, part in settings.mix.items()},
        "kinds": [kind.value for kind in settings.kinds],
        "steps": list(settings.steps),
        "per_problem": settings.per_problem,
        "seed": settings.seed,
    }
