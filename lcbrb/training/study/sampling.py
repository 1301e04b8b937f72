"""A small policy in this process: its tokenizer, and replies, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lcbrb.training.study import task, traces

_AT_ONCE = 512  # replies of a batch
PAD, END_OF_TEXT, UNKNOWN = "[PAD]", "[EOS]", "[UNK]"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallPolicy:
    """A causal language model with its tokenizer, and the most tokens of a reply."""

    model: Any
    tokenizer: Any
    most_tokens: int

    def replies(self, prompts: Sequence[str], *, seed: int, greedy: bool = False) -> list[str]:
        """A reply for each prompt, at temperature 1 or greedy; the same for the same seed.

        A reply that was cut lacks its last tags, so it is not well formed.
        """
        import torch

        self.model.eval()
        texts: list[str] = []
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for begin in range(0, len(prompts), _AT_ONCE):
                texts += self._replies(list(prompts[begin : begin + _AT_ONCE]), greedy=greedy)
        return texts

    def _replies(self, prompts: list[str], *, greedy: bool) -> list[str]:
        read = self.tokenizer(
            prompts, return_tensors="pt", padding=True, return_token_type_ids=False
        )
        how: dict[str, Any] = {"do_sample": False}
        if not greedy:
            how = {"do_sample": True, "temperature": 1.0, "top_p": 1.0, "top_k": 0}
        ids_B_T = self.model.generate(
            **read,
            **how,
            max_new_tokens=self.most_tokens,
            pad_token_id=self.tokenizer.pad_token_id,
        )
        new_B_R = ids_B_T[:, read["input_ids"].shape[1] :]
        replies: list[str] = self.tokenizer.batch_decode(new_B_R, skip_special_tokens=True)
        return replies


def make_tokenizer(settings: task.TaskSettings) -> Any:
    """A `PreTrainedTokenizerFast` of the task's words, parted by single spaces.

    The tags of reasoning and answer are words like others: as special tokens they would be lost
    where a trainer decodes completions without those.
    """
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    known = [PAD, END_OF_TEXT, UNKNOWN, *traces.words(settings), *task.words(settings)]
    vocabulary = {word: number for number, word in enumerate(known)}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex(" "), "removed")
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token=PAD,
        eos_token=END_OF_TEXT,
        unk_token=UNKNOWN,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )
