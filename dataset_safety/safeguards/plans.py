"""The emergency response plan (R.5.d, 8.1 b 4): a document kept by its hash, who approved it, and when it is reviewed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from dataset_safety import clock
from dataset_safety.safeguards import stated
from dataset_safety.safeguards.errors import StatementRefused
from dataset_safety.safeguards.team import CLAUSE
from dataset_safety.standard import load_edition
from dataset_safety.store.artifacts import Evidence, save_evidence
from dataset_safety.store.facade import Store

KIND = "emergency_plan"


@dataclass(frozen=True, slots=True)
class EmergencyPlan:
    """One approved plan; ``document`` is the SHA-256 of its file."""

    document: str
    approved_by: str
    approved_on: date
    review_on: date

    def due(self, longest_days: int) -> date:
        """Last day on which it holds: its own review, or the edition's limit if that is nearer."""
        return min(self.review_on, self.approved_on + timedelta(days=longest_days))


def plan(rows: Iterable[Evidence]) -> EmergencyPlan | None:
    """The plan in force: the one recorded last."""
    found = [row for row in rows if row.kind == KIND]
    if not found:
        return None
    said = found[-1].content
    days = (date.fromisoformat(str(said[name])) for name in ("approved_on", "review_on"))
    return EmergencyPlan(str(said["document"]), str(said["approved_by"]), *days)


def record_plan(
    store: Store, file: Path, *, approved_by: str, approved_on: str | None = None, review_on: str | None = None
) -> EmergencyPlan:
    """Keep the file of a plan that somebody approved; its review is due within the edition's time."""
    approved = stated.day(approved_on)
    longest = approved + timedelta(days=load_edition().thresholds.ttl_document_days)
    review = stated.any_day(review_on) if review_on else longest
    if not approved < review <= longest:
        message = f"a review on {review} is not after the approval and by {longest}."
        raise StatementRefused(message, hint="a plan is reviewed every twelve months at least.", review_on=review)
    name = stated.person(approved_by)
    try:
        raw = file.read_bytes()
    except OSError as error:
        hint = "name the file of the plan."
        raise StatementRefused(f"plan {file.name} cannot be read ({error.strerror}).", hint=hint, path=file) from None
    if not raw.strip():
        raise StatementRefused(f"plan {file.name} is empty.", hint="name the file of the plan.", path=file)
    made = EmergencyPlan(store.objects.publish_bytes(raw), name, approved, review)
    content = {
        "document": made.document,
        "approved_by": name,
        "approved_on": approved.isoformat(),
        "review_on": review.isoformat(),
        "scope": f"plan {made.document[:12]}",
    }
    with store.database.write() as connection:
        save_evidence(connection, Evidence(KIND, CLAUSE, "plan", content, clock.now().isoformat(), review.isoformat()))
    return made
