"""Environments are made from a lock, whole or not at all."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from processes import is_running, wait_until
from small_environments import PYTHON, small_definition, wheel

from lcbrb.environments import create as create_module
from lcbrb.environments.create import Wanted, create
from lcbrb.environments.definition import definition
from lcbrb.environments.installer import Installer, _why
from lcbrb.environments.store import (
    State,
    environments,
    executable,
    find,
    folder_of,
    interpreter_of,
    remove,
)
from lcbrb.errors import DataUnavailableError, SetupError, UnknownNameError, UsageError
from lcbrb.protocols.progress import Progress


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where environments lie, and an index that is a folder."""
    index = tmp_path / "index"
    monkeypatch.setenv("LCBRB_ENVIRONMENTS", str(tmp_path / "environments"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    return index


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A virtual environment, which takes seconds to make and a moment to copy."""
    folder = tmp_path_factory.mktemp("template") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder


@pytest.fixture
def small(place, tmp_path, template, monkeypatch):
    really = create_module.run_quietly

    def run(command, *rest):
        if command[1:3] == ["-m", "venv"]:
            shutil.copytree(template, command[-1], symlinks=True, dirs_exist_ok=True)
            return ""
        return really(command, *rest)

    monkeypatch.setattr(create_module, "run_quietly", run)
    return definition(str(small_definition(tmp_path, place)))


def wanted(of, **more):
    return Wanted(definition=of, python=sys.executable, **more)


def test_an_environment_is_made_found_used_and_removed(small, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mine.txt").write_text("mine", "utf-8")
    made = create(wanted(small, options=("more",), data={"words": tmp_path / "own"}))
    assert made.state is State.READY
    assert made.record is not None
    assert made.record.differs == (
        "apple 1.0 (upstream 0.9)",
        "plum is not installed (upstream 3)",
    )
    assert find(small).record == made.record == find(small, PYTHON).record
    interpreter = interpreter_of(small, made)
    variables = dict(interpreter.variables)
    assert variables["WORDS"] == interpreter.data[-1] == str(made.folder / "words")
    assert variables["PATH"].startswith(interpreter.data[0])
    assert sorted(path.name for path in (made.folder / "words").iterdir()) == [
        "mine.txt",
        "words.txt",
    ]
    program = "import apple, pear; print(apple.VERSION, pear.VERSION)"
    command = [executable(made.folder), "-I", "-c", program]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "1.0 2.1\n"
    before = made.record.created_at
    again = create(wanted(small, options=("more",)))  # whole and as asked for: left alone
    assert again.record is not None
    assert again.record.created_at == before
    (small.folder / f"{PYTHON}-more.txt").write_text("pear==2.2\n", "utf-8")
    with pytest.raises(SetupError, match="was made from another lock"):
        find(small)
    assert remove("small") == [made.folder]
    assert not list(environments())
    with pytest.raises(UnknownNameError):
        remove("small")


class Said(Progress):
    """Keeps what is said."""

    def __init__(self):
        self.messages = []

    def say(self, message):
        self.messages.append(message)


def test_what_it_takes_is_said_before_anything_is_made_or_added(small, monkeypatch):
    said = Said()
    made = create(wanted(small), said)
    takes = "about 1 MiB to download, 40 MiB on disk (41 MiB until it is done), 1 min"
    what = f"1 packages for Python {made.record.python} into {made.folder}"
    assert said.messages == ["a note", f"{what}: {takes}"]
    usage = SimpleNamespace(free=5 << 20)
    with monkeypatch.context() as patched:
        patched.setattr(create_module.shutil, "disk_usage", lambda _: usage)
        with pytest.raises(SetupError, match="needs 22 MiB of disk, and 5 MiB are free"):
            create(wanted(small, options=("more",)))
    assert find(small).record == made.record  # as it was
    said.messages.clear()
    create(wanted(small, options=("more",)), said)
    takes = "about 2 MiB to download, 20 MiB on disk (22 MiB until it is done), 1 min"
    assert said.messages == [f"more: 1 more packages into {made.folder}: {takes}"]


def test_one_of_an_older_lock_is_made_again_with_its_options(small, place):
    create(wanted(small, options=("more",)))
    newer = wheel(place, "apple", "1.1")
    (small.folder / f"{PYTHON}.txt").write_text(f"apple==1.1 --hash={newer}\n", "utf-8")
    made = create(wanted(small))
    assert made.record is not None
    assert (made.record.options, made.record.packages) == (("more",), 2)


def test_an_option_is_added_to_one_that_is_whole_and_kept(small):
    plain = create(wanted(small))
    (plain.folder / "venv" / "kept").write_text("", "utf-8")
    both = create(wanted(small, options=("more",)))
    assert both.record is not None
    assert both.record.options == ("more",)
    assert (plain.folder / "venv" / "kept").exists()
    assert create(wanted(small)).record == both.record  # an option is not taken away again


def test_one_that_was_interrupted_is_not_taken_for_whole_and_goes_on_with_what_was_fetched(
    small, place, monkeypatch
):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Installer, "install", interrupted)
        with pytest.raises(KeyboardInterrupt):
            create(wanted(small))
    (half,) = environments()
    assert half.state is State.UNFINISHED
    with pytest.raises(SetupError, match=r"is unfinished: .*env create small"):
        find(small)
    stray = half.folder / "venv" / "stray"  # what an interrupted install may leave
    stray.write_text("", "utf-8")
    shutil.rmtree(place)  # the index is gone, and not asked
    assert create(wanted(small)).state is State.READY
    assert not stray.exists()


def test_data_are_copied_in_whole_or_the_environment_is_as_it_was(small, tmp_path, monkeypatch):
    own = tmp_path / "own"
    (own / "deep").mkdir(parents=True)
    for name in ("a.txt", "words.txt", "deep/b.txt"):
        (own / name).write_text("mine", "utf-8")
    made = create(wanted(small))

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(create_module.shutil, "copytree", interrupted)
        with pytest.raises(KeyboardInterrupt):
            create(wanted(small, data={"words": own}))
    assert find(small).record == made.record
    assert [path.name for path in (made.folder / "words").iterdir()] == ["words.txt"]
    with monkeypatch.context() as patched:
        patched.setattr(create_module.os, "replace", interrupted)  # of the second file, half-way
        with pytest.raises(KeyboardInterrupt):
            create(wanted(small, data={"words": own}))
    assert [environment.state for environment in environments()] == [State.UNFINISHED]
    (own / "gone").symlink_to("nowhere")
    with pytest.raises(SetupError, match=rf"{own} could not be copied into .*gone: No such file"):
        create(wanted(small, data={"words": own}))
    (own / "gone").unlink()
    made = create(wanted(small, data={"words": own}))
    there = [path for path in (made.folder / "words").rglob("*") if path.is_file()]
    assert sorted(path.name for path in there) == ["a.txt", "b.txt", "words.txt"]
    assert {path.read_text("utf-8") for path in there} == {"mine"}
    assert not list(made.folder.glob("part-*"))


def test_what_is_half_made_is_removed_though_something_is_still_ending_there(small, monkeypatch):
    half = folder_of("small", PYTHON) / "venv" / "half"
    half.mkdir(parents=True)
    really, tried = shutil.rmtree, []

    def busy(folder, **how):
        tried.append(folder)
        if len(tried) < 3:
            raise OSError(39, "Directory not empty")
        return really(folder, **how)

    monkeypatch.setattr(create_module.shutil, "rmtree", busy)
    assert create(wanted(small)).state is State.READY
    assert not half.exists()


def test_what_was_started_to_make_it_ends_when_it_is_killed(tmp_path):
    told = tmp_path / "pid"
    sleeps = f"import os, time; open({str(told)!r}, 'w').write(f'{{os.getpid()}} '); time.sleep(99)"
    runs = f"run_quietly([sys.executable, '-c', {sleeps!r}], None, Path())"
    imports = "import sys; from pathlib import Path; from lcbrb.environments.installer import *"
    with subprocess.Popen([sys.executable, "-c", f"{imports}; {runs}"]) as making:
        wait_until(lambda: told.exists() and told.read_text("utf-8").endswith(" "))
        making.kill()
    wait_until(lambda: not is_running(int(told.read_text("utf-8"))))


def test_a_file_that_is_not_the_locks_is_refused(small, place):
    wheel(place, "apple", "1.0", "VERSION = 'evil'\n")
    with pytest.raises(SetupError, match="whose hash differs"):
        create(wanted(small))
    assert [environment.state for environment in environments()] == [State.UNFINISHED]


def test_an_index_out_of_reach_is_one_sentence(small, place):
    (place / "apple-1.0-py3-none-any.whl").unlink()
    with pytest.raises(SetupError, match=r"pip failed: .*apple==1.0.*PIP_INDEX_URL") as refused:
        create(wanted(small))
    assert "\n" not in str(refused.value)


def test_a_package_that_can_not_be_built_is_named():
    said = (
        "Collecting pear==1 (from -r wanted.txt)\n  Downloading pear-1.whl\nCollecting apple==1.0\n"
    )
    said += "  Preparing metadata (pyproject.toml): finished with status 'error'\n"
    said += "error: metadata-generation-failed\nhint: See above for details.\n"
    assert "could not build apple from source" in _why(said, Path("there"))
    assert "could not build plum from" in _why("ERROR: Failed building wheel for plum\n", Path())


def test_what_does_not_import_is_no_environment(small, place):
    broken = wheel(place, "apple", "1.0", "import not_there\n")
    (small.folder / f"{PYTHON}.txt").write_text(f"apple==1.0 --hash={broken}\n", "utf-8")
    with pytest.raises(SetupError, match=r"apple does not import in .*not_there"):
        create(wanted(small))
    assert [environment.state for environment in environments()] == [State.UNFINISHED]


def test_a_disk_without_room_is_told_before_anything_is_fetched(small, monkeypatch):
    usage = SimpleNamespace(free=5 << 20)
    monkeypatch.setattr(create_module.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(SetupError, match="needs 41 MiB of disk, and 5 MiB are free"):
        create(wanted(small))


def test_what_is_half_made_needs_no_room_again(small, monkeypatch):
    half = folder_of("small", PYTHON) / "venv" / "half"
    half.parent.mkdir(parents=True)
    half.write_bytes(bytes(30 << 20))
    usage = SimpleNamespace(free=12 << 20)
    monkeypatch.setattr(create_module.shutil, "disk_usage", lambda _: usage)
    assert create(wanted(small)).state is State.READY
    assert not half.exists()


def test_a_disk_that_fills_up_is_one_sentence(small, monkeypatch, tmp_path):
    full = tmp_path / "full"
    full.write_text(
        "#!/bin/sh\necho 'ERROR: [Errno 28] No space left on device'; exit 1\n", "utf-8"
    )
    full.chmod(0o755)
    monkeypatch.setattr(create_module, "executable", lambda _: full)
    with pytest.raises(SetupError, match=r"the disk that holds .* is full"):
        create(wanted(small))


def test_what_pip_unpacks_lies_with_the_wheels_and_goes_with_them(small, monkeypatch, tmp_path):
    told = tmp_path / "told"
    pip = tmp_path / "pip"
    pip.write_text(f"#!/bin/sh\necho $TMPDIR > {told}; exit 1\n", "utf-8")
    pip.chmod(0o755)
    monkeypatch.setattr(create_module, "executable", lambda _: pip)
    with pytest.raises(SetupError, match="pip failed"):
        create(wanted(small))
    assert told.read_text("utf-8").strip() == str(folder_of("small", PYTHON) / "wheels")


def test_two_commands_do_not_make_the_same_one(small):
    folder = folder_of("small", PYTHON)
    folder.mkdir(parents=True)
    with create_module._alone(folder), pytest.raises(SetupError, match="by another command"):
        create(wanted(small))


def test_what_can_not_be_asked_for_is_refused(small, tmp_path):
    with pytest.raises(UnknownNameError, match="option of small 'less'"):
        create(wanted(small, options=("less",)))
    assert not list(environments())  # nothing was begun
    with pytest.raises(DataUnavailableError, match="takes no data maps"):
        create(wanted(small, data={"maps": tmp_path}))
    with pytest.raises(DataUnavailableError, match="no such folder for words"):
        create(wanted(small, data={"words": tmp_path / "none"}))
    with pytest.raises(UnknownNameError, match="unknown environment 'nothing'"):
        definition("nothing")


@pytest.mark.parametrize("version", ["3.12", "3.9"])
def test_a_python_without_a_lock_is_refused_with_the_reason(version):
    of = definition("bigcodebench")
    with pytest.raises(UsageError, match=rf"Python {version}: .*another benchmark .*3.10, 3.11"):
        create(Wanted(definition=of, python=version))
    with pytest.raises(UsageError, match=f"can't be made with Python {version}"):
        find(definition("bigcodebench"), version)  # and no advice that can't be followed


def test_no_python_of_the_kind_is_one_sentence(place, tmp_path, monkeypatch):
    of = definition(str(small_definition(tmp_path, place, python="3.77")))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(SetupError, match=r"no Python 3.77 was found .*--python"):
        create(Wanted(definition=of))


def test_pyenvs_newest_is_taken_before_an_older_one_or_a_shim(place, tmp_path, monkeypatch):
    of = definition(str(small_definition(tmp_path, place)))
    for patch in ("9", "10"):
        folder = tmp_path / "pyenv" / "versions" / f"{PYTHON}.{patch}" / "bin"
        folder.mkdir(parents=True)
        (folder / "python").symlink_to(Path(sys.executable).resolve())
    from lcbrb.environments import interpreters

    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("PATH", "")
    found = list(interpreters._candidates(PYTHON))
    assert [path.parents[1].name for path in found] == [f"{PYTHON}.10", f"{PYTHON}.9"]
    assert interpreters.base_interpreter(of).version[:2] == sys.version_info[:2]
