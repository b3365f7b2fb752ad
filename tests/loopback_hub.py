"""A small Hugging Face Hub on this machine for the real client: repositories, tokens, and injected faults.

    with LoopbackHub() as hub:
        hub.add("ann/clothes", {"model.safetensors": content}, tags=["gan-workshop"])
        monkeypatch.setenv("HF_ENDPOINT", hub.url)

It answers with the status codes and headers that huggingface_hub expects of the real one.
"""

import base64
import hashlib
import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

LARGE = (".safetensors", ".bin", ".pth", ".pt")


@dataclass
class Fault:
    """A fault in the next `times` requests whose `METHOD /path` matches `where`; None for all of them."""

    where: str
    times: int | None = 1
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    drop_after: int | None = None
    """Close the connection after this many bytes of the content."""
    rate: float | None = None
    """Bytes a second."""
    stall: float = 0.0
    """Seconds of silence before the answer."""
    content: bytes | None = None
    """Send this instead, under the right name and hash."""
    add_to_length: int = 0
    """The error of the Content-Length."""

    def matches(self, request: str) -> bool:
        return (self.times is None or self.times > 0) and re.search(self.where, request) is not None


@dataclass
class Repo:
    """A repository: its commits, the oldest first, each with all of its files."""

    id: str
    kind: str = "model"
    private: bool = False
    gated: bool = False
    tags: list[str] = field(default_factory=list)
    likes: int = 0
    downloads: int = 0
    large: bool = False
    """Whether its weights are in large file storage (LFS): by sha256, and served from another address."""
    readers: set[str] = field(default_factory=set)
    """Who may read it beside its owner, if it is private or gated."""
    commits: list[tuple[str, dict[str, bytes], str]] = field(default_factory=list)
    branches: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    """Of a Space: the request that created it, its variables and secrets."""

    @property
    def owner(self) -> str:
        return self.id.partition("/")[0]

    @property
    def head(self) -> dict[str, bytes]:
        return self.commits[-1][1]

    def commit(self, files: dict[str, bytes | None]) -> str:
        """Commit changed files, None for a removed one; returns the commit's 40 digits."""
        before = self.commits[-1][1] if self.commits else {}
        after = {name: content for name, content in (before | files).items() if content is not None}
        made = hashlib.sha1(f"{self.id} {len(self.commits)} {sorted(files)}".encode()).hexdigest()
        self.commits.append((made, after, time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())))
        self.branches["main"] = made
        return made

    def find(self, revision: str) -> tuple[str, dict[str, bytes], str] | None:
        name = self.branches.get(revision, revision)
        return next((entry for entry in self.commits if entry[0] == name), None)


class LoopbackHub:
    """The server and its state; tests may change it while it runs."""

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        """Models by `owner/name`, Spaces by `spaces/owner/name`."""
        self.tokens: dict[str, dict[str, Any]] = {}
        """The response of `whoami` by token."""
        self.faults: list[Fault] = []
        self.seen: list[tuple[str, dict[str, str]]] = []
        """`METHOD /path` and the headers, names in lower case, of every request."""
        self.objects: dict[str, bytes] = {}
        """Uploaded large files by sha256."""
        self.large = False
        """Whether new repositories are `large`."""
        self.lock = threading.RLock()
        self.stopped = False

    def __enter__(self) -> "LoopbackHub":
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self}))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Shut down, also for open connections."""
        self.stopped = True
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def elsewhere(self) -> str:
        """Another origin, like the servers that hold the Hub's large files."""
        return f"http://localhost:{self.server.server_address[1]}"

    def add(self, name: str, files: dict[str, bytes], **options: Any) -> Repo:
        """A repository with one commit."""
        repo = Repo(name, **options)
        repo.commit({**files})
        self.repos[name if repo.kind == "model" else f"{repo.kind}s/{name}"] = repo
        return repo

    def user(self, name: str, token: str, role: str = "write", orgs: tuple[str, ...] = ()) -> str:
        """Register and return a token of `name`."""
        access = {"type": "access_token", "accessToken": {"displayName": "test", "role": role}}
        self.tokens[token] = {"name": name, "type": "user", "orgs": [{"name": org} for org in orgs], "auth": access}
        return token

    def fail(self, where: str, **what: Any) -> Fault:
        """Inject a fault."""
        fault = Fault(where, **what)
        self.faults.append(fault)
        return fault

    def requests(self, where: str) -> list[dict[str, str]]:
        """The headers of all requests so far whose `METHOD /path` matches."""
        return [headers for request, headers in list(self.seen) if re.search(where, request)]


class Answer(Exception):
    """Ends the handling of a request with this response."""

    def __init__(self, status: int, body: Any = None, **headers: str) -> None:
        self.status, self.headers = status, {name.replace("_", "-"): value for name, value in headers.items()}
        self.body = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        if not isinstance(body, bytes):
            self.headers["Content-Type"] = "application/json"


def refusal(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"error": message}, X_Error_Code=code, X_Error_Message=message)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: LoopbackHub

    def log_message(self, format: str, *_: Any) -> None:  # not into the tests' output
        pass

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):  # the client has gone
            self.close_connection = True

    def _any(self) -> None:
        if self.hub.stopped:
            raise ConnectionAbortedError
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length) if length else b""
        parts = urlsplit(self.path)
        self.where, self.query = unquote(parts.path), parse_qs(parts.query)
        request = f"{self.command} {self.where}"
        with self.hub.lock:
            self.hub.seen.append((request, {name.lower(): value for name, value in self.headers.items()}))
            fault = next((fault for fault in self.hub.faults if fault.matches(request)), Fault("", 0))
            if fault.times:
                fault.times -= 1
        time.sleep(fault.stall)
        if fault.status:
            answer = Answer(fault.status, {"error": "injected by the test"}, **fault.headers)
        else:
            try:
                with self.hub.lock:
                    self._route(request)
                raise AssertionError(f"nothing answered {request}")
            except Answer as made:
                answer = made
        self._send(answer, fault)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _any

    def _send(self, answer: Answer, fault: Fault) -> None:
        body = answer.body if fault.content is None else fault.content
        start = 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        if asked and answer.status == 200:
            start, answer.status = int(asked[1]), 206
            answer.headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            body = body[start:]
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + fault.add_to_length))
        self.end_headers()
        if self.command == "HEAD":
            return
        if fault.drop_after is not None:
            body = body[: fault.drop_after]
        piece = len(body) if fault.rate is None else max(1, int(fault.rate / 20))
        for at in range(0, len(body), max(piece, 1)):
            self.wfile.write(body[at : at + piece])
            if fault.rate is not None:
                time.sleep(0.05)
        if fault.drop_after is not None or fault.add_to_length:
            self.wfile.flush()
            self.close_connection = True

    # reading

    def _route(self, request: str) -> None:
        for pattern, method in ROUTES:
            if found := re.fullmatch(pattern, request):
                getattr(self, method)(**{name: value for name, value in found.groupdict().items() if value is not None})
        raise refusal(404, "NotFound", f"no such address: {request}")

    @property
    def user(self) -> dict[str, Any] | None:
        """The account of the request; None without a token."""
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if token and token not in self.hub.tokens:
            raise refusal(401, "", "Invalid credentials in Authorization header")
        return self.hub.tokens.get(token)

    def _owns(self, owner: str) -> bool:
        user = self.user
        return user is not None and owner in (user["name"], *(org["name"] for org in user["orgs"]))

    def _repo(self, id: str, kind: str = "models", *, content: bool = False, write: bool = False) -> Repo:
        """The repository, if the account may see it, read its content or change it."""
        repo, user = self.hub.repos.get(id if kind == "models" else f"{kind}/{id}"), self.user
        reads = repo is not None and (self._owns(repo.owner) or (user is not None and user["name"] in repo.readers))
        if repo is None or (repo.private and not reads):
            if user is None:
                raise refusal(401, "RepoNotFound", "Invalid username or password.")
            raise refusal(404, "RepoNotFound", "Repository not found")
        if write and (not self._owns(repo.owner) or (user or {})["auth"]["accessToken"]["role"] == "read"):
            raise refusal(403, "", "You are not authorized to write to this repository")
        if content and repo.gated and not reads:
            raise refusal(403 if user else 401, "GatedRepo", f"Access to model {id} is restricted.")
        return repo

    def _commit_of(self, repo: Repo, revision: str) -> tuple[str, dict[str, bytes], str]:
        found = repo.find(revision)
        if found is None:
            raise refusal(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return found

    def whoami(self) -> None:
        if self.user is None:
            raise refusal(401, "", "Invalid username or password.")
        raise Answer(200, self.user)

    def search(self) -> None:
        wanted = {name: values for name, values in self.query.items() if name in ("search", "author", "filter")}
        found = []
        for key, repo in self.hub.repos.items():
            if repo.kind != "model" or (repo.private and not self._owns(repo.owner)):
                continue
            about = _about(repo, *repo.commits[-1])
            fits = all(text.lower() in key.lower() for text in wanted.get("search", []))
            fits &= all(author == repo.owner for author in wanted.get("author", []))
            if fits and set(wanted.get("filter", [])) <= set(about["tags"]):
                found.append(about if "full" in self.query else {"id": about["id"], "tags": about["tags"]})
        raise Answer(200, found[: int(self.query.get("limit", ["1000"])[0])])

    def about(self, id: str, kind: str = "models", revision: str = "main") -> None:
        repo = self._repo(id, kind)
        raise Answer(200, _about(repo, *self._commit_of(repo, revision), blobs="blobs" in self.query, card=True))

    def tree(self, id: str, revision: str, kind: str = "models") -> None:
        repo = self._repo(id, kind)
        files = self._commit_of(repo, revision)[1]
        raise Answer(200, [{"type": "file", "path": n, "size": len(c), "oid": _git(c)} for n, c in files.items()])

    def resolve(self, id: str, revision: str, file: str, kind: str = "models") -> None:
        repo = self._repo(id, kind, content=True)
        commit, files, _ = self._commit_of(repo, revision)
        if file not in files:
            raise Answer(404, {"error": "Entry not found"}, X_Error_Code="EntryNotFound", X_Repo_Commit=commit)
        content = files[file]
        if repo.large and file.endswith(LARGE):
            sha256 = hashlib.sha256(content).hexdigest()
            self.hub.objects[sha256] = content
            headers = {"X-Linked-Etag": f'"{sha256}"', "X-Linked-Size": str(len(content)), "X-Repo-Commit": commit}
            raise Answer(302, b"", Location=f"{self.hub.elsewhere}/objects/{sha256}", **headers)
        raise Answer(200, content, X_Repo_Commit=commit, ETag=f'"{_git(content)}"', Accept_Ranges="bytes")

    def object(self, sha256: str) -> None:
        raise Answer(200, self.hub.objects[sha256], ETag=f'"{sha256}"', Accept_Ranges="bytes")

    # writing

    def create(self) -> None:
        asked = json.loads(self.body)
        user = self.user
        if user is None:
            raise refusal(401, "", "Invalid username or password.")
        owner, kind = asked.get("organization") or user["name"], asked.get("type") or "model"
        if not self._owns(owner) or user["auth"]["accessToken"]["role"] == "read":
            raise refusal(403, "", f"You don't have the rights to create a {kind} under the namespace {owner}")
        id, prefix = f"{owner}/{asked['name']}", "" if kind == "model" else f"{kind}s/"
        if prefix + id in self.hub.repos:
            raise Answer(409, {"error": f"You already created this {kind} repo", "url": f"{self.hub.url}/{prefix}{id}"})
        private = asked.get("visibility") == "private" or bool(asked.get("private"))
        repo = self.hub.add(id, {".gitattributes": b"*.safetensors filter=lfs\n"}, kind=kind, private=private)
        repo.large = self.hub.large
        repo.settings = {"made_with": asked, "variables": {}, "secrets": {}, "sdk": asked.get("sdk")}
        raise Answer(200, {"url": f"{self.hub.url}/{prefix}{id}", "name": id, "private": private})

    def validate_yaml(self) -> None:
        try:
            _front_matter(json.loads(self.body)["content"].encode())
        except yaml.YAMLError as error:
            raise Answer(400, {"errors": [{"message": str(error)}], "warnings": []}) from None
        raise Answer(200, {"errors": [], "warnings": []})

    def preupload(self, id: str, revision: str, kind: str = "models") -> None:
        repo = self._repo(id, kind, write=True)
        files = self._commit_of(repo, revision)[1]
        told = []
        for file in json.loads(self.body)["files"]:
            there, large = files.get(file["path"]), repo.large and file["path"].endswith(LARGE)
            oid = None if there is None else hashlib.sha256(there).hexdigest() if large else _git(there)
            told.append({"path": file["path"], "uploadMode": "lfs" if large else "regular", "shouldIgnore": False})
            told[-1]["oid"] = oid
        raise Answer(200, {"files": told})

    def batch(self, id: str, kind: str = "models") -> None:
        self._repo(id, kind, write=True)
        objects = []
        for asked in json.loads(self.body)["objects"]:
            upload = {"href": f"{self.hub.elsewhere}/upload/{asked['oid']}", "header": {}}
            objects.append(asked | ({} if asked["oid"] in self.hub.objects else {"actions": {"upload": upload}}))
        raise Answer(200, {"transfer": "basic", "objects": objects})

    def upload(self, sha256: str) -> None:
        if hashlib.sha256(self.body).hexdigest() != sha256:
            raise refusal(400, "", "the content does not fit its hash")
        self.hub.objects[sha256] = self.body
        raise Answer(200)

    def commit(self, id: str, revision: str, kind: str = "models") -> None:
        repo = self._repo(id, kind, write=True)
        changed: dict[str, bytes | None] = {}
        for line in self.body.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            if entry["key"] == "file":
                changed[value["path"]] = base64.b64decode(value["content"])
            elif entry["key"] == "lfsFile":
                changed[value["path"]] = self.hub.objects[value["oid"]]
            elif entry["key"] == "deletedFile":
                changed[value["path"]] = None
        made = repo.commit(changed)
        prefix = "" if kind == "models" else f"{kind}/"
        raise Answer(200, {"commitUrl": f"{self.hub.url}/{prefix}{id}/commit/{made}", "commitOid": made})

    def variables(self, id: str) -> None:
        found = self._repo(id, "spaces", write=True).settings["variables"]
        raise Answer(200, {name: {"key": name, "value": value} for name, value in found.items()})

    def hardware(self, id: str) -> None:
        repo = self._repo(id, "spaces", write=True)
        repo.settings["hardware"] = json.loads(self.body)["flavor"]
        raise Answer(200, {"stage": "BUILDING", "hardware": {"current": None, "requested": repo.settings["hardware"]}})

    def space_setting(self, id: str, what: str) -> None:
        repo, asked = self._repo(id, "spaces", write=True), json.loads(self.body)
        repo.settings[what][asked["key"]] = asked["value"]
        shown = {} if what == "secrets" else {key: {"key": key, "value": v} for key, v in repo.settings[what].items()}
        raise Answer(200, shown)


ID, REV = r"(?P<id>[^/]+/[^/]+)", r"(?P<revision>.+)"
KIND = r"(?P<kind>models|spaces)"
ROUTES = (
    (r"GET /api/whoami-v2", "whoami"),
    (r"GET /api/models", "search"),
    (r"POST /api/repos/create", "create"),
    (r"POST /api/validate-yaml", "validate_yaml"),
    (rf"GET /api/{KIND}/{ID}", "about"),
    (rf"GET /api/{KIND}/{ID}/revision/{REV}", "about"),
    (rf"GET /api/{KIND}/{ID}/tree/(?P<revision>[^/]+)(/.*)?", "tree"),
    (rf"POST /api/{KIND}/{ID}/preupload/{REV}", "preupload"),
    (rf"POST /api/{KIND}/{ID}/commit/{REV}", "commit"),
    (rf"GET /api/spaces/{ID}/variables", "variables"),
    (rf"POST /api/spaces/{ID}/(?P<what>variables|secrets)", "space_setting"),
    (rf"POST /api/spaces/{ID}/hardware", "hardware"),
    (rf"POST /(?:(?P<kind>spaces)/)?{ID}\.git/info/lfs/objects/batch", "batch"),
    (r"PUT /upload/(?P<sha256>[0-9a-f]{64})", "upload"),
    (r"GET /objects/(?P<sha256>[0-9a-f]{64})", "object"),
    (rf"(GET|HEAD) /(?:(?P<kind>spaces)/)?{ID}/resolve/(?P<revision>[^/]+)/(?P<file>.+)", "resolve"),
)


def _git(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _front_matter(readme: bytes) -> dict[str, Any]:
    found = re.match(r"---\n(.*?)\n---", readme.decode(), re.DOTALL)
    return (yaml.safe_load(found[1]) or {}) if found else {}


def _about(repo: Repo, commit: str, files: dict[str, bytes], when: str, *, blobs: bool = False, card: bool = False):
    front = _front_matter(files.get("README.md", b""))
    tags = [*repo.tags, *front.get("tags", []), *(f"license:{front[key]}" for key in ("license",) if key in front)]
    siblings = []
    for name, content in files.items():
        entry: dict[str, Any] = {"rfilename": name}
        if blobs:
            entry |= {"size": len(content), "blobId": _git(content)}
            if repo.large and name.endswith(LARGE):
                sha256 = hashlib.sha256(content).hexdigest()
                entry["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 132}
        siblings.append(entry)
    about = {"id": repo.id, "author": repo.owner, "sha": commit, "lastModified": when, "private": repo.private}
    about |= {"sdk": repo.settings.get("sdk")} if repo.kind == "space" else {}
    about |= {"gated": "auto" if repo.gated else False, "likes": repo.likes, "downloads": repo.downloads}
    return about | {"tags": list(dict.fromkeys(tags)), "siblings": siblings} | ({"cardData": front} if card else {})
