"""The public variant (clauses 5): verdicts, counts, draws and versions; no sample, user, reviewer, source or keyword."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from dataset_safety.evaluation.guideline import rules_in_force
from dataset_safety.evaluation.statistics import clopper_pearson
from dataset_safety.keywords.files import read_store
from dataset_safety.preprocessing.recipes import DetectorSources, sources_of
from dataset_safety.records import Verdict
from dataset_safety.report.bundle.tables import plain
from dataset_safety.report.model import ReportData
from dataset_safety.report.sampling import answer_rows, counting
from dataset_safety.standard import Edition, load_edition
from dataset_safety.standard.errors import UnknownClause
from dataset_safety.store import draws
from dataset_safety.store.draws import Draw, Judgement
from dataset_safety.store.facade import Store
from dataset_safety.store.verdicts import Assessment

SUMMARY, PAGE = "summary.json", "summary.html"
LIBRARY = ("generation", "updated_at", "total", "bundled", "operator", "by_risk", "by_language", "by_effect")
DRAW = ("purpose", "population", "population_size", "size", "census", "seed", "algorithm", "created_at")
IN_WORDS = (
    "ids of samples, users and sources; reasons in words, because they name sources",
    "names of reviewers and signers: people are numbered",
    "facts and contacts of sources, agreements, documents",
    "texts, findings and keywords",
    "rows from which the verdicts are computed: the full variant holds them",
)


def summary(store: Store, data: ReportData, assessment: Assessment) -> dict[str, Any]:
    """What may be published about a release."""
    edition, rules = load_edition(), rules_in_force(store)
    with store.database.read() as connection:
        made = draws.draws(connection, data.release_id)
        given = {draw: counting(draws.judgements(connection, draw.draw_id), rules) for draw in made}
    sources = sources_of(store.home)
    stats = read_store(*sources.libraries).stats()
    return {
        "stage": data.stage.value,
        "edition": plain(edition),
        "verdicts": [_node(edition, verdict) for verdict in assessment.verdicts],
        "inventory": plain(data.inventory),
        "totals": dict(data.totals),
        "draws": [{name: getattr(draw, name) for name in DRAW} for draw in given],
        "answers": [row for draw, answers in given.items() for row in _answers(draw, answers)],
        "reviewers": _people(given.values()),
        "library": {name: stats[name] for name in LIBRARY},
        "detectors": dict(data.detectors),
        "models": list(_cards(sources)),
    }


def page(document: Mapping[str, Any], facts: Mapping[str, Any]) -> bytes:
    """The summary for people: one HTML file without script."""
    rows = list(flat(document["verdicts"]))
    template = _environment().get_template("summary.html.j2")
    return template.render(document=document, facts=facts, rows=rows).encode("utf-8")


def flat(nodes: Iterable[Mapping[str, Any]], depth: int = 0) -> Iterator[dict[str, Any]]:
    """Verdicts and below each its sub-checks."""
    for node in nodes:
        yield {"depth": depth, **{name: value for name, value in node.items() if name != "parts"}}
        yield from flat(node["parts"], depth + 1)


def _node(edition: Edition, verdict: Verdict) -> dict[str, Any]:
    try:
        clause = edition.clause(verdict.clause.rpartition("/")[2])
        titles = {"title_en": clause.title_en, "title_zh": clause.title_zh}
    except UnknownClause:
        titles = {"title_en": "", "title_zh": ""}
    return {
        "check": verdict.clause, **titles, "value": verdict.value.value, "n": verdict.n, "k": verdict.k, "seed": verdict.seed,
        "share_without_95": _interval(verdict), "parts": [_node(edition, part) for part in verdict.parts],
    }  # fmt: skip


def _interval(verdict: Verdict) -> list[float] | None:
    """95 % interval (exact) of the share as expected, once a draw is decided."""
    n, k = verdict.n, verdict.k
    if not n or k is None or not 0 <= k <= n or not verdict.seed or verdict.value.value not in ("COMPLIANT", "NON_COMPLIANT"):
        return None
    return list(clopper_pearson(n - k, n))


def _answers(draw: Draw, given: Sequence[Judgement]) -> Iterator[dict[str, Any]]:
    for row in answer_rows(draw, given):
        yield {
            "purpose": row.purpose, "seed": draw.seed, "question": row.question, "drawn": row.drawn, "answered": row.answered,
            "answers": dict(row.answers),
        }  # fmt: skip


def _people(given: Iterable[Sequence[Judgement]]) -> dict[str, int]:
    """Answers by reviewer; who is reviewer-1 stands in the full variant only, in the order of the first answers."""
    found: dict[str, int] = {}
    for answers in given:
        for answer in answers:
            found[answer.reviewer] = found.get(answer.reviewer, 0) + 1
    return {f"reviewer-{number}": count for number, count in enumerate(found.values(), 1)}


def _cards(sources: DetectorSources) -> Iterator[dict[str, Any]]:
    """What was measured of each model, without where its texts came from."""
    for folder in sources.models:
        path = Path(folder) / "card.json"
        if not path.is_file():
            continue
        card = json.loads(path.read_bytes())
        risks = {
            risk: {name: measured.get(name) for name in ("status", "recall", "contrasts", "clean")}
            for risk, measured in card.get("risks", {}).items()
        }
        yield {"model": card.get("model", ""), "languages": card.get("languages", []), "risks": risks}


def _environment() -> Environment:
    loader = PackageLoader("dataset_safety.report.bundle")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
