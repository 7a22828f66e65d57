"""Reading the profiles of the package: ``editions/<id>/edition.toml``, ``risks.toml`` and ``clauses.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from pydantic import ValidationError

from dataset_safety.standard.clauses import ClauseKind
from dataset_safety.standard.edition import Edition
from dataset_safety.standard.errors import MalformedEdition, UnknownEdition
from dataset_safety.standard.names import nearest

DEFAULT_EDITION = "draft-2024-03"

_EDITIONS = files("dataset_safety.standard") / "editions"
_PARTS = ("edition.toml", "risks.toml", "clauses.toml")


def known_editions() -> tuple[str, ...]:
    """Ids of the profiles in the package."""
    return tuple(sorted(folder.name for folder in _EDITIONS.iterdir() if (folder / _PARTS[0]).is_file()))


@cache
def load_edition(edition_id: str = DEFAULT_EDITION) -> Edition:
    """The profile of that id, checked; read once per process."""
    known = known_editions()
    if edition_id not in known:  # an id is a label, never a path to follow
        hint = f"{nearest(edition_id, known)} Known editions: {', '.join(known)}"
        raise UnknownEdition(f"There is no edition {edition_id!r}.", hint=hint, edition=edition_id, known=known)
    return edition_from(_read(_EDITIONS / edition_id))


def edition_from(profile: Mapping[str, Any]) -> Edition:
    """An edition from a profile as its files write it: thresholds in sections, clauses of B once for all risks."""
    written = dict(profile)
    header = dict(written.pop("edition", {}))
    sections = {"thresholds": dict(_flat(written.pop("thresholds", {})))}
    clauses = [each for clause in written.pop("clauses", []) for each in _per_risk(clause, written.get("risks", []))]
    try:
        return Edition.model_validate({**header, **written, **sections, "clauses": clauses})
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the profile"
        message = f"Edition {header.get('id', '?')} does not hold together at {where}: {first['msg']}."
        raise MalformedEdition(message, hint="compare it with editions/draft-2024-03", where=where) from None


def _read(folder: Traversable) -> dict[str, Any]:
    profile: dict[str, Any] = {}
    for part in _PARTS:
        profile |= tomllib.loads((folder / part).read_text(encoding="utf-8"))
    return profile


def _flat(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """``{"sample": {"manual_min": 4000}}`` -> ``("sample.manual_min", 4000)``."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _per_risk(clause: Mapping[str, Any], risks: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The clause itself and, for B.1 b and B.2, one clause for each risk that it binds (``K.B.1.b.A.1.d``)."""
    whole = dict(clause)
    if not whole.pop("per_risk", False):
        yield whole
        return
    keyword = whole["kind"] == ClauseKind.KEYWORD
    bound = [risk for risk in risks if (risk.get("keyword_min", 0) if keyword else risk.get("classifier_required", True))]
    yield {**whole, "checks": [f"{whole['id']}.{risk['id']}" for risk in bound]}
    for risk in bound:
        yield {
            **whole,
            "id": f"{whole['id']}.{risk['id']}",
            "title_en": f"{whole['title_en']}: {risk['title_en']}",
            "title_zh": f"{whole['title_zh']}：{risk['title_zh']}",
            "risk": risk["id"],
        }
