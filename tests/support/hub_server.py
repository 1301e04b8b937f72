"""A hub on loopback: as much of its HTTP interface as loading a model or sending a data set asks for."""

import base64
import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

COMMIT = "c" * 40


class Hub:
    """Repositories by name, each a folder; every revision is its one commit.

    `files` were asked for; `made` are the data sets that were made, as asked, and `commits` what was
    sent to each, by path. Whoever is `locked` may not be written to.
    """

    def __init__(self, folders, locked=()):
        self.folders = folders
        self.files = []
        self.locked = locked
        self.made, self.commits = [], {}

    def answer(self, request, *, body):
        parts = urlsplit(request.path).path.strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            return self.describe(request, "/".join(parts[2:4]), parts[4:])
        repository, name = "/".join(parts[:2]), "/".join(parts[4:])
        folder = self.folders.get(repository)
        path = folder / name if folder else None
        if path is None or not path.is_file():
            return reply(
                request, 404, {"X-Error-Code": "EntryNotFound" if folder else "RepoNotFound"}
            )
        self.files.append(f"{repository}/{name}")
        content = path.read_bytes()
        tag = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        return reply(
            request, 200, {"ETag": f'"{tag}"', "X-Repo-Commit": COMMIT}, content, body=body
        )

    def take(self, request):
        """What a client sends: a repository to make, a card to check, files to announce, a commit."""
        parts = urlsplit(request.path).path.strip("/").split("/")
        body = request.rfile.read(int(request.headers["Content-Length"]))
        name, here = "/".join(parts[2:4]), f"http://{request.headers['Host']}"
        if parts[1:] == ["repos", "create"]:
            asked = json.loads(body)
            name = f"{asked['organization']}/{asked['name']}"
            if name in self.locked:
                return reply_json(request, 401, {"error": "Invalid username or password."})
            self.made.append(asked)
            return reply_json(request, 200, {"url": f"{here}/datasets/{name}", "name": name})
        if parts[1:] == ["validate-yaml"]:
            return reply_json(request, 200, {"errors": [], "warnings": []})
        if parts[4] == "preupload":
            files = [{"path": one["path"], "uploadMode": "regular", "shouldIgnore": False}
                     for one in json.loads(body)["files"]]  # fmt: skip
            return reply_json(request, 200, {"files": files})
        sent = [json.loads(line) for line in body.splitlines()]
        self.commits[name] = {
            line["value"]["path"]: base64.b64decode(line["value"]["content"])
            for line in sent
            if line["key"] == "file"
        }
        url = f"{here}/datasets/{name}/commit/{COMMIT}"
        return reply_json(request, 200, {"success": True, "commitOid": COMMIT, "commitUrl": url})

    def describe(self, request, repository, rest):
        folder = self.folders.get(repository)
        if folder is None:
            return reply(request, 404, {"X-Error-Code": "RepoNotFound"})
        paths = sorted(path for path in folder.iterdir() if path.is_file())
        if rest[:1] == ["tree"]:
            found = [
                {"type": "file", "path": path.name, "size": path.stat().st_size, "oid": "0" * 40}
                for path in paths
            ]
        else:
            files = [{"rfilename": path.name} for path in paths]
            found = {"id": repository, "sha": COMMIT, "siblings": files, "private": False}
        headers = {"Content-Type": "application/json"}
        return reply(request, 200, headers, json.dumps(found).encode())


def reply_json(request, status, content):
    headers = {"Content-Type": "application/json"}
    return reply(request, status, headers, json.dumps(content).encode())


def reply(request, status, headers, content=b"", *, body=True):
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    if body:
        request.wfile.write(content)


@contextmanager
def hub(folders, **options):
    """A `Hub` and its address."""
    site = Hub(folders, **options)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            site.answer(self, body=True)

        def do_HEAD(self):
            site.answer(self, body=False)

        def do_POST(self):
            site.take(self)

        def log_message(self, *parts):
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield site, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
