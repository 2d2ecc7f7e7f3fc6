"""The demo's on-call telephone: a webhook on loopback that shows what it is sent."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Self


class Inbox:
    """Takes announcements as Apprise's `json://` sends them, hands their texts on, and counts them."""

    def __init__(self, show: Callable[[str, str], None]) -> None:
        """Listen on a free port; `show(title, body)` is called from the server's thread."""
        self.received = 0
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                inbox.received += 1
                show(str(body.get("title", "")), str(body.get("message", "")))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - likewise
                """Say nothing: `show` does."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, name="inbox", daemon=True)

    @property
    def url(self) -> str:
        """Where to send, as Apprise writes it."""
        return f"json://127.0.0.1:{self._server.server_port}/on-call"

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
