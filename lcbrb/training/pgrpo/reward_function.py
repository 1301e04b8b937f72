"""Our rewards as a function for other people's trainers: TRL's GRPOTrainer and those like it."""

from __future__ import annotations

import math
import threading
import warnings
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from lcbrb.errors import UnknownNameError, UsageError
from lcbrb.training.pgrpo.assessing import Assessment, Assessor, Reply
from lcbrb.training.pgrpo.rollouts import NUMBERS, in_groups, numbers, signals_of
from lcbrb.training.pgrpo.tasks import Task
from lcbrb.training.pgrpo_reward import Arm, Formula, rewards

_NONE_WELL_FORMED = (
    "no reply in this batch has the form <think>…</think><answer>…</answer>, so none is rewarded "
    "for format or reasoning. If the chat template already opens the reasoning, set "
    "opened='<think>'; if the tags are special tokens, the trainer removes them from the text"
)
_OF_ADVANTAGES = (Arm.PAPO, Arm.GDPO)


def check_of_rewards(formula: Formula) -> None:
    """Hold that a formula is one of rewards.

    Raises:
        UsageError: it is one of advantages, which a reward function does not decide.
    """
    if formula.arm in _OF_ADVANTAGES:
        raise UsageError(
            f"the arm {formula.arm} is a formula for advantages, which a reward function can't "
            "set: train it with lcbrb.train_policy, or choose another arm"
        )


class RewardFunction:
    """Called as TRL calls a reward function; `rewards_for_trl` makes one.

    Completions with the same ``problem_id`` are one group, wherever they stand in the batch. What
    we failed to judge has None, which TRL leaves out; a score that is no number raises. Calls from
    several threads wait for one another.

    Attributes:
        last: what the last call made of each completion.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        assessor: Assessor,
        formula: Formula,
        *,
        opened: str = "",
        seed: int = 0,
    ) -> None:
        self._tasks = {task.problem.id: task for task in tasks}
        self._assessor, self._formula = assessor, formula
        self._draw = np.random.default_rng(seed)
        self._opened, self._told = opened, False
        self._lock, self._closed = threading.Lock(), False
        self.__name__ = f"lcbrb_{formula.arm}"
        self.last: list[Assessment] = []

    def __call__(
        self, completions: Sequence[Any], problem_id: Sequence[str], **_: Any
    ) -> list[float | None]:
        """The reward of each completion.

        Args:
            completions: texts, or conversations whose last message is the reply.
            problem_id: which problem each answers: a column of the trainer's data set.

        Raises:
            UsageError: there is not one id for each completion, one is no text and no
                conversation, or the function was closed.
            UnknownNameError: there is no problem of such an id.
            BadScoreError: the reward model gave a score that is no number.
        """
        return [paid for paid, _ in self.judged(completions, problem_id)]

    def judged(
        self, completions: Sequence[Any], problem_id: Sequence[str]
    ) -> list[tuple[float | None, Assessment]]:
        """The reward of each completion, and what it is made of; otherwise as a call."""
        if isinstance(problem_id, str) or len(problem_id) != len(completions):
            raise UsageError("problem_id must be a list with one id for each completion")
        if unknown := [name for name in problem_id if name not in self._tasks]:
            raise UnknownNameError("problem", unknown[0], self._tasks)
        tasks = [self._tasks[name] for name in problem_id]
        replies = [Reply(text=self._opened + _text(completion)) for completion in completions]
        with self._lock:
            if self._closed:
                raise UsageError(
                    "this reward function was closed, and its graders with it: call it inside the "
                    "with statement, or make another"
                )
            self.last = self._assessor.assess(tasks, replies)
            rewards_N = self._paid(replies, problem_id)
            return list(zip(rewards_N, self.last, strict=True))

    def _paid(self, replies: Sequence[Reply], problem_id: Sequence[str]) -> list[float | None]:
        if not self._told and not any(assessed.parts.well_formed for assessed in self.last):
            warnings.warn(_NONE_WELL_FORMED, stacklevel=2)
            self._told = True
        rows = [
            numbers(reply, assessed) for reply, assessed in zip(replies, self.last, strict=True)
        ]
        paid = [math.nan] * len(rows)
        places: dict[str, list[int]] = {}
        for place, name in enumerate(problem_id):
            places.setdefault(name, []).append(place)
        for group in places.values():
            rows_N_F = np.array([rows[place] for place in group]).reshape(-1, len(NUMBERS))
            signals = signals_of(in_groups(rows_N_F, len(group)))
            for place, reward in zip(
                group, rewards(signals, self._formula, self._draw)[0], strict=True
            ):
                paid[place] = float(reward)
        return [reward if math.isfinite(reward) else None for reward in paid]

    def close(self) -> None:
        """End the graders, after the call that is under way."""
        with self._lock:
            self._closed = True
            self._assessor.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the graders."""
        self.close()


def _text(completion: Any) -> str:
    """A text, or the last message of a conversation, with its reasoning where that stands apart.

    Raises:
        UsageError: it is neither.
    """
    if isinstance(completion, str):
        return completion
    try:
        message = completion[-1]
        content, reasoning = _content(message["content"]), message.get("reasoning_content")
    except (AttributeError, LookupError, TypeError) as error:
        raise UsageError(
            "a completion must be a text, or a list of messages whose last one has text as "
            f"content; this one is {str(completion)[:80]!r}"
        ) from error
    return f"<think>{reasoning}</think>{content}" if reasoning else content


def _content(content: Any) -> str:
    """A message's text: whole, in parts, or none, as where all of a reply is reasoning."""
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(part["text"] for part in content)
