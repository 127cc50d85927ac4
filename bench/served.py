"""The API as `kith serve` serves it, with one route more: `/bare` gives the bytes that were last put there.

    python -m bench.served HOME EMBEDDER

Prints where it answers, as one JSON object, and ends at SIGTERM. What a request for `/bare` costs is what the stack
costs that every answer passes: HTTP, the middleware, and the router, up to where context stands in it.
"""

import json
import sys
from pathlib import Path

from fastapi import Request, Response

from kith.serve import Place, Serving, serve
from kith.serving.frame.routes import PREFIX
from kith.serving.memory.endpoints import routes
from kith.settings import Settings

__all__ = ["BARE"]

BARE = f"{PREFIX}/bare"


def add_bare() -> None:
    """Declares the route among those of memory, as the first of them that the router looks at."""
    kept = b""

    @routes.get("/bare", scope="anyone")
    async def give() -> Response:
        return Response(kept, media_type="application/json")

    @routes.post("/bare", scope="anyone")
    async def take(request: Request) -> Response:
        nonlocal kept
        kept = await request.body()
        return Response(status_code=204)

    declared = routes.router.routes
    declared[:] = [*declared[-2:], *declared[:-2]]


def announce(serving: Serving) -> None:
    print(json.dumps({"url": serving.url}), flush=True)


def main(home: Path, embedder: str) -> None:
    add_bare()
    settings = Settings(home=home, embedder=embedder, language="plain" if embedder == "hash" else "md")
    serve(settings, Place(port=0), seconds=60, command="bench", began=announce)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
