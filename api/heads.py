"""HEAD: what GET would answer, without its body. A plain ASGI layer, outside all others, so that rights, tags and counts are GET's."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """Answers HEAD everywhere but below paths whose answers are made as they are sent: there it would cost all of them."""

    def __init__(self, app: ASGIApp, but: tuple[str, ...]) -> None:
        """Wrap an application."""
        self._app = app
        self._but = but

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"].startswith(self._but):
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, without_body)
