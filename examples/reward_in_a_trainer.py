"""Use graders and a reward model as the reward function of your own trainer, such as TRL's.

    python examples/reward_in_a_trainer.py

`GRPOTrainer(reward_funcs=reward, train_dataset=rows, …)` is all you need to add; besides prompts,
the rows need a column `problem_id`.
"""

from pathlib import Path

import lcbrb
from evaluators import benchmark
from lcbrb.replies.think_answer import in_think_answer


def main() -> None:
    """Reward a right and a wrong reply to one problem, as a trainer would pass them."""
    bench = benchmark("mini")
    problem = bench.load()[0]
    right = in_think_answer(
        "It is so because at most one edge case is left.", f"```python\n{bench.gold(problem)}\n```"
    )
    wrong = in_think_answer("The statement says it all.", "```python\nprint('?')\n```")
    checklist = f"python:{Path(__file__).with_name('own_reward_model.py')}:Checklist"
    with lcbrb.rewards_for_trl("mini", checklist, arm="pgrpo") as reward:
        rewards = reward(
            prompts=[problem.prompt] * 2, completions=[right, wrong], problem_id=[problem.id] * 2
        )
    for name, value in zip(("right", "wrong"), rewards, strict=True):
        print(f"{name}: {value:.3f}")


if __name__ == "__main__":
    main()
