"""Where people stand: every draw with its progress and agreement, every reviewer with the known-answer items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from dataset_safety.evaluation.agreement import agreements, void_answers
from dataset_safety.evaluation.guideline import rules_in_force
from dataset_safety.review import known_answers, reviewers
from dataset_safety.review.rooms import Rooms
from dataset_safety.store.draws import judgements
from dataset_safety.store.facade import Store


def review_status(store: Store) -> dict[str, Any]:
    """``draws``: counts and agreement of each; ``known_answers``: the right share of each reviewer; ready for JSON."""
    rooms, rules = Rooms(store), rules_in_force(store)
    with store.database.read() as connection:
        people = [found for found in reviewers.everybody(connection) if found.active() and found.role != "viewer"]
        known = known_answers.results(connection)
    rows = []
    for drawn, task in rooms.listing():
        queue = rooms.queue(drawn.draw_id)
        counted = queue.progress(people)
        with store.database.read() as connection:
            given = [answer for answer in judgements(connection, drawn.draw_id) if rules.cover(answer.rules_version)]
        agreed = agreements(given, {question.bad for question in task.questions})
        row = {"draw": drawn.draw_id, "stage": drawn.stage.value, "purpose": drawn.purpose, "task": task.en}
        row |= {name: getattr(counted, name) for name in counted.__slots__}
        row |= {"rules": rules.version}
        rows.append(
            {
                **row,
                "outdated_rules": queue.outdated_rules(),
                "void": void_answers(store, drawn),
                "agreement": [asdict(one) for one in agreed],
            }
        )
    rooms.close()
    answered = [{**asdict(one), "share": one.right / one.answered, "doubtful": one.doubtful} for one in known]
    return {"draws": rows, "known_answers": answered}


def told(status: Mapping[str, Any]) -> list[str]:
    """The same in lines for a terminal."""
    lines = []
    for row in status["draws"]:
        done = f"{row['judged']:>6} of {row['drawn']:<6} doubly {row['doubly']} of {row['doubly_needed']}"
        named = (
            ("disputed", "to settle"), ("lost", "lost"), ("no_reader", "that nobody reads"),
            ("void", "answers void: the text is not the drawn one"),
        )  # fmt: skip
        extra = "".join(f", {row[name]} {words}" for name, words in named if row[name])
        if row["outdated"]:
            before = ", ".join(row["outdated_rules"])
            extra += f", {row['outdated']} open again: answered under guideline {before}, now {row['rules']}"
        lines.append(f"{row['draw'][:12]}  {row['stage']:<13}{row['purpose']:<24}{done}{extra}")
        lines += [f"{'':14}{_agreed(one)}" for one in row["agreement"]]
    for one in status["known_answers"]:
        doubt = "; WARNING: under 80%, talk to this person" if one["doubtful"] else ""
        lines.append(f"known answers: {one['reviewer']} {one['right']} of {one['answered']} right{doubt}")
    return lines


def _agreed(one: Mapping[str, Any]) -> str:
    on_risk = "no risk seen" if one["on_risk"] is None else f"on risk items {one['on_risk']:.0%}"
    low, high = one["interval"] or (0.0, 0.0)
    alpha = "alpha not defined" if one["alpha"] is None else f"alpha {one['alpha']:.2f} (95% {low:.2f} to {high:.2f})"
    return f"{one['question']}: {one['samples']} judged twice, agreement {one['raw']:.0%}, {on_risk}, {alpha}"
