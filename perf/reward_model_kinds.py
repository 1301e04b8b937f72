"""A table of all reward-model kinds that run without a hub, on five sets of pairs.

    python perf/reward_model_kinds.py --out DIR [--limit 12] [--dtype bfloat16] [--lcb pairs.jsonl]

Of each set, --limit problems are drawn, and one pair of each; the baselines are run on all pairs
too. Scores are kept in run folders below --out: stop it anywhere, start the same command again.
Printed as Markdown: a table of accuracies, then each set's audit. What is measured with `smollm2`
(135M parameters) shows that each kind runs and what the audit says of it; it ranks no kind. Three
of the models are made for this table:

- `hf:` has smollm2's body and a scalar head of seeded random weights: an untrained reward model;
- `dpo:` takes smollm2 for the policy and smollm2 without its last six layers for the reference;
- `judge:` is asked in few words as a base model, since 135M parameters follow no instruction.

LCB pairs come from `lcbrb pairs build` (see RESULTS.md); without --lcb they are left out.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from lcbrb import models
from lcbrb.errors import LcbrbError
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards import reward_model
from lcbrb.rewards.evaluation import Evaluated, evaluate
from lcbrb.rewards.metrics.position import FIRST_PLACE, ORDER_CHANGES
from lcbrb.rewards.metrics.report import Report, report
from lcbrb.rewards.selection import Selection
from lcbrb.sources.pairs.by_name import open_pairs
from lcbrb.stats.estimate_text import interval
from lcbrb.types import PreferencePair

SETS = {
    "mini": "mini",
    "RM-Bench code": "rm-bench:code",
    "PRMBench": "prmbench",
    "LLMBar": "llmbar",
}
BASELINES = ("random", "length", "format")
REFERENCE_LAYERS = 24
SEED = 0


def specs(folder: Path, dtype: str, kinds: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Name in the table and spec, of the kinds wanted (all without); models are made on the way."""
    how = f"dtype={dtype}&flips=0"
    likelihood = f"likelihood:smollm2?{how}"
    made_up = {
        "random": lambda: ("random", "random"),
        "length": lambda: ("length", "length"),
        "format": lambda: ("format", "format"),
        "likelihood": lambda: ("likelihood", likelihood),
        "prm": lambda: ("prm (min over steps)", f"prm:likelihood:smollm2?aggregate=min&{how}"),
        "dpo": lambda: ("dpo", f"dpo:smollm2+{reference(folder)}?{how}"),
        "hf": lambda: ("hf (untrained head)", f"hf:{untrained(folder)}?{how}"),
        "ensemble": lambda: (
            "ensemble (vote: likelihood, format, length)",
            f"ensemble:({likelihood})|(format)|(length)?combine=vote",
        ),
        "judge": lambda: (
            "judge (brief, raw)",
            f"judge:smollm2?template=brief&form=raw&max_tokens=4&dtype={dtype}",
        ),
    }
    for kind, make in made_up.items():
        if not kinds or kind in kinds:
            yield make()


def untrained(folder: Path) -> Path:
    """smollm2 under a scalar head of random weights."""

    def make() -> object:
        import torch
        from transformers import AutoModelForSequenceClassification

        base, config = body(id2label={0: "reward"}, label2id={"reward": 0})
        model = AutoModelForSequenceClassification.from_config(config)
        model.model.load_state_dict(base.model.state_dict())
        draw = torch.Generator().manual_seed(SEED)
        torch.nn.init.normal_(model.score.weight, std=0.05, generator=draw)
        return model

    return made(folder / "untrained", make)


def reference(folder: Path) -> Path:
    """smollm2 without its last layers."""

    def make() -> object:
        from transformers import AutoModelForCausalLM

        base, config = body(num_hidden_layers=REFERENCE_LAYERS)
        model = AutoModelForCausalLM.from_config(config)
        kept = model.state_dict().keys()
        model.load_state_dict({k: v for k, v in base.state_dict().items() if k in kept})
        return model

    return made(folder / "reference", make)


def body(**fields: object) -> tuple[object, object]:
    """smollm2, and a plain config like its own but for some fields."""
    base = models.load_causal(models.locate("smollm2"), "float32", "cpu")
    plain = {k: v for k, v in base.config.to_dict().items() if k != "quantization_config"}
    if "num_hidden_layers" in fields:
        plain.pop("layer_types", None)
    config = base.config.__class__(**{**plain, **fields})
    config.pad_token_id = config.eos_token_id
    return base, config


def made(folder: Path, make: Callable[[], object]) -> Path:
    """A folder that holds a model and smollm2's tokenizer; made where it is not there."""
    if not (folder / "config.json").exists():
        part = folder.with_name(f".{folder.name}.{os.getpid()}")
        make().save_pretrained(part)
        models.load_tokenizer(models.locate("smollm2")).save_pretrained(part)
        part.rename(folder)
    return folder


def sets(lcb: Path | None) -> Iterator[tuple[str, PairSet]]:
    """Name and pairs."""
    for name, text in SETS.items():
        yield name, open_pairs(text)
    if lcb is not None:
        yield "LCB", open_pairs(str(lcb))


def one_a_problem(pairs: Sequence[PreferencePair], most: int) -> list[PreferencePair]:
    """Seeded problems, and a seeded pair of each: the most problems for the time."""
    draw = random.Random(SEED)
    problems: dict[str, list[PreferencePair]] = {}
    for pair in pairs:
        problems.setdefault(pair.problem_id, []).append(pair)
    names = sorted(problems)
    draw.shuffle(names)
    return [draw.choice(problems[name]) for name in names[:most]]


def measured(given: argparse.Namespace) -> tuple[dict[str, Report], dict[str, str]]:
    """A report a set; model by model, so that each is loaded once."""
    given.out.mkdir(parents=True, exist_ok=True)
    chosen = {}
    for name, whole in sets(given.lcb):
        if given.sets and name not in given.sets:
            continue
        drawn = one_a_problem(whole.pairs, given.limit)
        selection = Selection(limit=given.limit, seed=SEED, total=len(whole.pairs))
        chosen[name] = dataclasses.replace(whole, pairs=drawn), selection
    done: dict[str, list[Evaluated]] = {name: [] for name in chosen}
    names: dict[str, str] = {}
    for label, spec in specs(given.out.resolve(), given.dtype, given.kinds or ()):
        model = reward_model(spec)
        names[model.id] = label
        for name, (pair_set, selection) in chosen.items():
            began = time.perf_counter()
            folder = given.out / name.replace(" ", "-")
            try:
                done[name].append(evaluate(model, pair_set, selection, folder))
            except LcbrbError as error:
                print(f"{label} on {name}: {error}", file=sys.stderr)
                continue
            took = time.perf_counter() - began
            print(f"{label} on {name}: {took:.1f} s", file=sys.stderr, flush=True)
        del model
    return {name: report(*chosen[name], found) for name, found in done.items()}, names


def on_all(given: argparse.Namespace) -> tuple[dict[str, Report], dict[str, str]]:
    """The baselines on all pairs of each set."""
    reports = {}
    for name, whole in sets(given.lcb):
        if not given.sets or name in given.sets:
            selection = Selection(total=len(whole.pairs))
            folder = given.out / f"all-{name.replace(' ', '-')}"
            done = [evaluate(reward_model(one), whole, selection, folder) for one in BASELINES]
            reports[name] = report(whole, selection, done)
    return reports, {name: name for name in BASELINES}


percent = partial(interval, unit="")


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def head(*cells: str) -> str:
    return f"{row(*cells)}\n|{'---|' * len(cells)}"


def accuracies(reports: dict[str, Report], names: dict[str, str]) -> Iterator[str]:
    """A row a kind, a column a set: accuracy, interval, letters."""
    sizes = []
    for name, one in reports.items():
        whole = one.ranked[0].audit.accuracy
        sizes.append(f"{name}, {whole.n} / {whole.clusters}")
    yield head("kind (pairs / problems:)", *sizes)
    found = {
        (name, one.record.subject): f"{percent(one.audit.accuracy)} {group.letters}"
        for name, given in reports.items()
        for one, group in zip(given.ranked, given.groups, strict=True)
    }
    for model, label in names.items():
        yield row(label, *(found.get((name, model), "-") for name in reports))


AUDIT = (
    "kind",
    "equal length",
    "chosen longer",
    "chosen shorter",
    "prefers longer",
    "ECE (by chance)",
    "order changes it",
    "first place",
)


def audits(given: Report, names: dict[str, str]) -> Iterator[str]:
    yield head(*AUDIT)
    for one in given.ranked:
        audit = one.audit
        mark = "*" if audit.length and audit.length.extrapolated else ""
        calibration = "-"
        if audit.calibration is not None:
            by_chance = f"{100 * audit.calibration.ece_by_chance:.1f}"
            calibration = f"{percent(audit.calibration.ece)} ({by_chance})"
        yield row(
            names[one.record.subject],
            percent(audit.length.equal if audit.length else None) + mark,
            percent(audit.by_sign.get("chosen longer")),
            percent(audit.by_sign.get("chosen shorter")),
            percent(audit.prefers_longer),
            calibration,
            percent(audit.position.get(ORDER_CHANGES)),
            percent(audit.position.get(FIRST_PLACE)),
        )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=12, help="pairs a set, one a problem")
    parser.add_argument("--dtype", default="bfloat16")
    parser.add_argument("--lcb", type=Path, help="pairs of LiveCodeBench, as `pairs build` writes")
    parser.add_argument("--sets", nargs="*", help=f"of {', '.join(SETS)}, LCB")
    parser.add_argument("--kinds", nargs="*", help="of those above")
    given = parser.parse_args(arguments)
    began = time.perf_counter()
    show(*measured(given))
    print(f"\n{given.limit} pairs a set, one a problem, {given.dtype}\n\nAll pairs\n")
    show(*on_all(given))
    print(f"\n{time.perf_counter() - began:.0f} s", file=sys.stderr)


def show(reports: dict[str, Report], names: dict[str, str]) -> None:
    reports = {name: one for name, one in reports.items() if one.ranked}
    print(*accuracies(reports, names), sep="\n")
    for name, one in reports.items():
        print(f"\n{name}\n")
        print(*audits(one, names), sep="\n")


if __name__ == "__main__":
    main()
