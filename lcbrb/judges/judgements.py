"""What a judge's reply says: a vote, or why there is none.

The vote is what stands on the last line of the reply that begins with the template's marker
(``Verdict: A``), after the judge's own reasoning in tags. Decoration (``**Verdict: [A]**``) is
passed over. Behind a side's name the line ends, praises it (``A is better than B``), or makes a
remark that names no other side and has no word of doubt; behind a score it has no second number.
All else is no vote, as no vote is better than a wrong one, whatever stands before it. Of a reply
that was cut, only whole lines are read.

Pure functions; they raise on no text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from lcbrb.judges.templates import Rubric
from lcbrb.replies.reasoning import split_reply
from lcbrb.types import Generation, PromptForm, Reading, StopReason

_DECORATION = " \t*_`[]()\"'>#"
_LEAD = r"[\s>*_#`+-]*+(?:(?:my|the|final|overall)[ \t]+)*+"
_NOUNS = "candidate|response|option|answer|reasoning|solution|text"
_NOUN = re.compile(rf"(?:the[ \t]+)?(?:{_NOUNS})[ \t]+(?=\S)|the[ \t]+(?=\S)", re.IGNORECASE)

# behind a side's name
_CLOSED = re.compile(r"[\s_\])\"'.!]*\Z")
_PRAISE = re.compile(
    r"[\s_\])\"']+(?:wins|is[ \t]+(?:the[ \t]+)?(?:(?:much|far|clearly|slightly|somewhat|overall|"
    rf"stronger[ \t]+and)[ \t]+)*(?:better|best|stronger|superior|winner)"
    rf"(?:[ \t]+(?:one|{_NOUNS}))?(?:[ \t]+of[ \t]+the[ \t]+two)?)"
    r"(?:[ \t]+overall)?(?!\w)",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"[\s_\])\"']*(?:[(\u2013\u2014]|[:;-](?!\w)|,?[ \t]+(?:as|since|because|for)\b)", re.IGNORECASE
)
#: a remark with one of these may take the vote back, or be about the other side
_DOUBT = re.compile(
    r"(?<!\w)(?:not|\w+n['\u2019]t|cannot|no|non|never|neither|nor|none|nothing|nobody|without|"
    r"lacks?|hardly|barely|rather|instead|actually|wait|maybe|perhaps|possibly|if|unless|except|but|"
    r"however|although|though|yet|still|despite|while|whereas|or|versus|vs|than|both|others?|"
    r"opposite|opponent|rival|latter|former|first|second|one|two|wors[et]|weak(?:er|est)?|wrong|"
    r"incorrect|false|invalid|unsound|inferior|flaw(?:s|ed)?|errors?|mistakes?|bugs?|contradict\w*|"
    r"fails?|failed|loses?|lost|bad|poor(?:er)?|equal(?:ly)?|tied?|draw)(?!\w)|\?",
    re.IGNORECASE,
)
#: what may stand behind a tie and takes nothing back
_EVEN = re.compile(
    r"[\s_\])\"']*[,;:.(\u2013\u2014-]?[ \t]*(?:(?:as|since|because)[ \t]+)?(?:"
    r"(?:neither|none)(?:[ \t]+of[ \t]+(?:them|the[ \t]+two))?[ \t]+is[ \t]+better|"
    r"between[ \t]+(?:them|both|the[ \t]+two)|"
    r"(?:they|both)[ \t]+are[ \t]+equally[ \t]+\w+|"
    r"both[ \t]+are[ \t]+(?:sound|right|correct|wrong))"
    r"[)\s.!]*\Z",
    re.IGNORECASE,
)

_NUMERAL = r"[0-9]{1,18}(?:\.[0-9]{1,18})?"
_NUMBER = re.compile(
    rf"(?P<score>-?{_NUMERAL})(?:[ \t]+points?)?"
    rf"(?:[ \t]*\(?(?:/|(?:out[ \t]+)?of(?=[ \t]))[ \t]*(?P<of>{_NUMERAL}))?(?:[ \t]+points?)?"
    r"(?P<rest>(?:[ \t(]|[\]),.;:!](?![\w.])|\Z).*)\Z",
    re.DOTALL | re.IGNORECASE,
)
#: what makes the number another one, or takes it back
_OTHERWISE = re.compile(
    r"[\s\]).,;:]*(?:%|per[ \t]?cent\b|[~+*/^\u00b1=<>]|(?:and|or|to|plus|minus|times|till|"
    r"until|through|is|was|would|could|may|might|seems|too)\b|[-\u2013\u2014][ \t]*(?:zero|one|two|"
    r"three|four|five|six|seven|eight|nine|ten)\b)",
    re.IGNORECASE,
)
_COUNTED = re.compile(  # numbers that are names of places, as in "step 3"
    r"\b(?:steps?|lines?|cases?|parts?|claims?|examples?|equations?|paragraphs?|tests?|problems?)"
    r"[ \t]+[0-9]+\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Vote:
    """A reply's vote. `value` is None unless it was read.

    Of a comparison: 1 for the text that stood first, 0 for the second, 1/2 for a tie. Of a score:
    the score.
    """

    reading: Reading
    value: Fraction | None = None


Reader = Callable[[str], Fraction | None]


def read_vote(generation: Generation, reader: Reader, lead: str = "") -> Vote:
    """The vote in a reply.

    `reader` takes it from the part after the reasoning; `lead` is what a base model goes on from.
    """
    text = conclusion(generation, lead)
    value = None if text is None else reader(text)
    return Vote(Reading.READ, value) if value is not None else Vote(unread(generation))


def conclusion(generation: Generation, lead: str = "") -> str | None:
    """A reply behind the judge's own reasoning; whole lines of a cut one; None: it never ends."""
    text: str | None = generation.text
    if generation.form is PromptForm.RAW and lead:
        text = lead + generation.text
    elif generation.reasoning is None:
        text = split_reply(generation.text).answer
    if generation.stop_reason is StopReason.LENGTH and text is not None:
        text = text[: text.rfind("\n") + 1]
    return text


def unread(generation: Generation) -> Reading:
    """Why a reply in which nothing was found holds nothing."""
    cut = generation.stop_reason is StopReason.LENGTH
    return Reading.TRUNCATED if cut else Reading.UNPARSABLE


def comparison(rubric: Rubric) -> Reader:
    """Reads ``Verdict: A``: 1 for the first, 0 for the second, 1/2 for a tie."""
    values = {rubric.first: Fraction(1), rubric.second: Fraction(0), rubric.tie: Fraction(1, 2)}

    def read(text: str) -> Fraction | None:
        said = _declared(text, rubric.marker)
        if said is None:
            return None
        said = re.sub(r"[*`]", "", said)
        forms = {said, _NOUN.sub("", said, count=1) if _NOUN.match(said) else said}
        forms |= {re.sub(r"(?i)\A(?:the|an?)[ \t]+", "", said)}
        readings = {
            value for form in forms for word, value in values.items() if _says(form, word, rubric)
        }
        return readings.pop() if len(readings) == 1 else None

    return read


def _says(said: str, word: str, rubric: Rubric) -> bool:
    """Whether a line names the word, and then ends or goes on in a way that lets it stand."""
    rest = said[len(word) :]
    if said[: len(word)].casefold() != word.casefold() or rest[:1].isalnum():
        return False
    if _CLOSED.match(rest):
        return True
    if word == rubric.tie:
        return bool(_EVEN.match(rest))
    if len(word) == 1 and not said.startswith(word):
        return False  # an article, perhaps
    other = rubric.second if word == rubric.first else rubric.first
    if praise := _PRAISE.match(rest):
        rest = rest[praise.end() :]
        than = re.match(
            rf"[ \t]+than[ \t]+(?:(?:the[ \t]+)?(?:{_NOUNS})[ \t]+|the[ \t]+)?{re.escape(other)}"
            r"(?!\w)",
            rest,
            re.IGNORECASE,
        )
        rest = rest[than.end() :] if than else rest
    if _CLOSED.match(rest):
        return True
    return bool(_REMARK.match(rest)) and not _DOUBT.search(rest) and not _names(rest, other)


def _names(text: str, word: str) -> bool:
    """Whether a text has a side's word in it, also without its noun ("B" of "Candidate B")."""
    for form in {word, _NOUN.sub("", word, count=1)}:
        flags = re.NOFLAG if form == "A" else re.IGNORECASE  # "a" is an article
        if re.search(rf"(?<!\w){re.escape(form)}(?!\w)", text, flags):
            return True
    return False


def score(marker: str, low: float, high: float) -> Reader:
    """Reads ``Score: 7``, also ``7/10`` where 10 is the highest; None outside [low, high].

    The bounds are the decimal numbers that they are written as: 0.7 is seven tenths.
    """
    least, most = exact(low), exact(high)

    def read(text: str) -> Fraction | None:
        said = _declared(text, marker)
        match = _NUMBER.match(re.sub(r"[*`]", "", said)) if said is not None else None
        if match is None or (match["of"] is not None and Fraction(match["of"]) != most):
            return None
        rest = _COUNTED.sub("", match["rest"])
        if _OTHERWISE.match(match["rest"]) or any(map(str.isnumeric, rest)):
            return None
        value = Fraction(match["score"])
        return value if least <= value <= most else None

    return read


def exact(number: float) -> Fraction:
    """The decimal number that a float is written as."""
    return Fraction(str(number))


def plain(number: float) -> str:
    """A float in all its digits, without an exponent and without zeros that say nothing."""
    return format(Decimal(str(number)).normalize() + 0, "f")


def _declared(text: str, marker: str) -> str | None:
    """What follows the last marker at the beginning of a line; None where there is none.

    Where the marker's line ends with it, what follows is the next line that is not blank.
    """
    opening = re.compile(rf"{_LEAD}{re.escape(marker)}[ \t*_`]*(?:[:=]|\Z)", re.IGNORECASE)
    lines = text.splitlines()
    for place in range(len(lines) - 1, -1, -1):
        match = opening.match(lines[place])
        if match:
            rest = [lines[place][match.end() :], *lines[place + 1 :]]
            stripped = (line.strip(_DECORATION) for line in rest)
            return next((line for line in stripped if line), "")
    return None


def mean(votes: Sequence[Vote]) -> Fraction | None:
    """The mean of the votes that were read; None where none was."""
    values = [vote.value for vote in votes if vote.value is not None]
    return sum(values, Fraction(0)) / len(values) if values else None
