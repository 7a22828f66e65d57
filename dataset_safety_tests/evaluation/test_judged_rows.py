"""People's decisions flow back: condemned rows leave P2 and the draw stands, records gain the method manual."""

from __future__ import annotations

import polars as pl
import pytest

from dataset_safety.evaluation.assessment import assess_release
from dataset_safety.evaluation.attestation import attest, holds
from dataset_safety.evaluation.reviewing import HELD, TECHNICAL
from dataset_safety.evaluation.rules import usage
from dataset_safety.evaluation.settling import decided
from dataset_safety.evaluation.technical_audit import audit
from dataset_safety.frames import Identifications
from dataset_safety.review import judging
from dataset_safety.review.rooms import Rooms
from dataset_safety.standard import Stage, VerdictValue, load_edition
from dataset_safety.store.facade import open_store
from dataset_safety.usage.accounting import recount
from dataset_safety.usage.export import gates
from dataset_safety_tests.evaluation.rounds import STAGE, inbox_of, judge, part, people, run, small_edition

RISKY = {"risk": "yes", "categories": ["A.2.e"]}


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DATASET_SAFETY_WORKERS", "1")
    with open_store(tmp_path / "home") as opened:
        yield opened


def reasons(found):
    frames = [found.store.objects.read_frame(one.excluded_object) for one in found.corpus.parts]
    return {name: list(told) for name, told in pl.concat(frames).select("sample_id", "reasons").iter_rows()}


def test_condemned_rows_leave_when_the_draw_closes_and_the_draw_stands(store, tmp_path):
    inbox = inbox_of(tmp_path)
    first = run(store, inbox)
    bad = {
        first.ids()[2]: RISKY, first.ids()[5]: {"rights": "infringing"},
        first.ids()[7]: {"personal_information": "yes", "sensitive_information": "yes"},
    }  # fmt: skip
    judge(store, first.draw(), lambda sample: bad.get(sample, {}), most=15)
    assert run(store, inbox).corpus.corpus_id == first.corpus.corpus_id  # the draw is open: nothing moves
    judge(store, first.draw(), lambda sample: bad.get(sample, {}))
    stale = part(usage.risk_content(first.evidence()), "filter")
    assert (stale.value, stale.k) == (VerdictValue.STALE, 3)

    second = run(store, inbox)
    assert second.corpus.kept == first.corpus.kept - 3
    assert second.corpus.population != first.corpus.population
    assert second.corpus.drawn_population == first.corpus.population == first.corpus.drawn_population
    assert second.draw() == first.draw() and second.draw(TECHNICAL) == first.draw(TECHNICAL)
    assert recount(store, second.release, second.corpus) == []
    judged = ["judged:personal_information", "judged:sensitive_information"]
    assert reasons(second) == dict(zip(bad, (["judged:A.2.e"], ["judged:rights"], judged), strict=True))
    assert set(second.populations.condemned["sample_id"]) == set(bad)

    manual = part(usage.risk_content(second.evidence()), "manual")
    assert (manual.value, manual.n, manual.k) == (VerdictValue.NON_COMPLIANT, 20, 1)  # 1 of 20 is more than 4 %
    assert "3 rows that people condemned have left P2" in manual.observed
    assert manual.population == first.corpus.population
    assert part(usage.rights(second.evidence()), "manual").k == 1
    assert part(usage.personal_information(second.evidence()), "manual").k == 1
    assert part(usage.risk_content(second.evidence()), "filter").value is VerdictValue.COMPLIANT
    assert run(store, inbox).corpus.corpus_id == second.corpus.corpus_id


def test_what_people_settled_becomes_the_method_manual_in_a_new_version_of_the_record(store, tmp_path):
    inbox = inbox_of(tmp_path)
    first = run(store, inbox)
    risky, copied = first.ids()[:2]
    judge(store, first.draw(), lambda sample: {risky: RISKY, copied: {"rights": "infringing"}}.get(sample, {}))
    second = run(store, inbox)
    records = {row["sample_id"]: row for row in second.populations.labels.collect().iter_rows(named=True)}
    Identifications.validate(second.populations.labels.collect())
    assert {name for name, row in records.items() if "manual" in row["looked"]} == set(first.ids())
    assert (records[risky]["outcome"], records[risky]["risks"]) == ("reject", ["A.2.e"])
    (found,) = records[risky]["findings"]
    assert (found["method"], found["effect"], found["start"]) == ("manual", "reject", 0) and found["end"] > 10
    assert records[copied]["rights"] == "infringing" and records[copied]["outcome"] == "clear"
    assert second.corpus.recipe != first.corpus.recipe and second.populations.base_recipe == first.corpus.recipe
    before = second.populations.base_labels_of(second.populations.p1.select("sample_id").collect(), ["looked"])
    assert before.height == len(records) and "manual" not in {one for row in before["looked"] for one in row}


def test_people_are_compared_with_the_record_frozen_before_the_draw_and_never_with_their_own(store, tmp_path):
    inbox = inbox_of(tmp_path, stage=Stage.FINE_TUNING, toml='[generated]\nmodel = "m"\n')
    first = run(store, inbox, stage=Stage.FINE_TUNING)
    risky = first.ids()[4]
    judge(store, first.draw(), lambda sample: RISKY if sample == risky else {})
    found = [usage.generated_consistent(made.evidence()) for made in (first, run(store, inbox, stage=Stage.FINE_TUNING))]
    assert [(verdict.value, verdict.k, list(verdict.offenders)) for verdict in found] == [
        (VerdictValue.NON_COMPLIANT, 1, [risky])
    ] * 2


def test_held_rows_are_kept_or_removed_as_people_decide_and_an_undo_holds_them_again(store, tmp_path):
    inbox = inbox_of(tmp_path, texts=10, pictures=3)
    first = run(store, inbox)
    clear, confirm, _ = first.ids(HELD)
    bad = {"held": "confirm", "categories": ["A.1.h"]}
    judge(store, first.draw(HELD), lambda sample: bad if sample == confirm else {}, most=2)
    answered = decided(store, STAGE).settled
    second = run(store, inbox)
    totals = second.corpus.totals()
    wanted = sum(one.answers["held"] == "confirm" for one in answered.values())
    assert (totals["kept"], totals["removed"], totals["held"]) == (12 - wanted, wanted, 1)
    judge(store, second.draw(HELD), lambda sample: bad if sample == confirm else {})
    third = run(store, inbox)
    assert (third.corpus.totals()["kept"], third.corpus.totals()["removed"], third.corpus.totals()["held"]) == (12, 1, 0)
    assert reasons(third)[confirm] == ["not_identified", "judged:A.1.h"]
    assert third.populations.condemned.is_empty() and clear in third.ids()  # a new population: it is drawn from as well
    assert recount(store, third.release, third.corpus) == []

    rooms = Rooms(store)
    person = next(one for one in people(store) if one.name == "an")
    for queue in (rooms.queue(made.draw(HELD).draw_id) for made in (first, second)):
        while queue.last_of(person.name) is not None:
            judging.take_back(store, queue, person)
    rooms.close()
    fourth = run(store, inbox)
    assert fourth.corpus.totals()["held"] == 3
    assert run(store, inbox).corpus.corpus_id == fourth.corpus.corpus_id
    assert fourth.corpus.population == first.corpus.population  # the newest corpus is an earlier state again


def test_an_undo_after_the_draw_closed_opens_the_verdict_and_moves_no_row(store, tmp_path):
    inbox = inbox_of(tmp_path)
    first = run(store, inbox)
    risky = first.ids()[3]
    judge(store, first.draw(), lambda sample: RISKY if sample == risky else {})
    second = run(store, inbox)
    rooms = Rooms(store)
    queue = rooms.queue(first.draw().draw_id)
    for person in people(store)[:2]:
        while risky in queue.standing and queue.standing[risky].live(person.name):
            judging.take_back(store, queue, person)
    rooms.close()
    assert run(store, inbox).corpus.corpus_id == second.corpus.corpus_id
    assert part(usage.risk_content(second.evidence()), "manual").value is VerdictValue.INCOMPLETE
    judge(store, first.draw())  # judged again, and found clean this time
    assert run(store, inbox).corpus.population == first.corpus.population


def test_technical_hits_have_a_queue_of_their_own_and_confirmed_ones_leave(store, tmp_path):
    inbox = inbox_of(tmp_path, texts=20, flagged=20)
    edition = small_edition()
    sized = edition.model_copy(update={"thresholds": edition.thresholds.model_copy(update={"technical_min_pct": 100})})
    first = run(store, inbox, sized)
    rooms = Rooms(store)
    assert TECHNICAL not in {drawn.purpose for drawn, _ in rooms.listing()}  # the arm has not looked yet
    technical = part(usage.risk_content(first.evidence()), "technical")
    assert (technical.value, technical.n, technical.k) == (VerdictValue.NON_COMPLIANT, 40, 20)
    assert TECHNICAL in {drawn.purpose for drawn, _ in rooms.listing()}
    flagged = rooms.queue(first.draw(TECHNICAL).draw_id).desk.ids
    assert len(flagged) == 20
    rooms.close()

    judge(store, first.draw(TECHNICAL), lambda sample: RISKY if sample == flagged[0] else {})
    second = run(store, inbox, sized)
    assert second.corpus.kept == 39 and second.draw(TECHNICAL) == first.draw(TECHNICAL)
    technical = part(usage.risk_content(second.evidence()), "technical")
    assert (technical.value, technical.n, technical.k) == (VerdictValue.NON_COMPLIANT, 40, 1)  # 39 of 40 is below 98 %
    assert audit(store, second.corpus, second.draw(TECHNICAL)).scanned == 40

    manual = second.ids()
    seen = [name for name in manual if name in flagged][:3] + [name for name in manual if name not in flagged][:1]
    judge(store, second.draw(), lambda sample: RISKY if sample in seen else {})
    told = part(usage.risk_content(second.evidence()), "technical").observed
    risky = len(second.evidence().ballots(second.draw()).answers("risk", frozenset({"yes"})).bad)
    assert f"of {risky} samples of the large draw that people judged risky the arm flags {risky - 1}" in told


def test_an_attestation_names_exactly_what_is_exported(store, tmp_path):
    inbox = inbox_of(tmp_path)
    first = run(store, inbox)
    attest(store, first.release, "8.2.1.b.3", statement="none", signer="owner")
    judge(store, first.draw(), lambda sample: RISKY if sample == first.ids()[0] else {})
    second = run(store, inbox)
    made = attest(store, second.release, "8.2.1.b.3", statement="none", signer="owner")
    assert holds(dict(made.content), clause="8.2.1.b.3", population=second.corpus.population)
    assert first.evidence().corpus.population != second.corpus.population
    assert second.evidence().attested("8.2.1.b.3") and load_edition().clause("8.2.1.b.3").na_allowed


def test_answers_after_the_verdicts_close_the_export_until_it_is_evaluated_again(store, tmp_path):
    first = run(store, inbox_of(tmp_path, pictures=1), load_edition())
    assess_release(store, first.release)
    closed = "people have judged since"
    assert not any(closed in gate for gate in gates(store, first.release))
    judge(store, first.draw(HELD))
    assert any(closed in gate for gate in gates(store, first.release))
