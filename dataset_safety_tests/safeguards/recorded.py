"""Records of section 5 as people make them, through the functions that the command line uses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from dataset_safety import clock
from dataset_safety.safeguards import drills, incidents, plans, team
from dataset_safety.safeguards.drills import DrillKind
from dataset_safety.safeguards.grading_records import Judged, record_grade, record_scheme
from dataset_safety.safeguards.schemes import GradingScheme, read_scheme
from dataset_safety.store.facade import Store

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
LEAD, DATA, GRADER, OTHER = "Li Wei", "Qian Fang", "Zhao Ming", "Sun Yue"
RISING = (("general-1", "general"), ("general-2", "general"), ("important-1", "important"), ("core-1", "core"))


def scheme_text(
    edition: str = "2026-1",
    grades: Sequence[tuple[str, str]] = RISING,
    approved_on: str = "2026-10-01",
    review_days: int = 365,
    sensitive_min: str = "general-2",
    categories: Sequence[str] = ("web", "books"),
) -> str:
    """The TOML of a scheme."""
    head = (
        f'edition = "{edition}"\ntitle = "Grading of training data"\napproved_by = "{LEAD}"\napproved_on = {approved_on}\n'
        f'review_days = {review_days}\nsensitive_min = "{sensitive_min}"\n'
    )
    parts = [f'[[categories]]\nid = "{name}"\n' for name in categories]
    return head + "".join([*parts, *(f'[[grades]]\nid = "{name}"\nlevel = "{level}"\n' for name, level in grades)])


def written(folder: Path, text: str) -> Path:
    """A scheme's file."""
    path = folder / "scheme.toml"
    path.write_text(text, encoding="utf-8")
    return path


def with_scheme(store: Store, folder: Path, **said: object) -> GradingScheme:
    """Bring a scheme into force."""
    scheme, raw = read_scheme(written(folder, scheme_text(**said)))
    document = store.objects.publish_bytes(raw)
    with store.database.write() as connection:
        record_scheme(connection, scheme, document)
    return scheme


def graded(store: Store, subject: str, grade: str, on: date | None = None, **said: str) -> None:
    """Grade a source of category web."""
    judged = Judged(
        **{"category": "web", "grader": GRADER, "basis": "public pages"} | said, grade=grade, graded_on=on or clock.today()
    )
    with store.database.write() as connection:
        record_grade(connection, subject, judged)


def team_of(store: Store, *names: str) -> None:
    """Put people on the team."""
    with store.database.write() as connection:
        for name in names:
            team.add_member(connection, name, role="responder", contact="phone")


def plan_of(store: Store, folder: Path, **said: str) -> None:
    """An approved plan."""
    path = folder / "plan.md"
    path.write_text("1. freeze the source\n", encoding="utf-8")
    plans.record_plan(store, path, approved_by=OTHER, **said)


def drilled(store: Store, start: datetime, *, minutes: int = 10, passed: bool = True, kind: DrillKind = DrillKind.LEAK) -> str:
    """A drill that LEAD starts and DATA acknowledges after some minutes."""
    with clock.fixed(start), store.database.write() as connection:
        found = drills.start_drill(connection, kind, person=LEAD)
        drills.record_step(connection, found.id, "froze the source")
    with clock.fixed(start + timedelta(minutes=minutes)), store.database.write() as connection:
        drills.acknowledge_drill(connection, found.id, person=DATA)
        drills.finish_drill(connection, found.id, passed=passed)
    return found.id


def incident_at(store: Store, opened: datetime, *, ack_hours: int = 1, close_hours: int = 48) -> str:
    """An incident taken to its end, recorded now."""
    with store.database.write() as connection:
        found = incidents.open_incident(connection, "keys in a log", person=LEAD, at=opened.isoformat())
        times = (("acknowledged", ack_hours), ("contained", ack_hours), ("recovered", close_hours), ("closed", close_hours))
        for phase, hours in times:
            at = (opened + timedelta(hours=hours)).isoformat()
            incidents.advance(connection, found.id, incidents.Phase(phase), person=DATA, note="rotate keys at once", at=at)
    return found.id


def complete(store: Store, folder: Path) -> None:
    """Team, plan, drill and a statement of no incident, all as they should be."""
    team_of(store, LEAD, DATA)
    plan_of(store, folder)
    drilled(store, clock.now())
    with store.database.write() as connection:
        incidents.state_none(connection, person=LEAD)
