"""The review page: a small Starlette application that serves this machine only unless told otherwise.

Samples are hostile input: they leave as JSON runs that the page sets as text, nothing is rendered, no request leaves
the machine, and a strict content security policy stands behind both. Handlers are plain functions, so the server runs
them in threads.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from dataset_safety.evaluation.guideline import guideline
from dataset_safety.review.answering import Answering
from dataset_safety.review.errors import ReviewError
from dataset_safety.review.pages import Pages
from dataset_safety.review.rooms import Rooms
from dataset_safety.review.sessions import Sessions
from dataset_safety.review.wording import LANGUAGES
from dataset_safety.standard import load_edition
from dataset_safety.store.facade import Store

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
Next = Callable[[Request], Awaitable[Response]]


def application(store: Store, origins: frozenset[str]) -> Starlette:
    """The page over one opened home; ``origins`` are the addresses under which people reach it."""
    sessions, rooms = Sessions(store, origins), Rooms(store)
    pages = Pages(store, rooms, sessions, templates())
    answering = Answering(store, rooms, sessions)

    async def guard(request: Request, call_next: Next) -> Response:
        if not sessions.our_host(request):
            return Response("unknown host", 400, headers=HEADERS)
        response = await call_next(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    static = str(resources.files("dataset_safety.review") / "static")
    app = Starlette(
        routes=[
            Route("/", pages.home),
            Route("/sign-in", pages.sign_in, methods=["GET"]),
            Route("/sign-in", pages.signed_in, methods=["POST"]),
            Route("/sign-out", pages.sign_out, methods=["POST"]),
            Route("/language/{language}", pages.language),
            Route("/guideline", pages.guideline),
            Route("/draws/{draw}", pages.draw),
            Route("/api/draws/{draw}/next", answering.next),
            Route("/api/draws/{draw}/samples/{sample}", answering.text),
            Route("/api/draws/{draw}/answers", answering.answer, methods=["POST"]),
            Route("/api/draws/{draw}/undo", answering.undo, methods=["POST"]),
            Route("/content/{draw}/{sample}", answering.content),
            Mount("/static", StaticFiles(directory=static)),
        ],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=guard)],
        exception_handlers={ReviewError: _explained},
    )
    app.state.rooms = rooms
    return app


@cache
def templates() -> Environment:
    """Templates with automatic escaping and no undefined names."""
    made = Environment(
        loader=PackageLoader("dataset_safety.review"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"languages": LANGUAGES, "guideline": guideline(), "edition": load_edition("draft-2024-03")}
    return made


def _explained(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=404)
