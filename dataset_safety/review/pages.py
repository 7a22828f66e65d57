"""The HTML side of the page: sign-in, the list of tasks, the screen for one sample, the guideline."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dataset_safety.review import reviewers
from dataset_safety.review.answering import bounded, progress
from dataset_safety.review.questions import Question, Task
from dataset_safety.review.reviewers import Reviewer
from dataset_safety.review.rooms import Rooms
from dataset_safety.review.sessions import COOKIE, Sessions
from dataset_safety.review.wording import LANGUAGES, language_of, words
from dataset_safety.standard import load_edition
from dataset_safety.store.draws import Draw
from dataset_safety.store.facade import Store

LANGUAGE_COOKIE = "dataset_safety_language"


class Pages:
    """HTML pages over the rooms of one server."""

    def __init__(self, store: Store, rooms: Rooms, sessions: Sessions, templates: Environment) -> None:
        self.store, self.rooms, self.sessions, self.templates = store, rooms, sessions, templates

    def home(self, request: Request) -> Response:
        """What waits for people, with progress."""
        reviewer = self.sessions.reviewer(request)
        if reviewer is None:
            return RedirectResponse("/sign-in", 303)
        with self.store.database.read() as connection:
            people = [found for found in reviewers.everybody(connection) if found.active() and found.role != "viewer"]
        rows = [self._row(drawn, task, reviewer, people) for drawn, task in self.rooms.listing()]
        return self._page(request, "home.html.j2", reviewer=reviewer, rows=rows)

    def draw(self, request: Request) -> Response:
        """The screen for one sample after another; its script asks for them."""
        reviewer = self.sessions.reviewer(request)
        if reviewer is None:
            return RedirectResponse("/sign-in", 303)
        queue = self.rooms.queue(request.path_params["draw"])
        task, drawn = queue.task, queue.desk.draw
        settings = {
            "draw": drawn.draw_id,
            "main": _for_script(task.main),
            "others": [_for_script(one) for one in task.others],
            "words": dict(words(self._language(request))),
        }
        return self._page(request, "draw.html.j2", reviewer=reviewer, task=task, drawn=drawn, settings=json.dumps(settings))

    def guideline(self, request: Request) -> Response:
        """The whole guideline as a page of its own."""
        reviewer = self.sessions.reviewer(request)
        return self._page(request, "guideline.html.j2", reviewer=reviewer) if reviewer else RedirectResponse("/sign-in", 303)

    def sign_in(self, request: Request) -> Response:
        """The form that asks for a token."""
        return self._page(request, "sign_in.html.j2", problem="", reviewer=None)

    async def signed_in(self, request: Request) -> Response:
        """Begin a session for a right token."""
        body = await bounded(request) or b""
        return await run_in_threadpool(self._signed_in, request, body)

    def _signed_in(self, request: Request, body: bytes) -> Response:
        if not self.sessions.our_page(request, csrf=False):
            return Response("this request did not come from the sign-in page", 403)
        said, address = words(self._language(request)), request.client.host if request.client else ""
        wait = self.sessions.limit.wait(address)
        if wait:
            page = self._page(request, "sign_in.html.j2", 429, problem=said["too_many"], reviewer=None)
            page.headers["retry-after"] = str(wait)
            return page
        token = parse_qs(body.decode("utf-8", "replace")).get("token", [""])[0].strip()
        found = reviewers.sign_in(self.store, token) if token else None
        if found is None:
            self.sessions.limit.failed(address)
            return self._page(request, "sign_in.html.j2", 401, problem=said["wrong_token"], reviewer=None)
        response = RedirectResponse("/", 303)
        self.sessions.begin(response, found[1])
        return response

    def sign_out(self, request: Request) -> Response:
        """Forget the session in this browser."""
        if not self.sessions.our_page(request, csrf=False):
            return Response("this request did not come from the review page", 403)
        response = RedirectResponse("/sign-in", 303)
        response.delete_cookie(COOKIE, path="/")
        return response

    def language(self, request: Request) -> Response:
        """Change the language of the page and go back to where it was."""
        back = request.query_params.get("back", "/")
        response = RedirectResponse(back if back.startswith("/") and back[1:2] not in ("/", "\\") else "/", 303)
        if request.path_params["language"] in LANGUAGES:
            chosen = request.path_params["language"]
            response.set_cookie(LANGUAGE_COOKIE, chosen, max_age=365 * 86400, samesite="strict", httponly=True)
        return response

    def _row(self, drawn: Draw, task: Task, reviewer: Reviewer, people: list[Reviewer]) -> dict[str, Any]:
        queue = self.rooms.queue(drawn.draw_id)
        return {"draw": drawn, "task": task, "progress": queue.progress(people), "mine": progress(queue, reviewer)["mine"]}

    def _language(self, request: Request) -> str:
        return language_of(request.cookies.get(LANGUAGE_COOKIE, ""), request.headers.get("accept-language", ""))

    def _page(self, request: Request, template: str, status: int = 200, **facts: Any) -> HTMLResponse:
        language = self._language(request)
        csrf = self.sessions.csrf(request) if facts.get("reviewer") else ""
        names: dict[str, Any] = {"t": words(language), "language": language, "csrf": csrf, "path": request.url.path}
        edition = load_edition("draft-2024-03")
        names["risks"] = edition.risks
        titles = {group.id: group.title_zh if language == "zh" else group.title_en for group in edition.risk_groups}
        names["group_titles"] = titles
        return HTMLResponse(self.templates.get_template(template).render(**names, **facts), status)


def _for_script(question: Question) -> dict[str, str]:
    return {"id": question.id, "key": question.key, "good": question.good, "bad": question.bad}
