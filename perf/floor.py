# ruff: noqa: SLF001 - it runs programs, and uses the warm process from within
"""The least that a verdict can cost here: fork, confine, run the program, and nobody asks.

Started by `verdicts.py` as ``python -P -S -X utf8 floor.py JOB``, like a warm process of its own
(`lcbrb/sandbox/inside/fork_server.py`): JOB is a JSON file with its configuration, its settings,
and programs as (source, entry point, inputs). For every line that it reads, it forks a
child for every program, which takes on every layer and runs the program on its inputs; it answers
with the seconds that it took. No grader, no message, no answer compared.
"""

import json
import os
import socket
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - as slim as boot.py
SANDBOX = os.path.join(os.path.dirname(HERE), "lcbrb", "sandbox")  # noqa: PTH118, PTH120 - no pathlib


def modules():
    """The program's side, without the package around it, as `boot.py` has it."""
    for name in ("lcbrb", "lcbrb.sandbox"):
        sys.modules[name] = type(sys)(name)
    sys.modules["lcbrb.sandbox"].__path__ = [SANDBOX]
    from lcbrb.sandbox.inside import fork_server

    for name in [name for name in sys.modules if name.partition(".")[0] == "lcbrb"]:
        del sys.modules[name]
    return fork_server


def run(server, source, entry_point, inputs):
    """What a program does of its own."""
    server.code = compile(source, "solution.py", "exec", dont_inherit=True)
    server.entry_point = entry_point
    if not inputs:
        server._load()
    for kind, text in inputs:
        if kind == "stdin":
            for number in server.spares[:2]:
                os.ftruncate(number, 0)
            os.pwrite(server.spares[0], text.encode(), 0)
            server._guarded(server._run_whole, "ended")
        else:
            server._guarded(lambda text=text: server._call_on_json(text))


def main():
    """Get ready; then a round a line."""
    fork_server = modules()
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123 - pathlib is not loaded, as in boot.py
        job = json.load(file)
    ours, theirs = socket.socketpair()
    files = [os.memfd_create(name) for name in ("stdin", "stdout", "stderr")]
    ask, answer = os.dup(0), os.dup(1)
    for number in range(3):  # as in a warm process
        os.dup2(os.open(os.devnull, os.O_RDWR), number)
    warm = fork_server.ForkServer(theirs, job["config"])
    warm.prepare()
    warm._settle(job["settings"])
    while os.read(ask, 1):
        began = time.perf_counter()
        for source, entry_point, inputs in job["programs"]:
            descriptors = [os.dup(one) for one in (ours.fileno(), *files)]
            if not os.fork():
                warm._confine_child(descriptors)
                run(warm.server, source, entry_point, inputs)
                os._exit(0)
            for one in descriptors:
                os.close(one)
            assert os.wait()[1] == 0
        os.write(answer, f"{time.perf_counter() - began}\n".encode())


main()
