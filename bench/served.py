"""The API as `kith serve` serves it, with one route more: `/bare` gives the bytes that were last put there.

    python -m bench.served HOME EMBEDDER

Prints where it answers, as one JSON object, and ends at SIGTERM. What `/bare` takes is what the stack itself takes:
HTTP, the middleware that all requests pass, and the router.
"""

import json
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response

import kith.serve
from kith.serve import Place, Serving
from kith.serving.app import build_app
from kith.settings import Settings

__all__ = ["BARE"]

BARE = "/bare"


def build_with_bare(*given: Any, **named: Any) -> FastAPI:
    """The application, with the route."""
    app = build_app(*given, **named)
    kept = b""

    async def put(request: Request) -> Response:
        nonlocal kept
        kept = await request.body()
        return Response(status_code=204)

    async def give() -> Response:
        return Response(kept, media_type="application/json")

    app.add_api_route(BARE, put, methods=["PUT"], response_model=None)
    app.add_api_route(BARE, give, methods=["GET"], response_model=None)
    # The first that the router looks at: nothing of the stack could give bytes for less.
    app.router.routes.insert(0, app.router.routes.pop())
    return app


def announce(serving: Serving) -> None:
    print(json.dumps({"url": serving.url}), flush=True)


def main(home: Path, embedder: str) -> None:
    # `serve` takes no routes of others, and measuring is no reason for it to.
    kith.serve.build_app = build_with_bare
    language = "plain" if embedder == "hash" else "md"
    settings = Settings(home=home, embedder=embedder, language=language)
    kith.serve.serve(settings, Place(port=0), seconds=60, command="bench", began=announce)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
