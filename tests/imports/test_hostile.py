"""Documents with one value that is not theirs: taken over or refused, never a traceback."""

import copy
import json
import tempfile
from pathlib import Path

import pytest
from foreign_files import INSPECT, LM_EVAL, evalplus_document, solution
from hypothesis import given, settings, strategies as st

import lcbrb
from lcbrb.errors import UsageError
from lcbrb.runs.results import read_folder

(RESULTS,), (LOG,) = (LM_EVAL / "two").rglob("results_*.json"), INSPECT.glob("*.json")
EVALPLUS = evalplus_document(
    {"HumanEval/0": [solution(), solution("fail", "fail")]}, pass_at_k={"base": {"pass@1": 0.5}}
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["", "x", "\ud800", "nan", "pass", "\x00", "../../x", 10**400, 1e999]),
    st.sampled_from([[], {}, [[]], [{}], {"x": 1}, [None], {"": []}]),
)


def places(value, path=()):
    """The path to every value of a document."""
    yield path
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    for key, one in inner:
        yield from places(one, (*path, key))


def replaced(document, path, value):
    if not path:
        return value
    changed = copy.deepcopy(document)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed


@pytest.mark.parametrize("tool", ["evalplus", "lm-eval", "lm-eval samples", "inspect"])
def test_one_wrong_value_is_taken_over_or_refused(tool):
    name, document, beside = {
        "evalplus": lambda: ("m_eval_results.json", EVALPLUS, ()),
        "lm-eval": lambda: (RESULTS.name, json.loads(RESULTS.read_text()), _samples()),
        "lm-eval samples": _row,
        "inspect": lambda: (LOG.name, json.loads(LOG.read_text()), ()),
    }[tool]()
    paths = list(places(document))

    @settings(max_examples=15, deadline=None)
    @given(st.sampled_from(paths), VALUES)
    def check(path, value):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "files" / name
            file.parent.mkdir()
            for other, text in beside:
                (file.parent / other).write_text(text, encoding="utf-8")
            file.write_text(json.dumps(replaced(document, path, value)), encoding="utf-8")
            out = Path(folder) / "out"
            try:
                runs = lcbrb.import_results(file.parent, out)
            except UsageError:
                assert not out.exists() or not list(out.iterdir())
            else:
                assert all(read_folder(run.path) for run in runs)

    check()


def _samples():
    return [(path.name, path.read_text()) for path in RESULTS.parent.glob("samples_*")]


def _row():
    """A file of samples of one row, with the results that count it."""
    (samples,) = RESULTS.parent.glob("samples_sums_*")
    row = json.loads(samples.read_text().splitlines()[0])
    results = json.loads(RESULTS.read_text())
    results["n-samples"] = {"sums": {"original": 5, "effective": 1}}
    results["results"] = {"sums": {"exact_match,first-number": 1.0}}
    return samples.name, row, [(RESULTS.name, json.dumps(results))]
