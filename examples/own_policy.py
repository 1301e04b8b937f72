"""Your own policy: anything that answers prompts. Here it is a table of two answers.

Run it on the benchmark in the file next to it:

    lcbrb bench --policy python:examples/own_policy.py:Table -n 1 --benchmark BENCHMARK

where BENCHMARK is python:examples/own_benchmark.py:leap_years.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import lcbrb
from lcbrb.protocols.policy import Ask, Policy, Sampled
from lcbrb.registry import Spec
from lcbrb.types import Generation, Sampling

ANSWERS = {
    "from 1900 to 2000": r"Every fourth year is one, but 1900 is not: \boxed{25}",
    "Read a year": "```python\nprint('yes' if int(input()) % 4 == 0 else 'no')\n```",
}


class Table(Policy):
    """Looks answers up by a phrase in the prompt. `id` is its name in records and tables."""

    def __init__(self, spec: Spec) -> None:
        self.id = spec.text

    def sample(self, asks: Sequence[Ask], sampling: Sampling) -> Iterator[Sampled]:
        """One `Sampled` for each sample that an ask wants, in any order, as they come."""
        del sampling  # temperature, max_tokens, stop, seed
        for ask in asks:
            asked = " ".join(message.content for message in ask.prompt.messages)
            text = next((reply for words, reply in ANSWERS.items() if words in asked), "")
            for number in ask.samples:
                yield Sampled(key=ask.key, sample_index=number, generation=Generation(text=text))


def main() -> None:
    """Run it on the benchmark next to this file; its program forgets the centuries."""
    here = Path(__file__).resolve()
    problems = f"python:{here.with_name('own_benchmark.py')}:leap_years"
    report = lcbrb.bench(f"python:{here}:Table", problems, n=1, config={"cache": False})
    for result in report.results:
        for completion, verdict in zip(result.completions, result.verdicts, strict=True):
            print(f"{completion.problem_id}: {verdict.status}")


if __name__ == "__main__":
    main()
