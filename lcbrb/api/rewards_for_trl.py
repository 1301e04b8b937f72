"""`lcbrb.rewards_for_trl`: P-GRPO's reward for a trainer of somebody else's."""

from __future__ import annotations

from evaluators import benchmark as open_benchmark
from lcbrb.prompts.think_answer import THINK_ANSWER
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.rewards import reward_model as open_reward_model
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.scoring import scores_texts
from lcbrb.training.pgrpo.assessing import new_assessor
from lcbrb.training.pgrpo.reward_function import RewardFunction, check_of_rewards
from lcbrb.training.pgrpo.tasks import every_task
from lcbrb.training.pgrpo_reward import Arm, Formula


def rewards_for_trl(
    problems: str | Benchmark,
    reward_model: str | RewardModel | None = None,
    *,
    arm: str = Arm.PGRPO,
    thinking_weight: float = 1.0,
    min_spread: float = 0.0,
    opened: str = "",
    isolation: str | None = None,
    seed: int = 0,
) -> RewardFunction:
    """A reward function for TRL's GRPOTrainer, or any trainer that calls one like it.

    The trainer's data set needs a column ``problem_id``, and prompts that ask for
    ``<think>…</think><answer>…</answer>`` (`lcbrb.prompts.think_answer.TEMPLATE`). Replies are
    graded in parallel, in a sandbox::

        rewards = lcbrb.rewards_for_trl("mbpp", "hf:ORG/REWARD-MODEL")
        GRPOTrainer(model=…, reward_funcs=rewards, train_dataset=…)

    Args:
        problems: a benchmark or a file of problems, code or maths.
        reward_model: scores the reasoning; None for the arm ``outcome`` alone.
        arm: the formula; not ``papo`` or ``gdpo``, which are formulas of advantages.
        thinking_weight: weight of the thinking reward.
        min_spread: all-correct groups with less spread of thinking scores have no thinking term.
        opened: the text with which the policy's chat template begins a reply (``<think>``), which
            the trainer treats as part of the prompt.
        isolation: the lowest level of isolation (see `lcbrb doctor`) at which programs may run.
        seed: for the arm ``placebo``.

    Returns:
        The function; close it, or use it in a ``with``, to end its sandbox.

    Raises:
        UsageError: problems, reward model or arm can't be used.
        SetupError: there is no sandbox of that level.
    """
    formula = Formula.of(arm, weight=thinking_weight, min_spread=min_spread)
    check_of_rewards(formula)
    formula.check_reward_model(given=reward_model is not None)
    model = open_reward_model(reward_model) if isinstance(reward_model, str) else reward_model
    benchmark = open_benchmark(problems) if isinstance(problems, str) else problems
    assessor = new_assessor(
        [benchmark],
        None if model is None else scores_texts(model, ", as a thinking reward"),
        soft=formula.arm is Arm.SOFT,
        isolation=isolation,
    )
    return RewardFunction(
        every_task([benchmark], THINK_ANSWER), assessor, formula, opened=opened, seed=seed
    )
