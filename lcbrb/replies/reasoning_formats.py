"""How models mark their reasoning: one table, which every reader of replies follows.

A reply in any of these formats is taken apart by `lcbrb.replies.reasoning`; its markers are never
part of a program, an answer or a pair. A new format is one row here and one in the docs.

Sources: the models' chat templates, OpenAI's harmony format, and the reasoning parsers of vLLM and
SGLang, read in November 2026.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Around = tuple[str, str]  # what stands before and after an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningFormat:
    r"""One way to mark reasoning.

    Args:
        name: what the docs call it.
        opening: the markers before the reasoning, as they are written.
        closing: the markers after it.
        models: who writes it.
        answer: markers around the answer, wherever they stand after the reasoning.
        answer_next: markers around the answer that count only right behind the reasoning, as they
            are words that answers use for other things.
        opening_pattern: a regular expression for more than `opening`; '' where that is all.
        closing_pattern: likewise.
        any_case: whether capitals and small letters are the same.
        closes_alone: whether a closing marker ends reasoning that no marker opened, as where the
            chat template has put the opening one into the prompt.
        opens_alone: whether reasoning that is opened and never closed holds the rest of the reply.
    """

    name: str
    opening: tuple[str, ...]
    closing: tuple[str, ...]
    models: str
    answer: tuple[Around, ...] = ()
    answer_next: tuple[Around, ...] = ()
    opening_pattern: str = ""
    closing_pattern: str = ""
    any_case: bool = False
    closes_alone: bool = True
    opens_alone: bool = True


def _marked(name: str, opening: str, closing: str, models: str, *answer: Around) -> ReasoningFormat:
    """A format with one marker before and one after the reasoning."""
    return ReasoningFormat(
        name=name, opening=(opening,), closing=(closing,), models=models, answer=answer
    )


_TAGS = ("think", "thinking", "thought", "thoughts", "reasoning")
_START = r"(?:<\|end\|>\s{0,9})?(?:<\|start\|>assistant[^<\n]{0,99})?"
_MESSAGE = r"[^<\n]{0,99}(?:<\|constrain\|>[^<\n]{0,99})?(?:<\|message\|>)?"

FORMATS = (
    ReasoningFormat(
        name="tags",
        opening=tuple(f"<{name}>" for name in _TAGS),
        closing=tuple(f"</{name}>" for name in _TAGS),
        any_case=True,
        answer=(("<answer>", "</answer>"),),
        answer_next=(
            ("<output>", "</output>"),
            ("<response>", "</response>"),
            ("<solution>", "</solution>"),
        ),
        models="DeepSeek-R1 and V3.1, its distilled models, R1-Zero's template (`<answer>`), QwQ, "
        "Qwen3, GLM-4.5, Kimi-K2, MiniMax-M1 and M2, Hunyuan-A13B (`<answer>`), Nemotron, Olmo 3, "
        "Phi-4-reasoning, SmolLM3, Step3, ERNIE-4.5 (`<response>`), EXAONE Deep (`<thought>`), "
        "Marco-o1 (`<Thought>`, `<Output>`), Reflection (`<thinking>`, `<output>`)",
    ),
    ReasoningFormat(
        name="reflection",
        opening=("<reflection>",),
        closing=("</reflection>",),
        any_case=True,
        closes_alone=False,
        models="Reflection, after `<thinking>`",
    ),
    ReasoningFormat(
        name="harmony",
        opening=("<|channel|>analysis<|message|>", "<|channel|>commentary<|message|>"),
        closing=("<|channel|>final<|message|>",),
        opening_pattern=rf"{_START}<\|channel\|>(?:analysis|commentary){_MESSAGE}",
        closing_pattern=rf"{_START}<\|channel\|>final{_MESSAGE}|<\|start\|>assistant<\|message\|>",
        models="gpt-oss",
    ),
    ReasoningFormat(
        name="harmony without its tokens",
        opening=("analysis",),
        closing=("assistantfinal",),
        opening_pattern=r"\A\s{0,9}(?:assistant)?analysis(?=[A-Z])",
        closing_pattern=r"assistantfinal(?=\S|\s|\Z)",
        closes_alone=False,
        models="gpt-oss, where a server drops special tokens",
    ),
    _marked("Mistral", "[THINK]", "[/THINK]", "Magistral, Ministral 3"),
    _marked("Kimi", "◁think▷", "◁/think▷", "Kimi-VL-Thinking, Kimi-Dev"),
    _marked(
        "Kimi K3",
        "<|open|>think<|sep|>",
        "<|close|>think<|sep|>",
        "Kimi K3",
        ("<|open|>response<|sep|>", "<|close|>response<|sep|>"),
    ),
    _marked("Seed", "<seed:think>", "</seed:think>", "Seed-OSS (with `<seed:cot_budget_reflect>`)"),
    _marked(
        "thought and solution",
        "<|begin_of_thought|>",
        "<|end_of_thought|>",
        "Sky-T1, OpenThinker",
        ("<|begin_of_solution|>", "<|end_of_solution|>"),
    ),
    _marked(
        "Cohere",
        "<|START_THINKING|>",
        "<|END_THINKING|>",
        "Command A Reasoning, Command R7B",
        ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
        ("<|START_TEXT|>", "<|END_TEXT|>"),
    ),
    _marked(
        "Apertus",
        "<|inner_prefix|>",
        "<|inner_suffix|>",
        "Apertus",
        ("<|answer_prefix|>", "<|answer_suffix|>"),
    ),
    _marked("LongCat", "<longcat_think>", "</longcat_think>", "LongCat-Flash-Thinking"),
    _marked("MiniMax M3", "<mm:think>", "</mm:think>", "MiniMax-M3"),
    _marked("Solar", "<|think:start|>", "<|think:end|>", "Solar Open 2"),
    ReasoningFormat(
        name="Gemma",
        opening=("<|channel>thought",),
        closing=("<channel|>",),
        opening_pattern=r"<\|channel>(?:thought\b)?",
        models="Gemma 4",
    ),
    ReasoningFormat(
        name="MedGemma",
        opening=("<unused94>thought",),
        closing=("<unused95>",),
        opening_pattern=r"<unused94>(?:thought\b)?",
        models="MedGemma 1.5",
    ),
    ReasoningFormat(
        name="Inkling",
        opening=("<|message_model|><|content_thinking|>",),
        closing=("<|message_model|><|content_text|>",),
        opening_pattern=r"(?:<\|message_model\|>[^<\n]{0,99})?<\|content_thinking\|>",
        closing_pattern=r"(?:<\|end_message\|>\s{0,9})?(?:<\|message_model\|>[^<\n]{0,99})?"
        r"<\|content_text\|>",
        models="Inkling",
    ),
    _marked("Pangu", "[unused16]", "[unused17]", "openPangu"),
    ReasoningFormat(
        name="HyperCLOVA",
        opening=("/think",),
        closing=("<|im_end|><|im_start|>assistant",),
        opening_pattern=r"\A\s{0,9}/think\n",
        closing_pattern=r"<\|im_end\|>\s{0,9}<\|im_start\|>assistant\b",
        closes_alone=False,
        models="HyperCLOVA X SEED Think 14B",
    ),
    ReasoningFormat(
        name="Granite",
        opening=("Here is my thought process:",),
        closing=("Here is my response:",),
        opening_pattern=r"\A\s{0,9}Here(?: is|'s) my thought process:",
        closing_pattern=r"^[ \t]{0,9}Here(?: is|'s) my response:",
        closes_alone=False,
        opens_alone=False,
        models="Granite 3.2",
    ),
    ReasoningFormat(
        name="headings",
        opening=("## Thinking",),
        closing=("## Final Response",),
        opening_pattern=r"\A\s{0,9}##[ ]Thinking[ \t]{0,9}$",
        closing_pattern=r"^##[ ]Final Response[ \t]{0,9}$",
        closes_alone=False,
        opens_alone=False,
        models="HuatuoGPT-o1",
    ),
)

#: notes that a model makes of its budget within its reasoning; they are none of it
NOTES = re.compile(r"<seed:cot_budget_reflect>[^<]{0,999}(?:</seed:cot_budget_reflect>)?")

#: tokens with which a turn ends: at a line's end, they end the reply
END_TOKENS = (
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|end_of_text|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<|eot|>",
    "<|eom|>",
    "<|end_message|>",
    "<|end_of_msg|>",
    "<|end_of_turn|>",
    "<|endofturn|>",
    "[|endofturn|]",
    "<|assistant_end|>",
    "<|END_OF_TURN_TOKEN|>",
    "<\uff5cend\u2581of\u2581sentence\uff5c>",
    "<end_of_turn>",
    "<turn|>",
    "<seed:eos>",
)

#: likewise, but texts hold them for other reasons: they count at the reply's end only
LAST_TOKENS = ("</s>", "<eos>", "[DONE]", "[e~[")
