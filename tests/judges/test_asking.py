"""How a policy is asked: many prompts at once, each once; a busy server, a model in process."""

import threading

import judged
import pytest
import tiny
from judged import PAIRS, pair, scored

import serving
from lcbrb.errors import SetupError
from lcbrb.rewards import reward_model
from lcbrb.types import Outcome

pytestmark = pytest.mark.usefixtures("quick")


def test_a_busy_server_costs_no_vote(server, judge):
    server.moods = [serving.says(429, headers=[("Retry-After", "0")]), serving.hangs_up] * 3
    assert scored(judge(), *PAIRS)[0].outcome is Outcome.WIN
    assert len(server.answered) >= 10
    assert set(server.answered.values()) == {1}


def test_a_server_that_wants_a_key_is_no_verdict(judge, server):
    server.usual = serving.says(401)
    with pytest.raises(SetupError, match="needs a key"):
        scored(judge(), *PAIRS)


def test_a_server_that_is_not_there_is_no_verdict(judge, server):
    server.url = "http://127.0.0.1:9/v1"  # the discard port, where nobody listens
    with pytest.raises(SetupError, match="no server answers"):
        scored(judge(), *PAIRS[:2])


def test_all_prompts_go_out_together(server, judge):
    together = threading.Barrier(8, timeout=10)

    def wait(handler, body):
        together.wait()
        return False

    server.usual = wait
    found = scored(judge(policy="concurrency=8&patience_s=10"), *PAIRS[:4])
    assert len(found) == 4


def test_asking_again_costs_nothing(server, judge):
    first = scored(judge(), *PAIRS)
    asked = len(server.bodies)
    assert asked == 14
    assert scored(judge(), *PAIRS) == first
    assert len(server.bodies) == asked
    scored(judge("cache=false"), *PAIRS)
    assert len(server.bodies) == 2 * asked


def test_the_same_prompt_is_sent_once(server, judge):
    twins = [pair("p1", "is 3", "is 1"), pair("p1", "is 3", "is 1", category="twin")]
    assert [one.outcome for one in scored(judge("cache=false"), *twins)] == [Outcome.WIN] * 2
    assert len(server.bodies) == 2


@pytest.mark.slow
def test_a_policy_in_this_process_is_asked_like_a_server(tmp_path):
    """A random model says nothing that can be read: marked ties, not losses."""
    folder = tiny.save_language_model(tmp_path / "lm", chat=True)
    template = tmp_path / "two.toml"
    template.write_text(judged.TEMPLATE)
    model = reward_model(f"judge:hf:{folder}?device=cpu&max_tokens=4&template={template}")
    one, long = scored(model, PAIRS[0], pair("p9", "x" * 2 * tiny.POSITIONS, "is 1"))
    assert (one.outcome, one.unparsable) == (Outcome.TIE, True)
    assert one.judged.unparsable + one.judged.truncated == 2
    # a prompt without room for a reply is a cut one
    assert (long.outcome, long.judged.truncated) == (Outcome.TIE, 2)
    assert model.identity["policy"]["dtype"] == "auto"
