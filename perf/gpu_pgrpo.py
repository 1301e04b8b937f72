"""P-GRPO's steps on one GPU: seconds of sampling, scoring, waiting for graders and updating.

    python perf/gpu_pgrpo.py --wheels DIR     # on the GPU, without any network
    python perf/gpu_pgrpo.py --tiny           # anywhere, a minute

A decoder of Qwen2.5-0.5B's shape with random weights answers made-up problems in maths; a scalar
head on the same shape scores replies. Random weights write nothing that
passes, so each reply is read as a reasoning with an answer of ours, right in half of them: what is
measured is the cost of a step, not what it teaches. DIR holds the wheels of gpu_reward_model.py.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from gpu_reward_model import made_words
from gpu_scoring import ROOT, TINY, install

SHAPE = {
    "hidden_size": 896, "num_hidden_layers": 24, "num_attention_heads": 14,
    "num_key_value_heads": 2, "intermediate_size": 4864, "vocab_size": 151936,
}  # fmt: skip


def made_policy(shape: dict[str, int], device: str) -> Any:
    """The policy, without any file."""
    import torch
    from transformers import AutoModelForCausalLM, Qwen2Config

    from lcbrb.training.loaded_policy import LoadedPolicy

    torch.manual_seed(0)
    config = Qwen2Config(**shape, max_position_embeddings=8192, eos_token_id=1, pad_token_id=0)
    model = AutoModelForCausalLM.from_config(config).to(device)
    return LoadedPolicy(model=model, tokenizer=made_words())


def made_tasks(count: int, words: int) -> Any:
    """Problems of so many words, each with the answer 1."""
    from lcbrb.grading.problem_set import ProblemSet
    from lcbrb.training.pgrpo.tasks import parted, tasks_of
    from lcbrb.types import AnswerCheck, Problem

    problems = [
        Problem(
            id=f"p{number}",
            source="made up",
            prompt=" ".join(f"t{(number * 31 + at) % 4000}" for at in range(words)),
            check=AnswerCheck(gold="1"),
        )
        for number in range(count)
    ]
    bench = ProblemSet(name="made up", version="1", problems=problems)
    return bench, parted(tasks_of([bench], "{problem}"), None, 0.0, 1, 0)


def made_scorer(shape: dict[str, int], device: str, dtype: Any) -> Any:
    """A reward model of the same shape, on the same device."""
    from gpu_reward_model import made_base

    return made_base(shape, device, dtype)


class Answered:
    """Reads each reply as a reasoning, and half of the answers as right."""

    def __init__(self, reader: Any) -> None:
        self.reader, self.count = reader, 0

    def reply(self, ids: Any, asked: Any) -> Any:
        """The reply as it is, in the format, with an answer of ours."""
        import dataclasses

        found = self.reader.reply(ids, asked)
        self.count += 1
        text = f"<think>{found.text}</think><answer>{self.count % 2}</answer>"
        return dataclasses.replace(found, text=text, truncated=False)


def main() -> None:
    """Train, and say how fast."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--tiny", action="store_true", help="a small model, to try the script")
    parser.add_argument("--wheels", type=Path, help="a folder of wheels to use")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--prompts", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=512)
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
    prompts, tokens = (2, 16) if asked.tiny else (asked.prompts, asked.tokens)

    from lcbrb.training.pgrpo.assessing import assessor_for
    from lcbrb.training.pgrpo.journal import Journal
    from lcbrb.training.pgrpo.settings import PolicySettings
    from lcbrb.training.pgrpo_train import PosteriorTrainer

    settings = PolicySettings(
        prompts=prompts, group_size=8, micro_batch=8, steps=asked.steps, max_tokens=tokens,
        template="{problem}", eval_every=0, save_every=0, device=device,
    )  # fmt: skip
    bench, tasks = made_tasks(4 * prompts, 16 if asked.tiny else 256)
    scorer = made_scorer(shape, device, "bfloat16" if cuda else "float32")
    with tempfile.TemporaryDirectory() as folder, assessor_for([bench], scorer) as assessor:
        journal = Journal(Path(folder))
        trainer = PosteriorTrainer(
            made_policy(shape, device), tasks, assessor, settings, seed=0, journal=journal
        )
        trainer._reader = Answered(trainer._reader)  # noqa: SLF001 - to put words into its mouth
        trainer.train()
    conclude(journal.steps, prompts * 8, settings.updates, cuda=cuda)


def conclude(steps: Any, samples: int, updates: int, *, cuda: bool) -> None:
    """Print a table of milliseconds a sample, without the first batch, which warms up."""
    import torch

    rows = [step.figures for step in steps if step.step > updates]
    batches = [row for row in rows if "sampling_s" in row]
    total = sum(row["step_s"] for row in rows) / len(batches)
    parts = {
        name: sum(row[f"{name}_s"] for row in batches) / len(batches)
        for name in ("sampling", "scoring", "waiting")
    }
    parts["update and the rest"] = total - sum(parts.values())
    beyond = (parts["scoring"] + parts["waiting"]) / total
    written = sum(row["tokens"] for row in batches) / len(batches) * samples
    peak = torch.cuda.max_memory_allocated() / 2**30 if cuda else 0.0
    print("| | ms/sample | share |\n|---|---|---|")
    for name, seconds in parts.items():
        print(f"| {name} | {1000 * seconds / samples:.1f} | {seconds / total:.1%} |")
    print(
        f"\n{samples} samples a batch, {total:.2f} s; {written / parts['sampling']:,.0f} sampled "
        f"tokens/s; scoring and waiting for graders {beyond:.1%} (target: at most 20%); "
        f"{peak:.1f} GiB"
    )
    if out := os.environ.get("OUT"):
        found = {"parts": parts, "total": total, "samples": samples, "peak_gib": peak}
        (Path(out) / "gpu_pgrpo.json").write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
