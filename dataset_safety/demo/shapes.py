"""The rows and files that items become: web pages, documents, users' posts, fine-tuning records."""

from __future__ import annotations

import csv
import gzip
import html
import io
import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dataset_safety.demo.items import NO_URL, NO_VERSION, REVOKED, UNREADABLE, Item

Row = dict[str, Any]
Shape = Callable[[Item, int, str], Row]
USERS = 40
REVOKED_USERS = (7, 23)
_DAY = "2026-01-{0:02d}T08:{1:02d}:00Z"


def user_name(number: int) -> str:
    """Account of an invented service user."""
    return f"account-{number:04d}"


def user_of(item: Item, place: int) -> str:
    """Who wrote an item: a user who took the authorisation back where that is the planted defect."""
    if item.kind == REVOKED:
        return user_name(REVOKED_USERS[place % len(REVOKED_USERS)])
    standing = [number for number in range(1, USERS + 1) if number not in REVOKED_USERS]
    return user_name(standing[place % len(standing)])


def page(item: Item, place: int, host: str) -> Row:
    """A page of a website; without its address where that is the planted defect."""
    address = {} if item.kind == NO_URL else {"url": f"https://{host}/{item.language}/{place:05d}"}
    return {**address, "text": item.text, "retrieved_at": _DAY.format(place % 28 + 1, place % 60)}


def answered_page(item: Item, place: int, host: str) -> Row:
    """A question with its answer, taken from a website."""
    address = {} if item.kind == NO_URL else {"url": f"https://{host}/questions/{place:05d}"}
    return {**address, "question": item.question, "answer": item.text}


def document(item: Item, place: int, host: str) -> Row:
    """A document of a collection."""
    return {"id": f"{host}-{place:05d}", "text": item.text}


def post(item: Item, place: int, host: str) -> Row:
    """What a service user wrote."""
    return {"user_id": user_of(item, place), "text": item.text}


def conversation(item: Item, place: int, host: str) -> Row:
    """A dialogue of a service user."""
    turns = [{"role": "user", "content": item.question}, {"role": "assistant", "content": item.text}]
    return {"user_id": user_of(item, place), "messages": turns}


def instruction(item: Item, place: int, host: str) -> Row:
    """An instruction with its output."""
    return {"instruction": item.question, "input": "", "output": item.text}


def messages(item: Item, place: int, host: str) -> Row:
    """A dialogue as a list of messages."""
    return {"messages": [{"role": "user", "content": item.question}, {"role": "assistant", "content": item.text}]}


def generated(item: Item, place: int, host: str) -> Row:
    """A record that a generative model answered; without the model's version where that is the planted defect."""
    version = {} if item.kind == NO_VERSION else {"model_version": "2026.01"}
    return {**instruction(item, place, host), "model": "demo-writer", **version, "acquired_at": _DAY.format(place % 28 + 1, 0)}


_WARC_HEAD = (
    "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{0:012d}>\r\nWARC-Target-URI: {1}\r\n"
    "WARC-Date: {2}\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {3}\r\n\r\n"
)
_BROKEN = (
    '{"text": "the line ends before its',
    '{"text": "one", "text": "two"}',
    '{"text": NaN}',
    '{"text": "\\ud800 stands alone"}',
    '{"identifier": 17}',
)
"""Lines that no strict reader takes: cut off, a key twice, NaN, half a surrogate pair, no text at all."""


def json_lines(path: Path, items: Sequence[Item], shape: Shape, host: str, choice: random.Random) -> None:
    """One JSON object a line, with blank lines here and there."""
    lines = []
    for place, item in enumerate(items):
        if item.kind == UNREADABLE:
            lines.append(_BROKEN[place % len(_BROKEN)])
        else:
            lines.append(json.dumps(shape(item, place, host), ensure_ascii=False))
        if choice.random() < 0.01:
            lines.append("")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def text_lines(path: Path, items: Sequence[Item], shape: Shape, host: str, choice: random.Random) -> None:
    """One text a line."""
    path.write_text("".join(f"{item.text}\n" for item in items), encoding="utf-8")


def table(path: Path, items: Sequence[Item], shape: Shape, host: str, choice: random.Random) -> None:
    """A CSV file."""
    written = io.StringIO()
    rows = csv.DictWriter(written, list(shape(items[0], 0, host)), lineterminator="\n")
    rows.writeheader()
    rows.writerows(shape(item, place, host) for place, item in enumerate(items))
    path.write_text(written.getvalue(), encoding="utf-8")


def web_archive(path: Path, items: Sequence[Item], shape: Shape, host: str, choice: random.Random) -> None:
    """A compressed WARC file with one HTML response a page."""
    with path.open("wb") as file:
        for place, item in enumerate(items):
            row = page(item, place, host)
            body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + _html(item)
            head = _WARC_HEAD.format(place, row["url"], row["retrieved_at"], len(body)).encode()
            file.write(gzip.compress(head + body + b"\r\n\r\n", mtime=0))


def _html(item: Item) -> bytes:
    paragraphs = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in item.text.splitlines())
    title = html.escape(item.text[:20])
    document = f'<html lang="{item.language}"><head><title>{title}</title></head>'
    return f"<!doctype html>{document}<body><article><h1>{title}</h1>{paragraphs}</article></body></html>".encode()


SHAPES: Mapping[str, Shape] = {
    shape.__name__: shape for shape in (page, answered_page, document, post, conversation, instruction, messages, generated)
}
"""By name."""
Format = Callable[[Path, Sequence[Item], Shape, str, random.Random], None]
FORMATS: Mapping[str, Format] = {".jsonl": json_lines, ".txt": text_lines, ".csv": table, ".warc.gz": web_archive}
"""By suffix."""
