"""What programs of the plain sandbox leave behind, and what fails that is ours."""

import os
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

from plain_runs import HURRIED, SMALL, printed, run
from processes import is_running, wait_until

from lcbrb.protocols.sandbox import Program, Surroundings
from lcbrb.sandbox import launch
from lcbrb.sandbox.interpreter import running_interpreter
from lcbrb.sandbox.plain_sandbox import PlainSandbox, SpawnedProcess
from lcbrb.types import Limits, Status

# ---------------------------------------------------------------------------------- keeping house


def test_the_working_directory_is_private_and_gone_afterwards():
    source = "import os\nopen('mine', 'w').write('x')\nprint(os.getcwd(), os.listdir(), os.environ['HOME'])"
    first, second = (printed(source).split(maxsplit=1) for _ in range(2))
    assert first[0] != second[0]
    assert first[1] == f"['mine'] {first[0]}\n"
    assert not Path(first[0]).exists()


def test_folders_nested_deeper_than_python_can_remove_are_removed():
    source = (
        "import os\nprint(os.getcwd())\nfor _ in range(1000):\n    os.mkdir('d')\n    os.chdir('d')"
    )
    assert not Path(printed(source).strip()).exists()


def test_folders_closed_to_their_owner_are_removed():
    source = "import os\nprint(os.getcwd())\nos.makedirs('d/e')\nos.chmod('d', 0)"
    assert not Path(printed(source).strip()).exists()


def test_children_that_a_program_leaves_behind_are_killed():
    source = "import os, time\npid = os.fork()\nif pid: print(pid)\nelse: time.sleep(60)"
    pid = int(printed(source))
    wait_until(lambda: not is_running(pid))


def test_children_of_a_blocked_program_are_killed(tmp_path):
    note = tmp_path / "pid"
    source = f"import os, time\npid = os.fork()\nif pid: open({str(note)!r}, 'w').write(str(pid))\ntime.sleep(60)"
    assert run(source, limits=HURRIED).status is Status.TIME_LIMIT
    pid = int(note.read_text(encoding="utf-8"))
    wait_until(lambda: not is_running(pid))


def test_a_program_can_close_every_descriptor():
    source = "import os\nprint(1, flush=True)\nos.closerange(0, 256)\nos._exit(0)"
    assert printed(source) == "1\n"


def test_a_failure_stays_one_where_every_descriptor_is_closed():
    execution = run("import os\nprint(1, flush=True)\nos.closerange(0, 256)\n1 / 0")
    assert execution.status is Status.RUNTIME_ERROR


def test_a_program_that_empties_what_it_can_write_to_is_still_the_one_to_blame():
    source = "import os\nfor fd in range(256):\n    try: os.ftruncate(fd, 0)\n    except OSError: pass\nos._exit(7)"
    assert run(source).status is Status.RUNTIME_ERROR


def test_no_descriptor_of_the_grader_reaches_a_program(tmp_path):
    with (tmp_path / "private").open("w") as private:
        os.set_inheritable(private.fileno(), True)
        names = printed(
            "import os\nfor fd in os.listdir('/proc/self/fd'):\n    try: print(os.readlink(f'/proc/self/fd/{fd}'))\n    except OSError: pass"
        )
    assert "private" not in names


def test_a_program_sees_nothing_of_the_graders_environment(monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "hush")
    assert (
        printed("import os\nprint(os.environ.get('SOME_TOKEN'), 'hush' in str(os.environ))")
        == "None False\n"
    )


def test_several_graders_at_once_do_not_mix_their_programs_up():
    found = {}

    def one(number):
        found[number] = printed("print(input())", str(number))

    crowd = [threading.Thread(target=one, args=(number,)) for number in range(12)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert found == {number: f"{number}\n" for number in range(12)}


# ------------------------------------------------------------------------------- our own failures


def test_a_process_that_does_not_start_is_our_failure(monkeypatch, tmp_path):
    broken = tmp_path / "boot.py"
    broken.write_text("raise SystemExit('no such luck')")
    monkeypatch.setattr(launch, "BOOT", str(broken))
    execution = run("print(1)")
    assert execution.status is Status.HARNESS_ERROR
    assert "no such luck" in execution.detail


def test_an_interpreter_that_is_gone_is_our_failure():
    gone = PlainSandbox(replace(running_interpreter(), executable="/no/such/python"))
    (execution,) = gone.run(Program(source="print(1)"), [""], SMALL)
    assert execution.status is Status.HARNESS_ERROR
    assert "/no/such/python" in execution.detail


def test_a_prelude_that_fails_is_our_failure():
    program = Program(source="print(1)", surroundings=Surroundings(prelude="1 / 0"))
    (execution,) = PlainSandbox().run(program, [""], SMALL)
    assert execution.status is Status.HARNESS_ERROR


def test_a_failure_of_ours_leaves_no_process_behind(monkeypatch):
    started = []

    class Noted(subprocess.Popen):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            started.append(self.pid)

    def broken(process, *given):
        raise OSError("no descriptor left")

    monkeypatch.setattr(subprocess, "Popen", Noted)
    monkeypatch.setattr(SpawnedProcess, "_set_up", broken)
    assert run("print(1)").status is Status.HARNESS_ERROR
    assert started
    assert not any(map(is_running, started))


def test_the_process_limit_comes_on_top_of_what_the_user_runs_already():
    """The kernel counts every thread of the user, not only a program's."""
    stop = threading.Event()
    crowd = [threading.Thread(target=stop.wait) for _ in range(30)]
    for thread in crowd:
        thread.start()
    try:
        source = "import resource\nprint(resource.getrlimit(resource.RLIMIT_NPROC)[0])"
        assert int(printed(source, limits=Limits(processes=8))) >= 30 + 8
    finally:
        stop.set()
        for thread in crowd:
            thread.join()
