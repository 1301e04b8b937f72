"""Score your own reward model on pairs of reasoning processes, as in a notebook.

    python examples/score_a_reward_model.py

Nothing is written to disk. Instead of the function you can use any spec, such as "hf:ORG/NAME".
"""

import lcbrb

DOUBTS = ("maybe", "probably", "hopefully", "i guess")


def few_doubts(prompt: str, response: str) -> float:
    """A reward model is a function of a prompt and a response; more is better."""
    del prompt
    return -sum(response.lower().count(word) for word in DOUBTS) / (1 + len(response.split()))


def main() -> None:
    """Rank the embedded pairs, compared with `length`, which ignores the content."""
    report = lcbrb.evaluate([f"python:{__file__}:few_doubts", "length"], "mini")
    for result in report.results:
        for metric, estimate in result.record.estimates.items():
            if str(metric) == "accuracy":
                print(
                    f"{result.record.subject.rpartition(':')[2]}: {estimate.value:.1%} "
                    f"[{estimate.low:.1%}, {estimate.high:.1%}] of {estimate.n} pairs"
                )


if __name__ == "__main__":
    main()
