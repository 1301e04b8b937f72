"""A server that speaks OpenAI's interface, with the manners of good and bad ones."""

import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def reply_to(body, number):
    """The text of a choice: what was asked and the seed, so that doubles and mix-ups show."""
    asked = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
    return f"{asked}|{body.get('seed')}|{number}"


class Server:
    """Answers requests; `moods` are taken one a request, then it is `usual`.

    A mood is a function of the handler and the body that answers by itself and returns True, or
    returns False to have the request answered as usual.
    """

    def __init__(self):
        self.moods = []
        self.usual = None
        self.bodies = []
        self.headers = []
        self._answered = Counter()
        self._busy = 0
        self.most_choices = 1000
        self.ignores_n = False
        self.streams = True
        self.text = reply_to
        self.finish = "stop"
        self.root = None
        self.lock = threading.Lock()

    @property
    def answered(self):
        """Whole replies, by what was asked and the seed; a client may have one before it counts."""
        deadline = time.monotonic() + 5
        while self._busy and time.monotonic() < deadline:
            time.sleep(0.002)
        return self._answered

    def post(self, handler):
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        with self.lock:
            self._busy += 1
            self.bodies.append(body)
            self.headers.append(dict(handler.headers))
            mood = self.moods.pop(0) if self.moods else self.usual
        try:
            if mood is None or not mood(handler, body):
                self.answer(handler, body)
        finally:
            with self.lock:
                self._busy -= 1

    def get(self, handler):
        entry = {"id": "m", "object": "model", **({"root": self.root} if self.root else {})}
        send(handler, 200, {"object": "list", "data": [entry]})

    def answer(self, handler, body):
        wanted = body.get("n", 1)
        if wanted > self.most_choices:
            send(handler, 400, {"error": {"message": f"n must be at most {self.most_choices}"}})
            return
        count = 1 if self.ignores_n else wanted
        texts = [self.text(body, number) for number in range(count)]
        if self.streams and body.get("stream"):
            stream(handler, body, [*chunks(body, texts, self.finish), usage()])
        else:
            choices = [
                {"index": i, "finish_reason": self.finish, **said(body, text)}
                for i, text in enumerate(texts)
            ]
            send(handler, 200, {**usage(), "choices": choices})
        with self.lock:
            asked = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
            self._answered[asked, body.get("seed")] += 1


def said(body, text, key="message"):
    return {key: {"content": text}} if "messages" in body else {"text": text}


def chunks(body, texts, finish="stop"):
    """Events of a stream: each text in two pieces, then why it ended."""
    for index, text in enumerate(texts):
        for piece in (text[:3], text[3:]):
            yield {"choices": [{"index": index, **said(body, piece, "delta")}]}
    for index in range(len(texts)):
        yield {"choices": [{"index": index, **said(body, "", "delta"), "finish_reason": finish}]}


def usage():
    return {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 5}}


def send(handler, status, document, headers=()):
    content = json.dumps(document).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(content)))
    for name, value in headers:
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)


def stream(handler, body, events, *, done=True, pause_s=0.0, promised=None):  # noqa: PLR0913 - ways to go wrong
    """Events as a stream that ends when the connection does, or before so many bytes came."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Connection", "close")
    if promised is not None:
        handler.send_header("Content-Length", str(promised))
    handler.end_headers()
    handler.close_connection = True
    for event in events:
        handler.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        handler.wfile.flush()
        time.sleep(pause_s)
    if done:
        handler.wfile.write(b"data: [DONE]\n\n")


# ------------------------------------------------------------------------------------- moods


def says(status, message="no", headers=()):
    """An error."""

    def mood(handler, body):
        send(handler, status, {"error": {"message": message}}, headers)
        return True

    return mood


def hangs_up(handler, body):
    """The connection is cut without an answer."""
    handler.close_connection = True
    return True


def breaks_off(handler, body):
    """A stream that ends in the middle of its text."""
    stream(handler, body, list(chunks(body, ["half of it"]))[:1], done=False)
    return True


def slowly(handler, body):
    """A stream with a pause after each event."""
    stream(handler, body, [*chunks(body, [reply_to(body, 0)]), usage()], pause_s=0.15)
    return True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.server.site.post(self)

    def do_GET(self):
        self.server.site.get(self)

    def log_message(self, *parts):
        """Keep quiet."""


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Clients of these tests hang up; that is no news."""


@contextmanager
def serving(site=None, port=0):
    """A `Server` and its address."""
    site = site or Server()
    server = _Threads(("127.0.0.1", port), Handler)
    server.site = site
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield site, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
