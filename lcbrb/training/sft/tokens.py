"""Examples as token ids: the prompt as `lcbrb bench` asks it, the reply with the end of its turn.

The loss is on the reply and its end alone. Prompt and reply are tokenised apart, as they come in
sampling too: a prompt has the ids that the trained policy is asked with later, whatever follows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lcbrb.errors import UsageError
from lcbrb.models.chat_template import chat_text
from lcbrb.policies.rendering import Rendered, render
from lcbrb.training.sft.examples import Example
from lcbrb.training.tokenised import Tokenised, tokenised
from lcbrb.types import OverLongExample, PromptForm, Sampling

_REPLY = "lcbrb-reply"


@dataclass(frozen=True, slots=True)
class TokenExample:
    """An example to train on, as tokens."""

    example: Example
    prompt: list[int]
    reply: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a policy is asked: what `lcbrb bench` reads off the same spec.

    `ends` are the tokens at which it stops, `switches` are of its chat template.
    """

    tokenizer: Any
    form: PromptForm
    ends: Collection[int]
    system_prompt: str | None = None
    switches: Mapping[str, Any]

    def rendered(self, examples: Sequence[Example]) -> list[Rendered]:
        """The prompts in tokens.

        Raises:
            UsageError: the chat template does not take the messages.
        """
        prompts = [example.prompt for example in examples]
        sampling = Sampling(system_prompt=self.system_prompt)
        return render(self.tokenizer, prompts, sampling, self.form, self.switches)

    def end(self) -> list[int]:
        """The tokens of a reply's end.

        In the chat form what the template writes behind a reply, up to the first token at which the
        policy stops; else, and where there is none, the tokenizer's end of text.

        Raises:
            UsageError: the tokenizer has no end of text.
        """
        if self.form is PromptForm.CHAT:
            turns = [{"role": "user", "content": "?"}, {"role": "assistant", "content": _REPLY}]
            text = chat_text(self.tokenizer, turns, **self.switches)
            _, written, behind = text.rpartition(_REPLY)
            ids = self._ids(behind) if written else []  # a template may change what it is given
            for place, token in enumerate(ids):
                if token in self.ends:
                    return ids[: place + 1]
        if self.tokenizer.eos_token_id is None:
            raise UsageError(
                "the policy's tokenizer has no end-of-text token, so replies could never end"
            )
        return [self.tokenizer.eos_token_id]

    def reply(self, example: Example, rendered: Rendered) -> list[int]:
        """A reply's tokens, without its end and without what the prompt has opened already.

        Raises:
            UsageError: the prompt opens a reasoning with which the reply does not begin.
        """
        text, opened = example.reply, rendered.lead.strip()
        if opened:
            if not text.startswith(opened):
                raise UsageError(
                    f"the chat template starts every reply with {opened}, but the reply to "
                    f"{example.problem_id} does not: use ?form=raw, or ?thinking=false if the "
                    "template has that switch"
                )
            text = text[len(opened) :]
            if rendered.lead.endswith("\n"):
                text = text.removeprefix("\n")
        return self._ids(text)

    def _ids(self, text: str) -> list[int]:
        ids = self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return list(ids)


def tokenise(
    asking: Asking, examples: Sequence[Example], limit: int, what: str
) -> Tokenised[TokenExample]:
    """Examples as tokens, in their order.

    `limit` is of a prompt and its reply together; `what` tells people what they are for.

    Raises:
        UsageError: as `Asking`; a prompt has no tokens; every example is too long.
    """
    end = asking.end()

    def rows_of(portion: Sequence[Example]) -> Iterator[tuple[TokenExample, int]]:
        for example, rendered in zip(portion, asking.rendered(portion), strict=True):
            if not rendered.ids:
                raise UsageError(f"the prompt of {example.problem_id} has no tokens")
            reply = [*asking.reply(example, rendered), *end]
            yield TokenExample(example, rendered.ids, reply), len(rendered.ids) + len(reply)

    def too_long(example: Example, tokens: int) -> OverLongExample:
        return OverLongExample(example_id=example.id, problem_id=example.problem_id, tokens=tokens)

    return tokenised(examples, rows_of, too_long, limit, what, f"more than {limit} tokens")
