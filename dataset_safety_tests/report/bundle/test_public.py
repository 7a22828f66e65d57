"""The public variant: verdicts and counts, nothing of samples, sources, people and keywords; held to the integer rules."""

from __future__ import annotations

import json
import re

import pytest

from dataset_safety.keywords.files import read_store
from dataset_safety.report.bundle.public import PAGE, SUMMARY
from dataset_safety.report.bundle.verifying import verify_bundle
from dataset_safety.shipping import shipped
from dataset_safety.standard import Stage, VerdictValue
from dataset_safety.store import corpora, releases
from dataset_safety.store.facade import open_store
from dataset_safety_tests.report.bundle.bundles import files_of, forged, json_changed
from dataset_safety_tests.report.bundle.conftest import NOTE, REVIEWER, bundle_of


def test_it_verifies_and_says_what_it_is(published):
    found = verify_bundle(published.path, published.public_key)
    assert found.public and not found.differences and found.signer_known and len(found.verdicts) == 16


def test_fine_tuning_verifies_too(demo_home, tmp_path):
    made = bundle_of(demo_home, tmp_path / "p.zip", Stage.FINE_TUNING, variant="public")
    assert not verify_bundle(made.path).differences


def test_nothing_private_is_in_it(published, demo_home):
    with open_store(demo_home) as store:
        with store.database.read() as connection:
            release = releases.latest(connection, Stage.PRE_TRAINING)
            corpus = corpora.latest(connection, release.release_id)
        ids = {name for part in corpus.parts for name in store.objects.read_frame(part.part, ["sample_id"])["sample_id"]}
    private = [REVIEWER, NOTE, "reviewer-li", str(demo_home), *release.sources, *(shard.name for shard in release.shards)]
    private += [value for record in release.sources.values() for value in record["origin"].values() if isinstance(value, str)]
    keywords = {entry.text for entry in read_store(shipped("keyword_store")).entries if len(entry.text) > 12}
    for name, content in files_of(published.path).items():
        text = content.decode("utf-8-sig")
        assert not [word for word in private if word in text], name
        assert not set(re.findall(r"[0-9a-f]{64}", text)) & ids
        assert not [word for word in keywords if word in text]


def test_people_are_numbered(published):
    document = json.loads(files_of(published.path)[SUMMARY])
    assert document["reviewers"] == {"reviewer-1": 100, "reviewer-2": 100}
    assert document["library"]["total"] > 0 and document["models"][0]["risks"]["A.2.e"]["status"]
    assert {draw["purpose"] for draw in document["draws"]} >= {"manual", "technical"}


def test_the_page_has_no_script(published):
    page = files_of(published.path)[PAGE].decode()
    assert "<script" not in page and "default-src 'none'" in page and "Public summary" in page


def changes():
    def verdict(document, check):
        return next(one for one in document["verdicts"] if one["check"] == check)

    def technical(document):
        return verdict(document, "8.2.3.b.4")["parts"][1]

    yield "8.2.1.b.1", lambda d: verdict(d, "8.2.1.b.1").update(value="COMPLIANT")
    yield "8.2.3.b.4.technical", lambda d: technical(d).update(value="NON_COMPLIANT", k=0)
    yield "8.2.3.b.4.technical", lambda d: technical(d).update(k=technical(d)["n"])
    yield "8.2.3.b.4.technical", lambda d: technical(d).update(k=-1)
    yield "8.2.3.b.4.filter", lambda d: verdict(d, "8.2.3.b.4")["parts"][2].update(k=3)
    yield "accounting", lambda d: d["totals"].update(kept=d["totals"]["kept"] + 1)
    yield "draw manual", lambda d: next(one for one in d["draws"] if one["purpose"] == "manual").update(size=3)
    yield "draw technical", lambda d: next(one for one in d["draws"] if one["purpose"] == "technical").update(size=1)
    yield SUMMARY, lambda d: d["verdicts"].pop()
    yield PAGE, lambda d: d["library"].update(total=1)
    yield "tables/draws.csv", lambda d: d["draws"][0].update(seed="0" * 64)


@pytest.mark.parametrize(("where", "change"), list(changes()))
def test_counts_that_contradict_the_verdicts_are_caught(published, tmp_path, where, change):
    files = files_of(published.path)
    path = forged({**files, SUMMARY: json_changed(files[SUMMARY], change)}, tmp_path / "changed.zip")
    assert where in {one.where for one in verify_bundle(path).differences}


def test_another_overall_value_and_more_members_are_caught(published, tmp_path):
    files = files_of(published.path)
    found = verify_bundle(forged({**files, "more.txt": b"x"}, tmp_path / "m.zip", overall=VerdictValue.COMPLIANT))
    assert {"manifest.json", "more.txt"} <= {one.where for one in found.differences}
