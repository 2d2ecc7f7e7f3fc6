"""The console's built files. Their names change with what they hold, so browsers keep them for ever and we keep them packed."""

import gzip
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request, Response

from api.problems import not_found

_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
_PACKED = frozenset({".js", ".css", ".svg"})


@dataclass(frozen=True, slots=True)
class _Asset:
    media_type: str
    body: bytes
    packed: bytes | None


class Assets:
    """Files of one folder, each read and packed when it is first asked for: packing them each time took longer than sending them."""

    def __init__(self, folder: Path) -> None:
        """Serve a folder, without what lies below it."""
        self._folder = folder
        self._kept: dict[str, _Asset] = {}

    def answer(self, request: Request, name: str) -> Response:
        """A file, packed for who takes that.

        Raises:
            Problem: 404 where there is none of that name.

        """
        asset = self._kept.get(name) or self._read(name)
        if asset.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            return Response(asset.packed, media_type=asset.media_type, headers={**_HEADERS, "Content-Encoding": "gzip"})
        return Response(asset.body, media_type=asset.media_type, headers=_HEADERS)

    def _read(self, name: str) -> _Asset:
        path = self._folder / name
        if path.parent != self._folder or not path.is_file():
            raise not_found("file", name)
        body, media_type = path.read_bytes(), mimetypes.guess_type(name)[0] or "application/octet-stream"
        made = _Asset(media_type, body, gzip.compress(body) if path.suffix in _PACKED else None)
        self._kept[name] = made
        return made
