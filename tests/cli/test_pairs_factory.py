"""`lcbrb pairs build` with a policy to sample and a judge to ask, both on loopback.

The server writes a reply whose reasoning says what it is ("right", "lucky", "slip", "wrong"), so
the label of each sample can be read off its text; programs are not run, but graded by that word.
"""

import json
import re
from pathlib import Path

import pytest
import tiny
from estimates import by_name
from fakes import DATA, CountingPolicy, lcb_row, reads_data, write_lines

import serving
from lcbrb import codec
from lcbrb.grading.problem_set import ProblemSet
from lcbrb.runs.folder import COMPLETIONS, JUDGEMENTS, RECORD
from lcbrb.types import (
    Completion,
    JudgedCompletion,
    PairKind,
    PairManifest,
    PreferencePair,
    RunRecord,
    Status,
)

PASSING = {"right", "lucky"}
SOUND = {"right", "slip"}
FOUR = ("right", "wrong", "lucky", "slip")


class World:
    """Answers for policy and judge; `kinds` says what the samples of a problem are, in turn."""

    def __init__(self):
        self.kinds = {"q1": FOUR, "q2": ("wrong",), "q3": ("right", "wrong")}
        self.drawn, self.judged, self.words = [], [], {}
        self.judge = self.honest
        self.more = ""

    def __call__(self, body, _):
        asked = body["messages"][-1]["content"]
        if "Judgement:" in asked:
            kind = re.findall(r"It is the (\w+) way", asked)[0]
            self.judged.append(kind)
            return self.judge(kind, body)
        name = re.findall(r"Solve (q\d)", asked)[0]
        kind = self.words.get((name, body["seed"]))
        if kind is None:
            number = sum(one == name for one in self.drawn)
            kind = self.words[name, body["seed"]] = self.kinds[name][number % len(self.kinds[name])]
            self.drawn.append(name)
        told = f"It is the {kind} way, number {body['seed']}, to {kind}.{self.more}"
        return f"<think>{told}</think><answer>```python\n{kind} = 1\n```</answer>"

    def honest(self, kind, body):
        answer = {"sound": kind in SOUND, "fits": kind != "slip", "mistake": f"of {kind}"}
        return f"I looked.\nJudgement: {json.dumps(answer)}"


def verify(self, problem, completion, sandbox):
    passed = (completion.solution or "").split()[0] in PASSING
    return tiny.verdict(Status.PASSED if passed else Status.WRONG_ANSWER)


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setenv("LCBRB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-1")
    monkeypatch.setattr("lcbrb.servers.retries._FIRST_S", 0.01)
    monkeypatch.setattr(ProblemSet, "verify", verify)
    rows = [lcb_row(f"q{n}", difficulty="easy" if n < 3 else "hard") for n in (1, 2, 3)]
    write_lines(tmp_path / "problems.jsonl", rows)
    with serving.serving() as (site, url):
        site.text = World()
        site.text.site, site.text.url = site, url
        yield site.text


@pytest.fixture
def build(lcbrb, world, tmp_path):
    def run(*more, judge=None, output="out/pairs.jsonl", n=8):
        spec = f"openai:m@{world.url}?patience_s=1&concurrency=1"
        judged = () if judge is None else ("--judge", f"{spec}&{judge}" if judge else spec)
        return lcbrb(
            *("pairs", "build", "--problems", tmp_path / "problems.jsonl", "--policy", spec),
            *("-n", n, "-o", tmp_path / output, *judged, *more),
        )

    return run


def made(tmp_path, output="out/pairs.jsonl"):
    path = tmp_path / output
    manifest = codec.read_record(PairManifest, path.with_suffix(".manifest.json"))
    return codec.read_records(PreferencePair, path), manifest


def test_problems_are_sampled_until_enough_or_hopeless_and_the_yield_is_told(
    build, world, tmp_path
):
    ended = build("--per-problem", 1, "--config", "at_once=2")
    assert ended.code == 0, ended.err
    # q1 and q3 have one of each kind after two samples; q2 is given up after half of eight
    assert sorted(world.drawn) == ["q1"] * 2 + ["q2"] * 4 + ["q3"] * 2
    pairs, manifest = made(tmp_path)
    assert [pair.problem_id for pair in pairs] == ["q1", "q3"]
    assert {pair.provenance.judge for pair in pairs} == {"none"}
    assert {pair.cell for pair in pairs} == {"pass over fail"}
    counts = manifest.counts
    assert (counts["stopped_enough"], counts["stopped_given_up"]) == (2, 1)
    assert (counts["yield_easy_both"], counts["yield_hard_both"]) == (1, 1)
    record = codec.read_record(RunRecord, tmp_path / "out" / "pairs.run" / RECORD)
    rates = by_name(record.estimates)
    assert rates["yield"].value == pytest.approx(2 / 3)
    assert rates["yield/difficulty=hard"].value == 1.0
    assert record.config["sampling"]["temperature"] == 0.8
    assert record.config["templates"][0].startswith("think-answer@")
    assert "at most 24 samples of 3 problems (at least 6)" in ended.err
    assert "yield: problems by the samples they gave" in ended.out


def test_a_judge_makes_four_cells_both_kinds_of_pairs_and_every_vote_is_kept(
    build, world, tmp_path
):
    ended = build("--kind", "lcb-rb,outcome-matched", judge="votes=3", n=8)
    assert ended.code == 0, ended.err
    pairs, manifest = made(tmp_path)
    by_kind = {kind: [one for one in pairs if one.kind is kind] for kind in PairKind}
    assert {one.cell for one in by_kind[PairKind.LCB_RB]} == {"pass-sound over fail-flawed"}
    matched = {one.cell for one in by_kind[PairKind.OUTCOME_MATCHED]}
    assert matched == {"pass-sound over pass-flawed", "fail-sound over fail-flawed"}
    for pair in pairs:
        (judgement,) = pair.chosen_side.judgements
        assert [vote.sound for vote in judgement.votes] == [True] * 3
        assert judgement.judge == pair.provenance.judge
        assert "(soundness-reasoning@1#" in judgement.judge
        assert judgement.judge.endswith(", 3 votes)")
    counts = manifest.counts
    assert (counts["cell_pass-flawed"], counts["cell_fail-sound"]) == (2, 2)
    assert counts["judged"] * 3 == counts["judge_votes_read"] == len(world.judged)
    record = codec.read_record(RunRecord, tmp_path / "out" / "pairs.run" / RECORD)
    agrees = by_name(record.estimates)["judge_agrees_with_tests"]
    kept = codec.read_records(JudgedCompletion, tmp_path / "out" / "pairs.run" / JUDGEMENTS)
    assert agrees.n == len(kept)
    assert 0.5 < agrees.value < 1
    assert record.config["judge"]["votes"] == 3


def test_nothing_is_asked_where_no_pair_can_come_of_it(build, world):
    world.kinds = {"q1": ("right",), "q2": ("wrong",), "q3": ("lucky", "wrong")}
    assert build(judge="").code == 4  # no pairs
    assert set(world.judged) == {"lucky", "wrong"}
    assert len(world.judged) == 4  # then q3 is given up: nothing that passes is sound


def test_a_build_goes_on_where_the_judge_died_and_nothing_is_asked_twice(build, world, tmp_path):
    def dies(kind, body):
        world.site.usual = serving.hangs_up
        return world.honest(kind, body)

    world.judge = dies
    ended = build(judge="")
    assert ended.code == 4
    assert "judge" in ended.err or "answered nothing" in ended.err
    assert "Traceback" not in ended.err
    folder = tmp_path / "out" / "pairs.run"
    assert not codec.read_record(RunRecord, folder / RECORD).complete
    drawn, judged = len(world.drawn), len(world.judged)
    world.site.usual, world.judge = None, world.honest
    ended = build(judge="")
    assert ended.code == 0, ended.err
    assert len(world.drawn) >= drawn
    assert len(world.judged) > judged
    kept = codec.read_records(JudgedCompletion, folder / JUDGEMENTS)
    assert len({line.key for line in kept}) == len(kept) == len(world.judged)
    unbroken = build(judge="", output="other/pairs.jsonl")
    assert unbroken.code == 0
    assert made(tmp_path, "other/pairs.jsonl")[0] == made(tmp_path)[0]


def test_a_prompt_that_the_judge_s_server_refuses_stops_nothing_else(build, world, tmp_path):
    def refuses(handler, body):
        asked = body["messages"][-1]["content"]
        if "Judgement:" in asked and "the lucky way" in asked:
            return serving.says(400, "this content is not allowed")(handler, body)
        return False

    world.site.usual = refuses
    ended = build("--config", "at_once=4", judge="", n=8)
    assert ended.code == 4
    assert "2 completions have no judgement" in ended.err
    pairs, manifest = made(tmp_path)
    assert {pair.cell for pair in pairs} == {"pass-sound over fail-flawed"}
    assert manifest.counts["label_not_judged"] == 2 + 4  # of q2 nothing had to be judged
    assert len(world.drawn) == 8 + 4 + 8  # both rounds of q1 and q3
    world.site.usual = None
    assert build("--config", "at_once=4", judge="", n=8).code == 0


@pytest.mark.parametrize(
    ("judge", "words"),
    [
        (lambda kind, body: "I would rather not say.", "replies could be read, so it judged noth"),
        (
            lambda kind, body: 'Judgement: {"sound": true, "fits": true}',
            "reasonings sound: it does not",
        ),
    ],
)
def test_a_judge_that_says_nothing_or_always_the_same_gives_no_pairs_and_is_told(
    build, world, judge, words
):
    world.judge = judge
    ended = build(judge="", n=16)
    assert ended.code == 4
    assert words in ended.out.replace("\n", " ")
    assert "no pairs" in ended.err


def results_of(requests, world, change=None):
    """What a batch service gives for a file of requests, in another order."""
    rows = []
    for line in requests.read_text().splitlines():
        request = json.loads(line)
        assert request["url"] == "/v1/chat/completions"
        message = {"content": world(request["body"], 0), "role": "assistant"}
        body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
        response = {"status_code": 200, "body": body}
        rows.append({"custom_id": request["custom_id"], "response": response, "error": None})
    return write_lines(requests.with_name("results.jsonl"), rows[::-1])


def test_sampling_and_judging_can_happen_by_files(build, world, tmp_path):
    requests, again = tmp_path / "requests.jsonl", tmp_path / "more.jsonl"
    ended = build("--emit-batch", requests, judge="", n=4)
    assert (ended.code, world.drawn) == (0, [])
    assert "12 requests ->" in ended.out
    assert not (tmp_path / "out" / "pairs.jsonl").exists()
    results = results_of(requests, world)
    ended = build("--collect", results, "--emit-batch", again, judge="", n=4)
    assert ended.code == 0, ended.err
    assert "8 requests ->" in ended.out  # of the two problems with both kinds
    world.site.usual = serving.says(500, "nobody may ask")
    judged = results_of(again, world)
    ended = build("--collect", judged, judge="", n=4)
    assert ended.code == 0, ended.err
    pairs, manifest = made(tmp_path)
    assert {one.cell for one in pairs} == {"pass-sound over fail-flawed"}
    assert manifest.counts["label_superior"] == 3


def test_missing_and_doubled_rows_of_a_batch_are_told_and_nothing_is_lost(build, world, tmp_path):
    requests = tmp_path / "requests.jsonl"
    assert build("--emit-batch", requests, n=4).code == 0
    lines = results_of(requests, world).read_text().splitlines()
    failed = {"custom_id": json.loads(lines[1])["custom_id"], "error": {"message": "it broke"}}
    some = write_lines(tmp_path / "some.jsonl", [failed, lines[0], lines[0], *lines[2:-1]])
    ended = build("--collect", some, n=4)
    assert ended.code == 4
    assert "2 requests have no result yet" in ended.err
    for words in ("1 results came for a request that had one", "failed in the batch: it broke"):
        assert words in ended.out.replace("\n", " ")
    kept = codec.read_records(Completion, tmp_path / "out" / "pairs.run" / COMPLETIONS)
    assert len(kept) == 10
    rest = tmp_path / "rest.jsonl"
    assert "2 requests ->" in build("--collect", some, "--emit-batch", rest, n=4).out
    assert build("--collect", results_of(rest, world), n=4).code == 0
    assert len(made(tmp_path)[0]) > 0


def test_results_of_another_command_are_refused(build, world, tmp_path):
    requests = tmp_path / "requests.jsonl"
    assert build("--emit-batch", requests, n=4).code == 0
    other = results_of(requests, world)
    ended = build("--collect", other, "--seed", 5, n=4, output="other/pairs.jsonl")
    assert ended.code == 2
    assert "none of the 12 results answers one of the 12 requests" in ended.err
    ended = build("--collect", requests, n=4)
    assert ended.code == 2
    assert "line 1: no result of a batch" in ended.err
    assert "this is a request" in ended.err


def test_the_cost_is_told_before_anything_is_asked(build, world, tmp_path):
    ended = build("--dry-run", judge="votes=2")
    assert (ended.code, world.drawn) == (0, [])
    assert "at most 24 samples of 3 problems" in ended.out
    assert "at most 48 replies of the judge" in ended.out
    assert not (tmp_path / "out").exists()
    assert json.loads(build("--dry-run", "--json").out)["reply_tokens"] == 24 * 4096


def test_two_builds_into_one_folder_are_told_apart(build, world, tmp_path):
    from lcbrb.runs.folder import open_run

    assert build().code == 0
    record = codec.read_record(RunRecord, tmp_path / "out" / "pairs.run" / RECORD)
    with open_run(tmp_path / "out" / "pairs.run", record):
        ended = build()
    assert ended.code == 2
    assert "is in use by another lcbrb process" in ended.err


def test_a_full_disk_ends_in_a_sentence_and_the_next_start_goes_on(
    build, world, tmp_path, monkeypatch
):
    from lcbrb.runs.journal import Appender

    whole = Appender.append
    written = []

    def fills_up(self, record):
        if isinstance(record, Completion):
            if len(written) == 3:
                raise OSError(28, "No space left on device")
            written.append(record)
        whole(self, record)

    with monkeypatch.context() as patch:
        patch.setattr(Appender, "append", fills_up)
        ended = build()
    assert ended.code == 3
    assert ended.err.splitlines()[-1] == "lcbrb: No space left on device"
    assert build().code == 0
    assert made(tmp_path)[1].counts["yield_all_both"] == 2


HOSTILE = "\n<script>alert(1)</script> \x1b[2J\x1b]0;title\x07 \x00 \u202e {tag} " + "x" * 50_000


def test_hostile_texts_stay_texts_in_files_and_on_the_terminal(build, world, tmp_path):
    world.more = HOSTILE + "\ud800"
    said = {"sound": True, "fits": True, "mistake": "\x1b[31m\ud800" + "m" * 999}
    world.judge = lambda kind, body: "Judgement: " + json.dumps({**said, "sound": kind in SOUND})
    ended = build("--per-problem", 1, "--config", "at_once=2", judge="", n=2)
    assert ended.code == 0, ended.err
    pairs, _ = made(tmp_path)
    assert [pair.problem_id for pair in pairs] == ["q1", "q3"]
    for pair in pairs:
        assert HOSTILE in pair.chosen
        assert pair.chosen.endswith("\ufffd")
        (judgement,) = pair.chosen_side.judgements
        assert judgement.note.startswith("\x1b[31m\ufffd")
        assert len(judgement.note) <= 400
    assert not {"\x1b", "\x00", "\u202e"} & {*ended.out, *ended.err}


def test_settings_decide_which_pairs_are_kept(build, world, tmp_path):
    assert build("-c", 'balance=["difficulty"]', "-c", "pairs=2").code == 0
    pairs, manifest = made(tmp_path)
    assert [pair.difficulty for pair in pairs] == ["easy", "hard"]
    assert manifest.counts["balanced_out"] > 0
    other = build("-c", f'against=["{tmp_path / "out" / "pairs.jsonl"}"]', output="b/pairs.jsonl")
    assert other.code == 0, other.err
    ours, manifest = made(tmp_path, "b/pairs.jsonl")
    theirs = {text for pair in pairs for text in (pair.chosen, pair.rejected)}
    assert not theirs & {text for pair in ours for text in (pair.chosen, pair.rejected)}
    assert manifest.counts["label_near_duplicate"] >= 2


def test_recorded_and_live_policies_do_not_mix_and_verdicts_of_samples_are_not_recorded(
    build, world
):
    ended = build("--policy", "replay:mini")
    assert (ended.code, "can't be used together" in ended.err) == (2, True)
    for option in ("--verdicts", "--judge"):
        ended = build(option, "recorded")
        assert (ended.code, "is only for recorded completions" in ended.err) == (2, True)
    ended = build("--emit-batch", "requests.jsonl", "--policy", f"python:{__file__}:Answerer")
    assert (ended.code, "batch files are only for openai:" in ended.err) == (2, True)


class Answerer(CountingPolicy):
    """A policy of one's own, which can't be asked by files."""

    def __init__(self, spec):
        super().__init__(name=spec.text)


@reads_data
def test_maths_goes_through_the_same_factory(lcbrb, tmp_path):
    folder = Path(DATA) / "judged" / "math"
    ended = lcbrb(
        *("pairs", "build", "--problems", "aime24", "--across-samplers", "--verdicts", "recorded"),
        *("--policy", f"replay:{folder}/aime24.*.jsonl.gz", "-o", tmp_path / "maths.jsonl"),
    )
    assert ended.code == 0, ended.err
    pairs, manifest = made(tmp_path, "maths.jsonl")
    assert len(pairs) >= 5
    assert manifest.counts["yield_all_both"] == len({pair.problem_id for pair in pairs})
    assert all(pair.provenance.across_samplers for pair in pairs)
