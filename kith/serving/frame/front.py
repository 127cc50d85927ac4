"""The page at `/`: what this is, whether the stores are well, and a first answer in the browser. It asks as any client.

Its parts are files of this package, sent as they are; it asks no other host for anything, and shows what it is told as
text.
"""

from pathlib import Path
from typing import Literal

from fastapi.responses import Response

from kith.serving.frame.routes import Routes

__all__ = ["routes"]

FOLDER = Path(__file__).parents[1] / "static"
MEDIA = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
routes = Routes("front", prefix="")


@routes.get("/", scope="anyone", include_in_schema=False)
def page() -> Response:
    """The page itself."""
    return _file("front.html")


@routes.get("/front/{name}", scope="anyone", include_in_schema=False)
def part(name: Literal["front.css", "front.js", "mark.svg"]) -> Response:
    """What it is made of."""
    return _file(name)


def _file(name: str) -> Response:
    path = FOLDER / name
    return Response(path.read_bytes(), media_type=MEDIA[path.suffix], headers=HEADERS)
