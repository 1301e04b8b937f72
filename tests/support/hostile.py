"""Hostile and broken programs: what each tries, and what has to become of it.

A program reads an integer and is to print its double, or has a function `f` that gives the double.
None of these may pass, whatever else is right about them, but those in `HARMLESS`.
"""

from lcbrb.types import Status

TIME, RUNTIME, MEMORY = Status.TIME_LIMIT, Status.RUNTIME_ERROR, Status.MEMORY_LIMIT
WRONG, OUTPUT, SYNTAX = Status.WRONG_ANSWER, Status.OUTPUT_LIMIT, Status.SYNTAX_ERROR
PASSED = Status.PASSED

#: raw system calls, for those who go around Python; `call` gives -1 where the kernel refuses
RAW = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\ndef call(*a): return libc.syscall(*map(ctypes.c_long, a))\n"
#: writes a message of its own to every descriptor that takes it, as if it were the runner
FORGE = """
import os
def forge(text, size=None):
    body = text.encode()
    message = (len(body) if size is None else size).to_bytes(4, "little") + body
    for descriptor in range(3, 256):
        try: os.write(descriptor, message)
        except OSError: pass
"""
DOUBLE = "print(2 * int(input()))\n"

NEVER_ENDS = {
    "sleeps under a name that says it runs": (
        RAW
        + "import time\nname = ctypes.create_string_buffer(b') R 1 1 1 R')\ncall(157, 15, ctypes.addressof(name))\ntime.sleep(99)",
        TIME,
    ),
    "busy in the kernel": (
        "import os\nd = os.open('/dev/urandom', 0)\nwhile 1: os.read(d, 1 << 20)",
        TIME,
    ),
    "a storm of alarms": (
        "import signal, time\nsignal.signal(signal.SIGALRM, lambda *_: None)\nsignal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-6)\nwhile 1: time.sleep(1e-4)",
        TIME,
    ),
    "its first thread ends and another is busy": (
        RAW
        + "import threading\ndef f():\n  while 1: pass\nthreading.Thread(target=f).start()\ncall(60, 0)",
        TIME,
    ),
    "right, and a thread unknown to Python is busy": (
        DOUBLE
        + RAW
        + "F = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)\n@F\ndef f(_):\n  while 1: pass\nt = ctypes.c_ulong()\nlibc.pthread_create(ctypes.byref(t), None, f, None)\nlibc.pthread_join(t, None)",
        TIME,
    ),
    "comes back from the dead": ("class A:\n  def __del__(self): A()\nA()", TIME),
    "endless loop": ("while 1: pass", TIME),
    "sleeps": ("import time\ntime.sleep(99)", TIME),
    "waits for itself": ("import threading\nl = threading.Lock()\nl.acquire()\nl.acquire()", TIME),
    "swallows every exception": (
        "while 1:\n  try:\n    while 1: pass\n  except BaseException: pass",
        TIME,
    ),
    "ignores every signal": (
        "import signal\nfor n in range(1, 65):\n  try: signal.signal(n, signal.SIG_IGN)\n  except (OSError, ValueError): pass\nsignal.alarm(0)\nsignal.setitimer(signal.ITIMER_REAL, 0)\nwhile 1: pass",
        TIME,
    ),
    "busy in C": ("import re\nre.match('(a+)+$', 'a' * 40 + 'b')", TIME),
    "a number without end": ("print(len(str(9 ** 9 ** 8)))", TIME),
    "stops itself": ("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", TIME),
    "right, and a thread that stays": (
        DOUBLE + "import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()",
        TIME,
    ),
    "loops while its error is shown": (
        "class E(Exception):\n  def __str__(self):\n    while 1: pass\nraise E",
        TIME,
    ),
    "loops at its end": (
        "import atexit\nprint(2 * int(input()))\n@atexit.register\ndef f():\n  while 1: pass",
        TIME,
    ),
    "busy threads": (
        "import threading\ndef f():\n  while 1: pass\nfor _ in range(4): threading.Thread(target=f).start()",
        TIME,
    ),
}
ENDS_BADLY = {
    "right, and crashes": (
        "import ctypes\nprint(2 * int(input()), flush=True)\nctypes.string_at(0)",
        RUNTIME,
    ),
    "adds to what it said at its end": (
        "import atexit, os\nprint(2 * int(input()))\natexit.register(lambda: os.write(1, b'9'))",
        WRONG,
    ),
    "raises with ten thousand causes": (
        "e = None\nfor _ in range(10 ** 4):\n  n = ValueError()\n  n.__context__ = e\n  e = n\nraise e",
        RUNTIME,
    ),
    "replaces what shows its error": (
        "import sys\nclass T:\n  def __getattr__(self, name): return lambda *a, **k: ['x' * 10 ** 7]\nsys.modules['traceback'] = T()\n1 / 0",
        RUNTIME,
    ),
    "raises": ("1 / 0", RUNTIME),
    "raises no Exception": ("class E(BaseException): pass\nraise E", RUNTIME),
    "raises what can't be shown": ("class E(Exception):\n  __str__ = None\nraise E", RUNTIME),
    "aborts": ("import os\nos.abort()", RUNTIME),
    "crashes": ("import ctypes\nctypes.string_at(0)", RUNTIME),
    "kills itself": ("import os\nos.kill(os.getpid(), 9)", RUNTIME),
    "recurses for ever": ("def f(): f()\nf()", RUNTIME),
    "recurses in C": (
        "import resource\nresource.setrlimit(resource.RLIMIT_STACK, (1 << 20, resource.RLIM_INFINITY))\nx = ()\nfor _ in range(3 * 10 ** 5): x = (x,)\nhash(x)",
        RUNTIME,
    ),
    "reads past the end": ("while 1: input()", RUNTIME),
    "leaves early": ("import sys\nsys.exit(0)", WRONG),
    "leaves early for good": ("import os\nos._exit(0)", WRONG),
    "says nothing": ("", WRONG),
    "no syntax": ("print((", SYNTAX),
    "absurd nesting": ("(" * 100_000, SYNTAX),
    "a null byte": ("print(1)\0", SYNTAX),
    "closes everything": (DOUBLE + "import os\nos.closerange(0, 4096)", RUNTIME),
    "deletes its modules": ("import sys\nsys.modules.clear()\nsys.stdout = None", WRONG),
}
TAKES_TOO_MUCH = {
    "one large block": ("bytearray(1 << 33)", MEMORY),
    "many small blocks": ("x = []\nwhile 1: x.append(bytearray(1 << 20))", MEMORY),
    "maps memory": ("import mmap\nm = mmap.mmap(-1, 1 << 33)", RUNTIME),
    "threads without end": (
        "import threading\ne = threading.Event()\nwhile 1: threading.Thread(target=e.wait, daemon=True).start()",
        RUNTIME,
    ),
    "memory files": (
        RAW
        + "n = [call(319, ctypes.addressof(ctypes.c_char(b'x')), 0) for _ in range(99)]\nassert max(n) >= 0",
        RUNTIME,
    ),
    "a large file": ("f = open('x', 'wb')\nwhile 1: f.write(bytes(1 << 20))", RUNTIME),
    "a file with a hole": (
        "import os\nos.truncate(os.open('x', os.O_CREAT | os.O_RDWR), 1 << 40)",
        RUNTIME,
    ),
    "prints without end": ("while 1: print('x' * 1000)", OUTPUT),
    "complains without end": ("import sys\nwhile 1: print('x' * 1000, file=sys.stderr)", OUTPUT),
    "writes to a descriptor without end": (
        "import os\nwhile 1:\n  try: os.write(1, bytes(1 << 16))\n  except OSError: break",
        OUTPUT,
    ),
    "writes to every descriptor": (
        "import os\nfor d in range(256):\n  try:\n    for _ in range(99): os.write(d, bytes(1 << 16))\n  except OSError: pass",
        RUNTIME,
    ),
}
BREAKS_OUT = {
    "calls by the old convention": (
        "import ctypes, mmap\nm = mmap.mmap(-1, 4096, prot=7)\nm.write(bytes([0xB8, 2, 0, 0, 0, 0xCD, 0x80, 0xC3]))  # fork\nctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))()\nprint(2 * int(input()))",
        RUNTIME,
    ),
    "calls by another number": (RAW + "call(0x40000000 + 57)\n" + DOUBLE, RUNTIME),
    "adds filters of its own": (
        RAW
        + "r = [call(317, 1, 0, 0), call(317, 1, 8, 0), call(157, 22, 2, 0), call(157, 22, 1, 0), call(157, 36, 1), call(157, 4, 0)]\nassert max(r) >= 0",
        RUNTIME,
    ),
    "objects that outlive it": (
        RAW
        + "n = ctypes.create_string_buffer(b'/lcbrb')\na = ctypes.addressof(n)\nr = [call(29, 7, 4096, 0o1666), call(64, 7, 1, 0o1666), call(68, 7, 0o1666), call(240, a, 66, 0o666, 0), call(248, a, a, a, 1, -3), call(253)]\nassert max(r) >= 0",
        RUNTIME,
    ),
    "special files": (
        RAW
        + "import stat\nn = ctypes.create_string_buffer(b'x')\na = ctypes.addressof(n)\nassert 0 in [call(133, a, 0o020666, 0x103), call(133, a, 0o010666, 0), call(259, -100, a, 0o010666, 0)]",
        RUNTIME,
    ),
    "turns its knobs": (
        "import os\nopened = []\nfor name in 'oom_score_adj coredump_filter uid_map gid_map setgroups timerslack_ns clear_refs loginuid attr/current comm autogroup sched'.split():\n  try: opened.append(os.open('/proc/self/' + name, os.O_WRONLY))\n  except OSError: pass\nassert opened",
        RUNTIME,
    ),
    "writes into the library": (
        "import os, sys, sysconfig\nopened = []\nfor place in {*sys.path, os.path.dirname(os.__file__), sysconfig.get_path('purelib'), '/usr/lib'}:\n  for name in ('sitecustomize.py', 'x.pth', '__pycache__/random.cpython-311.pyc'):\n    try: opened.append(open(os.path.join(place, name), 'ab'))\n    except OSError: pass\nassert opened",
        RUNTIME,
    ),
    "reads around by its parent": (
        "print(open('/proc/1/root{secret}').read() + open('/proc/1/cwd/../{secret}').read())",
        RUNTIME,
    ),
    "kills its parent": ("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)", RUNTIME),
    "stops its parent": ("import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)", RUNTIME),
    "kills everybody": ("import os\nos.kill(-1, 9)", RUNTIME),
    "kills its group": ("import os\nos.kill(0, 9)", RUNTIME),
    "kills the grader": ("import os\nos.kill({grader}, 9)", RUNTIME),
    "signals by queue": (
        RAW + "r = [call(n, os.getppid(), 9, 0, 0) for n in (129, 424)]\nassert 0 in r",
        RUNTIME,
    ),
    "changes modes of files": (
        "import json, os\nos.chmod(json.__file__, 0o644)",
        RUNTIME,
    ),
    "changes times of files": (
        "import json, os\nfound = os.stat(json.__file__)\nos.utime(json.__file__, ns=(found.st_atime_ns, found.st_mtime_ns))",
        RUNTIME,
    ),
    "makes a socket that sends to any": (
        "import socket\nsocket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
        RUNTIME,
    ),
    "signals by its files": (
        "import fcntl, os, signal\nr, w = os.pipe()\nfcntl.fcntl(r, fcntl.F_SETSIG, signal.SIGKILL)\nfcntl.fcntl(r, fcntl.F_SETOWN, {grader})",
        RUNTIME,
    ),
    "signals by its files' ioctl": (
        RAW + "assert call(16, 0, 0x8901, ctypes.addressof(ctypes.c_int(os.getppid()))) == 0",
        RUNTIME,
    ),
    "forks": ("import os\nwhile 1: os.fork()", RUNTIME),
    "forks by another name": ("import posix\nfor _ in range(200): posix.fork()", RUNTIME),
    "forks by number": (
        RAW
        + "r = [call(57), call(58), call(56, 17, 0, 0, 0, 0), call(435, 0, 0)]\nassert max(r) >= 0",
        RUNTIME,
    ),
    "a daemon": (
        "import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0: time.sleep(999)\n  os._exit(0)",
        RUNTIME,
    ),
    "starts a program": (
        "import subprocess\nsubprocess.run(['/bin/sh', '-c', 'sleep 99 &'])",
        RUNTIME,
    ),
    "becomes a program": ("import os\nos.execv('/bin/sleep', ['sleep', '99'])", RUNTIME),
    "a pool of processes": (
        "import multiprocessing\nmultiprocessing.Pool(2).map(abs, [1])",
        RUNTIME,
    ),
    "connects": ("import socket\nsocket.create_connection(('127.0.0.1', {port}), 2)", RUNTIME),
    "sends a datagram": (
        "import socket\nsocket.socket(2, 2).sendto(b'x', ('127.0.0.1', {port}))",
        RUNTIME,
    ),
    "an abstract socket": ("import socket\nsocket.socket(1).bind('\\0lcbrb')", RUNTIME),
    "reads a file of the grader": ("print(open({secret!r}).read())", RUNTIME),
    "reads around a corner": (
        "import os\nos.symlink({secret!r}, 'x')\nprint(open('x').read())",
        RUNTIME,
    ),
    "reads the grader's memory": ("open('/proc/{grader}/mem', 'rb').read(1)", RUNTIME),
    "reads its parent's memory": (
        "import os\nopen(f'/proc/{{os.getppid()}}/mem', 'rb').read(1)",
        RUNTIME,
    ),
    "reads the grader's arguments": ("print(open('/proc/{grader}/cmdline').read())", RUNTIME),
    "reads the passwords": ("print(open('/etc/shadow').read())", RUNTIME),
    "reads this project": ("import lcbrb", RUNTIME),
    "overwrites a file of the grader": ("open({secret!r}, 'w').write('mine')", RUNTIME),
    "removes a file of the grader": ("import os\nos.remove({secret!r})", RUNTIME),
    "removes a folder of the grader": ("import shutil\nshutil.rmtree({folder!r})", RUNTIME),
    "leaves a file behind": ("open({folder!r} + '/x', 'w')", RUNTIME),
    "traces its parent": (RAW + "assert call(101, 16, os.getppid(), 0, 0) == 0", RUNTIME),
    "new namespaces": (RAW + "assert call(272, 0x10000000) == 0", RUNTIME),
    "mounts": (RAW + "assert call(165, 0, 0, 0, 0, 0) == 0 or ctypes.get_errno() != 1", RUNTIME),
    "becomes root": ("import os\nos.setuid(0)\nos.setgroups([0])", RUNTIME),
    "forgets its parent": (RAW + "assert call(157, 1, 0, 0, 0, 0) == 0", RUNTIME),
    "limits its parent": (
        "import os, resource\nresource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))",
        RUNTIME,
    ),
    "raises its limits": (
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))\nx = bytearray(1 << 33)",
        RUNTIME,
    ),
    "exotic calls": (
        RAW
        + "r = [call(n, 0, 0, 0, 0) for n in (250, 298, 321, 323, 425, 310, 311, 169)]\nassert max(r) >= 0",
        RUNTIME,
    ),
}
FORGES = {
    "an empty ending": (FORGE + "forge('ended 1 1 0 \\n')", WRONG),
    "a value where none is asked for": (FORGE + "forge('returned 1 1 0 \\n6')", WRONG),
    "no message at all": (FORGE + "forge('what?')", RUNTIME),
    "a message that never comes": (FORGE + "forge('', 1 << 31)", OUTPUT),
    "prints a verdict": ("print('PASSED')\nprint('ended 1 1 0')", WRONG),
    "looks for the answer": (
        "import gc, sys\nseen = [repr(o)[:200] for o in gc.get_objects() if isinstance(o, (str, bytes, int, dict, list))]\nprint(next((s for s in seen if s.strip(\"'\") == 'the-answer-' + '42'), 'nothing'))",
        WRONG,
    ),
    "looks for the answer up the stack": (
        "import sys\nf = sys._getframe()\nwhile f:\n  for v in list(f.f_locals.values()) + list(f.f_globals.values()):\n    if 'expected' in repr(v)[:9999]: print(v)\n  f = f.f_back\nprint('nothing')",
        WRONG,
    ),
}
FORGED_VALUES = {
    "equals everything, in an array": (
        "import numpy\nclass A:\n  def __eq__(self, other): return True\n  def __bool__(self): return True\n  __hash__ = None\ndef f(x): return numpy.array([A()], dtype=object)",
        WRONG,
    ),
    "lies about its kin": (
        "class M(type):\n  def __subclasscheck__(cls, other): return True\n  def mro(cls): return [cls, object]\n  __name__ = property(lambda self: 'x' * 10 ** 6)\nclass A(metaclass=M): pass\ndef f(x): return A()",
        WRONG,
    ),
    "a number that can't be compared": (
        "from decimal import Decimal\ndef f(x): return Decimal('sNaN')",
        WRONG,
    ),
    "half a character": ("def f(x): return '\\ud800' * 1000", WRONG),
    "a dictionary without end": (
        "class A(dict):\n  def items(self):\n    while 1: yield len(self), 1\n  __iter__ = keys = values = items\ndef f(x): return A(a=1)",
        WRONG,
    ),
    "equals everything": (
        "class A:\n  def __eq__(self, other): return True\ndef f(x): return A()",
        WRONG,
    ),
    "a number that lies": (
        "class A(int):\n  def __eq__(self, other): return True\n  __hash__ = None\ndef f(x): return A(1)",
        WRONG,
    ),
    "a list that lies": (
        "class A(list):\n  def __eq__(self, other): return True\n  def __iter__(self): return iter([6])\ndef f(x): return A([1])",
        WRONG,
    ),
    "leaves instead": ("import sys\ndef f(x): sys.exit(0)", RUNTIME),
    "leaves for good instead": ("import os\ndef f(x): os._exit(0)", RUNTIME),
    "interrupts": ("def f(x): raise KeyboardInterrupt", RUNTIME),
    "patches the library": (
        "import builtins, json, math, unittest\njson.loads = json.dumps = lambda *a, **k: 'true'\nmath.isclose = lambda *a, **k: True\nbuiltins.isinstance = lambda *a: True\ndef f(x): return object()",
        RUNTIME,
    ),
    "never ends giving": ("def f(x):\n  while 1: yield 6", WRONG),
    "holds itself": ("def f(x):\n  x = []\n  x.append(x)\n  return x", WRONG),
    "doubles and doubles": (
        "def f(x):\n  x = []\n  for _ in range(99): x = [x, x]\n  return x",
        TIME,
    ),
    "larger than may be": ("def f(x): return 'x' * 10 ** 6", OUTPUT),
    "answers beforehand": (
        FORGE + "def f(x):\n  forge('returned 2 1 0 \\n1')\n  return 2 * x",
        WRONG,
    ),
    "no such function": ("def g(x): return 2 * x", RUNTIME),
    "leaves while it is loaded": ("import sys\ndef f(x): return 2 * x\nsys.exit(0)", RUNTIME),
    "colliding hashes": (
        FORGE
        + "def f(x):\n  forge('returned 2 1 0 \\n{\"lcbrb:set\":[' + ','.join(str(i * (2 ** 61 - 1)) for i in range(9000)) + ']}')",
        WRONG,
    ),
    "copies the answer from the grader's frames": (
        "import sys\ndef f(x):\n  frame = sys._getframe(1)\n  while frame:\n    seen, consts = frame.f_locals, frame.f_code.co_consts\n    if 'expected' in seen and 'i' in seen: return seen['expected'][seen['i']]\n    if 'gt_out' in seen: return seen['gt_out']\n    if frame.f_code.co_name == 'check' and x in consts: return consts[consts.index(x) + 1]\n    frame = frame.f_back",
        WRONG,
    ),
    "writes the verdict into the grader's frames": (
        "import os, sys\ndef f(x):\n  frame = sys._getframe(1)\n  while frame:\n    seen = frame.f_locals\n    if 'stat' in seen and 'progress' in seen:\n      for n in range(len(seen['details'])): seen['details'][n] = True\n      seen['progress'].value, seen['stat'].value = len(seen['details']), 0\n      os._exit(0)\n    if 'metadata_list' in seen:\n      seen['result'].append([True, True])\n      seen['metadata_list'].append({})\n      os._exit(0)\n    if 'completion' in seen and 'result' in seen:\n      seen['result'].append('passed')\n      os._exit(0)\n    frame = frame.f_back",
        WRONG,
    ),
    "finds the answers in memory": (
        "import gc\ncalls = []\ndef f(x):\n  calls.append(x)\n  for o in gc.get_objects():\n    if type(o) is dict and type(o.get('outputs')) is list: return int(o['outputs'][len(calls) - 1])\n    if type(o) is tuple and any(type(s) is str and 'calls.append' in s for s in o):\n      for found in o:\n        if type(found) is list and all(type(n) is int for n in found): return found[len(calls) - 1]",
        WRONG,
    ),
    "code in the answer": (
        "class A:\n  def __reduce__(self): return exec, ('raise SystemExit(0)',)\ndef f(x): return A()",
        WRONG,
    ),
}
HARMLESS = {
    "appends to its output": "import fcntl, os\nfor d in (0, 1, 2): fcntl.fcntl(d, fcntl.F_SETFL, os.O_APPEND | os.O_RDWR)\n"
    + DOUBLE,
    "plain": DOUBLE,
    "a daemon thread that stays": DOUBLE
    + "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()",
    "leaves when done": DOUBLE + "import sys\nsys.exit(1)",
    "leaves for good when done": "import os\nprint(2 * int(input()), flush=True)\nos._exit(0)",
    "asks for a deep stack": "import resource, sys, threading\nresource.setrlimit(resource.RLIMIT_STACK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\nsys.setrecursionlimit(10 ** 6)\nthreading.stack_size(1 << 26)\ndef f(n): return n and 1 + f(n - 1)\ndef main(): print(int(input()) * 2 + f(20000) - 20000)\nt = threading.Thread(target=main)\nt.start()\nt.join()",
    "opens standard input by name": "print(2 * int(open('/dev/stdin').read()))",
    "opens descriptors": "import sys\nprint(2 * int(open(0).readline()), file=open(1, 'w'))",
    "keeps notes": "open('note', 'w').write(input())\nprint(2 * int(open('note').read()))",
    "an event loop": "import asyncio\nasync def f(): return 2 * int(input())\nprint(asyncio.run(f()))",
    "an executor": "from concurrent.futures import ThreadPoolExecutor\ne = ThreadPoolExecutor(2)\nprint(e.submit(lambda: 2 * int(input())).result())",
    "numpy": "import numpy\nprint(int(numpy.array([int(input())]).sum() * 2))",
}
