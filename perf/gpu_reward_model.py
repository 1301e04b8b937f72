"""LoRA of a 1.5B reward model on one GPU: tokens/s, and the share of its matrix rate.

    python perf/gpu_reward_model.py --wheels DIR     # on the GPU, without any network
    python perf/gpu_reward_model.py --tiny           # anywhere, a minute

Qwen2.5-1.5B's shape with random weights and a scalar head goes through `train_with_trl`, as `lcbrb
train reward-model --trunk lora` sends it (rank 16 on all linear layers, the head whole, bf16,
gradient checkpointing): Bradley-Terry on made-up pairs of about 1k tokens a side.

DIR holds wheels of what the machine lacks (Python 3.12, manylinux x86-64): those of gpu_scoring.py,
trl 1.16.0, datasets 5.2.0, dill 0.4.1, multiprocess 0.70.19, and where they are missing there
pyarrow, pandas and xxhash.

`useful` is the share of the rate of a large bf16 product, measured in the same call:
(4 x weights outside the embedding x tokens + 8 x layers x width x sum of squared lengths / 2) /
seconds / rate. It counts the forward pass and the gradient of activations; weights that are not
trained have none, and what checkpointing computes again is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from gpu_scoring import ROOT, TINY, install, made_pairs, matrix_rate

SHAPE = {
    "hidden_size": 1536, "num_hidden_layers": 28, "num_attention_heads": 12,
    "num_key_value_heads": 2, "intermediate_size": 8960, "vocab_size": 151936,
}  # fmt: skip


def made_words() -> Any:
    """A tokenizer that the trainer can copy; nothing is tokenised with it."""
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.WordLevel({f"t{i}": i for i in range(4096)}, unk_token="t0"))  # noqa: S106 - no secrets
    return PreTrainedTokenizerFast(tokenizer_object=core, pad_token="t0", eos_token="t1")  # noqa: S106


def made_base(shape: dict[str, int], device: str, dtype: str) -> Any:
    """The base with a new head, without any file."""
    import torch
    from gpu_scoring import made_model

    from lcbrb import models
    from lcbrb.rewards.forward import heads
    from lcbrb.rewards.forward.options import ModelOptions
    from lcbrb.training.reward_model.base_model import HeadedModel

    model = made_model(shape, getattr(torch, dtype), device)
    return HeadedModel(
        id="made up",
        weights=models.Weights(name="made up", path="", revision="0", arguments={}),
        options=ModelOptions(dtype=dtype, device=device),
        given=heads.Head(model=model, reads=heads.Reads.STATES, labels=1),
        its_tokenizer=made_words(),
        head_name="score",
        fresh=True,
    )


def made_job(sides: list[list[int]], folder: Path, steps: int, micro: int, device: str) -> Any:
    """Pairs of made-up ids, trained on once."""
    from lcbrb.pair_identity import make_pair
    from lcbrb.protocols.progress import SILENT
    from lcbrb.rewards.forward.batching import Tokens
    from lcbrb.training.reward_model.settings import RewardSettings
    from lcbrb.training.reward_model.tokenised import TokenPair
    from lcbrb.training.supervised import Job
    from lcbrb.training.tokenised import Tokenised
    from lcbrb.types import Provenance, Relation

    pairs = []
    for number in range(0, len(sides), 2):
        pair = make_pair(
            problem_id=f"p{number}", prompt=f"{number}", chosen="a", rejected="b",
            relation=Relation.GIVEN, provenance=Provenance(source="made up"),
        )  # fmt: skip
        both = (Tokens([*side[:-1], 7], []) for side in sides[number : number + 2])
        pairs.append(TokenPair(pair, *both, 0.0, (1.0, 0.0)))
    batch = len(pairs) // steps
    settings = RewardSettings(
        trunk="lora", epochs=1, batch_size=batch, micro_batch=micro, held_out=0.0, device=device
    )
    clock: list[float] = []
    job = Job(
        train=Tokenised(rows=pairs),
        held_out=Tokenised(),
        settings=settings,
        seed=0,
        folder=folder,
        on_step=lambda _: clock.append(time.perf_counter()),
        progress=SILENT,
    )
    return job, clock


def main() -> None:
    """Train, and say how fast."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--tiny", action="store_true", help="a small model, to try the script")
    parser.add_argument("--wheels", type=Path, help="a folder of wheels to use")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--pairs-a-step", type=int, default=16)
    parser.add_argument("--micro", type=int, default=4, help="pairs that go through at once")
    asked = parser.parse_args()
    if asked.wheels:
        install(asked.wheels)
    sys.path.insert(0, str(ROOT))
    import torch

    cuda = torch.cuda.is_available()
    if not cuda and not asked.tiny:
        raise SystemExit("no GPU here: try the script with --tiny")
    device = "cuda" if cuda else "cpu"
    shape = TINY if asked.tiny else SHAPE
    shortest, longest = (40, 64) if asked.tiny else (896, 1152)
    large, times = (256, 3) if asked.tiny else (8192, 20)
    rate = matrix_rate(large, large, large, device, times)
    base = made_base(shape, device, "bfloat16" if cuda else "float32")
    weights = sum(p.numel() for p in base.model.parameters())
    weights -= base.model.get_input_embeddings().weight.numel()
    vocabulary = min(4096, shape["vocab_size"])
    sides = made_pairs(asked.steps * asked.pairs_a_step, shortest, longest, vocabulary)

    from lcbrb.training.reward_model.trl_trainer import train_with_trl

    with tempfile.TemporaryDirectory() as folder:
        job, clock = made_job(sides, Path(folder), asked.steps, asked.micro, device)
        _, done = train_with_trl(base, job)
    told = clock[: len(done.steps)]  # a step is told when the next one is logged
    seconds = (told[-2] - told[0]) / (len(told) - 2)  # the first one warms up, the last one saves
    tokens = sum(map(len, sides)) / asked.steps
    squares = sum(len(side) ** 2 for side in sides) / asked.steps
    attention = 8 * shape["num_hidden_layers"] * shape["hidden_size"] * squares / 2
    useful = (4 * weights * tokens + attention) / seconds / rate
    peak = torch.cuda.max_memory_allocated() / 2**30 if cuda else 0.0
    found = {
        "rate": rate, "seconds_a_step": seconds, "tokens_per_s": tokens / seconds,
        "pairs_per_s": asked.pairs_a_step / seconds, "useful": useful, "peak_gib": peak,
        "losses": [step.loss for step in done.steps], "tiny": asked.tiny,
    }  # fmt: skip
    print(f"matrix rate {rate / 1e12:.1f} TFLOP/s\n")
    print("| s/step | pairs/s | tokens/s | useful | GiB |\n|---|---|---|---|---|")
    print(
        f"| {seconds:.2f} | {found['pairs_per_s']:.2f} | {found['tokens_per_s']:,.0f} "
        f"| {useful:.1%} | {peak:.1f} |"
    )
    if out := os.environ.get("OUT"):
        (Path(out) / "gpu_reward_model.json").write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
