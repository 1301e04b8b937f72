"""Pairs a second: this project's scoring beside the usual tools' batching, in one process.

    python perf/scoring.py [--cache DIR] [--pairs 16] [--groups 4] [--whole]

The model: SmolLM2-135M with a seeded random scalar head, float32, on the CPU; one loaded model for
both sides. The usual batching is that of RewardBench's scripts: eight pairs at a time in file
order, the chosen texts as one padded batch, the rejected ones as another. Both sides take the same
chunks in turns, the first in every other chunk, so that a busy moment hits both.

Beside every figure stand the tokens: padded (what the usual batches compute), real, after sharing
(each distinct prefix once), computed (what ours put through the model). Scores must agree within
1e-4 of their scale or the script fails.

`LCBRB_DATA` must be set. The model, the LiveCodeBench pairs and the sampled replies are made on the
first call and kept in the cache. `--whole` also counts (and only counts) the tokens of whole sets.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from lcbrb import codec, models
from lcbrb.protocols.reward import Item
from lcbrb.registry import parse_spec
from lcbrb.rewards import reward_model
from lcbrb.rewards.forward import accounting, trees
from lcbrb.rewards.kinds.classifier import Classifier
from lcbrb.rewards.pair_scores import PairScores
from lcbrb.rewards.pair_sides import sides_of
from lcbrb.sources.pairs.by_name import open_pairs
from lcbrb.types import Completion, PreferencePair

BATCH = accounting.NAIVE_BATCH
CLOSE = 1e-4
LCB = "judged/livecodebench"
QWEN = "qwen2.5*.jsonl.gz?model=qwen2.5-7b-instruct"

Chunk = list[list[Item]]  # the usual passes: each a batch that is padded


@dataclass(kw_only=True)
class Timed:
    """What one side took, and the scores that it gave."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    scores: list[float] = field(default_factory=list)


# ------------------------------------------------------------------------------------ inputs


def saved_model(cache: Path) -> Path:
    """SmolLM2's body with a random head of seed 0, as a folder."""
    folder = cache / "model"
    if not (folder / "config.json").exists():
        import torch
        from transformers import AutoModelForSequenceClassification, LlamaConfig

        weights = models.locate(models.SMOLLM2)
        whole = models.load_causal(weights, "float32", "cpu")
        plain = whole.config.to_dict()
        plain.pop("quantization_config", None)
        config = LlamaConfig.from_dict({**plain, "num_labels": 1, "id2label": {"0": "reward"}})
        torch.manual_seed(0)
        made = AutoModelForSequenceClassification.from_config(config)
        made.base_model.load_state_dict(whole.base_model.state_dict())
        made.save_pretrained(folder)
        models.load_tokenizer(weights).save_pretrained(folder)
    return folder


def lcbrb(*arguments: str) -> None:
    """Run a command of the project; its output goes to stderr."""
    command = [sys.executable, "-c", "from lcbrb.cli.main import entry; entry()", *arguments]
    subprocess.run(command, check=True, stdout=sys.stderr)


def lcb_pairs(cache: Path) -> Sequence[PreferencePair]:
    """Pairs of the recorded LiveCodeBench completions, by their recorded verdicts."""
    path = cache / "lcb" / "pairs.jsonl"
    if not path.exists():
        data = Path(os.environ["LCBRB_DATA"]) / LCB
        policies = [f"replay:{data}/o1-mini.jsonl.gz", f"replay:{data}/{QWEN}"]
        options = [word for policy in policies for word in ("--policy", policy)]
        source = ["--problems", "livecodebench", "--verdicts", "recorded"]
        lcbrb("pairs", "build", *source, *options, "-o", str(path))
    return open_pairs(str(path)).pairs


def rm_bench() -> Sequence[PreferencePair]:
    """RM-Bench's code part, the i-th chosen with the i-th rejected text."""
    pairs = open_pairs("rm-bench:code").pairs
    rows = defaultdict(list)
    for pair in pairs:
        rows[pair.problem_id].append(pair)
    assert all(len(row) == 9 for row in rows.values())  # noqa: PLR2004 - three by three
    return [row[i] for row in rows.values() for i in (0, 4, 8)]


def sampled_groups(cache: Path, count: int) -> list[list[Item]]:
    """Eight replies each to some LiveCodeBench problems: four recorded ones, four by SmolLM2."""
    from evaluators import benchmark
    from lcbrb.policies import replay

    folder = cache / "groups"
    made = list(folder.rglob("completions.jsonl"))
    if not made:
        options = ["--limit", "6", "-n", "4", "--config", "max_tokens=192", "--out", str(folder)]
        lcbrb("bench", "--policy", "smollm2", "--benchmark", "livecodebench", *options)
        made = list(folder.rglob("completions.jsonl"))
    own = defaultdict(list)
    for one in codec.read_records(Completion, made[0]):
        own[one.problem_id].append(one.text)
    bench = benchmark("livecodebench")
    problems = {one.id: one for one in bench.load() if one.id in own}
    recorded = defaultdict(list)
    recordings = Path(os.environ["LCBRB_DATA"]) / LCB
    policy = replay.from_spec(parse_spec(f"replay:{recordings}"))
    for one in policy.replay(list(problems.values())).completions:
        recorded[one.problem_id].append(one.text)
    return [
        [Item(prompt=problem.prompt, response=text) for text in (*recorded[name], *own[name])]
        for name, problem in itertools.islice(problems.items(), count)
        if len(recorded[name]) + len(own[name]) == BATCH
    ]


def chunks_of(pairs: Sequence[PreferencePair]) -> list[Chunk]:
    """Two batches of eight pairs a chunk, each in two passes."""
    chunks = []
    for at in range(0, len(pairs), 2 * BATCH):
        passes: Chunk = []
        for start in range(at, min(at + 2 * BATCH, len(pairs)), BATCH):
            sides = [sides_of(pair) for pair in pairs[start : start + BATCH]]
            passes += [[good for good, _ in sides], [bad for _, bad in sides]]
        chunks.append(passes)
    return chunks


# ------------------------------------------------------------------------------- both sides


def usual(scorer: Classifier, chunk: Chunk) -> list[float]:
    """Each pass as one padded batch through the model's own forward pass."""
    import torch

    model: Any = scorer.model  # one loaded model for both sides
    tokenizer: Any = scorer.tokenizer  # the one that goes with it
    scores: list[float] = []
    for batch in chunk:
        texts = [
            tokenizer.apply_chat_template(
                [
                    {"role": "user", "content": item.prompt},
                    {"role": "assistant", "content": item.response},
                ],
                tokenize=False,
            )
            for item in batch
        ]
        inputs = tokenizer(
            texts,
            add_special_tokens=False,
            padding=True,
            padding_side="right",
            return_tensors="pt",
        )
        with torch.no_grad():
            scores += model(**inputs).logits[:, 0].tolist()
    return scores


def ours(model: Classifier, chunk: Chunk) -> list[float]:
    """The same texts as a reward model of this project is given them: each once."""
    items = list(dict.fromkeys(item for batch in chunk for item in batch))
    scores = dict(zip(items, model.score(items), strict=True))
    return [scores[item] for batch in chunk for item in batch]


def timed(side: Timed, work: Callable[[], list[float]]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    side.scores += work()
    side.wall_s += time.perf_counter() - wall
    side.cpu_s += time.process_time() - cpu


def padded_tokens(model: Classifier, chunks: Sequence[Chunk]) -> int:
    batches = [batch for chunk in chunks for batch in chunk]
    return sum(len(batch) * max(model.prepare(batch).lengths) for batch in batches)


def measure(model: Classifier, name: str, chunks: Sequence[Chunk], units: int) -> None:
    """One row of the table; `units` are the pairs (or samples) in it."""
    theirs, mine = Timed(), Timed()
    ratios = []
    with accounting.tallying() as tally:
        for number, chunk in enumerate(chunks):
            before = (theirs.wall_s, mine.wall_s)
            turns = [(theirs, usual), (mine, ours)]
            for side, score in turns[:: -1 if number % 2 else 1]:
                timed(side, partial(score, model, chunk))
            ratios.append((theirs.wall_s - before[0]) / (mine.wall_s - before[1]))
    scale = max(1.0, *map(abs, theirs.scores))
    apart = max(abs(a - b) for a, b in zip(theirs.scores, mine.scores, strict=True))
    spent, padded = tally.tokens, padded_tokens(model, chunks)
    cells = [
        f"{name} ({units})",
        f"{units / theirs.wall_s:.3f}",
        f"{units / mine.wall_s:.3f}",
        f"**{theirs.wall_s / mine.wall_s:.2f}x** [{min(ratios):.2f}, {max(ratios):.2f}]",
        f"{theirs.cpu_s / mine.cpu_s:.2f}x",
        f"{padded:,}",
        f"{spent['tokens_real']:,}",
        f"{spent['tokens_shared']:,}",
        f"{spent['tokens_computed']:,}",
        f"{padded / spent['tokens_computed']:.2f}x",
        f"{apart:.1e} of {scale:.1f}",
    ]
    print("| " + " | ".join(cells) + " |", flush=True)
    if apart > CLOSE * scale:
        raise SystemExit(f"{name}: scores differ by {apart}")


def count_whole(model: Classifier, name: str, pairs: Sequence[PreferencePair]) -> None:
    """Tokens of a whole set, as an evaluation would go through it: nothing is computed."""
    lengths: dict[Item, int] = {}
    shared = 0
    for portion in PairScores.portions(pairs):
        items = list(dict.fromkeys(item for pair in portion for item in sides_of(pair)))
        prepared = model.prepare(items)
        lengths.update(zip(items, prepared.lengths, strict=True))
        arranged = trees.arrange(prepared.inputs["input_ids"])
        shared += sum(arranged.lengths) - sum(arranged.shared)
    sides = [(lengths[a], lengths[b]) for a, b in map(sides_of, pairs)]
    padded, real = accounting.naive_tokens(sides), sum(map(sum, sides))
    cells = [f"{name} ({len(pairs)})", f"{padded:,}", f"{real:,}", f"{shared:,}"]
    print("| " + " | ".join([*cells, f"{padded / shared:.2f}x"]) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--cache", type=Path, default=Path("build/scoring"))
    parser.add_argument("--pairs", type=int, default=16, help="of each set of pairs")
    parser.add_argument("--groups", type=int, default=4, help="of eight samples")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default="", help="sets with this in their name")
    parser.add_argument("--whole", action="store_true", help="count the tokens of whole sets too")
    asked = parser.parse_args()
    import torch

    torch.set_num_threads(asked.threads)
    model = reward_model(f"hf:{saved_model(asked.cache)}?truncation=left")
    assert isinstance(model, Classifier)
    model.load()
    sets = {
        "PRMBench pairs": open_pairs("prmbench").pairs,
        "LCB pairs": lcb_pairs(asked.cache),
        "RM-Bench code, i-th with i-th": rm_bench(),
    }
    groups = sampled_groups(asked.cache, asked.groups)
    warm = chunks_of(sets["PRMBench pairs"][:2])[0]
    usual(model, warm)
    ours(model, warm)
    print(
        "| set (n) | usual, /s | ours, /s | ratio [chunks] | of CPU | padded | real "
        "| shared | computed | tokens | largest difference |"
    )
    print("|" + "---|" * 11)
    for name, pairs in sets.items():
        some = pairs[: asked.pairs]
        if asked.only in name:
            measure(model, name, chunks_of(some), len(some))
    if asked.only in (name := "groups of 8 samples"):
        measure(model, name, [[group] for group in groups], BATCH * len(groups))
    if asked.whole:
        print("\n| whole set (pairs) | padded | real | shared, portions of 32 | tokens |")
        print("|" + "---|" * 5)
        for name, pairs in sets.items():
            count_whole(model, name, pairs)


if __name__ == "__main__":
    main()
