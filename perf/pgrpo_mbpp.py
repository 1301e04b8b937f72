"""smollm2 trained on MBPP by P-GRPO: warmed up, its problems chosen, trained, measured.

    python perf/pgrpo_mbpp.py --out DIR [--examples 300] [--ask 120] [--steps 24]

1. `train sft` on gold solutions of problems 601 and up, each behind a reasoning of a few words, so
   that the policy writes <think>…</think><answer>…</answer> at all.
2. `bench` of that policy on problems below 511 with eight samples, by which those are chosen that
   it solves in 10 to 90% of its samples.
3. `train pgrpo` on these, with `--reward-model`; a quarter of them is held out.

Every stage is a run folder in DIR: stop it anywhere and start the same command again. Needs
`LCBRB_DATA` with MBPP. Prints what the records say.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import lcbrb
from evaluators import benchmark
from lcbrb.cli.progress import BARS
from lcbrb.cli.terminal import say
from lcbrb.grading.problem_set import ProblemSet
from lcbrb.harness.sampling import prompts_for
from lcbrb.registry import Spec
from lcbrb.replies.think_answer import in_think_answer
from lcbrb.types import Problem, Status

WARM_UP_FROM, ASKED_TO = 601, 511
TEMPLATE = "think-answer"


def number(problem: Problem) -> int:
    """Of an MBPP problem."""
    return int(problem.id.rpartition("/")[2])


def write_examples(path: Path, count: int) -> None:
    """Prompts with gold solutions in the format, as rows."""
    bench = benchmark("mbpp")
    problems = [one for one in bench.load() if number(one) >= WARM_UP_FROM][:count]
    rows = []
    for problem, prompt in zip(problems, prompts_for(bench, problems, TEMPLATE), strict=True):
        gold = bench.gold(problem)
        name = problem.check.entry_point
        think = (
            f"The task: {problem.prompt.strip().rstrip('.')}. I write `{name}` with the arguments "
            "that the tests show, and check what it returns on them."
        )
        reply = in_think_answer(think, f"```python\n{(gold or '').strip()}\n```")
        messages = [{"role": one.role, "content": one.content} for one in prompt.messages]
        completion = [{"role": "assistant", "content": reply}]
        row = {"prompt": messages, "completion": completion, "problem_id": problem.id}
        rows.append({**row, "source": "mbpp"})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def asked(spec: Spec) -> ProblemSet:
    """MBPP without the problems that the warm-up has seen."""
    del spec
    bench = benchmark("mbpp")
    problems = [one for one in bench.load() if number(one) < ASKED_TO]
    return ProblemSet(name="mbpp-below-511", version=bench.version, problems=problems)


def main() -> None:
    """Run the stages that are missing."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--examples", type=int, default=300)
    parser.add_argument("--ask", type=int, default=120)
    parser.add_argument("--steps", type=int, default=24)
    parser.add_argument("--reward-model", default="random")
    parser.add_argument("--arm", default="pgrpo")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    examples = given.out / "examples.jsonl"
    if not examples.exists():
        write_examples(examples, given.examples)
    warm = lcbrb.train_sft(
        "smollm2",
        str(examples),
        given.out / "sft",
        config={"lora_rank": 16, "batch_size": 16, "epochs": 2, "max_length": 512},
        progress=BARS,
    )
    say(f"warmed up: {warm.record.wall_s:.0f} s")
    problems = f"python:{Path(__file__).resolve()}:asked"
    samples = lcbrb.bench(
        f"hf:{warm.path}",
        problems,
        n=8,
        limit=given.ask,
        out=given.out / "samples",
        config={"template": TEMPLATE, "temperature": 1.0, "top_p": 1.0, "max_tokens": 256},
        progress=BARS,
    )
    for result in samples.results:
        both = zip(result.completions, result.verdicts, strict=True)
        passed = Counter(one.problem_id for one, verdict in both if verdict.status is Status.PASSED)
        solved = sorted(Counter(passed.values()).items())
        say(f"samples: {dict(result.record.counts)}; problems by samples that pass: {solved}")
    trained = lcbrb.train_policy(
        problems,
        str(warm.path),
        given.out / given.arm,
        reward_model=given.reward_model,
        config={
            "arm": given.arm,
            "solved_in": str(given.out / "samples"),
            "prompts": 4,
            "micro_batch": 8,
            "steps": given.steps,
            "max_tokens": 256,
            "learning_rate": 1e-5,
            "held_out": 0.25,
            "held_out_samples": 4,
            "eval_every": given.steps // 2,
            "save_every": 4,
        },
        progress=BARS,
    )
    for name, value in trained.record.estimates.items():
        say(f"{name}: {value.value:.3f} [{value.low}, {value.high}], n {value.n}")


if __name__ == "__main__":
    main()
