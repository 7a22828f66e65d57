"""The sources of the demo corpus, of every kind of 6.1 a and for both stages, and their ``source.toml``.

Two are wrong as a whole: one under a contract that has run out, one whose licence permits display only.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dataset_safety.demo import shapes
from dataset_safety.demo.items import EXPIRED, FORBIDDEN
from dataset_safety.demo.material import DATA
from dataset_safety.records import SourceKind
from dataset_safety.standard.stages import Stage

COLLECTED = "2026-01-31"
PROVIDER = "Demo Provider"


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One source: ``share`` of the stage's samples in thousandths, ``host`` its site, collection or service.

    ``defect`` is the defect of a source that is wrong as a whole; nothing is planted in a source without ``plants``.
    """

    source_id: str
    kind: SourceKind
    title: str
    share: int
    languages: tuple[str, ...]
    file: str
    shape: shapes.Shape
    host: str
    entity: str
    defect: str
    plants: bool

    @property
    def asked(self) -> bool:
        """Whether its records answer a question."""
        return self.shape not in (shapes.page, shapes.document, shapes.post)

    @property
    def made_by_model(self) -> bool:
        """Whether its records are generated content (7.1 b)."""
        return self.shape is shapes.generated

    @property
    def suffix(self) -> str:
        """The format of the file."""
        return next(suffix for suffix in shapes.FORMATS if self.file.endswith(suffix))


_DEFECTS = {"expired": EXPIRED, "forbidden": FORBIDDEN}


@cache
def sources(stage: Stage) -> tuple[Blueprint, ...]:
    """The sources of a stage."""
    with (DATA / "sources.tsv").open(encoding="utf-8", newline="") as file:
        return tuple(_blueprint(row) for row in csv.DictReader(file, delimiter="\t") if row["stage"] == stage.value)


def _blueprint(row: Mapping[str, str]) -> Blueprint:
    defect = _DEFECTS.get(row["flags"], "")
    return Blueprint(
        row["source_id"],
        SourceKind(row["kind"]),
        row["title"],
        int(row["share"]),
        tuple(row["languages"].split(",")),
        row["file"],
        shapes.SHAPES[row["shape"]],
        row["host"],
        row["entity"],
        defect,
        not defect and row["flags"] != "clean",
    )


def describe(folder: Path, blueprint: Blueprint) -> None:
    """Write ``source.toml`` and the papers of a source."""
    head = {"source_id": blueprint.source_id, "title": blueprint.title, "kind": blueprint.kind.value}
    tables: list[tuple[str, Mapping[str, Any]]] = [("", head), ("[origin]", _origin(blueprint))]
    if blueprint.kind is SourceKind.ORGANISATION:
        tables += _partnership(folder, blueprint)
    elif blueprint.kind is SourceKind.SERVICE_USER:
        tables.append(("[authorisation]", _authorisation(folder)))
    if blueprint.made_by_model:
        tables.append(("[generated]", {"model": "demo-writer", "prompt_policy": "questions of the editors"}))
    tables.append(("[fields]", _fields(blueprint)))
    written = "\n".join(f"{head}\n{_toml(values)}" for head, values in tables if values)
    (folder / "source.toml").write_text(written.lstrip("\n"), encoding="utf-8")


def _toml(values: Mapping[str, Any]) -> str:
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())


def _origin(blueprint: Blueprint) -> dict[str, Any]:
    common = {"collected_at": COLLECTED, "collected_until": COLLECTED}
    if blueprint.kind is SourceKind.WEBSITE:
        return {"url": f"https://{blueprint.host}/", "crawler": "demo-crawler", "robots_respected": True, **common}
    if blueprint.kind is SourceKind.ORGANISATION:
        collected = {"collected_at": "2025-06-30", "collected_until": "2025-06-30"} if blueprint.defect == EXPIRED else common
        return {"dataset_name": blueprint.title, "organisation": blueprint.entity, "legal_entity": blueprint.entity, **collected}
    if blueprint.kind is SourceKind.SERVICE_USER:
        return {"service_name": blueprint.host, **common}
    return {"legal_entity": PROVIDER if blueprint.languages == ("zh",) else f"{PROVIDER} (branch)", **common}


def _partnership(folder: Path, blueprint: Blueprint) -> list[tuple[str, Mapping[str, Any]]]:
    """The agreement and the reviews of what the partner delivered (6.1 a 2, 6.1 d)."""
    forbidden = blueprint.defect == FORBIDDEN
    scope = ["display", "quotation"] if forbidden else ["training", "evaluation"]
    until = "2025-12-31" if blueprint.defect == EXPIRED else "2035-12-31"
    paper = f"Agreement between {blueprint.entity} and {PROVIDER} (invented).\nUse: {', '.join(scope)}.\nValid until {until}.\n"
    agreement = {
        "kind": "licence" if forbidden else "contract",
        **({"spdx": "LicenseRef-display-only", "statement": "display and quotation only"} if forbidden else {}),
        "document": "agreement.txt",
        "sha256": _paper(folder, "agreement.txt", paper),
        "parties": [blueprint.entity, PROVIDER],
        "scope": scope,
        "valid_from": "2025-01-01",
        "valid_until": until,
    }
    _paper(folder, "review.txt", f"Data, commitments and materials of {blueprint.entity} were looked through (invented).\n")
    review = {"reviewer": "Demo Reviewer", "date": "2026-02-02", "result": "passed", "document": "review.txt"}
    reviews = [("[[reviews]]", {"of": subject, **review}) for subject in ("data", "commitment", "materials")]
    return [("[agreement]", agreement), *reviews]


def _authorisation(folder: Path) -> dict[str, Any]:
    rows = ["user,scope,granted_at,revoked_at"]
    for number in range(1, shapes.USERS + 1):
        revoked = "2026-03-01" if number in shapes.REVOKED_USERS else ""
        rows.append(f"{shapes.user_name(number)},training,2025-11-{number % 28 + 1:02d},{revoked}")
    _paper(folder, "authorisations.csv", "\n".join(rows) + "\n")
    _paper(folder, "authorisation.txt", "I agree that my contributions are used for training; I may take this back (invented).\n")
    return {"text_version": "2025-10", "document": "authorisation.txt", "records": "authorisations.csv"}


def _paper(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def _fields(blueprint: Blueprint) -> dict[str, str]:
    fields = {"language": blueprint.languages[0]} if len(blueprint.languages) == 1 else {}
    if blueprint.kind is SourceKind.SERVICE_USER:
        fields["user"] = "user_id"
    if blueprint.made_by_model:
        fields |= {"model": "model", "version": "model_version", "acquired_at": "acquired_at"}
    if blueprint.suffix == ".txt":
        fields["unit"] = "line"
    return fields
