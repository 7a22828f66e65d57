"""Shapes of rows: which keys hold the text of a record, and how one text is built from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dataset_safety.collection.dialogues import CONVERSATIONS, QUESTIONS, Turns, messages_of, turns_of
from dataset_safety.collection.errors import UnitRefused
from dataset_safety.collection.units import Turn

TEXTS = (
    "text", "content", "contents", "raw_content", "body", "article", "markdown", "page_content", "code", "context", "passage",
    "paragraph", "sentence", "comment", "review", "post", "document", "title_and_text", "summary", "abstract",
)  # fmt: skip
DESCRIPTIONS = ("desc", "description")
MARKUP = ("html", "raw_html")
"""Keys whose text is a web page."""
_WORKS = ("paragraphs", "content", "contents", "sections", "chapters", "verses", "lines", "body")
_HEADS = ("title", "chapter", "name", "rhythmic", "author", "source")
_FRONT = ("preface", "abstract")
_DEPTH = 16


@dataclass(slots=True)
class Reading:
    """The one text of a record, with the turns inside it; ``markup`` when it is a web page still to be extracted."""

    text: str
    turns: list[Turn] = field(default_factory=list)
    markup: bool = False


def joined(turns: Turns) -> Reading:
    """One text of a dialogue or record: contents joined by a blank line, turns as spans."""
    spans: list[Turn] = []
    position = 0
    for role, content in turns:
        spans.append((role, position, position + len(content)))
        position += len(content) + 2
    return Reading("\n\n".join(content for _, content in turns), spans)


def recognise(value: Any) -> Reading:
    """The text of one record by its shape; ``UnitRefused`` with ``no_text``, ``empty_text`` or ``wrong_type``."""
    if isinstance(value, str):
        return Reading(value)
    if isinstance(value, list):
        turns = messages_of(value)
        if turns is not None:
            return joined([turn for turn in turns if turn[1].strip()])
    if not isinstance(value, dict):
        raise UnitRefused("no_text", f"a JSON {type(value).__name__}")
    turns = turns_of(value)
    if turns is not None:
        return joined(turns)
    work = _work(value)
    return work if work is not None else _plain(value)


def _plain(row: Mapping[str, Any]) -> Reading:
    wrong = None
    blank = False
    for key in (*TEXTS, *MARKUP):
        value = row.get(key)
        if isinstance(value, str):
            if value.strip():
                return Reading(value, markup=key in MARKUP)
            blank = True
        elif value is not None and wrong is None:
            wrong = key
    for key in DESCRIPTIONS:
        if isinstance(row.get(key), str):
            if not row[key].strip():
                raise UnitRefused("empty_text", f"key {key}")
            return Reading("\n".join((*_heads(row), row[key])))
    if blank:
        raise UnitRefused("empty_text")
    asked = next((row[key] for key in QUESTIONS if isinstance(row.get(key), str)), None)
    if asked is not None:
        return joined([("user", asked)] if asked.strip() else [])
    if wrong is not None:
        raise UnitRefused("wrong_type", f"key {wrong} holds a {type(row[wrong]).__name__}, not text")
    if any(key in row for key in CONVERSATIONS):
        raise UnitRefused("no_text", "a conversation without messages")
    raise UnitRefused("no_text", f"none of {len(row)} keys is known to hold text")


def _heads(row: Mapping[str, Any]) -> Iterator[str]:
    for key in _HEADS:
        value = row.get(key)
        if isinstance(value, str) and value.strip():
            yield value


def _work(row: Mapping[str, Any]) -> Reading | None:
    """A literary work: title and author above its paragraphs, nested chapters in order."""
    if isinstance(row.get("text"), str) or not any(isinstance(row.get(key), list) for key in _WORKS):
        return None
    if not any(line.strip() for line in _paragraphs(row, 0)):
        raise UnitRefused("empty_text", "a work without paragraphs")
    return Reading("\n".join(_lines(row, 0)))


def _lines(work: Mapping[str, Any], depth: int) -> Iterator[str]:
    yield from _heads(work)
    for key in _FRONT:
        value = work.get(key)
        parts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        yield from (line for line in parts if isinstance(line, str))
    yield from _paragraphs(work, depth)


def _paragraphs(work: Mapping[str, Any], depth: int) -> Iterator[str]:
    if depth > _DEPTH:
        return
    for key in (*_WORKS, "text"):
        value = work.get(key)
        for part in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
            if isinstance(part, str):
                yield part
            elif isinstance(part, dict):
                yield from _lines(part, depth + 1)
            elif isinstance(part, list):
                yield from (line for line in part if isinstance(line, str))
