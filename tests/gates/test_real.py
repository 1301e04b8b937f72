"""Gates over real models' completions, by the verdicts that their files carry."""

from pathlib import Path

import pytest
from fakes import DATA, FakeSandbox, InTurn, reads_data

from evaluators import benchmark
from lcbrb.errors import UsageError
from lcbrb.gates import GateConfig, GateVerdict, compare_runs
from lcbrb.gates.report import Difference
from lcbrb.grading.grader import Grader, VerdictSource
from lcbrb.harness.run import Part, bench_recorded
from lcbrb.policies.replay import Replay

pytestmark = pytest.mark.slow

QWEN = "qwen2.5-coder-1.5b-base.humaneval.eval_results.json.gz"
LLAMA = "Meta-Llama-3-8B-Instruct.humaneval.eval_results.json.gz"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two models' runs on the release that both can be replayed on, and one on an older release."""
    folder = tmp_path_factory.mktemp("runs")
    benches = {release: benchmark(f"humaneval+@{release}") for release in ("v0.1.9", "v0.1.10")}
    problems = {release: bench.load() for release, bench in benches.items()}
    for name, file, release in (
        ("qwen", QWEN, "v0.1.10"),
        ("again", QWEN, "v0.1.10"),
        ("llama", LLAMA, "v0.1.10"),
        ("old", QWEN, "v0.1.9"),
    ):
        bench = benches[release]
        replay = Replay(id=file, paths=[Path(DATA) / "judged" / "evalplus" / file])
        grader = Grader(
            benchmark=bench,
            sandbox=FakeSandbox(),
            executor=InTurn(),
            source=VerdictSource.RECORDED,
        )
        bench_recorded(
            Part(benchmark=bench, policies=(file,)),
            replay.replay(problems[release]),
            grader,
            folder / name,
        )
    return folder


@reads_data
def test_a_model_against_itself_passes(runs):
    for other in ("qwen", "again"):
        report = compare_runs(runs / "qwen", runs / other, GateConfig(tolerance=0.0))
        assert report.verdict is GateVerdict.PASS


@reads_data
def test_a_weaker_model_fails_and_a_stronger_one_passes(runs):
    (check,) = compare_runs(runs / "llama", runs / "qwen", GateConfig()).checks
    assert check.verdict is GateVerdict.FAIL
    assert check.difference.n == 164
    assert check.difference.value == pytest.approx((len(check.won) - len(check.lost)) / 164)
    assert compare_runs(runs / "qwen", runs / "llama", GateConfig()).verdict is GateVerdict.PASS


@reads_data
def test_another_release_is_refused_unless_told(runs):
    with pytest.raises(UsageError, match=r"v0\.1\.9 against v0\.1\.10"):
        compare_runs(runs / "old", runs / "qwen", GateConfig())
    told = GateConfig(allow=(Difference.VERSION, Difference.DATA))
    assert compare_runs(runs / "old", runs / "qwen", told).verdict is GateVerdict.PASS
