"""What a shortcut may read of a text: how long it is, how it is set, its words, its code, its tone.

Every function is a text to counts by name, in time linear in the text.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable

from lcbrb.pairs.texts import leaks_verdict, without_code
from lcbrb.replies.fences import fences
from lcbrb.rewards.kinds.baselines import formatting

Counts = dict[str, float]
Reader = Callable[[str], Counts]

_WORD = re.compile(r"[^\W\d_]+|\d+")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
_CODE_TOKEN = re.compile(r"[^\W\d]\w*|\d+|[^\w\s]")
_LONGEST_NAME = 40  # characters of a word; what is longer is no word

#: how a text may speak of its own verdict; where two ways begin at one place, the first counts
_TONES = {
    "says it fails": r"incorrect\w*|wrong\w*|bugs?|buggy|fail(?:s|ed|ing|ure)?|errors?|mistakes?|"
    r"flaw(?:s|ed)?|broken|invalid",
    "says it passes": r"correct(?:ly|ness)?|pass(?:es|ed)?|works?|working|verif(?:y|ied|ies)|"
    r"as expected|accepted|valid",
    "not sure": r"maybe|perhaps|might|probably|possibly|unsure|not sure|hope(?:fully)?|seems?|"
    r"i think|i guess",
    "sure": r"sure|clear(?:ly)?|obvious(?:ly)?|certain(?:ly)?|definitely|undoubtedly|of course",
    "takes it back": r"wait|actually|hmm+|oops|on second thought|let me re\w+|re-?check\w*",
    "too slow": r"time ?limit|tle|too slow|time[sd]? ?out|inefficient|brute[- ]force",
    "gives up": r"cannot|can't|unable|give up|no solution|impossible",
    "checks": r"check(?:s|ed|ing)?|test(?:s|ed|ing)?|edge cases?|examples?|trace",
}
_TONE = re.compile(r"\b(?:" + "|".join(f"({words})" for words in _TONES.values()) + r")\b")


def length_of(text: str) -> Counts:
    """Logarithms of characters, words, lines and sentences."""
    return {
        "characters": math.log1p(len(text)),
        "words": math.log1p(word_count(text)),
        "lines": math.log1p(text.count("\n")),
        "sentences": math.log1p(len(_SENTENCE_END.findall(text))),
    }


def format_of(text: str) -> Counts:
    """log2(1 + pieces) of each feature that `lcbrb.rewards.kinds.baselines` counts."""
    return {name: math.log2(1 + count) for name, count in formatting(text).items()}


def words_of(text: str) -> Counts:
    """log(1 + how often) of each word, in lower case; a number is its digits."""
    counts = Counter(word[:_LONGEST_NAME] for word in _WORD.findall(text.lower()))
    return {word: math.log1p(count) for word, count in counts.items()}


def code_in(text: str) -> str:
    """What stands in code fences, joined."""
    return "\n".join(fence.code for fence in fences(text))


def has_code(text: str) -> bool:
    """Whether a text has a code fence with something in it."""
    return ("```" in text or "~~~" in text) and bool(code_in(text).strip())


def code_of(text: str) -> Counts:
    """The tokens of the fenced code, and how long it is; nothing of a text without any."""
    code = code_in(text)
    if not code.strip():
        return {}
    tokens = Counter(token[:_LONGEST_NAME] for token in _CODE_TOKEN.findall(code))
    counts = {f"`{token}`": math.log1p(count) for token, count in tokens.items()}
    return {**counts, "code: characters": math.log1p(len(code)), "code: any": 1.0}


def prose_of(text: str) -> Counts:
    """The words outside code fences."""
    return words_of(without_code(text))


def tone_of(text: str) -> Counts:
    """log2(1 + how often) the text speaks of its verdict, by the manner."""
    tones = Counter(match.lastindex for match in _TONE.finditer(text.lower()))
    counts = {name: math.log2(1 + tones[place]) for place, name in enumerate(_TONES, start=1)}
    return {**counts, "states a verdict": float(leaks_verdict(text))}


def word_count(text: str) -> int:
    """Words and numbers."""
    return len(_WORD.findall(text))
