"""The JSON side of the page: next sample, more of its text, its picture or sound, answers and undo."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dataset_safety.evaluation.shown import METADATA_COLUMNS, RIGHTS
from dataset_safety.review import judging, showing
from dataset_safety.review.errors import RefusedAnswer
from dataset_safety.review.known_answers import KnownAnswers
from dataset_safety.review.queue import Queue
from dataset_safety.review.reviewers import Reviewer
from dataset_safety.review.rooms import Rooms
from dataset_safety.review.sessions import LONGEST_BODY, Sessions
from dataset_safety.standard import load_edition
from dataset_safety.store.facade import Store

ENDED = JSONResponse({"error": "signed out"}, status_code=401)
FOREIGN = JSONResponse({"error": "this request did not come from the review page"}, status_code=403)


class Answering:
    """JSON endpoints over the rooms of one server."""

    def __init__(self, store: Store, rooms: Rooms, sessions: Sessions) -> None:
        self.store, self.rooms, self.sessions = store, rooms, sessions
        self.risks = load_edition("draft-2024-03").risk_ids
        self.known = KnownAnswers(store)

    def next(self, request: Request) -> Response:
        """The next sample for this person, leased to them; ``besides`` names the one on the screen."""
        reviewer = self.sessions.reviewer(request)
        if reviewer is None:
            return ENDED
        queue, besides = self.rooms.queue(request.path_params["draw"]), request.query_params.getlist("besides")[:4]
        shown = self.known.due(queue, reviewer, besides)
        if shown is None:
            sample = queue.next_for(reviewer, besides)
            shown = item(queue, sample) if sample else None
        return JSONResponse({"item": shown, "progress": self._progress(queue, reviewer)})

    def text(self, request: Request) -> Response:
        """More of the text of a drawn sample."""
        if self.sessions.reviewer(request) is None:
            return ENDED
        queue = self.rooms.queue(request.path_params["draw"])
        row = queue.desk.row(request.path_params["sample"])
        stated = request.query_params.get("start", "0")
        start = int(stated) if stated.isdigit() and len(stated) < 12 else 0
        return JSONResponse(showing.piece(row["text"] or "", row["turns"] or [], start))

    def content(self, request: Request) -> Response:
        """The bytes of a drawn picture, sound or film, never of a type that a browser would run."""
        if self.sessions.reviewer(request) is None:
            return Response(status_code=401)
        bytes_ = self.rooms.queue(request.path_params["draw"]).desk.content(request.path_params["sample"])
        kind = showing.media_type(bytes_)
        disposition = "inline" if kind != "application/octet-stream" else 'attachment; filename="sample.bin"'
        headers = {"content-disposition": disposition, "content-security-policy": "default-src 'none'; sandbox"}
        return Response(bytes_, media_type=kind, headers=headers)

    async def answer(self, request: Request) -> Response:
        """Store the answers of one sample."""
        body = await bounded(request)
        return await run_in_threadpool(self._answer, request, body)

    def _answer(self, request: Request, body: bytes | None) -> Response:
        reviewer = self.sessions.reviewer(request)
        if reviewer is None:
            return ENDED
        if not self.sessions.our_page(request):
            return FOREIGN
        given = _given(body)
        if given is None:
            return JSONResponse({"error": "not an answer"}, status_code=400)
        queue = self.rooms.queue(request.path_params["draw"])
        try:
            if not self.known.record(queue, reviewer, given, self.risks):
                judging.answer(self.store, queue, reviewer, given, self.risks)
        except RefusedAnswer as refused:
            return JSONResponse({"error": str(refused), "progress": self._progress(queue, reviewer)}, status_code=409)
        return JSONResponse({"saved": given.sample_id, "progress": self._progress(queue, reviewer)})

    async def undo(self, request: Request) -> Response:
        """Take back this person's last answers and show the sample again."""
        return await run_in_threadpool(self._undo, request)

    def _undo(self, request: Request) -> Response:
        reviewer = self.sessions.reviewer(request)
        if reviewer is None:
            return ENDED
        if not self.sessions.our_page(request):
            return FOREIGN
        queue = self.rooms.queue(request.path_params["draw"])
        shown, before = self._taken_back(queue, reviewer)
        return JSONResponse({"item": shown, "before": before, "progress": self._progress(queue, reviewer)})

    def _taken_back(self, queue: Queue, reviewer: Reviewer) -> tuple[dict[str, Any] | None, Mapping[str, str]]:
        known = self.known.take_back(queue, reviewer)
        if known is not None:
            return known
        undone = judging.take_back(self.store, queue, reviewer)
        if undone is None:
            return None, {}
        return item(queue, undone[0]), {question: answer.answer for question, answer in undone[1].items()}

    def _progress(self, queue: Queue, reviewer: Reviewer) -> dict[str, int]:
        """A person's own count holds known items too; only the counts of section 8 do not."""
        return progress(queue, reviewer, besides=self.known.answered(queue, reviewer))


async def bounded(request: Request) -> bytes | None:
    """The body of a request, or None when it is longer than any answer."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            return None
    return body


def item(queue: Queue, sample: str) -> dict[str, Any]:
    """One sample as the page shows it; labels and other people's answers stay here."""
    row = queue.desk.row(sample)
    found: dict[str, Any] = {
        "sample": sample,
        "language": row["language"] or "",
        "kind": row["data_type"].split(":")[0],
        "text": showing.piece(row["text"], row["turns"] or [], 0) if row["text"] is not None else None,
        "beside": [[name, showing.visible(value)] for name, value in _beside(queue.task.shows, row)],
    }
    if row["text"] is None:
        place = queue.desk.places[sample]
        found["media"] = showing.media_type(queue.desk.content(sample)[:32]) if place.content else ""
    return found


def progress(queue: Queue, reviewer: Reviewer, besides: int = 0) -> dict[str, int]:
    """What stands in the bar at the top."""
    found, mine = queue.progress(), queue.judged_by(reviewer.name) + besides
    return {"drawn": found.drawn, "judged": found.judged, "disputed": found.disputed, "mine": mine}


def _beside(shows: str, row: Mapping[str, Any]) -> list[tuple[str, str]]:
    record = row["record"]
    if shows == "metadata":
        return [(name, _plain(row[name])) for name in METADATA_COLUMNS if row[name] not in (None, [], "")]
    found = record["findings"] or []
    if shows == "risk_record":
        told = [f"{one['risk']} {one['method']} {one['effect']} {one['what'] or ''}".strip() for one in found]
        looked, risks = (", ".join(record[name] or []) for name in ("looked", "risks"))
        return [("outcome", record["outcome"] or ""), ("looked", looked), ("risks", risks), ("findings", "; ".join(told))]
    if shows == "rights_record":
        notices = [one["what"] or "" for one in found if one["risk"] == RIGHTS]
        return [("rights", record["rights"] or ""), ("licence", row["licence"] or ""), ("findings", "; ".join(notices))]
    return [("reasons", ", ".join(row["reasons"]))] if shows == "reasons" else []


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value[:2000]
    return json.dumps(value, ensure_ascii=False)[:2000]


def _given(body: bytes | None) -> judging.Given | None:
    try:
        stated = json.loads(body or b"")
    except (ValueError, RecursionError):
        return None
    if not isinstance(stated, dict) or not isinstance(stated.get("sample"), str) or not isinstance(stated.get("answers"), dict):
        return None
    answers, categories, note = stated["answers"], stated.get("categories", []), stated.get("note", "")
    seconds = stated.get("seconds", 0)
    if not isinstance(categories, list) or not all(isinstance(one, str) for one in [*answers.values(), *categories, note]):
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not math.isfinite(seconds):
        return None
    return judging.Given(stated["sample"], answers, categories, note.encode("utf-8", "replace").decode(), float(seconds))
