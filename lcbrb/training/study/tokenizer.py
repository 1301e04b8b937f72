"""A tokenizer of whole words, for policies that know nothing else."""

from __future__ import annotations

from typing import Any

from lcbrb.training.study import task, traces

PAD, END_OF_TEXT, UNKNOWN = "[PAD]", "[EOS]", "[UNK]"


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
