"""The page of policies' trainings in a real browser."""

import json

import pytest
from policy_runs import policy_steps, rows, write_policy_run

import lcbrb
from lcbrb.training.pgrpo.paid_replies import HEAD, TAIL, paid_batches
from lcbrb.visible import readable

HOSTILE = "</script><script>window.harmed=1</script><img src=x onerror='window.harmed=1'>"


def hacked(count=60):
    """Thinking takes off at a third of the run, and the outcome falls."""
    return policy_steps(
        count,
        held_out=lambda u: 0.4 - 0.25 * max(0, u - 0.3),
        thinking=lambda u: 0.4 + 0.5 * min(1, max(0, u - 0.3) * 2),
    )


@pytest.fixture
def shown(opened, tmp_path):
    """Opens the page of runs."""

    def show(*runs, **options):
        path = tmp_path / "page.html"
        path.write_text(lcbrb.build_policy_page(list(runs)), encoding="utf-8")
        return opened(at=path, **options)

    return show


@pytest.fixture
def three(tmp_path):
    """Runs by three arms: sound, hacked, and stopped early."""
    return [
        write_policy_run(tmp_path / "sound", rows(0), policy_steps(60)),
        write_policy_run(tmp_path / "hacked", rows(0), hacked(), config={"arm": "ungated"}),
        write_policy_run(
            tmp_path / "stopped", (), policy_steps(20), config={"arm": "outcome"}, complete=False,
            notes=(f"no space {HOSTILE}",),
        ),
    ]  # fmt: skip


def labels(tab):
    found = tab.evaluate(
        "[...document.querySelectorAll('figure')].map(f => [f.querySelector('h3').textContent, f.querySelector('svg')?.ariaLabel ?? ''])"
    )
    return dict(found)


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_one_run_has_its_curves_replies_and_record(shown, three, colours):
    one = shown(three[0], color_scheme=colours)
    tab = one.go()
    assert tab.title() == "Training of a policy on tiny"
    told = labels(tab)
    assert set(told) == {
        "Held-out pass@1", "Thinking reward", "Gate", "Groups", "Reward", "Spread in all-correct groups",
        "Length of the reasoning", "Form", "Gradient norm", "Clipped", "Entropy", "Seconds",
    }  # fmt: skip
    assert told["Held-out pass@1"] == "pass@1: 30.0% at step 0, 60.0% at step 60"
    assert "right replies: 60.3% at step 1" in told["Thinking reward"]
    assert "withheld: 0.297 at step 1, 0.103 at step 59" in told["Reward"]
    assert "update: 1.4 at step 1, 5 at step 60" in told["Seconds"]
    assert tab.locator("figure:first-child .error").count() == 13
    assert "alarm was not raised in 13 evaluations" in tab.inner_text("main")
    assert tab.locator("#runs").is_hidden()
    assert one.column("Pass@1", "evaluations")[:2] == ["30.0%", "32.0%"]
    assert one.column("Thinking", "evaluations")[:2] == ["\u2013", "0.51"]
    assert tab.locator("#replies details").count() == 6
    best = tab.locator("#replies details summary").first.inner_text()
    assert best.startswith("reward 2.9, advantage ")
    assert "passed, thinking 0.9" in best
    assert "likes-good" in tab.inner_text("#facts")
    places = tab.evaluate(
        "[...document.querySelectorAll('polyline')].flatMap(l => [...l.points].flatMap(p => [p.x, p.y]))"
    )
    assert places
    assert all(0 <= place <= 640 for place in places)


def test_an_alarm_stands_at_the_top_and_in_the_plots(shown, three):
    tab = shown(three[1]).go()
    warning = tab.locator(".note.doubt").inner_text()
    assert "Reward-hacking alarm at step " in warning
    assert tab.locator("text.alarm").count() == 2
    assert "hacking since step " in tab.locator("text.alarm").first.text_content()
    assert tab.locator("figure:first-child line[stroke-dasharray]").count() == 2


def test_several_runs_lie_over_one_another_and_can_be_hidden(shown, three):
    one = shown(*three)
    tab = one.go()
    assert tab.title() == "3 trainings of policies"
    told = labels(tab)
    assert told["Held-out pass@1"].count("at step 0,") == 3
    assert "Thinking reward: wrong replies" in told
    notes = tab.locator(".note").all_inner_texts()
    assert any(
        note.startswith("hacked: Training finished after 60 steps. Reward-h") for note in notes
    )
    assert any(
        "stopped: Training has not finished: it ended after 20 steps. This arm" in n for n in notes
    )
    assert f"stopped: no space {HOSTILE}" in notes
    assert tab.locator("#facts tr.differs th").all_inner_texts() == ["setting arm"]
    assert set(one.column("Run", "evaluations")) == {"sound", "hacked", "stopped"}
    assert "stopped: no replies were recorded." in tab.inner_text("#replies")
    colour = tab.locator("figure:first-child polyline").nth(2).get_attribute("class")
    tab.locator("#runs button", has_text="hacked").click()
    assert tab.locator("figure:first-child polyline").count() == 2
    assert tab.locator("figure:first-child polyline").nth(1).get_attribute("class") == colour
    assert "2 runs shown" in tab.inner_text("#said")
    assert tab.evaluate("document.activeElement.textContent").startswith("hacked")
    again = one.go("runs=1")
    assert again.locator("figure:first-child polyline").count() == 1
    again.locator("#runs button", has_text="hacked").click()  # the last one stays
    assert again.locator("figure:first-child polyline").count() == 1


def test_a_narrow_window_scrolls_inside_its_plots_alone(shown, three):
    tab = shown(*three, viewport={"width": 390, "height": 800}).go()
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_hostile_replies_and_settings_are_text(shown, tmp_path):
    text = f"{HOSTILE}\n\x1b[31m\u202etxt.exe\tend"
    run = write_policy_run(
        tmp_path / HOSTILE.replace("/", "_"), rows(0, text=text), policy_steps(), config={"x": {HOSTILE: HOSTILE}},
    )  # fmt: skip
    tab = shown(run).go()
    tab.locator("#replies summary").first.click()
    assert tab.locator("#replies pre").first.inner_text() == (
        f"{HOSTILE}\n\\x1b[31m\\u202etxt.exe\tend"
    )
    assert tab.evaluate("window.harmed === undefined && document.images.length === 0")
    assert json.dumps({HOSTILE: HOSTILE})[:20] in tab.inner_text("#facts")


def test_readers_without_scripts_see_evaluations_and_replies(shown, three):
    one = shown(three[0], java_script_enabled=False)
    one.tab.goto(one.board.as_uri())
    assert "switched off here" in one.tab.inner_text("noscript")
    assert "60.0%" in one.tab.inner_text("#evaluations")
    assert one.tab.locator("#replies details").count() == 6


def test_a_run_without_steps_or_replies_says_so(shown, tmp_path):
    tab = shown(write_policy_run(tmp_path / "run", None, [], complete=False)).go()
    assert "it ended after 0 steps" in tab.inner_text("main")
    assert tab.locator("figure").count() == 0
    assert "no replies were recorded" in tab.inner_text("#replies").lower()
    assert tab.inner_text("#evaluations tbody") == "None."


def test_a_long_run_is_thinned_and_the_page_says_so(shown, tmp_path):
    run = write_policy_run(tmp_path / "run", (), policy_steps(4000, every=10))
    tab = shown(run).go()
    assert "are thinned" in tab.inner_text("main")
    assert (
        tab.evaluate(
            "Math.max(...[...document.querySelectorAll('polyline')].map(l => l.points.length))"
        )
        <= 1600
    )
    assert tab.locator("#evaluations tbody tr").count() <= 202


def test_the_first_and_the_last_batch_are_shown_best_and_worst_apart():
    unknown = [[float("nan"), 1, 1, 0], [1, 0, 1, 0], [0, 0, 0, 0]]
    first, last = paid_batches([*rows(0), *rows(2), *rows(4, unknown)])
    assert (first.step, last.step) == (0, 4)
    assert [paid.row.reward for paid in first.best] == [2.9, 2.8, 2.7]
    assert [paid.row.reward for paid in first.worst] == [1.0, 1.0, 1.0]
    assert all(paid.row.reward is not None for paid in (*last.best, *last.worst))
    (single,) = paid_batches(rows(0)[:1])
    assert (len(single.best), len(single.worst)) == (1, 0)
    assert paid_batches([]) == []


def test_a_long_reply_keeps_its_beginning_and_its_end():
    text = "a" * HEAD + "b" * 500 + "c" * TAIL
    cut = readable(text, HEAD, TAIL)
    assert cut == "a" * HEAD + "\n[… 500 characters are left out …]\n" + "c" * TAIL
    assert readable("a\r\nb\rc", 9, 0) == "a\nb\\rc"
    assert readable("x" * (HEAD + TAIL), HEAD, TAIL) == "x" * (HEAD + TAIL)
