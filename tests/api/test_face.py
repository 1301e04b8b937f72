"""The library's face: its names and records, and that naming them loads nothing heavy."""

import dataclasses
import json
import subprocess
import sys

import pytest

import lcbrb

FUNCTIONS = {
    "load_pairs": "source limit seed",
    "evaluate": "reward_models pairs limit seed out overlap executor progress",
    "evaluate_sets": "reward_models pairs limit seed out overlap executor progress",
    "best_of": "reward_models samples limit seed out overlap progress",
    "bench": "policies benchmarks n limit seed config out isolation overlap executor progress",
    "grade": "benchmark programs replies isolation sandbox progress",
    "validate": "benchmark against limit seed isolation progress",
    "build_pairs": (
        "problems policies out n judge kinds verdicts across_samplers per_problem limit seed config "
        "emit_batch collect executor isolation progress"
    ),
    "plan_pairs": "problems policies n judge limit seed config",
    "build_od_pairs": "problems out degrade n mix kinds steps per_problem seed",
    "generate_od_pairs": "problems policy out n mix dimensions templates limit seed config "
    "isolation progress",
    "review_pairs": "pairs store sample seed annotators port opened",
    "review_summary": "pairs store",
    "accept_review": "pairs out store",
    "export_review": "pairs tool out store sample seed annotators",
    "import_review": "pairs tool path store",
    "audit_pair_sets": "sets thresholds against cutoffs encoder limit seed progress",
    "audit_pairs": "pairs thresholds against cutoffs encoder limit seed progress",
    "build_audit_page": "audited",
    "publish_pairs": "pairs to title licence audit private force",
    "rewards_for_trl": (
        "problems reward_model arm thinking_weight min_spread opened isolation seed"
    ),
    "train_policy": "problems policy out reward_model held_out isolation seed config progress",
    "compare_advantages": "runs config",
    "build_policy_page": "runs",
    "build_run_page": "runs title texts_mib",
    "train_reward_model": "pairs base out held_out seed config progress",
    "train_sft": "policy data out held_out seed config progress",
    "train_study": "out preset seeds hours processes reward_model isolation progress",
    "read_runs": "paths",
    "gate": "baseline candidate config allow",
    "calibrate_gate": "repeats config allow",
    "build_board": "runs options",
    "diagnose": "",
    "export_runs": "runs to out dataset organization statements force",
    "import_results": "paths out model",
    "serve": "benchmarks reward_model host port isolation executor config ready",
    "create_environment": "name python options data progress",
    "verify_environment": "name python passes limit seed out table isolation progress",
    "list_environments": "",
    "known_environments": "",
    "remove_environment": "name python",
}
RECORDS = {
    "EvalReport": "results report failures notes",
    "SetsReport": "reports means notes failures",
    "BestOfReport": "sample_set selection results comparisons failures notes",
    "BenchReport": "results notes",
    "TrainedPolicy": "record path model steps alarm",
    "AdvantageComparison": "run trained_by weight groups all_correct replies unknown arms left_out "
    "notes",
    "Trained": "record path model steps held_out",
    "TunedPolicy": "record path model steps",
    "Validation": "benchmark version level checked referral",
    "BuiltPairs": "path built manifest cost notes waiting requests",
    "OdPairs": "path pairs manifest",
    "AcceptedReview": "path pairs manifest summary",
    "ReviewSummary": "total sample wanted seed findings annotators agreement alpha asked certificate",
    "PairAudit": "name version pairs_sha256 pairs problems groups lengths features shortcuts labels "
    "dates overlaps detectable checks settings lcbrb notes",
    "Publication": "where revision load pairs problems pairs_sha256 files",
    "Board": "html models benchmarks texts notes",
    "ImportedRun": "path record new",
    "RunFrames": "records estimates samples scores",
}


@pytest.mark.parametrize(("name", "parameters"), FUNCTIONS.items())
def test_a_function_takes_what_its_users_write(name, parameters):
    function = getattr(lcbrb, name)
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    assert " ".join(names) == parameters
    told = function.__doc__
    assert "Args:" in told or not names
    assert "Raises:" in told
    assert all(f"{each}:" in told for each in names), "each parameter is told"


@pytest.mark.parametrize(("name", "fields"), RECORDS.items())
def test_a_record_holds_what_its_users_read(name, fields):
    record = getattr(lcbrb, name)
    assert " ".join(field.name for field in dataclasses.fields(record)) == fields
    assert record.__doc__


def test_no_name_is_offered_beside_these():
    assert set(lcbrb.__all__) == {*FUNCTIONS, *RECORDS, "__version__"}
    assert set(lcbrb.__all__) <= set(dir(lcbrb))


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'benhc'"):
        _ = lcbrb.benhc


def test_importing_it_loads_none_of_its_functions():
    code = "import sys, lcbrb; print(*[name for name in sys.modules if name.startswith('lcbrb.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["lcbrb.version"]


REACHED = """
import json, sys, lcbrb
loaded = {}
for name in sys.argv[1:]:
    getattr(lcbrb, name)
    loaded[name] = list(sys.modules)
print(json.dumps(loaded))
"""


@pytest.fixture(scope="module")
def loaded():
    """The modules that are there once a function and those before it are reached."""
    command = [sys.executable, "-c", REACHED, *FUNCTIONS]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_reached_without_torch_or_pandas(loaded, name):
    assert not set(loaded[name]) & {
        "torch",
        "pandas",
        "transformers",
        "datasets",
        "scipy",
        "sympy",
        "ray",
        "starlette",
    }
