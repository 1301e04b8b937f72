"""How programs read and print, run by the plain sandbox."""

import pytest
from plain_runs import printed, run

# --------------------------------------------------------------------------------- standard input

READERS = {
    "input": "print(input() + input())",
    "iteration": "import sys\nprint(''.join(line.strip() for line in sys.stdin))",
    "open(0)": "print(open(0).read().replace('\\n', ''))",
    "readlines": "import sys\nprint(''.join(map(str.strip, sys.stdin.readlines())))",
    "buffer.readline": "import sys\nr = sys.stdin.buffer.readline\nprint((r().strip() + r().strip()).decode())",
    "read after input": "import sys\nfirst = input()\nprint(first + sys.stdin.read().strip())",
    "os.read": "import os\nprint(os.read(0, 100).decode().replace('\\n', ''))",
    "fstat": "import os\nprint(os.read(0, os.fstat(0).st_size).decode().replace('\\n', ''))",
    "until EOFError": "s = ''\ntry:\n    while True:\n        s += input()\nexcept EOFError:\n    print(s)",
    "iter with sentinel": "import sys\nprint(''.join(l.strip() for l in iter(sys.stdin.readline, '')))",
    "StringIO over all": "import io, os\nf = io.BytesIO(os.read(0, 10**6))\nprint((f.readline().strip() + f.readline().strip()).decode())",
}


@pytest.mark.parametrize("source", READERS.values(), ids=READERS)
def test_standard_input_can_be_read_in_any_way(source):
    assert printed(source, "ab\ncd\n") == "abcd\n"


def test_input_of_several_mebibytes_arrives_whole():
    assert printed("import sys\nprint(len(sys.stdin.read()))", "x" * 5_000_000) == "5000000\n"


def test_input_is_utf_8():
    assert printed("print(len(input()), ascii(input()))", "né\n日") == "2 '\\u65e5'\n"


def test_input_of_half_a_surrogate_pair_does_not_stop_the_grader():
    assert printed("import os\nprint(len(os.read(0, 9)))", "\ud800") == "3\n"


def test_empty_input_is_an_immediate_end_of_file():
    assert "EOFError" in run("input()").detail


# -------------------------------------------------------------------------------- standard output

WRITERS = {
    "print": "print('a b')",
    "no final newline": "print('a b', end='')",
    "sys.stdout.write": "import sys\nsys.stdout.write('a b')",
    "sys.stdout.buffer": "import sys\nsys.stdout.buffer.write(b'a b')",
    "os.write": "import os\nos.write(1, b'a b')",
    "open(1)": "print('a b', file=open(1, 'w'))",
    "a thread that outlives the program": "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.2), print('a b'))).start()",
    "atexit": "import atexit\natexit.register(print, 'a b')",
    "a global's __del__, with other globals": "names = ['a', 'b']\ndef say(text): print(*text)\nclass Last:\n    def __del__(self): say(names)\nkept = Last()",
    "the __del__ of one of many": "names = ['a b']\nclass Last:\n    def __init__(self, n): self.n = n\n    def __del__(self):\n        if self.n: print(names[0])\nkept = [Last(n) for n in range(2)]",
    "an unclosed file": "f = open(1, 'w', closefd=False)\nf.write('a b')",
    "an unclosed file beside functions": "def write(text): f.write(text)\nf = open(1, 'w', closefd=False)\nwrite('a b')",
    "an unclosed file that something outlives": "import builtins\nclass W:\n    def write(self, text): f.write(text)\nf = open(1, 'w', closefd=False)\nbuiltins.kept = W()\nbuiltins.kept.write('a b')",
    "unflushed at sys.exit": "import sys\nsys.stdout.write('a b')\nsys.exit()",
}


@pytest.mark.parametrize("source", WRITERS.values(), ids=WRITERS)
def test_output_is_taken_however_it_is_written(source):
    assert printed(source).strip() == "a b"


def test_flushed_output_survives_os_exit():
    assert printed("import os\nprint('a', flush=True)\nos._exit(0)") == "a\n"


def test_output_that_is_no_utf_8_is_taken_with_replacement_characters():
    assert printed("import sys\nsys.stdout.buffer.write(b'a\\xff\\n')") == "a\ufffd\n"


def test_integers_of_any_length_are_printed():
    assert len(printed("print(7**20000)")) == 16903


def test_standard_errors_are_no_output():
    execution = run("import sys\nprint('x', file=sys.stderr)\nprint(1)")
    assert (execution.output, execution.detail) == ("1\n", "x")
