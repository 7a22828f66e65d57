"""What people state in the records of section 5: names, days, moments and words, checked before they are kept.

``PEOPLE`` and ``WORDS`` name the parts of a record's content that name somebody or quote somebody: a bundle numbers the
first and leaves out the second, of which the rules ask only whether something was written. A role on the team, and the titles
of an approved scheme, are neither.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime

from dataset_safety import clock
from dataset_safety.safeguards.errors import StatementRefused

PEOPLE = frozenset({"person", "grader", "approver", "approved_by", "by"})
WORDS = frozenset({"note", "lessons", "action", "basis", "reason"})
NAME_MAX, WORDS_MAX = 64, 4000


def person(name: str) -> str:
    """A name as it is kept."""
    found = " ".join(unicodedata.normalize("NFC", name).split())
    if not found or len(found) > NAME_MAX or not found.isprintable():
        message = "a name of a person is empty, longer than 64 characters or not printable."
        raise StatementRefused(message, hint="write the name by which this person signs.")
    return found


def name_key(name: str) -> str:
    """What two spellings of one name have in common."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def same_person(one: str, other: str) -> bool:
    """Whether two names are one person's, whatever their case, width and spaces."""
    return name_key(one) == name_key(other)


def words(text: str, what: str) -> str:
    """A text that a record needs; ``what`` names it in the error."""
    found = text.strip()
    if not found or len(found) > WORDS_MAX:
        raise StatementRefused(f"{what} is empty or longer than {WORDS_MAX} characters.", hint="say it in a few sentences.")
    return found


def day(stated: str | None) -> date:
    """A stated day, today if there is none; never one that lies ahead."""
    found = any_day(stated) if stated else clock.today()
    if found > clock.today():
        raise StatementRefused(f"{found} lies ahead.", hint="state the day on which it happened.", at=found)
    return found


def any_day(stated: str) -> date:
    """A stated day, past or to come."""
    try:
        return date.fromisoformat(stated)
    except ValueError:
        raise StatementRefused(f"{stated[:64]!r} is no day.", hint="write it as YYYY-MM-DD.") from None


def moment(stated: str | None, *, after: datetime | None = None) -> datetime:
    """A stated moment in UTC, now if there is none; neither ahead nor before ``after``."""
    try:
        found = datetime.fromisoformat(stated) if stated else clock.now()
    except ValueError:
        hint = "write it as 2026-11-30T09:15 (UTC) or with an offset."
        raise StatementRefused(f"{(stated or '')[:64]!r} is no time.", hint=hint) from None
    found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    if found > clock.now():
        raise StatementRefused(f"{found.isoformat()} lies ahead.", hint="state the time at which it happened.", at=found)
    if after is not None and found < after:
        message = f"{found.isoformat()} is before the step before it ({after.isoformat()})."
        raise StatementRefused(message, hint="times of one record never go back.", at=found, after=after)
    return found
