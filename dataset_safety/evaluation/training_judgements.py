"""Settled judgements as training examples of the operator's own model (B.2, 6.2 b).

Held rows and hits of the technical audit were chosen by detectors, so what people say of them may teach. Every other draw
was made by chance to measure: its samples are never trained on, whoever judged them elsewhere too. Texts come from the
newest corpus of each stage, so that what has left it does not teach, and only where nothing but a risk kept the row out:
without consent, authorisation, agreement or rights a text is not used here either.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from dataset_safety.classifier.judged import NO_RISK, JudgedFinding, JudgedSet, judged_set
from dataset_safety.evaluation.reviewing import HELD, TECHNICAL, settled
from dataset_safety.records import Effect, Method
from dataset_safety.standard import Stage, load_edition
from dataset_safety.store import corpora, releases
from dataset_safety.store.corpora import CorpusPart
from dataset_safety.store.draws import Draw, Judgement, draws, judgements
from dataset_safety.store.facade import Store

__all__ = ["training_judgements"]

QUESTIONS = {HELD: "held", TECHNICAL: "risk"}
"""The draws that detectors chose, and what people are asked there."""
CONFIRMS = {"held": "confirm", "risk": "yes"}
REJECTS = {"held": "clear", "risk": "no"}
CHOOSING = (Method.KEYWORD.value, Method.MODEL.value)


@dataclass(slots=True)
class _Case:
    """The last answers of all people about one sample and question, and the content that they were given about."""

    question: str
    shown: str
    last: dict[str, Judgement] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Text:
    """A judged sample as it stands in the newest corpus: its text and the risks that keywords and models named."""

    source_id: str
    text: str
    risks: tuple[str, ...]


def training_judgements(store: Store, stages: Sequence[Stage] = tuple(Stage)) -> JudgedSet:
    """Everything people settled that may be trained on, of all releases of these stages; nothing of a store without texts."""
    left_out: Counter[str] = Counter()
    findings: list[JudgedFinding] = []
    for stage in stages if store.texts else ():
        made = _draws(store, stage)
        cases = list(_cases(store, [drawn for drawn in made if drawn.purpose in QUESTIONS]))
        if not cases:
            continue
        measured = _drawn_by_chance(store, [drawn for drawn in made if drawn.purpose not in QUESTIONS])
        texts = _texts(store, stage, {case[0]: case[1].shown for case in cases}, left_out)
        for sample_id, case in cases:
            value = settled(list(case.last.values()))
            if value not in (CONFIRMS[case.question], REJECTS[case.question]):
                left_out["open"] += 1
            elif sample_id in texts:
                findings += _findings(sample_id, texts[sample_id], case, value, sample_id in measured)
    return judged_set(findings, left_out)


def _draws(store: Store, stage: Stage) -> list[Draw]:
    """Every draw of a stage once."""
    with store.database.read() as connection:
        ids = [release_id for release_id, *_ in releases.listing(connection, stage)]
        found = {drawn.draw_id: drawn for release_id in reversed(ids) for drawn in draws(connection, release_id)}
    return list(found.values())


def _cases(store: Store, made: Sequence[Draw]) -> Iterator[tuple[str, _Case]]:
    """Each judged sample; a later draw of another content starts anew."""
    found: dict[tuple[str, str], _Case] = {}
    for drawn in made:
        question = QUESTIONS[drawn.purpose]
        with store.database.read() as connection:
            given = judgements(connection, drawn.draw_id)
        for answer in given:
            if answer.question != question:
                continue
            key = (answer.sample_id, question)
            if key not in found or found[key].shown != answer.shown_sha256:
                found[key] = _Case(question, answer.shown_sha256)
            found[key].last[answer.reviewer] = answer
    for (sample_id, _), case in sorted(found.items()):
        yield sample_id, case


def _drawn_by_chance(store: Store, made: Sequence[Draw]) -> frozenset[str]:
    """Samples that some draw measures with."""
    items = {drawn.items_object for drawn in made}
    return frozenset(
        name for item in items for name in store.objects.read_frame(item, columns=["sample_id"])["sample_id"].to_list()
    )


def _findings(sample_id: str, text: _Text, case: _Case, value: str, random_draw: bool) -> Iterator[JudgedFinding]:
    """What each person who stands behind the settled answer says; a held row is cleared of the risks that held it."""
    confirmed = value == CONFIRMS[case.question]
    for reviewer, answer in sorted(case.last.items()):
        if answer.answer != value:
            continue
        risks = answer.categories if confirmed else text.risks if case.question == QUESTIONS[HELD] else (NO_RISK,)
        for risk in sorted(set(risks)):
            yield JudgedFinding(sample_id, text.source_id, text.text, risk, confirmed, reviewer, random_draw)


def _texts(store: Store, stage: Stage, shown: Mapping[str, str], left_out: Counter[str]) -> dict[str, _Text]:
    """Texts of judged samples in the newest corpus, by sample id; counts what is gone, changed, no text or not to be used."""
    with store.database.read() as connection:
        release = releases.latest(connection, stage)
        corpus = corpora.latest(connection, release.release_id) if release else None
    found: dict[str, _Text] = {}
    why: defaultdict[str, str] = defaultdict(lambda: "gone")
    for part in corpus.parts if corpus else ():
        for row in _rows(store, part, list(shown)):
            sample_id = row["sample_id"]
            if row["content_sha256"] != shown[sample_id]:
                why[sample_id] = "changed"
            elif not row["text"]:
                why[sample_id] = "no_text"
            elif not all(_is_about_risk(reason) for reason in row["reasons"] or ()):
                why[sample_id] = "not_to_be_used"
            else:
                found[sample_id] = _Text(row["source_id"], row["text"], tuple(row["risks"] or ()))
    left_out.update(why[sample_id] for sample_id in shown if sample_id not in found)
    return found


def _rows(store: Store, part: CorpusPart, wanted: Sequence[str]) -> list[dict[str, Any]]:
    """Judged samples of one part with the risks that keywords and models named and the reasons of their exclusion."""
    ids = pl.DataFrame({"sample_id": wanted}, schema={"sample_id": pl.String})
    objects = store.objects
    samples = objects.read_frame(part.part, columns=["sample_id", "source_id", "content_sha256", "text"])
    samples = samples.join(ids, on="sample_id", how="semi")
    if samples.is_empty():
        return []
    labels = objects.read_frame(part.labels, columns=["sample_id", "findings"]).join(ids, on="sample_id", how="semi")
    named = labels.explode("findings").drop_nulls("findings").unnest("findings")
    named = named.filter(pl.col("method").is_in(CHOOSING) & (pl.col("effect") != Effect.NOTE.value))
    risks = named.group_by("sample_id").agg(risks=pl.col("risk").unique().sort())
    excluded = objects.read_frame(part.excluded_object, columns=["sample_id", "reasons"])
    joined = samples.join(risks, on="sample_id", how="left").join(excluded, on="sample_id", how="left")
    return joined.to_dicts()


def _is_about_risk(reason: str) -> bool:
    """Whether a row was kept out for its content alone: ``risk:``, ``review:`` or a person's word with the id of a risk."""
    return reason.partition(":")[2] in load_edition().risk_ids
