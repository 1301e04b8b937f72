"""A first day with `lcbrb pairs od --policy`: a generator with many manners, a server that dies, a
full disk; then the pairs are scored and trained on."""

import contextlib
import re
import resource

import pytest
from fakes import write_lines
from tiny import save_classifier

import lcbrb
import serving
from lcbrb import codec
from lcbrb.types import PairManifest, PreferencePair

pytestmark = pytest.mark.slow

STEPS = (
    "The statement wants the sum of the argument and a constant.",
    "Adding is enough: no case is left out, as every integer may be added to.",
    "So the function returns the argument plus {number}.",
)
BETTER = (
    "We are given an integer and have to add a constant to it.",
    "Addition is defined for every integer, so that no case is left.",
    "Therefore the sum with {number} is returned.",
)
WORSE = (
    "We are given an integer and have to add a constant to it.",
    "For 1 it comes out as wanted, so it does for every integer.",
    "Therefore the difference with {number} is returned.",
)


def plain(lines):
    return " ".join(lines)


def headed(lines):
    return "# Plan\n\n" + "\n".join(f"- {line}" for line in lines)


def foreign(lines):
    return "Überlegung:\r\n" + "\r\n".join(lines) + "\r\n\u2014 né\u2028fin"


def program(number, sign="+"):
    return f"```python\ndef f{number}(x):\n    return x {sign} {number} {sign} 0\n```"


class Manner:
    """How the generator treats one problem; what is not overridden is as it should be."""

    fits = True  # whether pairs come of it

    def __init__(self, dress=plain):
        self.dress = dress

    def initial(self, number):
        thoughts = self.dress(STEPS).format(number=number)
        return f"<think>{thoughts}</think>\n<answer>{program(number)}</answer>"

    def rewrite(self, number, lines, sign):
        return f"<rewrite>\n{self.dress(lines).format(number=number)}\n</rewrite>\n{program(number, sign)}"


class Says(Manner):
    """The same text, whatever is asked."""

    fits = False

    def __init__(self, text):
        self.text = text

    def initial(self, number):
        return self.text

    def rewrite(self, number, lines, sign):
        return self.text


class Rewrites(Manner):
    """A good first reply, then something else for a rewrite."""

    fits = False

    def __init__(self, text):
        super().__init__()
        self.text = text

    def rewrite(self, number, lines, sign):
        return self.text.format(
            good=super().rewrite(number, lines, sign), program=program(number, sign)
        )


class Thinks(Manner):
    """Drafts a rewrite while it thinks, then writes it."""

    def rewrite(self, number, lines, sign):
        draft = f"<think>Perhaps <rewrite>no</rewrite>{program(number, '*')}</think>"
        return draft + super().rewrite(number, lines, sign)


MANNERS = [
    Manner(),
    Manner(headed),
    Manner(foreign),
    Thinks(),
    Says("I'm sorry, I can't help with that."),
    Says(""),
    Says("\x00\ufffd]]><think><think></answer></rewrite>```"),
    Says("<think>It never ends" + " and on" * 40),
    Says("<think>It breaks.</think><answer>```python\ndef f8(x):\n    return x[0]\n```</answer>"),
    Rewrites("{program}"),
    Rewrites("<rewrite></rewrite>{program}"),
    Rewrites("{good} <rewrite>"),  # a program follows, then more
    Rewrites(
        f"<rewrite>The original reasoning was flawed. {plain(STEPS[:2])}</rewrite>{{program}}"
    ),
    Rewrites("<rewrite>" + "Words and more words follow. " * 40 + "</rewrite>{program}"),
    Manner(),
    Manner(headed),
]
MANNERS[11].fits = True
GOOD = {f"HumanEval/{number}" for number, manner in enumerate(MANNERS) if manner.fits}
ROWS = [
    {
        "task_id": f"HumanEval/{number}",
        "prompt": f'def f{number}(x):\n    """Plus {number}."""\n',
        "canonical_solution": f"    return x + {number}\n",
        "entry_point": f"f{number}",
        "test": f"def check(candidate):\n    assert candidate(1) == {1 + number}\n",
    }
    for number in range(len(MANNERS))
]


def generator(body, _):
    asked = body["messages"][-1]["content"]
    number = int(re.findall(r"def f(\d+)", asked)[0])
    manner = MANNERS[number]
    if "better version" in asked:
        return manner.rewrite(number, BETTER, "+")
    if "worse version" in asked:
        return manner.rewrite(number, WORSE, "- 3 -")
    return manner.initial(number)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder with problems, and a server."""
    root = tmp_path_factory.mktemp("world")
    write_lines(root / "data" / "humaneval" / "HumanEval.jsonl", ROWS)
    with serving.serving() as (site, url):
        site.url = url
        yield root, site


def settings(monkeypatch, root, cache):
    monkeypatch.setenv("LCBRB_DATA", str(root / "data"))
    monkeypatch.setenv("LCBRB_CACHE", str(cache))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-1")
    monkeypatch.setattr("lcbrb.servers.retries._FIRST_S", 0.01)


@pytest.fixture(scope="module")
def unbroken(world):
    """The pairs of a call that nothing happened to, and how many requests it took."""
    root, site = world
    site.text, site.usual = generator, None
    site.bodies.clear()
    with pytest.MonkeyPatch.context() as patch:
        settings(patch, root, root / "cache")
        policy = f"openai:m@{site.url}?patience_s=1"
        lcbrb.generate_od_pairs("humaneval", policy, root / "od.jsonl")
    return (root / "od.jsonl").read_bytes(), len(site.bodies)


@pytest.fixture
def site(world, tmp_path, monkeypatch):
    root, site = world
    settings(monkeypatch, root, tmp_path / "cache")
    site.text, site.usual = generator, None
    site.bodies.clear()
    site._answered.clear()
    return site


@pytest.fixture
def od(lcbrb, site, tmp_path):
    def run():
        spec = f"openai:m@{site.url}?patience_s=1"
        path = tmp_path / "od.jsonl"
        return lcbrb("pairs", "od", "--problems", "humaneval", "--policy", spec, "-o", path)

    return run


def test_the_whole_way_from_problems_to_a_trained_model(od, lcbrb, tmp_path):
    ended = od()
    assert ended.code == 0, ended.err
    path = tmp_path / "od.jsonl"
    pairs = codec.read_records(PreferencePair, path)
    assert {pair.problem_id for pair in pairs} <= GOOD
    counts = codec.read_record(PairManifest, tmp_path / "od.manifest.json").counts
    made = {what: counts[f"{what}_made"] for what in ("initial", "optimized", "degraded")}
    assert made == {"initial": len(MANNERS), "optimized": 11, "degraded": 11}  # refused ones too
    for what, count in made.items():
        refused = [counts[name] for name in counts if name.startswith(f"{what}_refused_")]
        assert count - sum(refused) == (11 if what == "initial" else len(GOOD))
    assert counts["optimized_refused_tell_tale"] == counts["optimized_refused_length"] == 1
    ended = lcbrb("eval", "-m", "length", "-m", "random", "--pairs", path, "--out", tmp_path / "e")
    assert ended.code == 0, ended.err
    base = save_classifier(tmp_path / "bert", "bert")
    ended = lcbrb(
        "train", "reward-model", "--pairs", path, "--base", base, "--out", tmp_path / "rm",
        "--trunk", "frozen", "-c", "epochs=1", "-c", "held_out=0.3",
    )  # fmt: skip
    assert ended.code == 0, ended.err


def test_nonsense_alone_gives_no_pair_and_says_why(od, site, tmp_path):
    site.text = lambda *_: "colourless green ideas"
    ended = od()
    assert ended.code == 4
    assert codec.read_records(PreferencePair, tmp_path / "od.jsonl") == []
    manifest = codec.read_record(PairManifest, tmp_path / "od.manifest.json")
    refused = {name: count for name, count in manifest.counts.items() if "_refused_" in name}
    assert sum(refused.values()) == len(MANNERS)
    assert "no pair of the kind strong could be made" in " ".join(manifest.notes)


@pytest.mark.parametrize("after", [3, len(MANNERS) + 9])
def test_a_server_that_dies_costs_nothing_but_time(unbroken, od, site, tmp_path, after):
    whole, total = unbroken
    site.bodies.clear()
    site._answered.clear()

    def dies(body, number):
        if len(site.bodies) > after:
            site.usual = serving.hangs_up
        return generator(body, number)

    site.text = dies
    ended = od()
    assert ended.code == 4, ended.err
    assert not (tmp_path / "od.jsonl").exists()
    got = sum(site.answered.values())
    assert got >= after - 1
    site.text, site.usual = generator, None
    site.bodies.clear()
    assert od().code == 0
    assert (tmp_path / "od.jsonl").read_bytes() == whole
    assert len(site.bodies) <= total - got + 1  # a reply may be lost on its way


@contextlib.contextmanager
def room_for(size):
    """No file may grow above so many bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("room", [(2_000, 0), (9_000, len(MANNERS) // 2)])  # replies kept in it
def test_a_full_disk_is_a_clear_end_and_what_was_made_is_kept(unbroken, od, site, tmp_path, room):
    (whole, total), (size, kept) = unbroken, room
    site.bodies.clear()
    with room_for(size):
        ended = od()
    assert ended.code == 3, ended.err
    assert "File too large" in ended.err
    assert not (tmp_path / "od.jsonl").exists()
    site.bodies.clear()
    ended = od()
    assert ended.code == 0, ended.err
    assert (tmp_path / "od.jsonl").read_bytes() == whole
    assert len(site.bodies) <= total - kept
