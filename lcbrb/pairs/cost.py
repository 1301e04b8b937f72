"""What a build will cost at most: samples, tokens, programs and judgements, before it starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lcbrb.types import Problem, Prompt

#: characters of a token, roughly: models differ, and so do languages
CHARACTERS_A_TOKEN = 4
_RUBRIC_TOKENS = 500  # of a judge's own words


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCost:
    """The most that a build takes; problems that stop early take less.

    Tokens of prompts are guessed from their characters, those of replies are the most that the
    settings allow. `least_samples` are those of the first round. `programs` (or answers) are
    graded.
    """

    problems: int
    samples: int
    least_samples: int
    prompt_tokens: int
    reply_tokens: int
    programs: int
    judgements: int
    judge_prompt_tokens: int
    judge_reply_tokens: int

    @property
    def sentences(self) -> list[str]:
        """For people."""
        sentences = []
        if self.samples:
            sentences.append(
                f"at most {self.samples:,} samples of {self.problems:,} problems (at least "
                f"{self.least_samples:,}): about {self.prompt_tokens:,} tokens of prompts, and up "
                f"to {self.reply_tokens:,} of replies"
            )
        sentences.append(f"at most {self.programs:,} programs or answers to grade")
        if self.judgements:
            sentences.append(
                f"at most {self.judgements:,} replies of the judge: up to about "
                f"{self.judge_prompt_tokens:,} tokens of prompts and {self.judge_reply_tokens:,} "
                "of replies"
            )
        return sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What the cost depends on: samples a problem (`first` in the first round) of so many policies.

    `votes` and `vote_tokens` are a judge's; no votes: none is asked.
    """

    policies: int
    n: int
    first: int
    max_tokens: int
    votes: int = 0
    vote_tokens: int = 0


def cost_of_sampling(
    problems: Sequence[Problem], prompts: Sequence[Prompt], asking: Asking
) -> PairCost:
    """Of completions that are still to be drawn."""
    each = asking.policies * asking.n
    asked = sum(_tokens(message.content) for prompt in prompts for message in prompt.messages)
    statements = sum(_tokens(problem.prompt) for problem in problems)
    samples = len(problems) * each
    votes = samples * asking.votes
    # what is judged is a part of the reply, twice at most: the reasoning and the solution
    shown = statements * each + samples * (asking.max_tokens + _RUBRIC_TOKENS)
    return PairCost(
        problems=len(problems),
        samples=samples,
        least_samples=len(problems) * asking.policies * asking.first,
        prompt_tokens=asked * each,
        reply_tokens=samples * asking.max_tokens,
        programs=samples,
        judgements=votes,
        judge_prompt_tokens=shown * asking.votes,
        judge_reply_tokens=votes * asking.vote_tokens,
    )


def cost_of_recorded(
    answered: Sequence[tuple[Problem, str]], votes: int = 0, vote_tokens: int = 0
) -> PairCost:
    """Of completions that are there, each with its problem: grading and judging."""
    shown = sum(_tokens(problem.prompt) + _tokens(text) for problem, text in answered)
    return PairCost(
        problems=len({problem.id for problem, _ in answered}),
        samples=0,
        least_samples=0,
        prompt_tokens=0,
        reply_tokens=0,
        programs=len(answered),
        judgements=len(answered) * votes,
        judge_prompt_tokens=(shown + len(answered) * _RUBRIC_TOKENS) * votes,
        judge_reply_tokens=len(answered) * votes * vote_tokens,
    )


def _tokens(text: str) -> int:
    return -(-len(text) // CHARACTERS_A_TOKEN)
