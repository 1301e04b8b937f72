"""A judge's word on one reasoning: what is read as a vote, and what votes come to."""

import json

import pytest
import tiny
from hypothesis import given, strategies as st

from lcbrb.errors import BadInputError, UsageError
from lcbrb.judges.soundness import judge_spec, judgement, open_soundness_judge, read_soundness
from lcbrb.judges.templates import Mode, load_template
from lcbrb.types import Generation, PromptForm, Reading, SoundnessVote, StopReason

TEMPLATE = load_template("reasoning", Mode.SOUNDNESS)
GOOD = '{"sound": true, "fits": false, "mistake": " off by one "}'


def read(text, **fields):
    return read_soundness(Generation(text=text, **fields), TEMPLATE)


@pytest.mark.parametrize(
    "text",
    [
        f"Judgement: {GOOD}",
        f"Step 1 is {{wrong}}.\n\n**Judgement:** `{GOOD}`\n",
        f"<think>{{}} Judgement: {{}}</think>\n```json\n{GOOD}\n```",
        'At first {"sound": false, "fits": true}, but: ' + GOOD,
        GOOD.replace("true", '"Yes"').replace("false", '"no"'),
        GOOD.replace(", ", ",\n  "),
    ],
)
def test_the_object_at_the_end_is_the_vote(text):
    vote = read(text)
    assert (vote.reading, vote.sound, vote.fits, vote.mistake) == (
        Reading.READ,
        True,
        False,
        "off by one",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It is sound.",
        '{"sound": true}',
        '{"sound": 1, "fits": true}',
        '{"sound": "maybe", "fits": true}',
        '{"sound": true, "fits": true, "sound": false}',
        f"{GOOD} But on second thought it is flawed.",
        f"{GOOD}\n{{broken",
        '[{"sound": true, "fits": true}, 1]',
        '{"a": ' * 3000,
        f"<think>{GOOD}",
    ],
)
def test_what_is_no_plain_object_at_the_end_is_no_vote(text):
    assert read(text) == SoundnessVote(reading=Reading.UNPARSABLE)


def test_a_cut_reply_counts_by_its_whole_lines():
    cut = StopReason.LENGTH
    assert read("Judgement: " + GOOD, stop_reason=cut).reading is Reading.TRUNCATED
    assert read(f"Judgement: {GOOD}\n", stop_reason=cut).reading is Reading.READ


@given(st.text(max_size=80) | st.lists(st.sampled_from(["{", "}", '"sound"', ":", "true"])))
def test_no_text_raises(text):
    read(text if isinstance(text, str) else "".join(text))


@given(st.booleans(), st.booleans(), st.text(max_size=20), st.text(max_size=20))
def test_whatever_stands_before_it_an_object_is_read_back(sound, fits, mistake, before):
    line = json.dumps({"sound": sound, "fits": fits, "mistake": mistake})
    vote = read(f"Hm. {before.replace('<', '').replace('{', '').replace('[', '')}\n{line}")
    if vote.reading is Reading.READ:
        assert (vote.sound, vote.fits, vote.mistake) == (sound, fits, mistake.strip())


def vote(sound, *, fits=True, mistake=""):
    return SoundnessVote(reading=Reading.READ, sound=sound, fits=fits, mistake=mistake)


UNREAD = SoundnessVote(reading=Reading.UNPARSABLE)


@pytest.mark.parametrize(
    ("votes", "sound"),
    [
        ([vote(True)], True),
        ([vote(True), vote(False)], None),
        ([vote(True), vote(False), vote(False)], False),
        ([vote(True), UNREAD, UNREAD], True),
        ([UNREAD], None),
    ],
)
def test_the_majority_of_the_votes_that_were_read_counts_and_all_are_kept(votes, sound):
    made = judgement("j", votes)
    assert (made.sound, made.votes) == (sound, tuple(votes))


def test_the_note_is_a_mistake_that_the_majority_names():
    made = judgement("j", [vote(True, mistake="none"), vote(False, mistake="off"), vote(False)])
    assert (made.note, made.fits) == ("off", True)


def test_the_judge_sees_problem_reasoning_and_solution_and_no_verdict(tmp_path):
    judge = open_soundness_judge("openai:m@http://localhost:1/v1?votes=3&concurrency=9")
    told = judge.prompt(tiny.problem(), tiny.completion("Plan {solution}.", solution="go()"))
    text = told.messages[-1].content
    for part in ("Solve p1.", "Plan {solution}.", "go()"):
        assert text.count(part) == 1
    assert judge.id == f"openai:m@http://localhost:1/v1 ({TEMPLATE.version}, 3 votes)"
    named = open_soundness_judge("openai:m@http://localhost:1/v1?votes=3&name=ours")
    assert named.id == f"ours ({TEMPLATE.version}, 3 votes)"


def test_options_and_templates_of_other_modes_are_refused(tmp_path):
    assert judge_spec("judge:smollm2?votes=2")[0].mode is Mode.SOUNDNESS
    with pytest.raises(UsageError, match="mode=pairwise can't be used here: use mode=soundness"):
        judge_spec("smollm2?mode=pairwise")
    with pytest.raises(UsageError, match="'low' of judge is for mode=pointwise, not soundness"):
        judge_spec("smollm2?low=2")
    (tmp_path / "own.toml").write_text("user = '{response}'")
    with pytest.raises(BadInputError, match=r"no \{solution\} in it"):
        open_soundness_judge(f"openai:m@http://localhost:1?template={tmp_path / 'own.toml'}")


def test_a_base_model_goes_on_from_the_marker(tmp_path):
    text = "{response}{solution}\n"
    (tmp_path / "own.toml").write_text(
        f'user = "{{response}}{{solution}}"\nraw = """{text}Judgement:"""'
    )
    template = load_template(str(tmp_path / "own.toml"), Mode.SOUNDNESS)
    reply = Generation(text=f" {GOOD}", form=PromptForm.RAW)
    assert read_soundness(reply, template).sound is True
