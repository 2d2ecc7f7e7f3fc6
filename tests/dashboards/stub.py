"""A Grafana server to push to: the routes we use, strict about what it is sent, on loopback.

It answers as Grafana's HTTP API documentation says; it renders nothing.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "glsa_test"
Answer = tuple[int, Any]


class Stub:
    """What the server holds, and what it was asked."""

    def __init__(self) -> None:
        self.folders: dict[str, dict[str, Any]] = {}
        self.sources: dict[str, dict[str, Any]] = {}
        self.dashboards: dict[str, dict[str, Any]] = {}
        self.annotations: list[dict[str, Any]] = []
        self.writes: list[str] = []
        self.fail_with: int | None = None
        """Status of every answer, while set."""
        self.empty = ""
        """Title of the series in whose answer there are no rows."""
        self.lose_answers = False
        """Whether writes are carried out but answered by 502."""
        self.url = ""

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Answer:
        """Answer a request."""
        if self.fail_with is not None:
            return self.fail_with, {"message": "failing as told"}
        for wanted, pattern, handler in _ROUTES:
            if wanted == method and (match := re.fullmatch(pattern, path)):
                status, found = handler(self, *match.groups(), query if method == "GET" else body)
                if method != "GET" and status == 200:
                    self.writes.append(f"{method} {path}")
                    if self.lose_answers:
                        return 502, {"message": "bad gateway"}
                return status, found
        return 404, {"message": f"no route {method} {path}"}

    def health(self, _query: object) -> Answer:
        return 200, {"buildInfo": {"version": "12.4.3"}}

    def source_health(self, uid: str, _query: object) -> Answer:
        return (200, {"status": "OK"}) if uid in self.sources else (404, {"message": "data source not found"})

    def run(self, body: dict[str, Any]) -> Answer:
        """Give a row to every query whose variables were filled in."""
        [query] = body["queries"]
        text = query.get("query", "") + query.get("url", "")
        if query["datasource"]["uid"] not in self.sources or re.search(r"\$(?!timeFilter|__interval)[{\w]", text):
            return 400, {"message": f"a variable was left in {text}"}
        values = [[], []] if self.empty and self.empty in text else [[int(body["from"])], [1.0]]
        return 200, {"results": {query["refId"]: {"frames": [{"schema": {}, "data": {"values": values}}]}}}

    def get_folder(self, uid: str, _query: object) -> Answer:
        return (200, self.folders[uid]) if uid in self.folders else (404, {"message": "folder not found"})

    def make_folder(self, body: dict[str, Any]) -> Answer:
        if body["uid"] in self.folders:
            return 412, {"message": "a folder with the same uid exists"}
        self.folders[body["uid"]] = body
        return 200, body

    def get_source(self, uid: str, _query: object) -> Answer:
        return (200, self.sources[uid]) if uid in self.sources else (404, {"message": "data source not found"})

    def make_source(self, body: dict[str, Any]) -> Answer:
        if not {"name", "type", "access", "url", "uid"} <= body.keys() or body["uid"] in self.sources:
            return 409, {"message": "data source incomplete or there already"}
        self.sources[body["uid"]] = body
        return 200, {"datasource": body}

    def change_source(self, uid: str, body: dict[str, Any]) -> Answer:
        if uid not in self.sources:
            return 404, {"message": "data source not found"}
        self.sources[uid] = body
        return 200, {"datasource": body}

    def get_dashboard(self, uid: str, _query: object) -> Answer:
        return (200, self.dashboards[uid]) if uid in self.dashboards else (404, {"message": "Dashboard not found"})

    def save_dashboard(self, body: dict[str, Any]) -> Answer:
        model = body["dashboard"]
        if body["folderUid"] not in self.folders:
            return 400, {"message": "folder not found"}
        if not model.get("title") or not re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", model["uid"]) or model.get("id"):
            return 400, {"message": "bad title, uid or id"}
        sources = {target["datasource"]["uid"] for panel in model["panels"] for target in panel.get("targets", ())}
        if not sources <= self.sources.keys():
            return 400, {"message": f"data sources {sources - self.sources.keys()} are not there"}
        before = self.dashboards.get(model["uid"])
        if before and not body["overwrite"]:
            return 412, {"message": "exists"}
        version = before["dashboard"]["version"] + 1 if before else 1
        stored = model | {"id": len(self.dashboards) + 1, "version": version}
        self.dashboards[model["uid"]] = {"dashboard": stored, "meta": {"folderUid": body["folderUid"]}}
        return 200, {"uid": model["uid"], "version": version, "status": "success"}

    def delete_dashboard(self, uid: str, _body: object) -> Answer:
        del self.dashboards[uid]
        return 200, {"message": "deleted"}

    def search(self, query: dict[str, list[str]]) -> Answer:
        [folder], [tag] = query["folderUIDs"], query["tag"]
        return 200, [
            {"uid": uid, "title": one["dashboard"]["title"]}
            for uid, one in self.dashboards.items()
            if one["meta"]["folderUid"] == folder and tag in one["dashboard"]["tags"]
        ]

    def find_annotations(self, query: dict[str, list[str]]) -> Answer:
        tags = set(query.get("tags", []))
        start, end = int(query.get("from", ["0"])[0]), int(query.get("to", ["9" * 15])[0])
        found = [a for a in self.annotations if tags <= set(a["tags"]) and start <= a["time"] <= end]
        return 200, found[: int(query.get("limit", ["100"])[0])]

    def annotate(self, body: dict[str, Any]) -> Answer:
        if not isinstance(body["time"], int) or not isinstance(body["timeEnd"], int) or not body["text"] or body["time"] > body["timeEnd"]:
            return 400, {"message": "bad annotation"}
        self.annotations.append(body | {"id": len(self.annotations) + 1})
        return 200, {"message": "Annotation added", "id": len(self.annotations)}


_ROUTES = (
    ("GET", r"/api/frontend/settings", Stub.health),
    ("GET", r"/api/datasources/uid/([^/]+)/health", Stub.source_health),
    ("POST", r"/api/ds/query", Stub.run),
    ("GET", r"/api/folders/([^/]+)", Stub.get_folder),
    ("POST", r"/api/folders", Stub.make_folder),
    ("GET", r"/api/datasources/uid/([^/]+)", Stub.get_source),
    ("POST", r"/api/datasources", Stub.make_source),
    ("PUT", r"/api/datasources/uid/([^/]+)", Stub.change_source),
    ("GET", r"/api/dashboards/uid/([^/]+)", Stub.get_dashboard),
    ("POST", r"/api/dashboards/db", Stub.save_dashboard),
    ("DELETE", r"/api/dashboards/uid/([^/]+)", Stub.delete_dashboard),
    ("GET", r"/api/search", Stub.search),
    ("GET", r"/api/annotations", Stub.find_annotations),
    ("POST", r"/api/annotations", Stub.annotate),
)


@contextmanager
def grafana(prefix: str = "") -> Iterator[Stub]:
    """A running stub; `prefix` is the path below which it answers."""
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave together, or each answer waits 40 ms for a delayed acknowledgement

        def _handle(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, found = 401, {"message": "invalid API key"}
            else:
                status, found = stub.answer(self.command, parts.path.removeprefix(prefix), parse_qs(parts.query), body)
            data = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815 - names that the base class looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_port}{prefix}"
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
