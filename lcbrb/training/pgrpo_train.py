"""Posterior-GRPO on TRL's GRPOTrainer: the whole of the algorithm, from prompts to gradients.

Importing this imports TRL, which takes half a minute.

A batch is `prompts` x `group_size` replies. It goes through five stages:

1. **Sample.** TRL samples, by the model itself or by vLLM. Prompts are rendered by the code that
   `lcbrb bench` renders them with, so a trained policy is asked what it was trained on.
2. **Grade.** As soon as replies are there they are graded, in threads that wait for sandboxed
   programs. What TRL does meanwhile (the next part of the batch, log-probabilities) costs nothing.
3. **Score.** The reward model reads the reasoning of every reply, also of those that failed: what
   the gate withholds is worth knowing.
4. **Reward.** `pgrpo_reward.advantages` makes advantages of groups that were gathered from all
   processes, as a group may be split over several. TRL is handed these as they are: it subtracts
   a group's mean, which is 0, and divides by nothing. A reply that we failed to judge has none, and
   is in no mean.
5. **Update.** TRL's loss: over tokens, without a KL term, clipped higher above than below. The
   batch is taken in `updates` steps: with one the probability ratio is 1 and nothing is clipped.

What TRL would do otherwise, each held by a contract test: read a NaN reward as "no reward" (here it
raises); leave cut replies their reward (here they have failed); resume in another order of prompts
(here the order is drawn from seed and epoch, and checkpoints fall between batches).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from transformers.trainer_callback import PrinterCallback
from trl import GRPOTrainer

from lcbrb.training.fitted import check_finite
from lcbrb.training.loaded_policy import LoadedPolicy
from lcbrb.training.order import GroupOrder
from lcbrb.training.pgrpo.arguments import grpo_arguments
from lcbrb.training.pgrpo.asking import asked, random_numbers_apart
from lcbrb.training.pgrpo.assessing import Assessor
from lcbrb.training.pgrpo.batch import Asked, Batch, Reader
from lcbrb.training.pgrpo.journal import Journal
from lcbrb.training.pgrpo.rollouts import Judged, check_ended, in_groups, numbers_of, signals_of
from lcbrb.training.pgrpo.settings import PolicySettings
from lcbrb.training.pgrpo.statistics import statistics
from lcbrb.training.pgrpo.tasks import Tasks
from lcbrb.training.pgrpo.watching import Watcher
from lcbrb.training.pgrpo_reward import Array, advantages, rewards
from lcbrb.training.processes import ALONE, Processes
from lcbrb.training.trl_arguments import lora


class PosteriorTrainer(GRPOTrainer):  # type: ignore[misc]  # untyped upstream
    """A policy in training.

    Of several processes each samples, grades and scores its part of a batch.
    """

    def __init__(  # noqa: PLR0913 - all that a training consists of
        self,
        policy: LoadedPolicy,
        tasks: Tasks,
        assessor: Assessor,
        settings: PolicySettings,
        *,
        seed: int,
        journal: Journal,
        processes: Processes = ALONE,
    ) -> None:
        self.settings, self.assessor, self.journal = settings, assessor, journal
        self.processes = processes
        self._train, self._held_out = asked(policy, tasks.train), asked(policy, tasks.held_out)
        rows = [{"prompt": task.problem.id, "row": row} for row, task in enumerate(tasks.train)]
        super().__init__(
            model=policy.model,
            reward_funcs=[_reward, _advantage],
            args=grpo_arguments(settings, seed, journal.folder, processes.count),
            train_dataset=Dataset.from_list(rows),
            processing_class=policy.tokenizer,
            peft_config=lora("CAUSAL_LM", policy.weights, settings),
        )
        self.reward_weights = torch.tensor([0.0, 1.0])  # the advantage is handed on as it is
        ends = {*self.eos_token_ids, self._tokenizer.pad_token_id}
        self._reader = Reader(policy.tokenizer, ends)
        self._batch = Batch([], self._reader, assessor)
        self._sampling_s = 0.0
        self._figures: dict[str, float] = {}
        self.remove_callback(PrinterCallback)
        self.add_callback(Watcher(self))

    # ------------------------------------------------------------------------------- sample

    def _get_train_sampler(self, dataset: Any = None) -> GroupOrder:
        del dataset
        return GroupOrder(
            len(self._train),
            self.args.seed,
            prompts=self.settings.prompts,
            group_size=self.settings.group_size,
            repeats=self.args.steps_per_generation,
        )

    def _generate_and_score_completions(self, inputs: Any) -> Any:
        """As upstream, with our figures in place of what it makes of the two columns."""
        asked = [self._train[example["row"]] for example in inputs]
        self._batch = Batch(asked, self._reader, self.assessor)
        output = super()._generate_and_score_completions(inputs)
        metrics = self._metrics["train"]
        for name in [name for name in metrics if name.startswith(("reward", "frac_reward"))]:
            del metrics[name]
        metrics.update({name: [value] for name, value in self._figures.items()})
        return output

    def _tokenize_prompts(self, prompts: Any) -> tuple[list[list[int]], None, dict[str, Any]]:
        del prompts
        return [asked.rendered.ids for asked in self._batch.asked], None, {}

    def _generate_single_turn(
        self, prompt_ids: Any, images: Any, fields: Any, num_generations: int, **more: Any
    ) -> Any:
        """As upstream, in parts; then groups without spread once more, as often as is asked for."""

        def sample(rows: Sequence[int], count: int) -> None:
            began = time.perf_counter()
            ids, logprobs = super(PosteriorTrainer, self)._generate_single_turn(
                [prompt_ids[row] for row in rows], images, fields, num_generations, **more
            )
            self._sampling_s += time.perf_counter() - began
            replies = zip(ids, logprobs or [None] * len(ids), strict=True)
            drawn.update(list(zip(rows, replies, strict=True))[:count])
            self._batch.take(rows[:count], ids[:count])

        drawn: dict[int, Any] = {}
        self._sampling_s, training = 0.0, self._batch.paid
        size = len(prompt_ids) // (self.settings.parts if training else 1)
        for begin in range(0, len(prompt_ids), size):
            sample(range(begin, begin + size), count=size)
        for _ in range(self.settings.resample if training else 0):
            flat = self._flat_groups(num_generations)
            most = max(self.processes.gathered(len(flat)))
            if not most:
                break
            others = [row for row in range(len(prompt_ids)) if row not in flat]
            sample([*flat, *others][:most], count=len(flat))  # all processes sample equally much
        ids, logprobs = zip(*(drawn[row] for row in range(len(prompt_ids))), strict=True)
        return list(ids), None if None in logprobs else list(logprobs)

    def _flat_groups(self, size: int) -> list[int]:
        """The rows of this process' groups whose advantages are all zero."""
        replies = self.processes.together(self._batch.judged)
        advantage_P_G, _ = self._paid(numbers_of(replies), size)
        flat_P = np.equal(np.abs(np.nan_to_num(advantage_P_G)).sum(axis=-1), 0.0)
        return [int(group) * size + at for group in np.flatnonzero(flat_P) for at in range(size)]

    # ---------------------------------------------------------------- grade, score and reward

    def _calculate_rewards(self, *_: Any) -> torch.Tensor:
        """Rewards and advantages of all processes' replies, shape (N, 2)."""
        device, size = self.accelerator.device, self.num_generations
        own = self.processes.together(self._batch.judged)
        replies = [reply for share in self.processes.gathered(own) for reply in share]
        rows_N_F = numbers_of(replies)
        advantage_P_G, reward_P_G = self._paid(rows_N_F, size)
        groups = in_groups(rows_N_F, size)
        self._figures = {
            **statistics(groups, self.settings.formula, advantage_P_G, reward_P_G),
            "sampling_s": self._sampling_s,
            **self.assessor.seconds(),
        }
        check_ended(replies, self.state.global_step, self.args.max_completion_length)
        self.processes.together(
            lambda: self.journal.paid(self.state.global_step, replies, reward_P_G, advantage_P_G)
        )
        paid_N_2 = np.stack([reward_P_G.ravel(), advantage_P_G.ravel()], axis=1)
        return torch.tensor(paid_N_2, device=device, dtype=torch.float32)

    def _paid(self, rows_N_F: Array, size: int) -> tuple[Array, Array]:
        """Advantages and rewards of groups, each of shape (P, G); the same draw at each call."""
        signals, formula = signals_of(in_groups(rows_N_F, size)), self.settings.formula
        seed = [self.args.seed, self.state.global_step]
        advantage_P_G = advantages(signals, formula, np.random.default_rng(seed))
        return advantage_P_G, rewards(signals, formula, np.random.default_rng(seed))

    # ------------------------------------------------------------------- update and evaluate

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> Any:
        """As upstream; a loss that is no number ends the training."""
        loss = super().training_step(model, inputs, num_items_in_batch)
        for value in self.processes.gathered(float(loss)):
            check_finite(value, self.state.global_step + 1)
        return loss

    def evaluate_held_out(self) -> None:
        """Pass@1 on the problems held out, sampled with random numbers apart from training's.

        Where they can't be dealt out evenly, some are answered twice and one answer is dropped: all
        processes must sample equally often.
        """
        rank, count = self.processes.rank, self.processes.count
        asked = [asked for asked in self._held_out for _ in range(self.settings.held_out_samples)]
        share = -(-len(asked) // count)
        own = [asked[place % len(asked)] for place in range(rank, share * count, count)]
        replies: list[Judged] = []
        size = self.settings.prompts * self.settings.group_size // count
        self.model.eval()
        with random_numbers_apart(self.args.seed + rank):
            for begin in range(0, share, size):
                replies += self._answered(own[begin : begin + size])
        self.model.train()
        self.assessor.seconds()  # they are no part of a step
        step, shares = self.state.global_step, self.processes.gathered(replies)
        everyones = [shares[place % count][place // count] for place in range(len(asked))]
        estimate = self.processes.together(lambda: self.journal.evaluated(step, everyones))
        if estimate is not None and step:  # to wherever TRL reports, with the step that it followed
            self._metrics["train"]["held_out_pass_at_1"] = [estimate.value]
        elif estimate is not None:
            self.log({"held_out_pass_at_1": estimate.value})

    def _answered(self, asked: Sequence[Asked]) -> list[Judged]:
        self._batch = Batch(asked, self._reader, self.assessor, paid=False)
        self._generate_single_turn([row.rendered.ids for row in asked], None, {}, 1)
        return self.processes.together(self._batch.judged)

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """The run writes a card of its own."""


def _reward(**_: Any) -> list[float]:
    """Stands for the first column of `_calculate_rewards`, which is only shown."""
    raise NotImplementedError


def _advantage(**_: Any) -> list[float]:
    """Stands for the second, which trains."""
    raise NotImplementedError
