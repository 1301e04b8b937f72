"""A sandbox for programs that a test wrote itself: they run right here, over the real wire format.

Every call takes `cpu_s`; a TimeoutError stands for a time limit, an OSError for a fault of ours.
"""

from contextlib import contextmanager

from lcbrb.protocols import Execution
from lcbrb.sandbox import wire
from lcbrb.types import Status


class LocalSandbox:
    """Counts what it is asked to do: `opened` sources, and `called` (name, arguments)."""

    level = "none"

    def __init__(self, *, cpu_s=0.001):
        self.cpu_s = cpu_s
        self.opened = []
        self.alone = []
        self.called = []
        self.borderline = False

    def run(self, program, inputs, limits, *, fresh=False):
        raise AssertionError("functions are called, not run")

    @contextmanager
    def open(self, program, limits, *, alone=False):
        self.opened.append(program.source)
        self.alone.append(alone)
        yield LocalSession(self, program)


class LocalSession:
    def __init__(self, sandbox, program):
        self.sandbox = sandbox
        self.namespace = {"__name__": "solution"}
        self.loading = self._try(lambda: exec(program.source, self.namespace))  # noqa: S102

    def call(self, name, arguments, *, cpu_s=None):
        self.sandbox.called.append((name, arguments))
        if self.loading.status is not None:
            return self.loading
        if cpu_s is not None and self.sandbox.cpu_s > cpu_s:
            return Execution(status=Status.TIME_LIMIT, cpu_s=cpu_s)
        received = wire.decode(wire.encode(list(arguments)))
        return self._try(lambda: self.namespace[name](*received))

    def _try(self, work):
        cpu_s = self.sandbox.cpu_s
        try:
            return Execution(status=None, output=wire.encode(work()), cpu_s=cpu_s)
        except SyntaxError as error:
            return Execution(status=Status.SYNTAX_ERROR, detail=str(error), cpu_s=cpu_s)
        except TimeoutError as error:
            return Execution(
                status=Status.TIME_LIMIT,
                detail=str(error),
                cpu_s=cpu_s,
                borderline=self.sandbox.borderline,
            )
        except OSError as error:
            return Execution(status=Status.HARNESS_ERROR, detail=str(error), cpu_s=cpu_s)
        except Exception as error:  # noqa: BLE001 - whatever the program raises
            return Execution(status=Status.RUNTIME_ERROR, detail=repr(error), cpu_s=cpu_s)


class OneByOne(LocalSandbox):
    """Refuses batches, so that every test is a call of its own."""

    @contextmanager
    def open(self, program, limits, *, alone=False):
        with super().open(program, limits, alone=alone) as session:
            session.namespace.pop("lcbrb_many", None)
            yield session
