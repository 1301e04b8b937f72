"""A sandbox for programs that a test wrote itself: they run right here, over the real wire format.

Every call takes `cpu_s`; a TimeoutError stands for a time limit, an OSError for a fault of ours.
"""

from contextlib import contextmanager
from dataclasses import replace

from lcbrb.protocols.sandbox import Batch, Execution
from lcbrb.sandbox.inside import wire
from lcbrb.types import Status


class LocalSandbox:
    """Counts what it is asked to do: `opened` sources, and `called` (name, arguments)."""

    level = "none"

    def __init__(self, *, cpu_s=0.001):
        self.cpu_s = cpu_s
        self.opened = []
        self.alone = []
        self.paced = []
        self.called = []
        self.borderline = False

    def run(self, program, inputs, limits, *, fresh=False, together=False):
        raise AssertionError("functions are called, not run")

    @contextmanager
    def open(self, program, limits, *, alone=False, paced=False):
        self.opened.append(program.source)
        self.alone.append(alone)
        self.paced.append(paced)
        yield LocalSession(self, program)


class LocalSession:
    def __init__(self, sandbox, program):
        self.sandbox = sandbox
        self.namespace = {"__name__": "solution"}
        self.loading = self._try(lambda: exec(program.source, self.namespace))  # noqa: S102

    def call(self, name, arguments, *, cpu_s=None, used_s=0.0):
        self.sandbox.called.append((name, arguments))
        if self.loading.status is not None:
            return self.loading
        if cpu_s is not None and used_s + self.sandbox.cpu_s > cpu_s:
            return Execution(status=Status.TIME_LIMIT, cpu_s=cpu_s)
        received = wire.decode(wire.encode(list(arguments)))
        return self._try(lambda: self.namespace[name](*received))

    def call_each(self, calls, *, cpu_s=None):
        outputs = []
        spent_s = 0.0
        for name, text in calls:
            execution = self.call(name, wire.decode(text), cpu_s=cpu_s)
            spent_s += execution.cpu_s or 0.0
            if execution.status is not None:
                execution = replace(execution, cpu_s=spent_s)
                known = execution.status is Status.RUNTIME_ERROR
                if not known:
                    return Batch(outputs=(), execution=execution)
                return Batch(outputs=tuple(outputs), execution=execution, failed_at=len(outputs))
            outputs.append(execution.output)
        return Batch(outputs=tuple(outputs), execution=Execution(status=None, cpu_s=spent_s))

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
    """Knows nothing of any batch, so that every test is a call of its own."""

    @contextmanager
    def open(self, program, limits, *, alone=False, paced=False):
        with super().open(program, limits, alone=alone, paced=paced) as session:
            session.call_each = lambda calls, *, cpu_s=None: Batch(
                outputs=(), execution=Execution(status=Status.OUTPUT_LIMIT, cpu_s=0.0)
            )
            yield session
