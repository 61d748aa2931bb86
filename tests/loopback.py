"""A Hub on loopback: what `huggingface_hub` asks huggingface.co for, answered over real HTTP from memory.

It speaks the protocol as its client does (repositories, commits, LFS uploads, branches, tags, pull requests, errors by
header), knows one token, and counts what it was asked. `tests/conftest.py` points every test's client at it.
"""

import base64
import contextlib
import hashlib
import json
import re
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

TOKEN = "hf_loopback"
KINDS = {"": "model", "spaces/": "space"}
REPO = r"(?P<id>[\w.-]+/[\w.-]+)"
Files = dict[str, bytes]


@dataclass(frozen=True)
class Commit:
    """All files of a repository at one time."""

    oid: str
    message: str
    files: Files


@dataclass
class Repository:
    """Commits, and which of them each branch, tag and pull request stands at."""

    private: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    pulls: dict[str, str] = field(default_factory=dict)
    gated: bool = False
    created: dict[str, Any] = field(default_factory=dict)
    hardware: str | None = None  # of a Space

    def commit(self, message: str, files: Files, ref: str = "main", pull: bool = False) -> Commit:
        made = Commit(uuid.uuid4().hex + "0" * 8, message, files)  # never the same, for clients that cache
        self.commits[made.oid] = made
        if pull:
            self.pulls[f"refs/pr/{len(self.pulls) + 1}"] = made.oid
        else:
            self.branches[ref] = made.oid
        return made

    def at(self, revision: str) -> Commit | None:
        """The commit that a branch, a tag, a pull request or an oid names."""
        oid = {**self.branches, **self.tags, **self.pulls}.get(revision, revision)
        return self.commits.get(oid)

    @property
    def files(self) -> Files:
        """The files of the main branch."""
        return self.commits[self.branches["main"]].files


class RefusalError(Exception):
    """An answer of `status`; the client tells its errors apart by the header X-Error-Code."""

    def __init__(self, status: int, code: str = "", **answer: str) -> None:
        super().__init__(status, code, answer)
        self.status, self.code, self.answer = status, code, answer


class Hub:
    """The state of the server: repositories by kind and name, and every request in order."""

    def __init__(self) -> None:
        self.endpoint = ""
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.blobs: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.broken = False  # answers 500 to everything
        self.refusals: dict[str, RefusalError] = {}  # by the end of the path that is refused

    def __getitem__(self, name: str) -> Repository:
        """The model repository `name`, or that of a Space: "spaces/owner/name"."""
        kind = "spaces/" if name.startswith("spaces/") else ""
        return self.repositories[KINDS[kind], name.removeprefix("spaces/")]

    def add(self, name: str, files: Files, **options: Any) -> Repository:
        """Put a model repository there, as if somebody had pushed it."""
        repository = self.repositories["model", name] = Repository(**options)
        repository.commit("initial commit", files)
        return repository

    def address(self, kind: str, name: str) -> str:
        return f"{self.endpoint}/{'spaces/' if kind == 'space' else ''}{name}"

    # What the routes do. Each returns what becomes JSON, or bytes.

    def create(self, request: "Request") -> Any:
        wish = json.loads(request.body)
        kind, name = wish.get("type") or "model", f"{wish['organization']}/{wish['name']}"
        request.needs_token()
        answer = {"url": self.address(kind, name)}
        if (kind, name) in self.repositories:
            raise RefusalError(409, **answer)
        made = self.repositories[kind, name] = Repository(wish.get("visibility") == "private", created=wish)
        made.hardware = wish.get("hardware")
        made.commit("initial commit", {".gitattributes": b"*.safetensors filter=lfs\n"})
        return answer

    def rehouse(self, request: "Request") -> Any:
        from huggingface_hub import SpaceHardware  # which reads HF_ENDPOINT as it is imported

        repository, flavor = request.repository(write=True), json.loads(request.body)["flavor"]
        if flavor not in {one.value for one in SpaceHardware}:
            raise RefusalError(400, error=f'"{flavor}" is not a valid hardware flavor')
        repository.hardware = flavor
        return {"stage": "BUILDING", "hardware": {"current": None, "requested": flavor}}

    def preupload(self, request: "Request") -> Any:
        repository = request.repository(write=True)
        commit = request.commit(repository)
        files = []
        for file in json.loads(request.body)["files"]:
            mode = "lfs" if file["path"].endswith((".safetensors", ".png", ".ogg")) else "regular"
            here = commit.files.get(file["path"])
            oid = None if here is None else _sha256(here) if mode == "lfs" else _git(here)
            files.append({"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid})
        return {"files": files}

    def batch(self, request: "Request") -> Any:
        request.repository(write=True)
        objects = []
        for one in json.loads(request.body)["objects"]:
            href = f"{self.endpoint}/lfs/{one['oid']}"
            actions = {"upload": {"href": href}, "verify": {"href": f"{href}/verify"}}
            objects.append({**one, **({} if one["oid"] in self.blobs else {"actions": actions})})
        return {"transfer": "basic", "objects": objects}

    def put(self, request: "Request") -> Any:
        assert _sha256(request.body) == request["oid"]
        self.blobs[request["oid"]] = request.body
        return {}

    def verify(self, request: "Request") -> Any:
        return {"known": request["oid"] in self.blobs}

    def commit(self, request: "Request") -> Any:
        repository = request.repository(write=True)
        files, message = dict(request.commit(repository).files), ""
        for key, value in (json.loads(line).values() for line in request.body.decode().splitlines()):
            if key == "header":
                message = value["summary"]
            elif key == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif key == "lfsFile":
                files[value["path"]] = self.blobs[value["oid"]]
            elif key == "deletedFile":
                del files[value["path"]]
        pull = "create_pr" in request.query
        made = repository.commit(message, files, request["rev"], pull)
        address = self.address(request["kind"], request["id"])
        answer = {"commitOid": made.oid, "commitUrl": f"{address}/commit/{made.oid}"}
        return {**answer, "pullRequestUrl": f"{address}/discussions/{len(repository.pulls)}"} if pull else answer

    def resolve(self, request: "Request") -> Any:
        commit = request.commit(request.repository())
        request.answer_headers["X-Repo-Commit"] = commit.oid
        data = commit.files.get(request["path"])
        if data is None:
            raise RefusalError(404, "EntryNotFound")
        request.answer_headers["ETag"] = f'"{_sha256(data)}"'
        return data

    def info(self, request: "Request") -> Any:
        repository = request.repository()
        commit = request.commit(repository)
        siblings = [{"rfilename": path, "size": len(data)} for path, data in commit.files.items()]
        return {"id": request["id"], "sha": commit.oid, "private": repository.private, "siblings": siblings}

    def tree(self, request: "Request") -> Any:
        files = request.commit(request.repository()).files
        return [{"type": "file", "path": p, "size": len(data), "oid": _git(data)} for p, data in files.items()]

    def branch(self, request: "Request") -> Any:
        repository = request.repository(write=True)
        repository.branches[request["rev"]] = repository.branches["main"]
        return {}

    def tag(self, request: "Request") -> Any:
        repository = request.repository(write=True)
        repository.tags[json.loads(request.body)["tag"]] = request.commit(repository).oid
        return {}

    def validate(self, request: "Request") -> Any:
        """As far as a stranger can check a card: the front matter is YAML, and names what the Hub asks for."""
        head = json.loads(request.body)["content"].split("---")
        data = yaml.safe_load(head[1]) if len(head) > 2 else None
        errors = [] if isinstance(data, dict) else ["the card has no table of metadata"]
        for index in (data or {}).get("model-index", []):
            errors += [f"{key} is missing" for key in ("name", "results") if not index.get(key)]
        return {"errors": [{"message": error} for error in errors], "warnings": []}


ROUTES: list[tuple[str, str, Callable[[Hub, "Request"], Any]]] = [
    ("POST", "/api/repos/create", Hub.create),
    ("POST", "/api/validate-yaml", Hub.validate),
    ("POST", f"/api/(?P<kind>space)s/{REPO}/hardware", Hub.rehouse),
    ("POST", f"/api/(?P<kind>model|space)s/{REPO}/preupload/(?P<rev>.+)", Hub.preupload),
    ("POST", f"/api/(?P<kind>model|space)s/{REPO}/commit/(?P<rev>.+)", Hub.commit),
    ("POST", f"/api/(?P<kind>model|space)s/{REPO}/branch/(?P<rev>.+)", Hub.branch),
    ("POST", f"/api/(?P<kind>model|space)s/{REPO}/tag/(?P<rev>.+)", Hub.tag),
    ("GET", f"/api/(?P<kind>model|space)s/{REPO}/tree/(?P<rev>[^/]+)", Hub.tree),
    ("GET", f"/api/(?P<kind>model|space)s/{REPO}(?:/revision/(?P<rev>.+))?", Hub.info),
    ("POST", rf"/(?P<kind>(?:spaces/)?){REPO}\.git/info/lfs/objects/batch", Hub.batch),
    ("PUT", "/lfs/(?P<oid>[0-9a-f]+)", Hub.put),
    ("POST", "/lfs/(?P<oid>[0-9a-f]+)/verify", Hub.verify),
    ("GET", f"/(?P<kind>(?:spaces/)?){REPO}/resolve/(?P<rev>[^/]+)/(?P<path>.+)", Hub.resolve),
]


class Request(BaseHTTPRequestHandler):
    """One request: the parts of its path by name, its body, and who asks."""

    protocol_version = "HTTP/1.1"
    hub: Hub

    def __getitem__(self, name: str) -> str:
        return self.parts[name]

    def needs_token(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise RefusalError(401, error="Invalid username or password.")

    def repository(self, write: bool = False) -> Repository:
        """The repository that is asked for; one that is private does not exist for strangers."""
        kind = KINDS.get(self["kind"], self["kind"])
        found = self.hub.repositories.get((kind, self["id"]))
        known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if found is None or (found.private and not known):
            raise RefusalError(404 if known else 401, "RepoNotFound")
        if found.gated:
            raise RefusalError(403, "GatedRepo")
        if write:
            self.needs_token()
        return found

    def commit(self, repository: Repository) -> Commit:
        revision = self.parts.get("rev") or "main"
        found = repository.at(revision)
        if found is None:
            raise RefusalError(404, "RevisionNotFound")
        return found

    def do(self) -> None:
        address = urlsplit(self.path)
        self.query = parse_qs(address.query, keep_blank_values=True)
        self.body, self.answer_headers, status = self._read(), {}, 200
        self.hub.requests.append(f"{self.command} {address.path}")
        try:
            answer = self._answer(address.path)
        except RefusalError as refusal:
            status, answer = refusal.status, refusal.answer
            if refusal.code:
                self.answer_headers["X-Error-Code"] = refusal.code
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {**self.answer_headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_HEAD = do_POST = do_PUT = do  # noqa: N815

    def _answer(self, path: str) -> Any:
        if self.hub.broken:
            raise RefusalError(500, error="Internal Server Error")
        for end, refusal in self.hub.refusals.items():
            if path.endswith(end):
                raise refusal
        for method, pattern, action in ROUTES:
            if method == self.command.replace("HEAD", "GET") and (match := re.fullmatch(pattern, path)):
                self.parts = {k: unquote(v) for k, v in match.groupdict().items() if v is not None}
                return action(self.hub, self)
        raise RefusalError(404, error=f"no such page: {path}")

    def _read(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            pieces = []
            while size := int(self.rfile.readline(), 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server that hangs up on its clients when it closes; they keep their connections otherwise."""

    def __init__(self, port: int, hub: Hub) -> None:
        super().__init__(("127.0.0.1", port), type("Bound", (Request,), {"hub": hub}))
        self.connections: list[socket.socket] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.append(request)
        super().process_request(request, client_address)

    def server_close(self) -> None:
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()


@contextlib.contextmanager
def serving(port: int = 0) -> Iterator[Hub]:
    """Run a Hub on `port` of this machine; `hub.endpoint` is its address."""
    hub = Hub()
    server = Server(port, hub)
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _git(data: bytes) -> str:
    """The name that git gives a blob."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
