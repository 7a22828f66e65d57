"""What people settled about rows that detectors chose teaches the operator's own model, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from dataset_safety.classifier.bundling import Inputs, train_bundled
from dataset_safety.classifier.clean_texts import CleanText
from dataset_safety.classifier.errors import JudgedTextStays
from dataset_safety.classifier.examples import Example
from dataset_safety.classifier.judged import JudgedSet
from dataset_safety.classifier.models import load_model
from dataset_safety.evaluation.training_judgements import training_judgements
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.shipping import bundled_model
from dataset_safety.store import corpora
from dataset_safety.store.draws import Judgement, save_judgements
from dataset_safety.store.facade import open_store
from dataset_safety_tests.classifier.test_training import examples
from dataset_safety_tests.review.drawn import draw_over, texts

RISK = "A.2.e"
TIME = "2026-11-01T00:00:00+00:00"


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "home") as opened:
        yield opened


def held(store, rows, *, purpose="held", reasons=("review:A.2.e",), **more):
    """A draw over these rows, all of them held by a keyword of one risk, as the newest corpus."""
    drawn = draw_over(store, rows, purpose=purpose, held=frozenset(range(len(rows))), **more)
    with store.database.read() as connection:
        corpus = corpora.latest(connection, drawn.release_id)
    finding = {"risk": RISK, "method": "keyword", "version": "1", "start": 0, "end": 1, "score": 1.0, "effect": "review"}
    finding |= {"explanation": "keyword 000000000000 'x'", "category": ""}
    parts = []
    for part in corpus.parts:
        labels = store.objects.read_frame(part.labels)
        named = pl.Series("findings", [[finding]] * labels.height, labels.schema["findings"])
        excluded = store.objects.read_frame(part.excluded_object)
        why = pl.Series("reasons", [list(reasons)] * excluded.height, pl.List(pl.String))
        labelled = store.objects.publish_frame(labels.with_columns(named))
        parts.append(replace(part, labels=labelled, excluded_object=store.objects.publish_frame(excluded.with_columns(why))))
    with store.database.write() as connection:
        corpora.save(connection, replace(corpus, corpus_id=f"{purpose}-{drawn.draw_id}"[:64], parts=parts))
    return drawn


def say(store, drawn, row, answer, reviewer="eva", *, risks=(), question="held", role="reviewer"):
    given = Judgement(
        drawn.draw_id, row["sample_id"], question, answer, list(risks), "a private note", reviewer, role, "rules",
        row["content_sha256"], TIME, TIME,
    )  # fmt: skip
    with store.database.write() as connection:
        save_judgements(connection, [given])


def test_confirmed_and_cleared_rows_become_examples_with_their_text(store):
    rows = texts(6)
    drawn = held(store, rows)
    say(store, drawn, rows[0], "confirm", risks=[RISK])
    say(store, drawn, rows[1], "clear")
    say(store, drawn, rows[2], "unsure")
    say(store, drawn, rows[3], "confirm", risks=["A.1.a"])
    found = training_judgements(store)
    by_text = {example.text: example for example in found.examples}
    assert by_text[rows[0]["text"]].positive == {RISK} and by_text[rows[1]["text"]].contrast == {RISK}
    assert found.counts() == {"confirmed": 1, "rejected": 1, "left_out_one_person": 1, "left_out_open": 1}


def test_a_second_person_makes_it_two_and_an_undo_takes_it_back(store):
    rows = texts(4)
    drawn = held(store, rows)
    for person in ("eva", "bo"):
        say(store, drawn, rows[0], "confirm", person, risks=["A.1.a"])
        say(store, drawn, rows[1], "confirm", person, risks=["A.1.a"])
    say(store, drawn, rows[1], "withdrawn", "bo")
    assert [example.text for example in training_judgements(store).examples] == [rows[0]["text"]]


def test_the_adjudicator_decides_where_people_differ(store):
    rows = texts(2)
    drawn = held(store, rows)
    say(store, drawn, rows[0], "clear", "eva")
    say(store, drawn, rows[0], "confirm", "bo", risks=[RISK])
    assert not training_judgements(store).examples
    say(store, drawn, rows[0], "confirm", "judge", risks=[RISK], role="adjudicator")
    assert training_judgements(store).counts() == {"confirmed": 1, "rejected": 0}


def test_hits_of_the_technical_audit_teach_and_no_risk_means_none_of_the_29(store):
    rows = texts(4)
    drawn = held(store, rows, purpose="technical")
    say(store, drawn, rows[0], "yes", risks=[RISK], question="risk")
    say(store, drawn, rows[1], "no", question="risk")
    violation, clean = sorted(training_judgements(store).examples, key=lambda example: not example.positive)
    assert violation.positive == {RISK} and not clean.unknown and not clean.contrast


def test_random_draws_are_never_trained_on_wherever_their_samples_were_judged(store):
    rows = texts(6)
    measured = draw_over(store, rows[:3], purpose="manual")
    say(store, measured, rows[0], "yes", risks=[RISK], question="risk")
    drawn = held(store, rows)
    say(store, drawn, rows[1], "confirm", risks=[RISK])
    say(store, drawn, rows[5], "confirm", risks=[RISK])
    found = training_judgements(store)
    assert [example.text for example in found.examples] == [rows[5]["text"]]
    assert found.counts()["left_out_random_draw"] == 1


def test_text_that_may_not_be_used_or_has_left_does_not_teach(store):
    rows = texts(4)
    drawn = held(store, rows, reasons=("review:A.2.e", "authorisation:revoked"))
    say(store, drawn, rows[0], "confirm", risks=[RISK])
    assert training_judgements(store).counts()["left_out_not_to_be_used"] == 1
    draw_over(store, rows[1:], purpose="manual")  # the newest release has it no more
    assert training_judgements(store).counts()["left_out_gone"] == 1


def small_inputs(judged=None):
    made, clean = examples()
    quiet = [CleanText(text, "belle") for text in clean]
    return Inputs([], [], made, quiet, judged or JudgedSet())


def judged_words():
    made = [Example(f"zyxw{n % 7} grubbles are loathsome here {n}", "judgements", f"sample/{n}") for n in range(60)]
    every = frozenset(["A.4.g"])
    return JudgedSet(tuple(replace(example, positive=every) for example in made), {"gone": 2})


def test_a_model_trained_with_judgements_knows_them_and_one_without_does_not(tmp_path):
    text = TextBatch.of(["grubbles are loathsome"])
    without = train_bundled(tmp_path / "without", small_inputs())
    card = train_bundled(tmp_path / "with", small_inputs(judged_words()))
    plain, own = load_model(tmp_path / "without"), load_model(tmp_path / "with")
    column = own.risks.index("A.4.g")
    assert own.scores(text).values[0, column] > 0.5 > plain.scores(text).values[0, column]
    assert card.document["judgements"] == {"confirmed": 60, "rejected": 0, "left_out_gone": 2}
    assert without.document["judgements"] == {} and card.document["sources"]["judgements"] == 60
    assert own.manifest.name == "own" and "deployment only" in own.manifest.licence
    assert all("grubbles" not in path.read_text("utf-8") for path in (tmp_path / "with").glob("*.*") if path.suffix != ".onnx")


def test_judged_text_never_enters_the_model_that_ships():
    before = (bundled_model() / "model.onnx").read_bytes()
    with pytest.raises(JudgedTextStays, match="own model"):
        train_bundled(bundled_model(), small_inputs(judged_words()))
    assert (bundled_model() / "model.onnx").read_bytes() == before
