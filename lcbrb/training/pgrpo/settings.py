"""What a policy's training is told, checked before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from lcbrb.errors import UsageError
from lcbrb.prompts.think_answer import THINK_ANSWER
from lcbrb.training.pgrpo_reward import Arm, Formula, Scale
from lcbrb.training.settings import Share, TrainerSettings

_LORA_RATE, _FULL_RATE = 1e-5, 1e-6
_EVALUATIONS = 3  # beside the one before the first step, without which no alarm is raised
#: of TRL's configuration, what is decided here and must not be said twice
OWN = frozenset(
    "output_dir num_generations per_device_train_batch_size gradient_accumulation_steps "
    "steps_per_generation generation_batch_size num_iterations max_completion_length temperature "
    "top_p learning_rate max_steps seed beta epsilon epsilon_high loss_type scale_rewards "
    "reward_weights multi_objective_aggregation mask_truncated_completions logging_steps "
    "logging_nan_inf_filter eval_strategy eval_steps save_strategy save_steps report_to "
    "remove_unused_columns num_train_epochs data_seed shuffle_dataset num_generations_eval "
    "per_device_eval_batch_size lr_scheduler_type warmup_steps max_grad_norm save_total_limit "
    "save_only_model ignore_data_skip chat_template_kwargs disable_dropout".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings(TrainerSettings):
    """How a policy is trained, beside what `TrainerSettings` has.

    Attributes:
        arm: the formula of rewards and advantages (`lcbrb.training.pgrpo_reward`).
        thinking_weight: of the thinking reward (w).
        scale_rewards: ``group`` divides by the group's standard deviation, ``none`` does not.
        min_spread: all-correct groups with less spread of thinking scores have no thinking term.
        group_size: completions of each prompt (G).
        prompts: of each generated batch; with `group_size` it is what is sampled at once.
        updates: optimizer steps taken on each generated batch. With one, clipping never acts.
        micro_batch: completions that go through the model at once.
        steps: optimizer steps in all.
        warmup: steps in which the rate rises; then it is constant.
        clip_low, clip_high: by how much a token's probability ratio may leave 1 before it is
            clipped; higher above than below (clip-higher, arXiv 2503.14476).
        temperature, top_p: of sampling.
        max_tokens: of a reply. One that reaches it counts as failed.
        mask_truncated: leave cut replies out of the loss (they stay in their group's mean).
        resample: how often groups without spread are sampled again before they are trained on.
        parts: in how many parts a batch is sampled, each of which is graded while the next is
            sampled; on a GPU one is quickest, and grading runs beside the log-probabilities.
        template: how problems are put: ``think-answer``, or a text with {prompt} or {problem}.
        solved_in: a run folder of `lcbrb bench` by which problems are chosen: those of which the
            policy there solved a share from `solve_low` to `solve_high`. Problems that are always
            or never solved have no gradient.
        solve_low, solve_high: that share, both ends included.
        held_out_problems: the most that are evaluated on.
        held_out_samples: replies to each of them, at the training's temperature.
        eval_every: steps between evaluations; 0 for the start and the end only.
        save_every: steps between checkpoints; 0 for the end only.
        lora_rank: 0 trains all weights; else adapters of this rank on all linear layers.
        alarm: the command's exit code is 1 where the reward-hacking alarm was raised.
        trl: more of TRL's ``GRPOConfig``, by name (``trl.use_vllm=true``), that is not said above.

    The rate is 1e-6, with LoRA 1e-5.

    Raises:
        UsageError: settings that do not go together.
    """

    arm: Arm = Arm.PGRPO
    thinking_weight: NonNegativeFloat = 1.0
    scale_rewards: Scale = Scale.GROUP
    min_spread: NonNegativeFloat = 0.0
    group_size: Annotated[int, Field(ge=2)] = 8
    prompts: PositiveInt = 16
    updates: PositiveInt = 2
    micro_batch: PositiveInt = 8
    steps: PositiveInt = 200
    warmup: NonNegativeInt = 0
    clip_low: Share = 0.2
    clip_high: PositiveFloat = 0.28
    temperature: PositiveFloat = 1.0
    top_p: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    max_tokens: PositiveInt = 4096
    mask_truncated: bool = False
    resample: NonNegativeInt = 0
    parts: PositiveInt = 1
    template: str = THINK_ANSWER
    solved_in: str | None = None
    solve_low: Share = 0.1
    solve_high: Annotated[float, Field(gt=0.0, le=1.0)] = 0.9
    held_out_problems: PositiveInt = 200
    held_out_samples: PositiveInt = 1
    eval_every: NonNegativeInt = 20
    save_every: NonNegativeInt = 20
    lora_rank: NonNegativeInt = 0
    alarm: bool = False
    trl: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if taken := sorted(OWN & self.trl.keys()):
            raise UsageError(f"trl.{taken[0]} is set by lcbrb's own settings (docs/pgrpo.md)")
        if self.dtype in {"bfloat16", "float16"} and not self.lora_rank:
            raise UsageError(
                f"dtype {self.dtype} for all weights: steps of {self.rate:g} are lost in "
                "rounding. Leave dtype out (weights in float32, computation in bfloat16 on a "
                "GPU), or train adapters (lora_rank=16)"
            )
        if self.alarm and self.steps < _EVALUATIONS * max(self.eval_every, 1):
            raise UsageError(
                f"alarm=true, but {self.steps} steps with eval_every {self.eval_every} are too "
                f"few: the alarm needs {_EVALUATIONS + 1} evaluations"
            )
        if self.alarm and not self.eval_every:
            raise UsageError("alarm=true needs evaluations: set eval_every above 0")
        if self.prompts % self.parts:
            raise UsageError(f"prompts {self.prompts} is not a multiple of parts {self.parts}")
        batch = self.prompts * self.group_size
        if batch % (self.updates * self.micro_batch):
            raise UsageError(
                f"a batch of {self.prompts} prompts x {self.group_size} completions can't be "
                f"taken in {self.updates} updates of micro batches of {self.micro_batch}: choose "
                "numbers that divide evenly"
            )
        for name in ("steps", "eval_every", "save_every"):
            if getattr(self, name) % self.updates:
                raise UsageError(
                    f"{name} {getattr(self, name)} is not a multiple of updates {self.updates}: "
                    "evaluations, checkpoints and the end of training fall between generated "
                    "batches"
                )

    @property
    def formula(self) -> Formula:
        """The arm with its settings."""
        return Formula(
            arm=self.arm,
            weight=self.thinking_weight,
            scale=self.scale_rewards,
            min_spread=self.min_spread,
        )

    @property
    def rate(self) -> float:
        """The learning rate, said or not."""
        return self.learning_rate or (_LORA_RATE if self.lora_rank else _FULL_RATE)
