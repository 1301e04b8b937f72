"""Scoring with a 7B reward model on one GPU: pairs/s, tokens/s, and the share of its matrix rate.

    python perf/gpu_scoring.py --wheels DIR     # on the GPU, without any network
    python perf/gpu_scoring.py --tiny           # anywhere, a few seconds

Qwen2.5-7B's shape with random bf16 weights and a scalar head, made on the device; pairs are made-up
ids of 1k to 4k tokens a side that begin with the same prompt. They go through `hidden_at`, as
`Classifier.score_prepared` sends them: by FlexAttention, by paths, and in padded batches.

DIR holds wheels of what the machine lacks (Python 3.12, manylinux x86-64): pydantic 2.14.3,
pydantic_core 2.50.4, annotated-types 0.8.0, typing_extensions 4.16.0, typing-inspection 0.4.5;
2.8 MB together. Without --wheels they must be installed.

`useful` is the share of the rate of a large bf16 product, measured in the same call:
(2 x weights outside the embedding x tokens after sharing + 4 x layers x heads x head size x
(query, key) pairs that are visible) / seconds / rate, with a shared prefix counted once, padding
and repeats never. The target is on it. `computed` takes all tokens that went through the layers in
the first term, and leaves attention out.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = 0.6
SHAPE = {
    "hidden_size": 3584, "num_hidden_layers": 28, "num_attention_heads": 28,
    "num_key_value_heads": 4, "intermediate_size": 18944, "vocab_size": 152064,
}  # fmt: skip
TINY = {
    "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "intermediate_size": 128, "vocab_size": 512,
}  # fmt: skip


def install(wheels: Path) -> None:
    """Wheels into a folder of their own, ahead of what is installed."""
    files = sorted(map(str, wheels.glob("*.whl")))
    if not files:
        raise SystemExit(f"no wheels in {wheels}: the docstring names those that are needed")
    target = tempfile.mkdtemp(prefix="wheels-")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--target", target, *files], check=True)
    sys.path.insert(0, target)


def made_model(shape: dict[str, int], dtype: Any, device: str) -> Any:
    import torch
    from transformers import AutoModelForSequenceClassification, Qwen2Config

    config = Qwen2Config(**shape, num_labels=1, pad_token_id=0, max_position_embeddings=32768)
    torch.manual_seed(0)
    with torch.device(device):
        model = AutoModelForSequenceClassification.from_config(config, dtype=dtype)
    return model.eval()


def made_pairs(count: int, shortest: int, longest: int, vocabulary: int) -> list[list[int]]:
    """Both sides of each pair, one after the other; a third of the shortest is the prompt."""
    draw = random.Random(0)
    sides = []
    for _ in range(count):
        lengths = [draw.randint(shortest, longest) for _ in range(2)]
        prompt = [draw.randrange(1, vocabulary) for _ in range(min(lengths) // 3)]
        for length in lengths:
            rest = [draw.randrange(1, vocabulary) for _ in range(length - len(prompt))]
            sides.append(prompt + rest)
    return sides


def sync() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()


def matrix_rate(rows: int, inner: int, columns: int, device: str, times: int) -> float:
    """Operations a second of a bf16 product."""
    import torch

    left = torch.randn(rows, inner, device=device, dtype=torch.bfloat16)
    right = torch.randn(inner, columns, device=device, dtype=torch.bfloat16)
    for _ in range(3):
        left @ right
    sync()
    begun = time.perf_counter()
    for _ in range(times):
        left @ right
    sync()
    return 2.0 * rows * inner * columns * times / (time.perf_counter() - begun)


def score(model: Any, sides: list[list[int]], way: str, batch_tokens: int) -> dict[str, Any]:
    """Scores of all sides, what they took, and the way that was really gone."""
    from lcbrb.rewards.forward import accounting, hidden_states
    from lcbrb.rewards.forward.options import ModelOptions
    from lcbrb.rewards.forward.tree_attention import Attention

    hidden_states._PASSES.pop(model, None)  # noqa: SLF001 - each way is tried anew
    options = ModelOptions(attention=Attention(way), batch_tokens=batch_tokens)
    state = hidden_states.pass_of(model, options)
    last = [[len(side) - 1] for side in sides]
    sync()
    begun = time.perf_counter()
    with accounting.tallying() as tally:
        read = hidden_states.hidden_at(
            model, sides, last, options, lambda _, hidden: float(model.score(hidden)[0, 0])
        )
        scores = [number for _, number in sorted(read)]
    sync()
    seconds = time.perf_counter() - begun
    return {"scores": scores, "seconds": seconds, "way": str(state.attention), "note": state.note,
            **tally.tokens}  # fmt: skip


def apart(scores: list[float], reference: list[float]) -> float:
    """Largest difference, as a share of the reference's largest score."""
    pairs = zip(scores, reference, strict=True)
    return max(abs(a - b) for a, b in pairs) / max(map(abs, reference))


def visible(sides: list[list[int]]) -> int:
    """(query, key) pairs of all sides, with what they share counted once."""
    from lcbrb.rewards.forward import trees

    arranged = trees.arrange(sides)
    both = zip(arranged.lengths, arranged.shared, strict=True)
    return sum(n * (n + 1) // 2 - s * (s + 1) // 2 for n, s in both)


def exactness(device: str) -> dict[str, tuple[str, float]]:
    """A tiny float32 model by every way, against the same weights in float64.

    With each the way that was really gone: what is computed wrongly falls back to padded batches,
    whose scores are right, so a small difference alone says nothing of the way that was asked for.
    """
    import torch

    model = made_model(TINY, torch.float32, device)
    sides = made_pairs(4, 40, 120, TINY["vocab_size"])
    exact = score(copy.deepcopy(model).double(), sides, "padded", 1024)["scores"]
    found = {way: score(model, sides, way, 1024) for way in ("flex", "paths", "padded")}
    return {way: (row["way"], apart(row["scores"], exact)) for way, row in found.items()}


def named(row: dict[str, Any]) -> str:
    """The way that was asked for, and what was done in its place if it was."""
    name: str = row["asked"]
    if row["way"] != name:
        name += f" (fell back to {row['way']}: {row['note']})"
    if row["to_float64_way"] != row["asked"]:
        name += f" (tiny: fell back to {row['to_float64_way']})"
    return name


def conclude(rows: list[dict[str, Any]], told: dict[str, Any]) -> None:
    """Say whether the target is met, and write everything where a folder is given."""
    by_flex = rows[0]["way"] == rows[0]["to_float64_way"] == "flex"
    met = by_flex and rows[0]["useful"] >= TARGET
    print(f"\ntarget: at least {TARGET:.0%} useful by flex: {'met' if met else 'not met'}")
    if folder := os.environ.get("OUT"):
        told = {**told, "rows": rows, "met": met}
        (Path(folder) / "gpu_scoring.json").write_text(json.dumps(told, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--tiny", action="store_true", help="a small model, to try the script")
    parser.add_argument("--wheels", type=Path, help="a folder of wheels to use")
    parser.add_argument("--pairs", type=int, default=48)
    parser.add_argument("--batch-tokens", type=int, default=16384)
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
    large, times = (256, 3) if asked.tiny else (8192, 20)
    model = made_model(shape, torch.bfloat16, device)
    sizes = (6, 64, 256) if asked.tiny else (asked.pairs, 1024, 4096)
    sides = made_pairs(*sizes, shape["vocab_size"])
    subset = sides[:8]
    rate = matrix_rate(large, large, large, device, times)
    up = matrix_rate(large, shape["hidden_size"], shape["intermediate_size"], device, times)
    weights = sum(p.numel() for p in model.parameters())
    weights -= model.get_input_embeddings().weight.numel()
    attention = 4 * shape["num_hidden_layers"] * shape["hidden_size"] * visible(sides)
    exact = exactness(device)
    wide = copy.deepcopy(model).float()
    reference = score(wide, subset, "padded", 8192)["scores"]
    del wide
    print(f"matrix rate {rate / 1e12:.1f} TFLOP/s, at the model's own shape {up / 1e12:.1f}\n")
    print("| way | pairs/s | real tokens/s | computed tokens/s | useful | computed | to float32 "
          "| tiny to float64 | GiB |")  # fmt: skip
    print("|" + "---|" * 9)
    rows = []
    for way in ("flex", "paths", "padded"):
        score(model, sides, way, asked.batch_tokens)  # compiles, warms up
        if cuda:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        row = score(model, sides, way, asked.batch_tokens)
        scores, seconds = row.pop("scores"), row["seconds"]
        row["asked"] = way
        row["pairs_per_s"] = len(sides) / 2 / seconds
        row["useful"] = (2 * weights * row["tokens_shared"] + attention) / seconds / rate
        row["computed"] = 2 * weights * row["tokens_computed"] / seconds / rate
        row["to_float32"] = apart(scores[: len(subset)], reference)
        row["to_float64_way"], row["to_float64"] = exact[way]
        row["peak_gib"] = torch.cuda.max_memory_allocated() / 2**30 if cuda else 0.0
        rows.append(row)
        print(f"| {named(row)} | {row['pairs_per_s']:.2f} | {row['tokens_real'] / seconds:,.0f} "
              f"| {row['tokens_computed'] / seconds:,.0f} | {row['useful']:.1%} "
              f"| {row['computed']:.1%} | {row['to_float32']:.1e} | {row['to_float64']:.1e} "
              f"| {row['peak_gib']:.1f} |", flush=True)  # fmt: skip
    conclude(rows, {"rate": rate, "rate_own_shape": up, "tiny": asked.tiny})


if __name__ == "__main__":
    main()
