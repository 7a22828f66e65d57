"""Each entry: texts hit in the newest release, share of benign hits, and when it was last seen; from stored labels."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from dataset_safety import clock
from dataset_safety.frames import Identifications, Samples
from dataset_safety.keywords.impact import measure_impact
from dataset_safety.keywords.matching import KeywordDetector
from dataset_safety.keywords.refreshing import in_force
from dataset_safety.keywords.statistics import entry_statistics
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.standard import Stage
from dataset_safety.store import corpora, releases
from dataset_safety.store.corpora import Corpus, CorpusPart
from dataset_safety.store.releases import Release
from dataset_safety.store.shards import save_recipe
from dataset_safety_tests.review.drawn import record, sample

OLD, NEW = "包夜上门服务", "绝密渠道代办入境"


def release_of(store, detector, texts, name, day):
    """A release with the labels that the detector gives its texts."""
    rows = [sample(text, number, language="zh") for number, text in enumerate(texts)]
    labels = [record(row) for row in rows]
    for one in detector.find(TextBatch.of(texts)):
        fact = {field: str(getattr(one, field)) for field in ("risk", "method", "version", "effect", "explanation", "category")}
        labels[one.row]["findings"].append(fact | {"start": one.start, "end": one.end, "score": one.score})
    stored, labelled = (
        store.objects.publish_frame(pl.DataFrame(made, schema=kind.create_empty().schema))
        for made, kind in ((rows, Samples), (labels, Identifications))
    )
    digest = name * 64
    with clock.fixed(datetime(2026, 11, day, tzinfo=UTC)), store.database.write() as connection:
        recipe = save_recipe(connection, {"made": "by a test"})
        releases.save(connection, Release(digest, Stage.PRE_TRAINING, None, "0" * 64, store.home.root, "", {}, []))
        part = CorpusPart("0" * 64, 0, stored, labelled, stored, stored, len(rows), 0)
        corpora.save(connection, Corpus(digest, digest, recipe, {}, digest, len(rows), "", [], [part], []))


def test_hits_benign_share_and_last_seen_come_from_stored_findings(store):
    library = in_force(store)
    detector = KeywordDetector(library)
    release_of(store, detector, [f"{OLD}，速来", f"{NEW}，速来", "平常的话"], "a", 10)
    release_of(store, detector, [f"{NEW}，速来。{NEW}", f"{NEW}，明天", f"{NEW}，后天", "平常的话"], "b", 20)
    benign = measure_impact(detector, "benign", [f"文章写到{NEW}，速来", "平常的话"])
    named = {entry.id: entry.text for entry in library.entries}
    found = {named[one.id]: one for one in entry_statistics(library, [benign], store)}
    assert found.keys() == {OLD, NEW}
    assert (found[OLD].hits, found[OLD].benign_share, found[OLD].last_seen[:10]) == (0, 0.0, "2026-11-10")
    assert (found[NEW].hits, found[NEW].benign_hits, found[NEW].last_seen[:10]) == (3, 1, "2026-11-20")
    assert found[NEW].benign_share == 0.25
    assert [one.hits for one in entry_statistics(library, [], None)] == []
