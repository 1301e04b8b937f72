"""Other people's classes and factories: each failure is one sentence and stops no other model."""

import json
import math

import pytest
import tiny
from typer.testing import CliRunner

from lcbrb.cli.main import app
from lcbrb.errors import (
    BadScoreError,
    IncompleteRunError,
    LcbrbError,
    ModelLoadError,
    SetupError,
    UsageError,
)
from lcbrb.protocols.reward import Item, PairSet
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import PairwiseModel, RewardModel
from lcbrb.rewards.evaluation import evaluate
from lcbrb.rewards.pair_scores import score_portion
from lcbrb.rewards.selection import Selection

CODE = """
import math
from lcbrb.errors import UsageError
from lcbrb.protocols.reward import Prepared
from lcbrb.rewards.base import RewardModel

class Plain:
    bounds = (0, math.inf)

    def __init__(self, spec):
        self.id = spec.text

    def score(self, items):
        return [float(len(item.response)) for item in items]

class Whole(Plain):
    revision = "r1"
    logits = True
    bounds = (-math.inf, math.inf)
    identity = {"size": (1, 2)}
    loaded = 0

    def load(self):
        self.loaded += 1

    def truncated(self, items):
        return [True for _ in items]

    def prepare(self, items):
        lengths = tuple(len(item.response) for item in items)
        return Prepared(lengths=lengths, truncated=(False,) * len(items), inputs=items)

    def score_prepared(self, prepared):
        return [1.0 + length for length in prepared.lengths]

class Inherits(RewardModel):
    each_alone = True

    def __init__(self, spec):
        self.id = spec.text

    def score(self, items):
        return [float(len(item.response)) for item in items]

class BoundedLogits(Plain):
    logits = True

class ScoreRaises(Plain):
    def score(self, items):
        raise KeyError("not\\nthere")

class ScoreExits(Plain):
    def score(self, items):
        raise SystemExit("enough")

class ScoreOurs(Plain):
    def score(self, items):
        raise UsageError("ask otherwise")

class ScoreNone(Plain):
    def score(self, items):
        return None

class ScoreTexts(Plain):
    def score(self, items):
        return ["good" for _ in items]

class ScoreFew(Plain):
    def score(self, items):
        return [1.0]

class ScoreGenerator(Plain):
    def score(self, items):
        yield from (1.0 for _ in items)

class ScoreSet(Plain):
    def score(self, items):
        return set(range(len(items)))

class ScoreAsync(Plain):
    async def score(self, items):
        return [1.0 for _ in items]

class LoadRaises(Plain):
    def load(self):
        raise OSError("no weights")

class TruncatedFew(Plain):
    def truncated(self, items):
        return []

class PrepareRaises(Whole):
    def prepare(self, items):
        raise RuntimeError("no words")

class PrepareOther(Whole):
    def prepare(self, items):
        return 7

class PreparedRaises(Whole):
    def score_prepared(self, prepared):
        raise RuntimeError("no numbers")

class IdentityRaises(Plain):
    @property
    def identity(self):
        raise RuntimeError("who am I")

class IdentityStrange(Plain):
    identity = {"one": object()}

class RevisionStrange(Plain):
    revision = 3

class IdNone(Plain):
    def __init__(self, spec):
        self.id = None

class IdRaises(Plain):
    def __init__(self, spec):
        pass

    @property
    def id(self):
        return 1 / 0

class BoundsNone(Plain):
    bounds = None

class BoundsText(Plain):
    bounds = "01"

class BoundsThree(Plain):
    bounds = (0, 1, 2)

class BoundsTurned(Plain):
    bounds = (1, 0)

class BoundsNan(Plain):
    bounds = (math.nan, 1)

class ScoreIsNoMethod(Plain):
    score = 3

def function_bounds(prompt, response):
    return 1.0

function_bounds.bounds = 1

class Compares:
    preference = 0.5

    def __init__(self, spec):
        self.id = spec.text

    def compare(self, pairs):
        return [self.preference for _ in pairs]

class CompareRaises(Compares):
    def compare(self, pairs):
        raise KeyError("pair")

class CompareNone(Compares):
    def compare(self, pairs):
        return None

class CompareSeven(Compares):
    preference = 7.0

class CompareMinus(Compares):
    preference = -0.1

class CompareNan(Compares):
    preference = math.nan

def factory(spec):
    return Plain(spec)

def factory_raises(spec):
    return {}["gone"]

class Called:
    def __call__(self, prompt, response):
        return 1.0

called = Called()
"""
ITEMS = [Item(prompt="p", response=text) for text in ("a", "bb", "ccc")]
PAIRS = [tiny.pair("p", "good", "bad!!")]


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    path = tmp_path_factory.mktemp("site") / "mine.py"
    path.write_text(CODE)
    return lambda name: f"python:{path}:{name}"


def evaluated(text, folder):
    pairs = PairSet(name="some", version="1", pairs=PAIRS)
    return evaluate(reward_model(text), pairs, Selection(total=1), folder)


# ------------------------------------------------------------------------------ what goes through


def test_a_model_keeps_the_members_that_it_has_and_gets_defaults_for_others(spec):
    whole, plain = reward_model(spec("Whole")), reward_model(spec("Plain"))
    assert isinstance(whole, RewardModel)
    assert (whole.revision, whole.logits, whole.identity) == ("r1", True, {"size": [1, 2]})
    whole.load()
    assert whole.has.model.loaded == 1
    assert whole.truncated(ITEMS) == [True] * 3
    assert whole.score_prepared(whole.prepare(ITEMS)) == [2.0, 3.0, 4.0]
    assert plain.score(ITEMS) == [1.0, 2.0, 3.0]
    assert (plain.id, plain.bounds) == (spec("Plain"), (0.0, math.inf))
    assert (plain.identity, plain.logits, plain.each_alone) == (None, False, False)
    assert plain.truncated(ITEMS) == [False] * 3
    assert plain.score_prepared(plain.prepare(ITEMS)) == [1.0, 2.0, 3.0]
    plain.load()
    judge = reward_model(spec("Compares"))
    assert isinstance(judge, PairwiseModel)
    assert not isinstance(judge, RewardModel)


def test_a_class_that_inherits_keeps_what_it_says_and_is_watched_too(spec):
    model = reward_model(spec("Inherits"))
    assert (model.each_alone, model.bounds) == (True, (-math.inf, math.inf))
    assert model.score_prepared(model.prepare(ITEMS)) == [1.0, 2.0, 3.0]
    assert model.revision.startswith("code:")


def test_scores_with_bounds_are_no_logits(spec):
    assert reward_model(spec("BoundedLogits")).logits is False


def test_a_model_of_ours_that_a_factory_gives_is_as_it_is(tmp_path):
    path = tmp_path / "gives.py"
    path.write_text("from lcbrb.rewards import reward_model\ndef f(spec):\n"
                    "    return reward_model('length')\n")  # fmt: skip
    assert type(reward_model(f"python:{path}:f")) is type(reward_model("length"))


# ---------------------------------------------------------------------------- what is one sentence


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("ScoreRaises", IncompleteRunError, r": score failed: KeyError: .*mine\.py, line \d+\)"),
        ("ScoreOurs", UsageError, "^ask otherwise$"),
        ("ScoreNone", BadScoreError, "score gave a NoneType for 2 items"),
        ("ScoreTexts", BadScoreError, "score gave a str for item 0"),
        ("ScoreFew", BadScoreError, "score gave 1 numbers for 2 items"),
        ("ScoreGenerator", BadScoreError, "score gave a generator for 2 items"),
        ("ScoreSet", BadScoreError, "score gave a set for 2 items"),
        ("ScoreAsync", BadScoreError, "is an async function"),
        ("LoadRaises", ModelLoadError, ": load failed: OSError: no weights"),
        ("TruncatedFew", BadScoreError, "truncated gave a list"),
        ("ScoreExits", IncompleteRunError, ": score failed: SystemExit: enough"),
        ("PrepareRaises", IncompleteRunError, ": prepare failed: RuntimeError: no words"),
        ("PrepareOther", BadScoreError, "prepare gave a int for 2 items"),
        ("PreparedRaises", IncompleteRunError, ": score_prepared failed: RuntimeError"),
        ("IdentityRaises", SetupError, ": identity failed: RuntimeError: who am I"),
        ("IdentityStrange", SetupError, "has an identity that can't be written as JSON"),
        ("RevisionStrange", SetupError, "has the revision 3"),
        ("CompareRaises", IncompleteRunError, ": compare failed: KeyError: 'pair'"),
        ("CompareNone", BadScoreError, "compare gave a NoneType for 1 items"),
        ("CompareSeven", BadScoreError, r"the preference 7\.0: it must be from 0"),
        ("CompareMinus", BadScoreError, r"the preference -0\.1: it must be from 0"),
        ("CompareNan", BadScoreError, "as nan"),
    ],
)
def test_what_fails_while_it_is_evaluated_is_one_sentence(spec, tmp_path, name, kind, words):
    with pytest.raises(kind, match=words) as caught:
        evaluated(spec(name), tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("IdNone", "has the id None"),
        ("IdRaises", ": id failed: ZeroDivisionError"),
        ("BoundsNone", "has the bounds None"),
        ("BoundsText", "has the bounds '01'"),
        ("BoundsThree", r"has the bounds \(0, 1, 2\)"),
        ("BoundsTurned", r"has the bounds \(1, 0\)"),
        ("BoundsNan", r"has the bounds \(nan, 1\)"),
        ("function_bounds", "has the bounds 1: give the lowest and the highest"),
        ("ScoreIsNoMethod", "has a score that can't be called"),
        ("factory_raises", r"was not made: KeyError: 'gone' \(mine\.py, line \d+\); fix it"),
    ],
)
def test_what_is_no_reward_model_is_refused_before_anything_is_scored(spec, name, words):
    with pytest.raises(SetupError, match=words):
        reward_model(spec(name))


@pytest.mark.parametrize(
    "name", ["ScoreRaises", "ScoreExits", "ScoreNone", "LoadRaises", "CompareRaises"]
)
def test_the_other_models_of_a_command_go_on(spec, name):
    command = ["eval", "--json", "-m", spec(name), "-m", "length"]
    done = CliRunner().invoke(app, command)
    assert isinstance(done.exception, SystemExit)
    assert done.exit_code in {3, 4}
    found = json.loads(done.stdout)
    assert [one["subject"] for one in found["records"]] == ["length"]
    assert [one["subject"] for one in found["failures"]] == [spec(name)]
    assert "Traceback" not in done.output


def test_a_member_of_an_ensemble_fails_in_one_sentence_too(spec):
    model = reward_model(f"ensemble:{spec('ScoreRaises')}|{spec('Plain')}?combine=min")
    with pytest.raises(LcbrbError, match="score failed: KeyError"):
        model.score(ITEMS)


def test_every_preference_from_0_to_1_stands(spec):
    (one,) = score_portion(reward_model(spec("Compares")), PAIRS)
    assert (one.chosen_score, one.rejected_score) == (0.5, 0.5)


# ------------------------------------------------------------------------------------- revisions


@pytest.mark.parametrize("name", ["Plain", "factory", "Compares", "called"])
def test_the_revision_of_classes_and_factories_follows_their_file(tmp_path, name):
    path = tmp_path / "mine.py"
    path.write_text(CODE)
    text = f"python:{path}:{name}"
    first, again = reward_model(text).revision, reward_model(text).revision
    assert first.startswith("code:")
    assert again == first
    path.write_text(f"{CODE}\n# changed\n")
    assert reward_model(text).revision != first


def test_a_folder_of_other_code_is_not_gone_on_with(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(CODE)
    evaluated(f"python:{path}:Plain", tmp_path / "out")
    path.write_text(CODE.replace("float(len(item.response))", "-float(len(item.response))"))
    with pytest.raises(UsageError):
        evaluated(f"python:{path}:Plain", tmp_path / "out")


def test_the_revision_of_a_factory_is_that_of_its_model_s_class_too(tmp_path, monkeypatch):
    (tmp_path / "parts_of_mine.py").write_text(CODE)
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "gives.py"
    path.write_text("import parts_of_mine\ndef f(spec):\n    return parts_of_mine.Plain(spec)\n")
    first = reward_model(f"python:{path}:f").revision
    (tmp_path / "parts_of_mine.py").write_text(f"{CODE}\n# changed\n")
    assert reward_model(f"python:{path}:f").revision != first
