"""`lcbrb pairs od --policy`: pairs of what a policy writes, the checks, and going on after a stop."""

import json
import re
import shutil

import pytest
from fakes import write_lines

import serving
from lcbrb import codec
from lcbrb.types import PairManifest, PreferencePair

pytestmark = pytest.mark.slow

COUNT = 6
ROWS = [
    {
        "task_id": f"HumanEval/{number}",
        "prompt": f'def f{number}(x):\n    """Plus {number}."""\n',
        "canonical_solution": f"    return x + {number}\n",
        "entry_point": f"f{number}",
        "test": f"def check(candidate):\n    assert candidate(1) == {1 + number}\n",
    }
    for number in range(COUNT)
]
FIRST = "The docstring asks for a sum, so the function returns the argument with the number added."
BETTER = "The docstring asks for a sum. Addition gives it, so the function returns the sum of both."
WORSE = "The docstring asks for a sum, and sums are differences, so the function subtracts the two."


def program(number, sign="+"):
    return f"```python\ndef f{number}(x):\n    return x {sign} {number} {sign} 0\n```"


class Writer:
    """Answers as asked; `better` and `worse` are the texts of its rewrites."""

    def __init__(self):
        self.better, self.worse, self.sign = BETTER, WORSE, "- 7 -"
        self.solved = range(COUNT)

    def __call__(self, body, _):
        asked = body["messages"][-1]["content"]
        number = int(re.findall(r"def f(\d)", asked)[0])
        if "better version" in asked:
            return f"<think>A plan.</think><rewrite>\n{self.better}\n</rewrite>\n{program(number)}"
        if "worse version" in asked:
            return f"<rewrite>\n{self.worse}\n</rewrite>\n{program(number, self.sign)}"
        sign = "+" if number in self.solved else "- 9 -"
        return f"<think>{FIRST}</think><answer>{program(number, sign)}</answer>"


@pytest.fixture
def writer(tmp_path, monkeypatch):
    write_lines(tmp_path / "data" / "humaneval" / "HumanEval.jsonl", ROWS)
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LCBRB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-1")
    monkeypatch.setattr("lcbrb.servers.retries._FIRST_S", 0.01)
    with serving.serving() as (site, url):
        site.text = Writer()
        site.text.site, site.text.url = site, url
        yield site.text


@pytest.fixture
def od(lcbrb, writer, tmp_path):
    def run(*more):
        spec = f"openai:m@{writer.url}?patience_s=1"
        out = tmp_path / "out" / "od.jsonl"
        return lcbrb("pairs", "od", "--problems", "humaneval", "--policy", spec, "-o", out, *more)

    return run


def made(tmp_path):
    out = tmp_path / "out"
    manifest = codec.read_record(PairManifest, out / "od.manifest.json")
    return codec.read_records(PreferencePair, out / "od.jsonl"), manifest


def test_three_kinds_of_pair_in_the_proportions_asked_for(od, tmp_path):
    ended = od("--mix", "strong=2,optimized=1,degraded=1")
    assert ended.code == 0, ended.err
    pairs, manifest = made(tmp_path)
    relations = [pair.relation.value for pair in pairs]
    assert relations.count("optimized_over_degraded") == 6
    assert relations.count("optimized_over_initial") == 3
    assert relations.count("initial_over_degraded") == 3
    texts = {"optimized": BETTER, "initial": FIRST, "degraded": WORSE}
    for pair in pairs:
        better, worse = pair.relation.value.split("_over_")
        assert (pair.chosen, pair.rejected) == (texts[better], texts[worse])
        passed = pair.chosen_side.verdict.status, pair.rejected_side.verdict.status
        assert passed == ("passed", "wrong_answer" if worse == "degraded" else "passed")
        assert pair.chosen_side.sampler.startswith("openai:m@")
        if better == "optimized":
            assert f"{pair.category}-optimized@1#" in pair.provenance.rule
    strong = [pair.category for pair in pairs if pair.relation == "optimized_over_degraded"]
    assert {strong.count(name) for name in set(strong)} == {2}  # balanced over three dimensions
    assert manifest.counts["left_over_optimized_over_initial"] == 3
    longer = sum(len(pair.chosen) > len(pair.rejected) for pair in pairs)
    assert manifest.counts["chosen_longer"] == longer
    assert any(f"longer in {longer / 12:.0%} of pairs" in note for note in manifest.notes)


def test_all_dimensions_and_at_most_so_many_pairs(od, tmp_path):
    assert od("-c", "dimensions=3", "--mix", "strong=1", "-n", "10").code == 0
    pairs, manifest = made(tmp_path)
    assert len(pairs) == 10
    assert manifest.counts["optimized_made"] == 18


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"better": FIRST}, "optimized_refused_unchanged"),
        ({"better": BETTER * 3}, "optimized_refused_length"),
        ({"better": BETTER + " I fixed the flawed reasoning."}, "optimized_refused_tell_tale"),
        ({"better": "- " + BETTER}, "optimized_refused_format"),
        ({"better": ""}, "optimized_refused_no_reasoning"),
        ({"sign": "+"}, "degraded_refused_answer_kept"),
        ({"sign": "+ ("}, "degraded_refused_no_program_to_fail"),
        ({"worse": BETTER}, "strong_pair_refused_unchanged"),
        ({"solved": ()}, "initial_refused_answer_fails"),
    ],
)
def test_what_fails_a_check_is_counted_and_in_no_pair(od, writer, tmp_path, change, refused):
    for name, value in change.items():
        setattr(writer, name, value)
    ended = od("--mix", "strong=1")
    assert ended.code == 4
    assert ended.err.splitlines()[-1].startswith("lcbrb: no pairs: "), ended.err
    pairs, manifest = made(tmp_path)
    assert manifest.counts[refused] == COUNT
    assert not pairs


def test_a_degraded_rewrite_may_have_to_keep_its_answer(od, writer, tmp_path):
    writer.sign = "+"
    assert od("--mix", "strong=1", "-c", "degraded_answer=kept").code == 0
    pairs, _ = made(tmp_path)
    assert len(pairs) == COUNT
    assert {pair.rejected_side.verdict.status for pair in pairs} == {"passed"}
    asked = [body["messages"][-1]["content"] for body in writer.site.bodies]
    assert any("exactly as it is, although" in text for text in asked)


@pytest.mark.parametrize("kept_in", ["run folder", "cache of generations"])
def test_where_the_server_stops_what_was_made_is_kept_and_asked_for_once(
    od, writer, tmp_path, kept_in
):
    more = ("-c", "cache=false") if kept_in == "run folder" else ()

    def gone(handler, _):
        handler.send_error(503)
        return True

    usual, number = writer.site.text, 0

    def stops(body, count):
        nonlocal number
        number += 1
        if number > COUNT + 2:
            writer.site.moods += [gone] * 1000
        return usual(body, count)

    writer.site.text = stops
    ended = od(*more)
    assert ended.code == 4, (ended.code, ended.err)
    assert (tmp_path / "out" / "od.run" / "initial" / "samples.jsonl").exists()
    if kept_in == "cache of generations":
        shutil.rmtree(tmp_path / "out")
    writer.site.moods.clear()
    writer.site.text = usual
    writer.site.bodies.clear()
    ended = od(*more)
    assert ended.code == 0, ended.err
    assert len(writer.site.bodies) <= 2 * COUNT
    asked = [body["messages"][-1]["content"] for body in writer.site.bodies]
    assert all("version of the reasoning" in text for text in asked)
    assert made(tmp_path)[0]
    writer.site.bodies.clear()
    assert od(*more).code == 0
    assert writer.site.bodies == []


def test_the_words_can_be_the_users(od, writer, tmp_path):
    folder = tmp_path / "words"
    folder.mkdir()
    own = 'user = "A better version, in my words: {problem} {reasoning} {answer}"\n'
    (folder / "logical-rigor-optimized.toml").write_text(own)
    ended = od("--templates", folder, "--kinds", "logical-rigor", "--mix", "optimized=1")
    assert ended.code == 0, ended.err
    asked = [body["messages"][-1]["content"] for body in writer.site.bodies]
    assert sum("in my words" in text for text in asked) == COUNT
    manifest = made(tmp_path)[1]
    hashes = manifest.config["templates"]
    assert hashes["logical-rigor-optimized"] == codec.sha256_text(own)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--degrade", "programmatic"), "two ways to make pairs"),
        (("--steps", "4-8"), "--steps can't be used with --policy"),
        (("--per-problem", "2"), "--per-problem can't be used with --policy"),
        (("--kinds", "circular"), "unknown dimension 'circular'"),
        (("--templates", "nowhere"), "is not a folder"),
        (("-c", "length_ratio=0.5"), "length_ratio is 0.5"),
        (("-c", "template={prompt}"), "initial.toml"),
    ],
)
def test_bad_options_are_named(od, options, message):
    ended = od(*options)
    assert ended.code == 2
    assert message in " ".join(ended.err.split())


def test_options_of_a_policy_need_one(lcbrb, tmp_path):
    out = tmp_path / "od.jsonl"
    ended = lcbrb("pairs", "od", "--problems", "arithmetic", "-o", out, "--limit", "3")
    assert ended.code == 2
    assert "--limit can't be used without --policy" in " ".join(ended.err.split())


def test_the_manifest_is_the_document(od):
    ended = od("--json", "--mix", "strong=1")
    assert json.loads(ended.out)["pairs"] == COUNT
