"""The first code in a program's process: set limits, read the program, run it.

Started as a script (``python -I -S child.py``) with an empty environment; it must import as little
as it can, since every test pays for it. Descriptors that the judge hands over:

- 0, 1, 2: standard input (the test's input for STDIN, empty for CALL), output and errors
- the first argument: the job, one JSON object (limits, prelude, source, entry_point, arguments)
- the second argument: the report. ``compiled`` once the program compiled, then ``raised NAME``
  with the class of an uncaught exception, or ``returned JSON`` with the value that a CALL gave.

Expected answers are never here. All that a program could forge in the report is its own
answer.
"""

import os
import resource
import sys

_KIB = 1024
_MIB = 1024 * 1024
_MAIN_STACK_MIB = 112  # the kernel leaves at least 128 MiB below the stack for it to grow
_DEPTH_MOST = 200  # of a returned value; past it the answer is no answer
_RECURSION_LIMIT = 50_000  # what LiveCodeBench's grader sets for every program


def _limit(which, soft, hard=None):
    hard = soft if hard is None else hard
    _, most = resource.getrlimit(which)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(which, (soft, hard))


def _set_limits(limits):
    """Every limit the kernel enforces for us. CPU has a second to spare: the judge decides."""
    cpu_s = int(limits["cpu_s"]) + 2
    _limit(resource.RLIMIT_CPU, cpu_s, cpu_s + 1)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, limits["output_kib"] * _KIB)
    _limit(resource.RLIMIT_NOFILE, 256)
    _limit(resource.RLIMIT_NPROC, limits["processes"])
    # Raised here and not before exec: threads take their stack size from the limit at exec (8 MiB),
    # the main thread follows the limit of the day, so deep recursion in C works there.
    _limit(resource.RLIMIT_STACK, _MAIN_STACK_MIB * _MIB)
    if sys.platform != "darwin":  # macOS accepts RLIMIT_AS and ignores or refuses it
        _limit(resource.RLIMIT_AS, limits["memory_mib"] * _MIB)
    sys.setrecursionlimit(_RECURSION_LIMIT)


def _plain(value, depth=0):
    """A value as JSON can hold it: containers and their plain leaves; tuples become lists.

    Subclasses are flattened to what they extend. Anything else becomes an object that says its
    type, which equals no expected answer.
    """
    if depth > _DEPTH_MOST:
        return {"lcbrb:opaque": "nested too deeply"}
    if value is None or value is True or value is False:
        return value
    if isinstance(value, (int, float, str)):
        for base in (int, float, str):
            if isinstance(value, base):
                return value if type(value) is base else base.__add__(value, base())
    if isinstance(value, (list, tuple)):
        return [_plain(part, depth + 1) for part in value]
    if isinstance(value, dict):
        return {_key(key): _plain(part, depth + 1) for key, part in value.items()}
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return _plain(value.tolist(), depth + 1)
    return {"lcbrb:opaque": type(value).__name__}


def _key(key):
    import json

    return key if isinstance(key, str) else json.dumps(_plain(key))


def _call(namespace, entry_point, arguments):
    solution = namespace.get("Solution")
    if solution is not None and hasattr(solution, entry_point):
        return getattr(solution(), entry_point)(*arguments)
    return namespace[entry_point](*arguments)


def _say(report, line):
    try:
        report.write(line + "\n")
        report.flush()
    except (OSError, ValueError):
        pass  # the program closed our descriptor: its loss, the exit status still speaks


def _main():
    import json

    with open(int(sys.argv[1]), encoding="utf-8") as file:
        job = json.load(file)
    report = os.fdopen(int(sys.argv[2]), "w", encoding="utf-8")
    sys.set_int_max_str_digits(0)
    # Third-party modules stay importable without paying for the site module's start-up.
    sys.path.extend(job["site_packages"])
    sys.argv = ["solution.py"]
    _set_limits(job["limits"])
    module = type(sys)("__main__")  # the program's own: nothing of this file is in its namespace
    sys.modules["__main__"] = module
    namespace = module.__dict__
    namespace["__file__"] = "solution.py"
    exec(compile(job["prelude"], "prelude.py", "exec"), namespace)
    code = compile(job["source"], "solution.py", "exec")
    _say(report, "compiled")
    ended = "raised BaseException"
    try:
        exec(code, namespace)
        if job["entry_point"]:
            value = _plain(_call(namespace, job["entry_point"], job["arguments"]))
            ended = "returned " + json.dumps(value)
        else:
            ended = "ended"
    except SystemExit:
        ended = "ended"  # a program may stop itself; what it printed is what counts
    except BaseException as error:
        ended = "raised " + type(error).__name__
        raise
    finally:
        _say(report, ended)


if __name__ == "__main__":
    _main()
