"""An operator's overlay: thresholds of an edition, and floors of keywords, that may only be tightened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from dataset_safety.standard.clauses import Clause, Modality, Severity
from dataset_safety.standard.edition import Edition
from dataset_safety.standard.errors import LoosenedThreshold, UnknownThreshold
from dataset_safety.standard.names import nearest
from dataset_safety.standard.risks import Risk
from dataset_safety.standard.thresholds import Stricter, Thresholds

_FLOOR = "keyword_min."


def tightened(edition: Edition, overrides: Mapping[str, object]) -> Edition:
    """The edition with stricter values; the digest changes with them.

    Keys are those of the profile (``sample.manual_min``), names of thresholds (``manual_min``), or
    ``keyword_min.A.1.d`` for the floor of one risk. ``verdict.strict_should`` holds every "should" as S2.
    """
    floors = {key.removeprefix(_FLOOR): value for key, value in overrides.items() if key.startswith(_FLOOR)}
    asked = {_field_of(key): value for key, value in overrides.items() if not key.startswith(_FLOOR)}
    thresholds = _stricter(edition.thresholds, asked)
    if thresholds.strict_should:
        shall = {"keyword_total_modality": Modality.SHALL, "keyword_update_modality": Modality.SHALL}
        thresholds = thresholds.model_copy(update=shall)
    for risk_id in floors:
        edition.risk(risk_id)
    changed = {
        "thresholds": thresholds,
        "risks": tuple(_raised(risk, floors[risk.id]) if risk.id in floors else risk for risk in edition.risks),
        "clauses": tuple(_held_hard(clause) for clause in edition.clauses) if thresholds.strict_should else edition.clauses,
        "overrides": {**edition.overrides, **overrides},
    }
    # made anew, not copied: a copy would keep the digest that was computed before
    return Edition.model_validate({**{name: getattr(edition, name) for name in Edition.model_fields}, **changed})


def _field_of(key: str) -> str:
    """Name of the threshold that a key means."""
    by_alias = {field.alias: name for name, field in Thresholds.model_fields.items()}
    name = by_alias.get(key, key)
    if name not in Thresholds.model_fields:
        known = (*(alias for alias in by_alias if alias), *Thresholds.model_fields)
        raise UnknownThreshold(f"There is no threshold {key!r}.", hint=nearest(key, known), key=key)
    return name


def _stricter(before: Thresholds, asked: Mapping[str, object]) -> Thresholds:
    try:
        after = Thresholds.model_validate({**before.model_dump(), **asked})
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        key = str(first["loc"][0])
        message = f"Threshold {key!r} cannot have that value: {first['msg']}."
        raise UnknownThreshold(message, hint="see edition.toml of the edition", key=key) from None
    for name in asked:
        way = _way(name)
        old, new = getattr(before, name), getattr(after, name)
        if not _asks_no_less(way, old, new):
            raise _loosened(f"Threshold {name!r}", way, name, old, new)
    return after


def _way(name: str) -> Stricter:
    return next(mark for mark in Thresholds.model_fields[name].metadata if isinstance(mark, Stricter))


def _asks_no_less(way: Stricter, old: Any, new: Any) -> bool:
    """Whether ``new`` is at least as strict as ``old``; None is a rule that the edition does not have."""
    if old == new or old is None:
        return True
    if new is None or way is Stricter.NONE:
        return False
    if way in (Stricter.HIGHER, Stricter.ON):
        return bool(new >= old)
    if way is Stricter.LOWER:
        return bool(new <= old)
    if way is Stricter.SHALL:
        return bool(new is Modality.SHALL)
    return set(new) >= set(old) if way is Stricter.MORE else set(new) <= set(old)


def _loosened(what: str, way: Stricter, key: str, old: object, new: object) -> LoosenedThreshold:
    message = f"{what} would change from {old!r} to {new!r}."
    return LoosenedThreshold(message, hint=f"an overlay may only tighten: here {way.value}", key=key, old=old, new=new)


def _raised(risk: Risk, floor: object) -> Risk:
    if not isinstance(floor, int) or isinstance(floor, bool):
        key = f"{_FLOOR}{risk.id}"
        raise UnknownThreshold(f"Threshold {key!r} has to be a whole number.", hint="as in 300", key=key)
    if not risk.keyword_min:
        message = f"{risk.id} has no floor of keywords that could be raised."
        raise UnknownThreshold(message, hint="B.1 b binds the risks of A.1 and A.2", key=f"{_FLOOR}{risk.id}")
    if floor < risk.keyword_min:
        raise _loosened(f"The floor of keywords of {risk.id}", Stricter.HIGHER, f"{_FLOOR}{risk.id}", risk.keyword_min, floor)
    return risk.model_copy(update={"keyword_min": floor})


def _held_hard(clause: Clause) -> Clause:
    return clause.model_copy(update={"severity": Severity.S2}) if clause.severity is Severity.S3 else clause
