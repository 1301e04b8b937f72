"""Run folders for boards, written as the commands write them but without running anything."""

import datetime as dt

from lcbrb import codec
from lcbrb.runs.folder import COMPLETIONS, PAIRS, RECORD, SAMPLES, SCORES
from lcbrb.stats import cluster_mean, mean_pass_at_k
from lcbrb.types import (
    Completion,
    Metric,
    Outcome,
    PreferencePair,
    Provenance,
    Relation,
    RunRecord,
    SampleVerdict,
    ScoredPair,
    Status,
    Verdict,
)

STATUSES = {
    "p": Status.PASSED,
    "w": Status.WRONG_ANSWER,
    "t": Status.TIME_LIMIT,
    "n": Status.NO_ANSWER,
    "h": Status.HARNESS_ERROR,
}
OUTCOMES = {"W": (Outcome.WIN, 1.0), "T": (Outcome.TIE, 0.5), "L": (Outcome.LOSS, 0.0)}


def record(**given):
    """A finished run's record."""
    fields = {
        "kind": "bench",
        "run_id": "run",
        "subject": "replay:x",
        "benchmark": "bench",
        "benchmark_version": "v1",
        "dataset_sha256": "ab" * 32,
        "estimates": {},
        "counts": {},
        "started_at": dt.datetime(2026, 11, 23, 5, 0, tzinfo=dt.UTC),
        "wall_s": 1.0,
        "config": {"limit": None, "policies": ["replay:/secret/path"]},
        "seed": 0,
    }
    return RunRecord(**{**fields, **given})


def write_record(folder, one):
    folder.mkdir(parents=True, exist_ok=True)
    codec.write_text(folder / RECORD, codec.encode_pretty(one))
    return folder


def policy_run(  # noqa: PLR0913
    folder, policies, *, released=None, difficulty=None, texts=None, parts=None, **given
):
    """A run of policies.

    `policies` maps a name to problems, each a string with a letter a sample (see STATUSES).
    `released` and `difficulty` map a problem to its own; `texts` is every completion's text, or a
    function of policy, problem and sample; `parts` maps a problem to its base and plus letters.
    """
    rows, completions, estimates = [], [], {}
    for policy, problems in policies.items():
        counts = [
            (len(letters) - letters.count("h"), letters.count("p"))
            for letters in problems.values()
            if set(letters) != {"h"}
        ]
        if counts:
            estimates[Metric.of("pass@1", sampler=policy)] = mean_pass_at_k(counts, k=1)
        for problem, letters in problems.items():
            for index, letter in enumerate(letters):
                base, plus = (parts or {}).get(problem, (None, None))
                rows.append(
                    SampleVerdict(
                        problem_id=problem,
                        policy_id=policy,
                        sample_index=index,
                        status=STATUSES[letter],
                        verdict=Verdict(
                            status=STATUSES[letter],
                            base_status=base and STATUSES[base],
                            plus_status=plus and STATUSES[plus],
                            detail=f"detail of {problem}",
                            tests_total=3,
                        ),
                        released=(released or {}).get(problem),
                        difficulty=(difficulty or {}).get(problem),
                    )
                )
                if texts is not None:
                    text = texts(policy, problem, index) if callable(texts) else texts
                    completions.append(
                        Completion(
                            problem_id=problem, policy_id=policy, sample_index=index, text=text
                        )
                    )
    harness = sum(one.status is Status.HARNESS_ERROR for one in rows)
    counted = {"completions": len(rows), **({"harness_error": harness} if harness else {})}
    given = {"estimates": estimates, "counts": counted, "run_id": folder.name, **given}
    write_record(folder, record(**given))
    codec.write_records(folder / SAMPLES, rows)
    if texts is not None:
        codec.write_records(folder / COMPLETIONS, completions)
    return folder


def pair(name, problem, chosen="chosen", rejected="rejected", **given):
    fields = {
        "id": name,
        "problem_id": problem,
        "prompt": f"prompt of {problem}",
        "chosen": chosen,
        "rejected": rejected,
        "relation": Relation.GIVEN,
        "provenance": Provenance(source="test"),
    }
    return PreferencePair(**{**fields, **given})


def reward_run(folder, subject, outcomes, *, pairs=None, **given):
    """A run of a reward model: `outcomes` maps a pair to its problem and a letter (W, T, L)."""
    scored = [
        ScoredPair(
            pair_id=name,
            problem_id=problem,
            chosen_score=OUTCOMES[letter][1],
            rejected_score=0.5,
            outcome=OUTCOMES[letter][0],
        )
        for name, (problem, letter) in outcomes.items()
    ]
    points = [OUTCOMES[letter][1] for _, letter in outcomes.values()]
    accuracy = cluster_mean(points, [problem for problem, _ in outcomes.values()])
    given = {
        "kind": "reward-model",
        "subject": subject,
        "benchmark": "pairs",
        "estimates": {Metric("accuracy"): accuracy},
        "counts": {"pairs": len(scored)},
        "run_id": folder.name,
        **given,
    }
    write_record(folder, record(**given))
    codec.write_records(folder / SCORES, scored)
    if pairs is not None:
        codec.write_records(folder / PAIRS, pairs)
    return folder


def problems(letters, start=0):
    """``"ppw"`` as three problems of one sample each."""
    return {f"q{start + index}": letter for index, letter in enumerate(letters)}
