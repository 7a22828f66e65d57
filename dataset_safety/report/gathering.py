"""Gathering a report from the store: the frozen release, its newest corpus, its draws and its newest assessment.

Nothing is computed anew: verdicts are the stored rows, counts the stored counts and files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dataset_safety import clock
from dataset_safety.evaluation.guideline import Rules, rules_in_force
from dataset_safety.evaluation.pinning import Pin, Relabelling, pinned, relabellings
from dataset_safety.keywords.library import Library
from dataset_safety.records import Verdict
from dataset_safety.report.blocking import counts_of
from dataset_safety.report.deviations import deviation_rows
from dataset_safety.report.errors import NothingToReport
from dataset_safety.report.history import history
from dataset_safety.report.keyword_table import labelling_library, library_table, operator_entries, over_blocking
from dataset_safety.report.ledger import source_rows
from dataset_safety.report.limits import coverage, shares, unverified
from dataset_safety.report.model import (
    Assessed,
    Detection,
    Limits,
    Registers,
    ReportData,
    ResultRow,
    Sampling,
    SectionResult,
)
from dataset_safety.report.model_table import model_cards, models_without_card
from dataset_safety.report.plans import plans
from dataset_safety.report.populations import Tally, tally
from dataset_safety.report.progress import people, progress
from dataset_safety.report.registers import annotation_rows, basis_rows, safeguard_rows
from dataset_safety.report.sampling import answer_rows, counting, draw_row, judged_risks, outdated_rows, share_rows
from dataset_safety.report.tables import ModelCard
from dataset_safety.standard import Edition, Stage, VerdictValue, load_edition, section_of, worst
from dataset_safety.standard.errors import UnknownClause
from dataset_safety.store import corpora, draws, releases, shards, verdicts
from dataset_safety.store.draws import Draw, Judgement
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release
from dataset_safety.store.verdicts import Assessment

NOT_EVALUATED = "not evaluated yet"
EVALUATE = "operators: evaluate the release with `dataset-safety run`"
LABELLING = "8.3.2.b.3"


def gather(store: Store, release_id: str) -> ReportData:
    """What is stored about a release; :class:`NothingToReport` if it was not filtered yet."""
    edition = load_edition()
    with store.database.read() as connection:
        release = releases.load(connection, release_id)
        corpus = corpora.latest(connection, release.release_id)
        if corpus is None:
            message = f"release {release.short} was not filtered yet, so there is nothing to report"
            raise NothingToReport(message, hint="`dataset-safety run` takes it there.", release=release.release_id)
        assessment = verdicts.latest(connection, release.release_id)
        made = draws.draws(connection, release.release_id)
        given = {draw: draws.judgements(connection, draw.draw_id) for draw in made}
        recipe = shards.load_recipe(connection, corpus.recipe)
        past = history(connection, release)
    rules, pins = rules_in_force(store), (pinned(store, release), list(relabellings(store, release.release_id)))
    answers = {draw: counting(said, rules) for draw, said in given.items()}
    found = assessment.verdicts if assessment else []
    detectors = {str(name): str(version) for name, version in recipe.get("detectors", {}).items()}
    sections = _sections(edition, release.stage, found)
    library = labelling_library(store, detectors.get("keyword", ""))
    total = tally(store, release, corpus, counts_of(operator_entries(library), answers))
    detection = _detection(store, edition, library, total, detectors)
    return ReportData(
        release_id=release.release_id,
        short=release.short,
        stage=release.stage,
        frozen_at=release.created_at,
        ledger_digest=release.ledger_digest,
        corpus_id=corpus.corpus_id,
        population=corpus.population,
        recipe=corpus.recipe,
        policy={name: str(value) for name, value in corpus.policy.items()},
        detectors=detectors,
        edition=edition,
        assessed=_assessed(assessment),
        made_at=clock.now().isoformat(timespec="seconds"),
        overall=worst(section.value for section in sections),
        sections=sections,
        inventory=total.inventory(),
        sources=source_rows(release, corpus, total),
        sampling=_sampling(answers, given, found, edition, rules, pins),
        shards=corpus.shards,
        totals=corpus.totals(),
        reasons=dict(total.reasons.most_common()),
        risks=total.risk_counts(),
        detection=detection,
        registers=_registers(store, release, edition, total, found),
        deviations=deviation_rows(edition, sections),
        limits=_limits(edition, total, detection.cards),
        history=past,
    )


def _assessed(assessment: Assessment | None) -> Assessed | None:
    if assessment is None:
        return None
    return Assessed(assessment.assessment, assessment.created_at, assessment.edition, assessment.population)


def _sampling(
    answers: Mapping[Draw, Sequence[Judgement]],
    given: Mapping[Draw, Sequence[Judgement]],
    found: Sequence[Verdict],
    edition: Edition,
    rules: Rules,
    pins: tuple[Pin | None, Sequence[Relabelling]],
) -> Sampling:
    """``answers`` count, ``given`` are all that people ever gave."""
    return Sampling(
        [draw_row(draw, said) for draw, said in answers.items()],
        [row for draw, said in answers.items() for row in answer_rows(draw, said)],
        dict(sorted(judged_risks(answers).items())),
        list(share_rows(found, list(answers))),
        plans(found, edition, list(answers)),
        progress(answers),
        people(given),
        list(outdated_rows(given, rules)),
        *pins,
    )


def _detection(store: Store, edition: Edition, library: Library | None, total: Tally, detectors: Mapping[str, str]) -> Detection:
    keyword, model = detectors.get("keyword", ""), detectors.get("model", "")
    with store.database.read() as connection:
        cards = model_cards(connection, edition, model)
        table = library_table(store, connection, edition, library, keyword)
        blocking = over_blocking(connection, table.labelled_with, total.blocking.rows())
    return Detection(table, blocking, cards, models_without_card(cards, model))


def _registers(store: Store, release: Release, edition: Edition, total: Tally, found: Sequence[Verdict]) -> Registers:
    labelled = [row for verdict in found if verdict.clause == LABELLING for row in _rows(edition, verdict, 0)]
    with store.database.read() as connection:
        bases, safeguards = basis_rows(connection, release), safeguard_rows(connection, edition, found)
    return Registers(
        total.personal_rows(), bases, total.rights_rows(), annotation_rows(release), labelled, total.generated_rows(), safeguards
    )


def _limits(edition: Edition, total: Tally, cards: Sequence[ModelCard]) -> Limits:
    languages = sorted({language for card in cards for language in card.languages})
    return Limits(unverified(edition), list(shares(total, languages)), coverage(edition, cards))


def _sections(edition: Edition, stage: Stage, found: Sequence[Verdict]) -> list[SectionResult]:
    """Every expected result of the stage by section; one without a stored verdict is INCOMPLETE."""
    by_clause = {verdict.clause: verdict for verdict in found}
    rows: dict[str, list[ResultRow]] = {}
    for clause in edition.expected_results(stage):
        absent = Verdict(clause.id, VerdictValue.INCOMPLETE, NOT_EVALUATED, remedy=EVALUATE)
        rows.setdefault(section_of(clause.id), []).extend(_rows(edition, by_clause.get(clause.id, absent), 0))
    return [
        SectionResult(section.id, section.title_en, section.title_zh, _result(rows[section.id]), rows[section.id])
        for section in edition.sections
        if section.id in rows
    ]


def _result(rows: Sequence[ResultRow]) -> VerdictValue:
    """8.x c: the worst of the expected results; their sub-checks are in them already."""
    return worst(row.value for row in rows if row.depth == 0)


def _rows(edition: Edition, verdict: Verdict, depth: int) -> Iterator[ResultRow]:
    """A verdict and below it its sub-checks, as deep as they go."""
    title_en, title_zh, severity = _titles(edition, verdict.clause)
    yield ResultRow(
        verdict.clause,
        depth,
        title_en,
        title_zh,
        severity,
        verdict.value,
        verdict.why,
        verdict.required,
        verdict.observed,
        verdict.n,
        verdict.k,
        verdict.remedy,
        list(verdict.offenders),
    )
    for part in verdict.parts:
        yield from _rows(edition, part, depth + 1)


def _titles(edition: Edition, check: str) -> tuple[str, str, str]:
    """Titles and severity of a clause; a check with a word of its own behind the clause has none."""
    named = check.rpartition("/")[2]
    try:
        clause = edition.clause(named)
    except UnknownClause:
        return "", "", ""
    return clause.title_en, clause.title_zh, clause.severity.value
