"""Reading entries from the short draft format that people write, into the format of the store.

A draft line is ``part + part ~distance @effect !exception``; ``# default: @review`` sets the effect of a file and
``## topic: drugs`` starts a sub-topic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from dataset_safety.keywords.entries import JOIN, Entry, EntryEffect, Status, entry_id, normalised, usual_match
from dataset_safety.keywords.errors import InvalidEntry
from dataset_safety.keywords.lint import REVIEW_ONLY, Problem, lint

_DISTANCE = re.compile(r"\s~(\d{1,3})(?=\s|$)")
_EFFECT = re.compile(r"\s@([a-z]+)(?=\s|$)")
USUAL_DISTANCE = 20


@dataclass(frozen=True, slots=True)
class Origin:
    """Facts that hold for all entries of one import."""

    risk: str
    language: str
    author: str
    added: str
    provenance: str
    status: Status = Status.AUTHORED
    bundled: bool = True


@dataclass(frozen=True, slots=True)
class Draft:
    """What a draft file holds: entries, and the lines that cannot be followed."""

    entries: tuple[Entry, ...]
    refused: tuple[InvalidEntry, ...]


def read_draft(path: Path, origin: Origin) -> Draft:
    """Entries of one draft file; a bad line is refused with file, line, field and a hint, the others are read."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        bad_line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise InvalidEntry("not UTF-8", file=path.name, line=bad_line, field="encoding", hint="save the file as UTF-8.") from None
    return read_lines(text, origin, name=path.name)


def read_lines(text: str, origin: Origin, *, name: str) -> Draft:
    """Entries of the lines of a draft."""
    effect, topic = EntryEffect.REVIEW, ""
    entries: dict[str, Entry] = {}
    refused: list[InvalidEntry] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        try:
            if line.startswith("## "):
                topic = line[3:].removeprefix("topic:").strip()
            elif line.startswith("#"):
                effect = _usual_effect(line, effect, name, number)
            elif line:
                entry = _entry(line, origin, topic, effect, name, number)
                entries.setdefault(entry.id, entry)
        except InvalidEntry as error:
            refused.append(error)
    return Draft(tuple(entries.values()), tuple(refused))


def acceptable(entries: Iterable[Entry]) -> tuple[list[Entry], list[Problem]]:
    """Entries as the store takes them, and the problems of those it refuses.

    Exceptions that do not contain their keyword can never win and are taken off; a reject under A.1 a-c becomes a review.
    """
    fitted = [_fitted(entry) for entry in entries]
    errors = lint(fitted).errors
    bad = {problem.entry.id for problem in errors}
    return [entry for entry in fitted if entry.id not in bad], list(errors)


def _fitted(entry: Entry) -> Entry:
    held = entry.effect is EntryEffect.REJECT and REVIEW_ONLY.intersection(entry.risks)
    fitting = (phrase for phrase in entry.exceptions if any(part in phrase and part != phrase for part in entry.parts))
    return replace(entry, effect=EntryEffect.REVIEW if held else entry.effect, exceptions=tuple(fitting))


def _usual_effect(line: str, before: EntryEffect, file: str, number: int) -> EntryEffect:
    key, _, value = line[1:].partition(":")
    return _effect(value.strip().removeprefix("@"), file, number) if key.strip() == "default" else before


def _entry(line: str, origin: Origin, topic: str, usual: EntryEffect, file: str, number: int) -> Entry:
    body, *exceptions = re.split(r"\s!(?=\S)", line)
    stated = _EFFECT.search(body)
    effect = _effect(stated.group(1), file, number) if stated else usual
    distance = _DISTANCE.search(body)
    text = _DISTANCE.sub("", _EFFECT.sub("", body)).strip()
    if "\t" in text or not text:
        raise InvalidEntry("no text", file=file, line=number, field="text", hint="write the keyword first, without tabs.")
    parts = tuple(normalised(part) for part in text.split(JOIN))
    if not all(parts) or len(parts) > 3:
        raise InvalidEntry("not 1 to 3 parts", file=file, line=number, field="text", hint="join 2 or 3 parts with ' + '.")
    within = (int(distance.group(1)) if distance else USUAL_DISTANCE) if len(parts) > 1 else 0
    return Entry(
        entry_id(origin.risk, origin.language, parts), parts, (origin.risk,), origin.language, usual_match(parts), effect, within,
        tuple(dict.fromkeys(filter(None, map(normalised, exceptions)))), topic, origin.provenance, origin.author, origin.added,
        origin.status, origin.bundled,
    )  # fmt: skip


def _effect(name: str, file: str, number: int) -> EntryEffect:
    try:
        return EntryEffect(name)
    except ValueError:
        hint = "write @reject, @review or @context."
        raise InvalidEntry("unknown effect", file=file, line=number, field="effect", hint=hint) from None
