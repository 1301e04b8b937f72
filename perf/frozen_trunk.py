"""One epoch of a head on a frozen trunk, ours against TRL's RewardTrainer, on the same pairs.

    python perf/frozen_trunk.py [--base smollm2] [--pairs 32] [--rounds 3]

TRL's trainer has the trunk's weights held fixed, and reads every text in every epoch; ours reads
each once, keeps what the head needs, and trains on that. Prints Markdown: pairs/s of the first
epoch (texts are read), of a later one, and of TRL; the losses' largest difference; what the cache
takes.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

from lcbrb.api.build_od_pairs import build_od_pairs
from lcbrb.protocols.progress import SILENT
from lcbrb.rewards.forward.options import ModelOptions
from lcbrb.training.reward_model.base_model import load_base
from lcbrb.training.reward_model.frozen.fit import fit_head
from lcbrb.training.reward_model.frozen.states import states_of
from lcbrb.training.reward_model.settings import RewardSettings
from lcbrb.training.reward_model.tokenised import tokenise
from lcbrb.training.reward_model.trl_trainer import train_with_trl
from lcbrb.training.supervised import Job
from lcbrb.training.tokenised import Tokenised


def main() -> None:
    """Measure both, in turns."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--base", default="smollm2")
    parser.add_argument("--pairs", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    settings = RewardSettings(trunk="full", epochs=1, batch_size=16, micro_batch=8, held_out=0.0)
    settings = dataclasses.replace(settings, learning_rate=1e-3)
    first, later, theirs, apart = [], [], [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        made = build_od_pairs(["arithmetic", "words"], root / "od.jsonl", n=given.pairs)
        base = load_base(given.base, ModelOptions())
        tokens = tokenise(base.tokenizer, made.pairs, 4096, settings)
        for number in range(given.rounds):
            began = time.perf_counter()
            states, account = states_of(base, tokens.rows, root / f"cache-{number}")
            base.draw_head(0)
            own = fit_head(base.head, base.scores, states, None, settings, 0)
            first.append(given.pairs / (time.perf_counter() - began))
            began = time.perf_counter()
            base.draw_head(0)
            states, _ = states_of(base, tokens.rows, root / f"cache-{number}")
            fit_head(base.head, base.scores, states, None, settings, 0)
            later.append(given.pairs / (time.perf_counter() - began))
            kept = {id(weight) for weight in base.head.parameters()}
            for weight in base.model.parameters():
                weight.requires_grad_(id(weight) in kept)
            job = Job(
                train=tokens,
                held_out=Tokenised(),
                settings=settings,
                seed=0,
                folder=root / f"trl-{number}",
                on_step=lambda _: None,
                progress=SILENT,
                counts=Counter(),
            )
            import lcbrb.training.reward_model.trl_classes  # noqa: F401 - half a minute that is no training

            began = time.perf_counter()
            _, trl = train_with_trl(base, job)
            theirs.append(given.pairs / (time.perf_counter() - began))
            pairs = zip(own.steps, trl.steps, strict=True)
            apart = max(apart, *(abs(one.loss - two.loss) for one, two in pairs))
    print("| | pairs/s, median (least-most) |\n|---|---|")
    for name, rates in (("first epoch", first), ("a later epoch", later), ("TRL", theirs)):
        print(f"| {name} | {statistics.median(rates):.2f} ({min(rates):.2f}-{max(rates):.2f}) |")
    size = account.row_bytes * account.sequences
    print(
        f"\nlosses apart by {apart:.1e} at most; {account.tokens} tokens in {account.sequences} "
        f"texts take {size} bytes, {size / account.tokens:.1f} a token"
    )


if __name__ == "__main__":
    main()
