"""A small release with everything a report shows, written through the store's own functions; and a reader of HTML."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import polars as pl

from dataset_safety.evaluation.guideline import guideline
from dataset_safety.frames import Identifications, Samples
from dataset_safety.keywords.entries import Entry, EntryEffect, MatchMode
from dataset_safety.keywords.generations import register
from dataset_safety.keywords.library import Library
from dataset_safety.records import Verdict
from dataset_safety.standard import Stage, VerdictValue, load_edition
from dataset_safety.store import artifacts, corpora, draws, releases, shards, verdicts
from dataset_safety.store.artifacts import Evidence
from dataset_safety.store.corpora import Corpus, CorpusPart, ShardCount
from dataset_safety.store.draws import Draw, Judgement
from dataset_safety.store.releases import Release, Shard
from dataset_safety.store.verdicts import Assessment

RELEASE = "ab" * 32
POPULATION = "cd" * 32
SECRET = "SECRET SAMPLE TEXT"
MODEL = "mine/1"


class Tags(HTMLParser):
    """Elements with their attributes, and the text of a document."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.text: list[str] = []
        self.other: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, tuple(attrs)))

    def handle_data(self, data):
        self.text.append(data)

    def handle_comment(self, data):
        self.other.append(data)

    def unknown_decl(self, data):
        self.other.append(data)

    def handle_pi(self, data):
        self.other.append(data)


def parsed(document: str) -> Tags:
    tags = Tags()
    tags.feed(document)
    tags.close()
    return tags


def entry(name: str, *, bundled: bool) -> Entry:
    """One keyword of A.1.h."""
    facts = {"topic": "drugs", "provenance": "written for a test", "author": "authors", "added": "2026-11-20"}
    return Entry(name, (f"word {name}",), ("A.1.h",), "en", MatchMode.WORD, EntryEffect.REVIEW, bundled=bundled, **facts)


LIBRARY = Library.of([entry("a" * 12, bundled=True), entry("b" * 12, bundled=False)])


def labels_of(samples: pl.DataFrame, risks: list[list[str]], hits: list[list[str]] = ()) -> pl.DataFrame:
    """Identification records: the risks of each sample and the ids of the entries that hit it."""
    schema = Identifications.create_empty().schema
    common = {"content_sha256": "0" * 64, "looked": ["keyword"], "rights": "none", "generated": False, "recipe": "r"}
    every = [*hits, *[[]] * (samples.height - len(hits))]
    rows = [
        {
            **common,
            "sample_id": sample_id,
            "outcome": "review" if risk else "clear",
            "risks": risk,
            "findings": [finding(name) for name in entries],
            "personal_information": ["email"] if number == 1 else [],
            "sensitive_information": [],
        }
        for number, (sample_id, risk, entries) in enumerate(zip(samples["sample_id"], risks, every, strict=True))
    ]
    return pl.DataFrame(rows, schema=schema)


def finding(name: str) -> dict[str, object]:
    """What the matcher writes about one hit."""
    found = {"risk": "A.1.h", "method": "keyword", "version": "v", "start": 0, "end": 4, "score": 1.0, "effect": "review"}
    return {**found, "explanation": f"keyword {name} 'word'", "category": "drugs"}


def samples_of(source_id: str, file: str, count: int) -> pl.DataFrame:
    schema = Samples.create_empty().schema
    common = {
        **dict.fromkeys(schema.names()),
        "source_id": source_id,
        "file": file,
        "origin_kind": "website",
        "shard": "0" * 64,
        "content_sha256": "0" * 64,
        "text": SECRET,
        "size_bytes": 100,
        "turns": [],
        "generated": False,
        "remarks": [],
    }
    rows = [
        {
            **common,
            "sample_id": f"{source_id}-{file}-{number}",
            "unit": number,
            "data_type": "text:zh" if number % 2 else "text:en",
            "missing": ["url"] if number == 0 else [],
        }
        for number in range(count)
    ]
    return pl.DataFrame(rows, schema=schema)


def frozen(source: str, name: str, title: str, release_id: str = RELEASE) -> Release:
    record = {
        "kind": "website", "title": title, "origin": {"url": title, "collected_at": "2026-01-01"},
        "documents": {title: "d" * 64}, "annotation": {"purpose": title, "records": title},
        "agreement": {"kind": "contract", "scope": [title], "parties": [title, "us"], "valid_until": "2030-01-01"},
        "reviews": [{"of": "data", "result": title, "date": "2026-02-02"}],
    }  # fmt: skip
    shard = Shard(source, name, "1" * 64, 4321, "2" * 64)
    at = "2026-11-01T10:00:00+00:00"
    return Release(release_id, Stage.PRE_TRAINING, None, "3" * 64, Path("/inbox"), at, {source: record}, [shard])


def verdicts_of(stage: Stage, why: str) -> list[Verdict]:
    values = list(VerdictValue)
    made = []
    for number, clause in enumerate(load_edition().expected_results(stage)):
        manual = Verdict(f"{clause.id}.manual", VerdictValue.COMPLIANT, why, "at least 96%", "all judged", 4000, 160, remedy=why)
        parts = (manual,) if clause.id.endswith(".4") else ()
        value = values[number % len(values)]
        made.append(Verdict(clause.id, value, why, why, why, 100, 3, offenders=(why, "s-1"), remedy=why, parts=parts))
    return made


def rate(k: int) -> dict[str, float]:
    return {"k": k, "n": 60, "share": k / 60, "lower": 0.1, "upper": 0.5}


def evidence_of(source: str, said: str) -> list[Evidence]:
    """Evidence for T6 to T8 and T11, with what others wrote in every place where they can."""
    at = "2026-11-20T10:00:00+00:00"
    counts = {"texts": 50, "rejected": 0, "held": 2, "blocked_by_bundled": 2, "blocked_by_operator": 1}
    measured = {"A.1.d": {"status": "measured-ok", "recall": rate(30), "contrasts": rate(2), "clean": rate(0)}}
    card = {
        "origin": "operator", "licence": said, "languages": [said], "labels": [[said, ["A.1.d"]]], "probe_texts": 60,
        "thresholds": {"A.1.d": {"review": 0.25, "reject": None}}, "risks": measured, "any_clean": rate(0),
    }  # fmt: skip
    basis = {"basis": "consent", "classes": ["email"], "document": said}
    return [
        Evidence("keyword_impact", "K.B.1", LIBRARY.generation, {"sets": {said: counts}, "entries": {}, "basis": "x"}, at),
        Evidence("model_card", "K.B.2", MODEL, card, at),
        Evidence("legal_basis", "6.3.a", source, basis, at),
        Evidence(said[:32], "8.1.b.2", said[:256], {"result": said, "scope": said}, at, said[:40]),
    ]


def stored(
    store, source: str = "site", name: str = "pages.jsonl", title: str = "A site", why: str = "because", release_id: str = RELEASE
) -> str:
    """A small release with everything a report shows, through the store's own functions."""
    release = frozen(source, name, title, release_id)
    samples = samples_of(source, name, 10)
    risks = [["A.1.h"]] * 2 + [["A.1.h", "A.2.e"]] + [[]] * 7
    maker = {"generated": True, "generator_model": title, "generator_version": title, "acquired_at": title}
    changed = [pl.when(pl.col("unit") == 5).then(pl.lit(value)).otherwise(pl.col(key)).alias(key) for key, value in maker.items()]
    samples = samples.with_columns(changed)
    labels = labels_of(samples, risks, [["a" * 12], ["b" * 12], ["a" * 12, "b" * 12]])
    excluded = pl.DataFrame(
        {"sample_id": samples["sample_id"][:3], "decision": ["removed", "removed", "held"], "outcome": ["review"] * 3,
         "reasons": [["risk:A.1.h"], ["risk:A.1.h", "personal_information:email"], ["review:A.1.h", "review:A.2.e"]]}
    )  # fmt: skip
    publish = store.objects.publish_frame
    part = CorpusPart("2" * 64, 0, publish(samples), publish(labels), publish(samples[3:]), publish(excluded), 7, 3)
    drawn = ("manual", POPULATION, 7, 7, True, "5" * 64, "blake2b-bottom-k-1", "6" * 64)
    made = Draw(f"4{release_id[1:]}", release_id, Stage.PRE_TRAINING, *drawn, why, title)
    at = ("2026-11-01T10:00:00", "2026-11-01T10:01:00")
    answer = Judgement(made.draw_id, "s1", "risk", "yes", ["A.1.h"], "", title, "reviewer", guideline().version, "0" * 64, *at)
    held = replace(made, draw_id=f"5{release_id[1:]}", purpose="held", size=1, census=False, seed="e" * 64)
    kept = replace(
        answer, draw_id=held.draw_id, sample_id=samples["sample_id"][2], question="held", answer="clear", categories=[]
    )
    with store.database.write() as connection:
        releases.save(connection, release)
        register(store, connection, LIBRARY, {})
        artifacts.activate(connection, artifacts.KEYWORD_LIBRARY, LIBRARY.generation, reason="test")
        for found in evidence_of(source, title):
            artifacts.save_evidence(connection, found)
        detectors = {"keyword": f"{LIBRARY.generation[:16]}/1", "model": MODEL, "rights": title}
        recipe = shards.save_recipe(connection, {"detectors": detectors})
        counts = [ShardCount(source, name, 12, 7, 2, 1, 2, {"blank_line": 4})]
        corpus_id = f"8{release_id[1:]}"
        corpora.save(connection, Corpus(corpus_id, release_id, recipe, {"review": "hold"}, POPULATION, 7, "", counts, [part], []))
        draws.save_draw(connection, made)
        draws.save_draw(connection, held)
        draws.save_judgements(connection, [kept])
        draws.save_judgements(connection, [answer, replace(answer, answer="no", categories=["A.2.e"])])
        digest = load_edition().digest
        found = verdicts_of(Stage.PRE_TRAINING, why)
        verdicts.save(connection, Assessment(release_id, Stage.PRE_TRAINING, POPULATION, digest, "9" * 64, found))
    return release_id
