"""InfluxDB 2.x and 3 as far as the adapter speaks to them, in front of a real 1.6.7.

Debian has no later InfluxDB. What this shows: that the adapter keeps to the requests those versions take (path, token,
bucket; for 3 no bound values, one statement a request, no DELETE) and that influxdb-client's bodies are right line
protocol. What it cannot show: how the later engines themselves behave.
"""

import re
from typing import Any

import aiohttp
from aiohttp import web

TOKEN = "facade-token"
_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'")  # a literal


class Facade:
    """A server on a free port that speaks one version's API and asks an InfluxDB 1.x."""

    def __init__(self, behind: str, auth: str, version: str) -> None:
        self.behind, self.auth, self.version = behind, auth, version
        self.url = ""
        self.strict = version.startswith("3")

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=2**26)
        app.add_routes([web.get("/ping", self.ping), web.post("/query", self.query), web.post("/api/v2/write", self.write)])
        self.session = aiohttp.ClientSession(headers={"Authorization": self.auth})
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", port, reuse_address=True)
        await site.start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self.runner.cleanup()
        await self.session.close()

    def refusal(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") != f"Token {TOKEN}":
            return web.json_response({"code": "unauthorized", "message": "unauthorized access"}, status=401)
        return None

    async def ping(self, request: web.Request) -> web.Response:
        if self.strict:  # as InfluxDB 3 Core: a body, and a token wanted
            return self.refusal(request) or web.json_response({"version": self.version, "revision": "f00"})
        return web.Response(status=204, headers={"X-Influxdb-Version": f"v{self.version}", "X-Influxdb-Build": "OSS"})

    async def query(self, request: web.Request) -> web.StreamResponse:
        if refusal := self.refusal(request):
            return refusal
        form: dict[str, Any] = dict(await request.post())
        words = _TEXT.sub("", form["q"])
        if self.strict and ("params" in form or ";" in words or words.startswith("DELETE")):
            return web.json_response({"error": "not known to InfluxDB 3"}, status=400)
        async with self.session.post(f"{self.behind}/query", data=form) as answer:
            return web.Response(status=answer.status, body=await answer.read(), content_type="application/json")

    async def write(self, request: web.Request) -> web.StreamResponse:
        if refusal := self.refusal(request):
            return refusal
        if request.headers["Content-Encoding"] != "gzip" or request.query["org"] != "mainsight":
            return web.json_response({"code": "invalid", "message": "gzip and the organisation are missing"}, status=400)
        return await self.forward(request, await request.read())

    async def forward(self, request: web.Request, body: bytes) -> web.Response:
        query = {"db": request.query["bucket"], "precision": request.query["precision"]}
        async with self.session.post(f"{self.behind}/write", params=query, data=body) as answer:
            if answer.status == 204:
                return web.Response(status=204)
            told = await answer.json()
            return web.json_response({"code": "invalid", "message": told["error"]}, status=422 if self.strict else answer.status)
