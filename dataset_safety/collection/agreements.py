"""Agreements that the use of other people's data rests on (6.1 a 2, 6.1 d): documents, scope, validity, licences, reviews."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from dataset_safety.collection.annotations import record_files
from dataset_safety.collection.authorisations import USE, day_of
from dataset_safety.collection.inbox import file_sha256
from dataset_safety.collection.sources import Agreement, SourceRecord

PARTNERED = frozenset({"contract", "cooperation", "purchase"})
"""Kinds of agreement with a partner, whose data, commitments and materials must be reviewed (6.1 d)."""
REVIEWED = ("data", "commitment", "materials")
REVIEW_OUTDATED = "the review is older than the delivery"
PASSED = frozenset({"pass", "passed", "ok", "accepted", "approved", "通过", "合格"})

Gap = tuple[str, str]
"""Key of ``source.toml`` and what is wrong with it."""


def attached_documents(record: SourceRecord, folder: Path) -> dict[str, str]:
    """SHA-256 of the papers of a source that are there, by name; the ledger freezes them."""
    found: dict[str, str] = {}
    for name in record.documents():
        for path in record_files(folder, name):
            found[path.relative_to(folder).as_posix()] = file_sha256(path)
    return found


def agreement_gaps(record: SourceRecord, documents: Mapping[str, str], at: date) -> Iterator[Gap]:
    """What is missing in or wrong with the agreement of an organisation source, on a given day."""
    agreement = record.agreement
    if agreement is None:
        yield "agreement.document", "there is no agreement"
        return
    yield from _document(agreement, documents)
    yield from _scope(agreement)
    yield from _licence(agreement)
    yield from validity_gaps(record, at)
    if agreement.kind in PARTNERED and len(agreement.parties) < 2:
        yield "agreement.parties", "the parties are not named"


def _document(agreement: Agreement, documents: Mapping[str, str]) -> Iterator[Gap]:
    if agreement.document is None:
        yield "agreement.document", "the agreement is not preserved as a document"
    elif agreement.document not in documents:
        yield "agreement.document", "the document is not in the folder"
    elif agreement.sha256 is None:
        yield "agreement.sha256", "the hash of the document is not recorded"
    elif documents[agreement.document] != agreement.sha256:
        yield "agreement.sha256", "the document is not the one whose hash is recorded"


def _scope(agreement: Agreement) -> Iterator[Gap]:
    """An open licence tells its scope by its identifier; every other agreement must say ``training``."""
    if agreement.scope and USE not in agreement.scope:
        yield "agreement.scope", f"the scope does not contain {USE!r}"
    elif not agreement.scope and (agreement.kind != "licence" or agreement.spdx is None):
        yield "agreement.scope", f"no scope is stated; it must contain {USE!r}"


def _licence(agreement: Agreement) -> Iterator[Gap]:
    if agreement.kind == "licence" and agreement.spdx is None:
        yield "agreement.spdx", "the licence is not identified"
    if agreement.spdx is None:
        return
    unknown = unknown_licences(agreement.spdx)
    if unknown is None:
        yield "agreement.spdx", "the licence is no SPDX expression"
    elif unknown:
        yield "agreement.spdx", "the licence is not in the SPDX list"
    elif USE not in agreement.scope:
        if re.search(r"-ND\b", agreement.spdx, re.IGNORECASE):
            yield "agreement.spdx", "the licence forbids derivatives, and no scope permits training"
        elif re.search(r"-NC\b", agreement.spdx, re.IGNORECASE):
            yield "agreement.spdx", "the licence forbids commercial use, and no scope permits training"


def validity_gaps(record: SourceRecord, at: date) -> Iterator[Gap]:
    """Validity when the data were acquired and on a given day; use may survive the end (``survives_expiry``)."""
    agreement = record.agreement
    if agreement is None:
        return
    begins, ends = day_of(agreement.valid_from), day_of(agreement.valid_until)
    acquired, acquired_until = day_of(record.origin.collected_at), day_of(record.origin.collected_until)
    if begins is None and agreement.kind in PARTNERED:
        yield "agreement.valid_from", "the beginning of validity is not recorded"
    if begins is not None and (begins > at or (acquired is not None and begins > acquired)):
        yield "agreement.valid_from", f"it begins on {begins}, after the data were acquired"
    last = max((day for day in (acquired, acquired_until) if day is not None), default=None)
    if ends is not None and last is not None and ends < last:
        yield "agreement.valid_until", f"it ended on {ends}, before the data were acquired"
    elif ends is not None and ends < at and agreement.survives_expiry is not True:
        yield "agreement.valid_until", f"it ended on {ends} and is not recorded to survive its end"


def agreement_bar(record: SourceRecord, at: date) -> str:
    """Why the agreement forbids training on a day; empty when nothing in it does. A missing paper is a gap, no bar."""
    agreement = record.agreement
    if agreement is None:
        return ""
    if agreement.scope and USE not in agreement.scope:
        return "agreement:scope_without_training"
    begins, ends = day_of(agreement.valid_from), day_of(agreement.valid_until)
    acquired = day_of(record.origin.collected_at)
    if begins is not None and begins > at:
        return "agreement:not_yet_valid"
    if ends is not None and ends < at and agreement.survives_expiry is not True:
        return "agreement:expired"
    if acquired is not None and ((begins is not None and begins > acquired) or (ends is not None and ends < acquired)):
        return "agreement:not_valid_when_acquired"
    return ""


def review_gaps(record: SourceRecord) -> Iterator[Gap]:
    """Reviews of data, commitment and materials of a partner: each passed, by a named person, not older than the delivery."""
    if record.agreement is None or record.agreement.kind not in PARTNERED:
        return
    delivered = day_of(record.origin.collected_until or record.origin.collected_at)
    for subject in REVIEWED:
        done = [review for review in record.reviews if review.of == subject]
        if not done:
            yield f"reviews.{subject}", "there is no review"
        elif not any((review.result or "").strip().casefold() in PASSED and review.reviewer for review in done):
            yield f"reviews.{subject}", "no review by a named reviewer passed"
        elif delivered and not any((day := day_of(review.date)) is not None and day >= delivered for review in done):
            yield f"reviews.{subject}", REVIEW_OUTDATED


def unknown_licences(expression: str) -> list[str] | None:
    """Identifiers that SPDX does not know (own ``LicenseRef-`` ones are allowed); None when it is no expression."""
    from license_expression import ExpressionError, ParseError

    try:
        parsed = _licensing().parse(expression)
    except (ExpressionError, ParseError, RecursionError):
        return None
    if parsed is None:
        return None
    return [key for key in _licensing().unknown_license_keys(parsed) if not key.startswith("LicenseRef-")]


@cache
def _licensing() -> Any:
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()
