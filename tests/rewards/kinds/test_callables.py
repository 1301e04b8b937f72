"""Other people's functions as reward models: by entry point, by module, by file."""

import importlib
import math

import pytest
import tiny

from lcbrb.errors import BadScoreError, IncompleteRunError, SetupError, UsageError
from lcbrb.protocols.reward import Item, PairSet
from lcbrb.rewards import REWARD_MODELS, reward_model
from lcbrb.rewards.base import PairwiseModel, RewardModel
from lcbrb.rewards.evaluation import evaluate
from lcbrb.rewards.selection import Selection

ITEMS = [Item(prompt="ab", response=text) for text in ("one", "three", "three")]
CODE = """
import asyncio
import math
from lcbrb.errors import UsageError

def one(prompt, response):
    return len(prompt) + 10 * len(response)

def many(prompts, responses):
    return [len(p) + 10 * len(r) for p, r in zip(prompts, responses)]

def trl(completions, prompts=None, **rest):
    assert rest == {}
    return [len(p) + 10 * len(c) for p, c in zip(prompts, completions)]

def response_alone(response, scale=1):
    return scale * len(response)

def bounded(prompt, response):
    return 0.25

bounded.bounds = (0, 1)

def head(prompt, response):
    return 2.5

head.logits = True

class Long:
    bounds = (0.0, math.inf)

    def __init__(self, spec):
        self.id, self.scale = spec.text, float(spec.options.get("scale", 1))

    def score(self, items):
        return [self.scale * len(item.response) for item in items]

class Prefers:
    def __init__(self, spec):
        self.id = spec.text

    def compare(self, pairs):
        return [1.0 for _ in pairs]

class Called:
    def __call__(self, prompt, response):
        return 1.5

called = Called()

def nothing(prompt, response):
    return None

def words(prompt, response):
    return "good"

def truth(prompt, response):
    return True

def table(prompts, responses):
    return {r: 1.0 for r in responses}

def text(prompts, responses):
    return "1" * len(responses)

def scalar(prompts, responses):
    return 1.0

def few(prompts, responses):
    return [1.0]

def nested(prompts, responses):
    return [[1.0, 2.0] for _ in responses]

def raises(prompt, response):
    raise KeyError("not\\nthere")

def ours(prompt, response):
    raise UsageError("ask otherwise")

async def waits(prompt, response):
    return 1.0

def gives_nan(prompt, response):
    return math.nan if response == "bad" else 1.0

def strange(question, answer):
    return 1.0

def with_truth(completions, ground_truth, **rest):
    return [1.0 for _ in completions]

def prompt_alone(prompt):
    return 1.0

def no_model(spec):
    return 3

def broken(spec):
    raise ValueError("no\\ngood")

value = 3
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("site")
    (path / "users_rewards.py").write_text(CODE)
    return path


@pytest.fixture
def spec(folder):
    """The spec of a name in the file."""
    return lambda name: f"python:{folder / 'users_rewards.py'}:{name}"


# ------------------------------------------------------------------------------------- shapes


@pytest.mark.parametrize("name", ["one", "many", "trl"])
def test_functions_of_one_and_of_many_give_their_numbers(spec, name):
    model = reward_model(spec(name))
    assert isinstance(model, RewardModel)
    assert model.score(ITEMS) == [32.0, 52.0, 52.0]
    assert all(type(score) is float for score in model.score(ITEMS))
    assert model.score([]) == []
    assert model.bounds == (-math.inf, math.inf)


def test_a_function_may_read_the_response_alone_and_keep_its_defaults(spec):
    assert reward_model(spec("response_alone")).score(ITEMS) == [3.0, 5.0, 5.0]


def test_a_function_may_say_that_it_gives_logits(spec):
    assert reward_model(spec("head")).logits is True
    assert reward_model(spec("one")).logits is False


def test_a_function_may_say_its_bounds(spec):
    assert reward_model(spec("bounded")).bounds == (0.0, 1.0)


def test_an_object_that_can_be_called_is_a_function(spec):
    assert reward_model(spec("called")).score(ITEMS) == [1.5] * 3


def test_a_class_gets_the_spec_with_its_options(spec):
    model = reward_model(f"{spec('Long')}?scale=2")
    assert model.score(ITEMS) == [6.0, 10.0, 10.0]
    assert isinstance(reward_model(spec("Prefers")), PairwiseModel)


def test_numbers_of_arrays_and_tensors_are_numbers(tmp_path):
    pytest.importorskip("torch")
    path = tmp_path / "arrays.py"
    path.write_text(
        "import numpy, torch\n"
        "def array(responses):\n    return numpy.arange(len(responses), dtype='float32')\n"
        "def tensor(responses):\n    return torch.arange(len(responses))[:, None]\n"
    )
    for name in ("array", "tensor"):
        assert reward_model(f"python:{path}:{name}").score(ITEMS) == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing", "gave a NoneType for item 0: a score must be a number"),
        ("words", "gave a str for item 0"),
        ("truth", "gave a bool for item 0"),
        ("nested", "gave a list for item 0"),
        ("table", "gave a dict for 3 items"),
        ("text", "gave a str for 3 items"),
        ("scalar", "gave a float for 3 items"),
        ("few", "gave 1 numbers for 3 items"),
        ("waits", "is an async function"),
    ],
)
def test_what_is_no_score_is_named(spec, name, words):
    with pytest.raises(BadScoreError, match=words) as caught:
        reward_model(spec(name)).score(ITEMS)
    assert name in str(caught.value)


def test_a_function_that_fails_is_one_sentence_and_the_run_is_incomplete(spec):
    with pytest.raises(IncompleteRunError, match=r"raises failed: KeyError: ") as caught:
        reward_model(spec("raises")).score(ITEMS)
    assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match=r"^ask otherwise$"):
        reward_model(spec("ours")).score(ITEMS)


def test_a_score_that_is_nan_stops_an_evaluation_at_its_pair(spec, tmp_path):
    pairs = PairSet(name="some", version="1", pairs=[tiny.pair("p")])
    with pytest.raises(BadScoreError, match=r"the rejected side of pair .* as nan"):
        evaluate(reward_model(spec("gives_nan")), pairs, Selection(total=1), tmp_path)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("strange", r"takes \(question, answer\): a reward model takes \(spec\), \(prompt, resp"),
        ("with_truth", r"takes \(completions, ground_truth\)"),
        ("prompt_alone", "has no parameter for the response"),
        ("no_model", "gave a int, which is not a reward model"),
        ("broken", "was not made: ValueError: no good"),
        ("value", "is a int, which can't be called"),
        ("gone", r"users_rewards\.py has no 'gone'"),
    ],
)
def test_what_is_no_reward_model_is_refused_before_anything_is_scored(spec, name, words):
    with pytest.raises(SetupError, match=words):
        reward_model(spec(name))


def test_options_that_nobody_reads_are_refused(spec):
    with pytest.raises(UsageError, match="takes no options"):
        reward_model(f"{spec('one')}?scale=2")


# -------------------------------------------------------------------------------- where it lies


def test_a_module_on_the_path_is_imported(folder, monkeypatch):
    monkeypatch.syspath_prepend(folder)
    assert reward_model("python:users_rewards:one").score(ITEMS) == [32.0, 52.0, 52.0]


def test_a_file_may_be_named_from_here(folder, monkeypatch):
    monkeypatch.chdir(folder)
    model = reward_model("python:./users_rewards.py:one")
    assert model.score(ITEMS) == [32.0, 52.0, 52.0]


@pytest.mark.parametrize("target", ["", "one", "users_rewards:", ":one", "users_rewards:a-b"])
def test_another_form_is_refused(target):
    with pytest.raises(UsageError, match=r"needs MODULE:NAME or FILE\.py:NAME"):
        reward_model(f"python:{target}")


def test_what_is_not_there_or_does_not_run_is_one_sentence(tmp_path):
    with pytest.raises(SetupError, match=r"no_such_module did not import.*FILE|for a file, write"):
        reward_model("python:no_such_module:one")
    with pytest.raises(SetupError, match="no such file"):
        reward_model(f"python:{tmp_path / 'gone.py'}:one")
    (tmp_path / "broken.py").write_text("1 / 0\n")
    with pytest.raises(SetupError, match="did not run: ZeroDivisionError"):
        reward_model(f"python:{tmp_path / 'broken.py'}:one")
    (tmp_path / "script.py").write_text("import sys\nsys.exit(3)\n")
    with pytest.raises(SetupError, match="did not run: SystemExit: 3"):
        reward_model(f"python:{tmp_path / 'script.py'}:one")


def test_the_record_says_what_ran_and_the_revision_follows_its_file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def one(prompt, response):\n    return 1.0\n")
    model = reward_model(f"python:{path}:one")
    assert model.identity["callable"].endswith(":one")
    assert model.identity["takes"] == ["prompt", "response"]
    path.write_text("def one(prompt, response):\n    return 2.0\n")
    other = reward_model(f"python:{path}:one")
    assert model.revision.startswith("code:")
    assert other.revision != model.revision
    assert other.score(ITEMS) == [2.0] * 3


# --------------------------------------------------------------------------------- entry points


@pytest.fixture
def installed(folder, monkeypatch):
    """The file as a distribution that pip installed."""
    facts = folder / "users_rewards-1.dist-info"
    facts.mkdir(exist_ok=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: users-rewards\nVersion: 1\n")
    names = ("one", "many", "trl", "Long", "Prefers", "strange", "value")
    lines = [f"my-{name.lower()} = users_rewards:{name}" for name in names]
    (facts / "entry_points.txt").write_text("\n".join(["[lcbrb.reward_models]", *lines, ""]))
    monkeypatch.syspath_prepend(folder)
    importlib.invalidate_caches()
    monkeypatch.delitem(REWARD_MODELS.__dict__, "_plugins", raising=False)
    yield
    REWARD_MODELS.__dict__.pop("_plugins", None)


@pytest.mark.parametrize("name", ["my-one", "my-many", "my-trl"])
def test_an_entry_point_may_be_a_plain_function(installed, name):
    model = reward_model(name)
    assert model.id == name
    assert model.score(ITEMS) == [32.0, 52.0, 52.0]


def test_an_entry_point_may_be_a_factory(installed):
    assert reward_model("my-long?scale=3").score(ITEMS) == [9.0, 15.0, 15.0]
    assert reward_model("my-prefers").compare([tiny.pair("p")]) == [1.0]


def test_an_entry_point_that_fits_nothing_is_named(installed):
    with pytest.raises(SetupError, match=r"my-strange takes \(question, answer\)"):
        reward_model("my-strange")
    with pytest.raises(SetupError, match="my-value is a int, which can't be called"):
        reward_model("my-value")


def test_functions_are_members_of_ensembles(installed):
    model = reward_model("ensemble:my-one|my-many?combine=min")
    assert model.score(ITEMS) == [32.0, 52.0, 52.0]
