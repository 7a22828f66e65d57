"""Emergency drills (R.5.d, 8.1 b 4): started by one person, acknowledged by another of the team, timed step by step.

The times are those at which the tool was told, so a drill cannot be written down afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.safeguards import stated
from dataset_safety.safeguards.errors import StepRefused, UnknownRecord
from dataset_safety.safeguards.team import CLAUSE, Member, member_named, person_named, team
from dataset_safety.store.artifacts import Evidence, evidence_for, save_evidence

KIND = "emergency_drill"
STARTED, STEP, ACKNOWLEDGED, FINISHED = "started", "step", "acknowledged", "finished"
PASSED, FAILED = "passed", "failed"
DISK_LOSS_STEPS = ("backup", "restore", "verify")
"""What the tool does itself in the drill ``disk_loss``, in this order."""


class DrillKind(StrEnum):
    """What is played; the tool executes ``disk_loss`` itself."""

    LEAK = "leak"
    POISON = "poison"
    KEYWORD_OUTAGE = "keyword_outage"
    DISK_LOSS = "disk_loss"


@dataclass(frozen=True, slots=True)
class DrillStep:
    """One thing that was done; where the tool did it, ``milliseconds``, ``good`` and ``observed`` are measured."""

    at: datetime
    what: str
    milliseconds: int | None = None
    good: bool = True
    observed: str = ""


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill as far as it went."""

    id: str
    kind: DrillKind
    started_by: str
    started_at: datetime
    steps: Sequence[DrillStep] = ()
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    finished_at: datetime | None = None
    result: str = ""

    @property
    def seconds(self) -> int | None:
        """From the start to the end."""
        return int((self.finished_at - self.started_at).total_seconds()) if self.finished_at else None

    @property
    def unproved(self) -> Sequence[str]:
        """Steps of ``disk_loss`` that the tool did not take, or not well; what people note about them proves nothing."""
        proved = {step.what for step in self.steps if step.milliseconds is not None and step.good}
        return [name for name in DISK_LOSS_STEPS if name not in proved] if self.kind is DrillKind.DISK_LOSS else []

    def problem(self, members: Iterable[Member], ack_max_minutes: int) -> str:
        """Why a finished drill proves nothing; empty when it counts."""
        if self.result != PASSED:
            return "it failed"
        if not self.steps:
            return "it has no step"
        if not all(step.good for step in self.steps):
            return "a step that the tool measured failed"
        if self.unproved:
            return f"the tool did not execute {', '.join(self.unproved)}"
        if self.acknowledged_at is None:
            return "nobody acknowledged it"
        if stated.same_person(self.acknowledged_by, self.started_by):
            return "whoever started it acknowledged it"
        member = member_named(members, self.acknowledged_by)
        if member is None or not member.on_team(self.acknowledged_at):
            return "who acknowledged it was not on the team"
        late = self.acknowledged_at - self.started_at > timedelta(minutes=ack_max_minutes)
        return f"it was acknowledged later than {ack_max_minutes} minutes after its start" if late else ""


def drills(rows: Iterable[Evidence]) -> list[Drill]:
    """All drills, oldest first."""
    found: dict[str, Drill] = {}
    for row in rows:
        if row.kind == KIND:
            at, event = datetime.fromisoformat(row.collected_at), str(row.content["event"])
            if event == STARTED:
                found[row.subject] = Drill(row.subject, DrillKind(row.content["drill"]), str(row.content["person"]), at)
            elif row.subject in found:
                found[row.subject] = _after(found[row.subject], event, row.content, at)
    return list(found.values())


def _after(drill: Drill, event: str, said: Mapping[str, Any], at: datetime) -> Drill:
    if event == STEP:
        what, measured = str(said.get("step") or said.get("note")), said.get("milliseconds")
        step = DrillStep(at, what, measured, bool(said.get("good", True)), str(said.get("observed", "")))
        return replace(drill, steps=(*drill.steps, step))
    if event == ACKNOWLEDGED and drill.acknowledged_at is None:
        return replace(drill, acknowledged_by=str(said["person"]), acknowledged_at=at)
    if event == FINISHED:
        return replace(drill, finished_at=at, result=str(said["result"]))
    return drill


def last_finished(held: Iterable[Drill]) -> Drill | None:
    """The drill that was finished last; it decides."""
    finished = [(one.finished_at, one) for one in held if one.finished_at is not None]
    return max(finished, key=lambda found: found[0])[1] if finished else None


def start_drill(connection: Connection, kind: DrillKind, *, person: str) -> Drill:
    """Begin a drill now."""
    rows = evidence_for(connection, CLAUSE)
    starter = person_named(team(rows), person)
    return _append(connection, f"D{len(drills(rows)) + 1}", STARTED, drill=kind.value, person=starter)


def record_step(connection: Connection, drill_id: str, text: str) -> Drill:
    """Note what was done now."""
    return _append(connection, _running(connection, drill_id).id, STEP, note=stated.words(text, "the step"))


def record_measured(connection: Connection, drill_id: str, step: str, *, milliseconds: int, good: bool, observed: str) -> Drill:
    """Keep what the tool did itself and how long it took."""
    running = _running(connection, drill_id)
    return _append(connection, running.id, STEP, step=step, milliseconds=milliseconds, good=int(good), observed=observed)


def acknowledge_drill(connection: Connection, drill_id: str, *, person: str) -> Drill:
    """A member of the team who did not start the drill says that the call arrived."""
    drill = _running(connection, drill_id)
    members = team(evidence_for(connection, CLAUSE))
    name = person_named(members, person)
    member = member_named(members, name)
    if drill.acknowledged_at is not None:
        raise StepRefused(f"drill {drill.id} was acknowledged already.", hint="go on with `incident drill step`.", id=drill.id)
    if stated.same_person(name, drill.started_by):
        hint = "another member of the team has to."
        raise StepRefused(f"whoever started drill {drill.id} cannot acknowledge it.", hint=hint, id=drill.id)
    if member is None or not member.on_team(clock.now()):
        hint = "`dataset-safety incident team show` lists the team."
        raise StepRefused(f"who acknowledges drill {drill.id} is not on the team now.", hint=hint, id=drill.id)
    return _append(connection, drill.id, ACKNOWLEDGED, person=member.person)


def finish_drill(connection: Connection, drill_id: str, *, passed: bool, lessons: str = "") -> Drill:
    """End a drill. It passes only with a step, an acknowledgement, and everything measured good; disk_loss only as executed."""
    drill = _running(connection, drill_id)
    if passed:
        _refuse_unproved(drill)
    noted = {"lessons": stated.words(lessons, "what was learnt")} if lessons else {}
    return _append(connection, drill.id, FINISHED, result=PASSED if passed else FAILED, **noted)


def _refuse_unproved(drill: Drill) -> None:
    """:class:`StepRefused` for a drill that cannot pass as it stands."""
    again = "finish it with --result failed, mend what failed, and repeat the drill."
    if not all(step.good for step in drill.steps):
        raise StepRefused(f"a measured step of drill {drill.id} failed.", hint=again, id=drill.id)
    if drill.unproved:
        message = f"drill {drill.id} cannot pass: the tool did not execute {', '.join(drill.unproved)}."
        raise StepRefused(message, hint=again, id=drill.id)
    missing = "a step" if not drill.steps else "an acknowledgement" if drill.acknowledged_at is None else ""
    if missing:
        hint = f"record it, or `dataset-safety incident drill finish {drill.id} --result failed`."
        raise StepRefused(f"drill {drill.id} cannot pass without {missing}.", hint=hint, id=drill.id)


def known_drill(connection: Connection, drill_id: str) -> Drill:
    """The drill of that id."""
    found = {one.id: one for one in drills(evidence_for(connection, CLAUSE))}
    if drill_id not in found:
        hint = "`dataset-safety incident drill list` shows the drills."
        raise UnknownRecord(f"there is no drill {drill_id[:32]!r}.", hint=hint, id=drill_id)
    return found[drill_id]


def _running(connection: Connection, drill_id: str) -> Drill:
    drill = known_drill(connection, drill_id)
    if drill.finished_at is not None:
        raise StepRefused(f"drill {drill.id} is finished.", hint="start another one.", id=drill.id)
    return drill


def _append(connection: Connection, subject: str, event: str, **said: Any) -> Drill:
    save_evidence(connection, Evidence(KIND, CLAUSE, subject, {"event": event, **said}, clock.now().isoformat()))
    return known_drill(connection, subject)
