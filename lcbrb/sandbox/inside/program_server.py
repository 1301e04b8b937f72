# ruff: noqa: BLE001, S102, SLF001 - it runs programs, catches all they raise, ends as Python does
"""Inside the program's own process: load the program, answer the grader's requests one by one.

So nothing here is trusted and no expected answer ever comes near it: all that a program could forge
is its own answer.

The first message (see `messages`), ``ready``, is this side's; the grader sends the job, a line with
the name of the entry point (or nothing) and the source, then requests:

- ``i`` the input lies in the file behind descriptor 0: run the whole program on it
- ``c`` and one JSON argument a line: load the program anew and call its entry point
- ``l`` load the program, to be called
- ``s``, a name, a line feed and wire text of the arguments: call that function
- ``b`` and such pairs, line after line: make these calls until one does not return, and load the
  program before where it is not. The text of the reply is the number of those that did, their
  values, one a line, and then the usual text
- ``u`` and an order: run unittest cases beside the loaded program, see `unit_tests`

Every request has one reply: a line ``WORD NUMBER REUSABLE PEAK_KIB NAME`` and a text. Replies are
numbered, ``ready`` is 0, so that one too many is seen. The words: ``ended`` (a whole program; its
output lies in the file behind descriptor 1), ``loaded``, ``returned`` with the value, ``refused``
by the compiler, and ``raised`` with the class of the uncaught exception as name and the traceback
as text. REUSABLE is 0 where something of the program still runs.
"""

import _thread
import gc
import json
import os
import sys
from _weakref import ref
from collections.abc import Callable, Iterator, Sequence
from types import FunctionType
from typing import Any

from lcbrb.sandbox.inside import unit_tests, wire
from lcbrb.sandbox.inside.messages import READY, Messages
from lcbrb.sandbox.inside.start_state import FILE, MODULE, SCRIPT, StartState, Surroundings
from lcbrb.sandbox.inside.testing_machinery import Machinery

_TEXT_MOST = 2000  # characters of a traceback
_FRAMES_MOST = 20
_NAME_MOST = 200
_RESERVE_BYTES = 1 << 18
_BOM = "\ufeff"  # Python skips one at the start of a file
_STATES_AHEAD = 3  # most programs whose tests are in sight have no more

_seek = os.lseek  # a program may rebind it


Outcome = tuple[str, str, str]  # word, name, text of a reply


class ProgramServer:
    """One program and the descriptors kept from it.

    Args:
        descriptor: of the channel to the grader.
        spares: copies of descriptors 0, 1, 2, which a program may close.
        home: the folder that every run starts in.
        surroundings: of the program.
        measure_peak: gives the memory held at most so far, in KiB.
    """

    def __init__(
        self,
        descriptor: int,
        spares: Sequence[int],
        home: str,
        surroundings: Surroundings,
        measure_peak: Callable[[], object],
    ) -> None:
        self.messages = Messages(descriptor)
        self.spares = spares
        self.home = home
        self.surroundings = surroundings
        self.measure_peak = measure_peak
        self.code: Any = None
        self.entry_point = ""
        self.failure: Outcome | None = None
        self.ahead: list[StartState] = []
        self.state: StartState | None = None
        self.loaded = False
        self.namespace: dict[str, Any] = {}
        #: remembered where tests are to run beside programs, who need `unittest` imported ahead
        self.machinery = Machinery() if "unittest.mock" in sys.modules else None
        #: to be able to say that there is no memory left
        self.reserve: bytearray | None = bytearray(_RESERVE_BYTES)

    def serve_as_told(self) -> None:
        """Say ``ready``, take the job, and answer requests until the grader hangs up."""
        self.messages.send_framed(READY)
        job = self.messages.receive()
        if job is not None:
            self.entry_point, _, source = job.decode("utf-8", "surrogatepass").partition("\n")
            self._serve(source)

    def _serve(self, source: str) -> None:
        try:
            self.code = compile(source.removeprefix(_BOM), FILE, "exec", dont_inherit=True)
        except BaseException as error:  # SyntaxError, or what the compiler says of absurd nesting
            self.failure = ("refused", type(error).__name__, _last_line(error))
        number = 0
        while (message := self.messages.receive()) is not None:
            number += 1
            if self.failure is not None:
                word, name, text = self.failure
            else:
                word, name, text = self._answer(message[:1], message[1:].decode("utf-8"))
            reusable = int(_thread._count() == 0)
            self.messages.send(f"{word} {number} {reusable} {self.measure_peak()} {name}\n{text}")

    def _answer(self, request: bytes, body: str) -> Outcome:
        if request == b"b":
            returned: list[str] = []
            word, name, text = self._guarded(lambda: self._call_each(body, returned))
            return word, name, "\n".join([str(len(returned)), *returned, text])
        if request == b"s":
            name, _, sent = body.partition("\n")
            return self._guarded(lambda: wire.encode(self._call(name, wire.decode(sent))))
        if request == b"l":
            return self._guarded(self._load, "loaded")
        if request == b"i":
            return self._guarded(self._run_whole, "ended")
        if request == b"u":
            return self._guarded(lambda: unit_tests.run(self.namespace, body, self.machinery))
        return self._guarded(lambda: self._call_on_json(body))

    def _guarded(self, work: Callable[[], str], word: str = "returned") -> Outcome:
        """What became of running a part of the program; `work` gives the text of a good reply."""
        try:
            return word, "", work()
        except SystemExit:
            return "raised", "SystemExit", "ended before the function returned"
        except MemoryError:
            self.reserve = None
            self.namespace.clear()
            return "raised", "MemoryError", ""
        except BaseException as error:
            return _raised(error)
        finally:
            self._flush()

    def _load(self) -> str:
        self._prepare(MODULE)  # no script: what it keeps for `__main__` does not run
        exec(self.code, self.namespace)
        self.loaded = True
        return ""

    def _call_on_json(self, body: str) -> str:
        self._load()
        arguments = [json.loads(line) for line in body.split("\n") if line]
        return wire.encode_json(self._method(self.entry_point)(*arguments))

    def _call_each(self, body: str, returned: list[str]) -> str:
        if not self.loaded:
            self._load()
        lines = body.split("\n")
        for name, sent in zip(lines[::2], lines[1::2], strict=True):
            returned.append(wire.encode(self._call(name, wire.decode(sent))))
        return ""

    def _run_whole(self) -> str:
        """The program as a script, to the end that an interpreter of its own would make of it."""
        self._prepare(SCRIPT)
        try:  # noqa: SIM105 - contextlib would be one more import
            exec(self.code, self.namespace)
        except SystemExit:
            pass  # a program may stop itself; what it printed is what counts
        _join_threads()
        if "atexit" in sys.modules:
            sys.modules["atexit"]._run_exitfuncs()
        self._flush()
        self._forget()
        return ""

    def _forget(self) -> None:
        """Let go of the program as an interpreter does at its end.

        Files that nobody closed are flushed as they go, and `__del__` finds every name it knew.
        """
        gc.collect(0)  # puts files before what they write to, which has to be closed after them
        kept = next((ref(made) for made in _functions_of(self.namespace)), None)
        self.namespace = {}
        if self.state is not None:
            self.state.leave()
        gc.collect()
        function = kept() if kept is not None else None
        if function is not None:  # something that outlives the program holds on to its names
            function.__globals__.clear()
            gc.collect()

    def _call(self, name: str, arguments: list[Any]) -> Any:
        target = self.namespace.get(name)
        return (target if callable(target) else self._method(name))(*arguments)

    def _method(self, name: str) -> Any:
        """A method of ``Solution`` before a function of that name."""
        solution = self.namespace.get("Solution")
        if solution is not None and hasattr(solution, name):
            return getattr(solution(), name)
        return self.namespace[name]

    def stand_by(self, module_name: str) -> None:
        """Make ready for a program ahead of time: before the fork, so that no child pays for it."""
        if not self.ahead or self.ahead[-1].name != module_name:
            self.ahead = [StartState(module_name) for _ in range(_STATES_AHEAD)]
            self._enter(self.ahead[-1])

    def _prepare(self, module_name: str) -> None:
        for number, spare in enumerate(self.spares):
            os.dup2(spare, number)
            _seek(number, 0, os.SEEK_SET)
        state = self.ahead.pop() if self.ahead else None
        if state is None or state.name != module_name:
            state = StartState(module_name)
        if state is not self.state:
            self._enter(state)

    def _enter(self, state: StartState) -> None:
        if self.state is not None:
            sys.modules.pop(self.state.name, None)
        state.enter(self.home, self.surroundings.recursion_limit)
        self.state = state
        self.namespace = vars(state.module)
        self.surroundings.prelude.fill(self.namespace)

    def _flush(self) -> None:
        for stream in (sys.stdout, sys.stderr, *(self.state.streams[1:] if self.state else ())):
            try:
                stream.flush()
            except Exception:  # noqa: PERF203, S112 - closed, full, no stream: the file is seen
                continue


def _functions_of(namespace: dict[str, Any]) -> Iterator[FunctionType]:
    """Functions and methods that were defined there."""
    for value in namespace.values():
        members = vars(value).values() if isinstance(value, type) else (value,)
        for each in members:
            if isinstance(each, FunctionType) and each.__globals__ is namespace:
                yield each


def _join_threads() -> None:
    """What an interpreter does at its end: wait for every thread that is no daemon."""
    threading: Any = sys.modules.get("threading")
    if threading is None or _thread._count() == 0:
        return
    while threading._threading_atexits:  # executors: their threads stop when told
        threading._threading_atexits.pop()()
    ours = threading.current_thread()
    for thread in threading.enumerate():
        if thread is not ours and not thread.daemon:
            thread.join()


def _raised(error: BaseException) -> Outcome:
    name = type(error).__name__
    try:
        import traceback  # only failures pay for it

        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
            trace = trace.tb_next
        lines = traceback.format_exception(type(error), error, trace, limit=-_FRAMES_MOST)
        text = "".join(lines)
    except BaseException:  # an exception that can't even be shown
        text = name
    return "raised", _one_word(name), text[-_TEXT_MOST:].strip()


def _last_line(error: BaseException) -> str:
    try:
        import traceback

        return traceback.format_exception_only(type(error), error)[-1].strip()[-_TEXT_MOST:]
    except BaseException:
        return type(error).__name__


def _one_word(name: str) -> str:
    return "".join(name.split())[:_NAME_MOST] or "exception"
