"""verl: reward functions for its trainers, and the rows that it trains on (docs/integrations.md).

verl is told this file and a function's name, and calls that by keyword: `compute_score` and
`pgrpo_score` of one reply (all its reward managers but one), `compute_scores` and `pgrpo_scores` of
a batch (its manager ``batch``). Read in verl 0.5 to 0.9.

verl may load this file without putting it into ``sys.modules``, so nothing here depends on that,
and what is kept between calls lies elsewhere.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from evaluators import benchmark as open_benchmark, packaged_benchmark
from lcbrb import codec
from lcbrb.api.rewards_for_trl import rewards_for_trl
from lcbrb.errors import IncompleteRunError, UnknownNameError, UsageError
from lcbrb.harness.sampling import check_template, prompts_for
from lcbrb.integrations.kept import kept
from lcbrb.integrations.reply_grader import ReplyGrader
from lcbrb.integrations.reward_kwargs import as_reward, check_names
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.training.pgrpo.reward_function import RewardFunction
from lcbrb.training.pgrpo_reward import Arm
from lcbrb.types import AnswerCheck, Generation, JsonValue, Status, Verdict

#: before a benchmark's name in ``data_source``, so that no function of verl's own takes the row
SOURCE = "lcbrb/"

Score = dict[str, float | str]
Extra = Mapping[str, Any] | None


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: Extra = None,
    **settings: Any,
) -> Score:
    """The reward of a reply: 1 where it solves its problem, else 0.

    Args:
        data_source: ``lcbrb/`` and the benchmark's name, as `verl_rows` gives it.
        solution_str: the whole reply.
        ground_truth: the problem's id; its tests lie with the benchmark, not in the row.
        extra_info: not looked at.
        settings: as `compute_scores` takes them: verl's ``reward_kwargs``.

    Returns:
        ``score``, the reward; ``acc``, 1 where the problem is solved; ``status``, the verdict in a
        word; ``unjudged``, 1 where the failure is ours.

    Raises:
        IncompleteRunError: we failed to grade it, and `unjudged` sets no reward for that.
        UsageError: there is no such setting, or `unjudged` is no number.
        LcbrbError: there is no such benchmark or problem, or no sandbox as good.
    """
    return compute_scores([data_source], [solution_str], [ground_truth], [extra_info], **settings)[
        0
    ]


def compute_scores(  # noqa: PLR0913 - verl's call, and its settings
    data_sources: Sequence[str],
    solution_strs: Sequence[str],
    ground_truths: Sequence[str],
    extra_infos: Sequence[Extra] = (),
    *,
    benchmark: str | None = None,
    isolation: str | None = None,
    unjudged: float | None = None,
    reward_router_address: object = None,
    reward_model_tokenizer: object = None,
    **unknown: Any,
) -> list[Score]:
    """As `compute_score`, of a batch; programs run on all cores.

    Args:
        data_sources: of each reply.
        solution_strs: the replies.
        ground_truths: of each.
        extra_infos: not looked at.
        benchmark: grades in place of those that rows name: a file of problems, or one of your own
            (``python:FILE.py:NAME``). Rows alone run nobody's code.
        isolation: the least level of isolation (`lcbrb doctor`) that programs may run at.
        unjudged: the reward of a reply that we failed to grade; None: an error ends the call.
        reward_router_address: verl's, for functions that ask a reward model; not used.
        reward_model_tokenizer: the same.
        unknown: refused.
    """
    del extra_infos, reward_router_address, reward_model_tokenizer
    check_names(unknown, [compute_scores])
    unjudged = as_reward(unjudged)
    scores: dict[int, Score] = {}
    for source, places in _places(data_sources).items():
        grader = kept(
            (ReplyGrader, source, benchmark, isolation),
            partial(_grader, source, benchmark, isolation),
        )
        replies = [(ground_truths[at], Generation(text=solution_strs[at])) for at in places]
        for at, graded in zip(places, grader.grade_all(replies), strict=True):
            passed = graded.verdict.status is Status.PASSED
            scores[at] = _score(graded.verdict, float(passed), unjudged, ground_truths[at])
    return [scores[at] for at in range(len(data_sources))]


def pgrpo_score(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: Extra = None,
    **settings: Any,
) -> Score:
    """P-GRPO's reward of one reply; otherwise as `compute_score`.

    Raises:
        UsageError: the formula looks at a whole group, so it takes `pgrpo_scores`.
    """
    if settings.get("arm") == Arm.PLACEBO or settings.get("min_spread"):
        raise UsageError(
            "the arm placebo and min_spread need all replies to a problem at once: set the "
            "function pgrpo_scores, and verl's reward manager 'batch'"
        )
    return pgrpo_scores([data_source], [solution_str], [ground_truth], [extra_info], **settings)[0]


def pgrpo_scores(  # noqa: PLR0913 - verl's call, and its settings
    data_sources: Sequence[str],
    solution_strs: Sequence[str],
    ground_truths: Sequence[str],
    extra_infos: Sequence[Extra] = (),
    *,
    benchmark: str | None = None,
    unjudged: float | None = None,
    reward_router_address: object = None,
    reward_model_tokenizer: object = None,
    **settings: Any,
) -> list[Score]:
    """P-GRPO's rewards of a batch, in which replies to one problem are a group.

    Replies are ``<think>…</think><answer>…</answer>``. Arguments are those of `compute_scores`, and
    `settings` those of `lcbrb.rewards_for_trl`, by name: ``reward_model``, ``arm``, …

    Returns:
        What `compute_scores` gives, and ``thinking``, the score of the reasoning, 0 where there is
        none.
    """
    del extra_infos, reward_router_address, reward_model_tokenizer
    check_names(settings, [pgrpo_scores, rewards_for_trl], also=["reward_model"])
    unjudged = as_reward(unjudged)
    scores: dict[int, Score] = {}
    for source, places in _places(data_sources).items():
        rewards = kept(
            (RewardFunction, source, benchmark, *sorted(settings.items())),
            partial(_rewards, source, benchmark, settings),
        )
        problems = [ground_truths[at] for at in places]
        judged = rewards.judged([solution_strs[at] for at in places], problems)
        for at, (reward, judgement) in zip(places, judged, strict=True):
            score = _score(judgement.verdict, reward, unjudged, ground_truths[at])
            scores[at] = {**score, "thinking": judgement.thinking or 0.0}
    return [scores[at] for at in range(len(data_sources))]


def verl_rows(
    benchmark: str, template: str | None = None, split: str = "train"
) -> list[dict[str, JsonValue]]:
    """The problems of a benchmark as verl's rows.

    Args:
        benchmark: names it, as for ``lcbrb bench``.
        template: ``think-answer`` for the prompts of P-GRPO, or words of your own with ``{prompt}``
            in them; None: the benchmark's own prompts.
        split: what the rows are for, in ``extra_info``.

    Raises:
        LcbrbError: the benchmark or the template can't be used.
    """
    check_template(template)
    bench = open_benchmark(benchmark)
    bench.check_gradable()
    problems = bench.load()
    prompts = prompts_for(bench, problems, template)
    return [
        {
            "data_source": SOURCE + benchmark,
            "prompt": [{"role": said.role, "content": said.content} for said in prompt.messages],
            "ability": "math" if isinstance(problem.check, AnswerCheck) else "code",
            "reward_model": {"style": "rule", "ground_truth": problem.id},
            "extra_info": {"split": split, "index": at, "benchmark_version": bench.version},
        }
        for at, (problem, prompt) in enumerate(zip(problems, prompts, strict=True))
    ]


def write_verl_rows(
    benchmark: str,
    out: Path | str,
    *,
    template: str | None = None,
    split: str = "train",
    force: bool = False,
) -> Path:
    """Write `verl_rows` into a Parquet file.

    Raises:
        UsageError: the file is there already, and `force` is not set.
        LcbrbError: as `verl_rows`.
    """
    import pyarrow as pa  # slow to import, and graders don't need it
    import pyarrow.parquet as pq

    path = Path(out).expanduser()
    if path.exists() and not force:
        raise UsageError(f"{path} exists already: choose another file, or set force")
    content = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(verl_rows(benchmark, template, split)), content)
    codec.write_bytes(path, content.getvalue())
    return path


def _places(data_sources: Sequence[str]) -> dict[str, list[int]]:
    """Where the rows of each source stand in a batch."""
    places: dict[str, list[int]] = {}
    for at, source in enumerate(data_sources):
        places.setdefault(source, []).append(at)
    return places


def _grader(source: str, benchmark: str | None, isolation: str | None) -> ReplyGrader:
    return ReplyGrader(_opened(source, benchmark), isolation)


def _rewards(source: str, benchmark: str | None, settings: Mapping[str, Any]) -> RewardFunction:
    return rewards_for_trl(_opened(source, benchmark), **settings)


def _opened(source: str, benchmark: str | None) -> Benchmark:
    """The benchmark that is set, else the one that a row names."""
    if benchmark is not None:
        return open_benchmark(benchmark)
    name = source.removeprefix(SOURCE)
    if name == source:
        raise UsageError(
            f"data_source '{source}' is not a benchmark of lcbrb ({SOURCE}NAME): write the rows "
            "with write_verl_rows, or set reward_kwargs.benchmark"
        )
    try:
        return packaged_benchmark(name)
    except UnknownNameError as error:
        raise UsageError(
            f"data_source '{source}': {error} Others are set as reward_kwargs.benchmark"
        ) from error


def _score(verdict: Verdict, reward: float | None, unjudged: float | None, problem: str) -> Score:
    """What verl is given for a reply; every reply has the same keys."""
    ours = verdict.status is Status.HARNESS_ERROR or reward is None
    if ours and unjudged is None:
        broken = verdict.status is Status.HARNESS_ERROR
        whose = "the runner" if broken else "the judge of its reasoning"
        raise IncompleteRunError(
            f"a reply to {problem} has no reward because {whose} failed ({verdict.detail}). "
            "Restart the training from its last checkpoint, or set reward_kwargs.unjudged"
        )
    paid = unjudged if ours or reward is None else reward
    return {
        "score": float(paid or 0.0),
        "acc": float(verdict.status is Status.PASSED),
        "status": verdict.status.value,
        "unjudged": float(ours),
    }
