"""The control socket: only the warm process' own answers count, and only to what was asked."""

import json
import os
import socket
import threading

import pytest

from lcbrb.sandbox.control import Control


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def control(ends):
    """Begun: this process is the one whose answers count."""
    ours, theirs = ends
    found = Control(ours)
    theirs.send(json.dumps({"layers": []}).encode())
    found.begin(b"{}")
    assert theirs.recv(100) == b"{}"
    return found


def in_another_process(work):
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0


def answers(theirs, *messages):
    def serve():
        theirs.recv(100)
        for message in messages:
            theirs.send(message)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_an_answer_has_the_number_of_its_message(control, ends):
    thread = answers(ends[1], b'{"to": 1, "is": "right"}')
    assert control.ask(b"e")["is"] == "right"
    thread.join()


@pytest.mark.parametrize(
    "forged", [b'{"to": 1, "is": "forged"}', b"", b"no JSON", b'{"to": 1, "failure": "forged"}']
)
def test_what_another_process_sends_is_dropped(control, ends, forged):
    in_another_process(lambda: ends[1].send(forged))
    thread = answers(ends[1], b'{"to": 1, "is": "right"}')
    assert control.ask(b"e")["is"] == "right"
    thread.join()


def test_an_answer_to_another_message_is_dropped(control, ends):
    thread = answers(ends[1], b'{"to": 7, "is": "late"}', b'{"to": 1, "is": "right"}')
    assert control.ask(b"e")["is"] == "right"
    thread.join()


def test_a_failure_is_an_error(control, ends):
    thread = answers(ends[1], b'{"to": 1, "failure": "no room"}')
    with pytest.raises(OSError, match="no room"):
        control.ask(b"e")
    thread.join()


def test_a_closed_socket_is_told_from_an_empty_message(control, ends):
    ends[1].close()
    with pytest.raises(OSError, match=r"gone|Broken pipe"):
        control.ask(b"e")
    assert control.is_closed()
