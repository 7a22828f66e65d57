"""The eighteen acceptance cases of the clause matrix (section 8), through the real rules over a real store."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from dataset_safety import clock
from dataset_safety.classifier.models import load_model
from dataset_safety.classifier.probing import probe
from dataset_safety.defs import classification_model, keyword_library
from dataset_safety.defs.workspace import Workspace
from dataset_safety.evaluation.assessment import assess_release, draw_for, evaluate
from dataset_safety.evaluation.attestation import attest, attest_parameters
from dataset_safety.evaluation.errors import NothingToAttest
from dataset_safety.evaluation.freshness import standing
from dataset_safety.evaluation.reviewing import MANUAL, TECHNICAL, current
from dataset_safety.evaluation.rules import annotation, collection, protection, usage
from dataset_safety.evaluation.technical_audit import arm_of
from dataset_safety.keywords import refreshing
from dataset_safety.keywords.reviews import record_review
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.preprocessing.recipes import DetectorSources, build_detectors, sources_of
from dataset_safety.records import Effect
from dataset_safety.standard import Edition, Stage, check_name, load_edition
from dataset_safety.standard.verdicts import VerdictValue
from dataset_safety.store.artifacts import Evidence, save_evidence
from dataset_safety.store.facade import open_store
from dataset_safety.store.shards import save_recipe
from dataset_safety_tests.classifier.made_models import RISKS, manifest_of, word_graph, write_model
from dataset_safety_tests.classifier.test_probing import CLEAN, TOPICS, sentences
from dataset_safety_tests.evaluation.benign import BENIGN
from dataset_safety_tests.evaluation.cases import drawn, evidence_of, filtered, ids_of, judge, part, release_over
from dataset_safety_tests.inboxes import CHINESE, ENGLISH, jsonl, small_inbox, write_source
from dataset_safety_tests.keywords.refreshed import small_shipped
from dataset_safety_tests.review.drawn import sample, texts

V = VerdictValue
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ORGANISATION = 'kind = "organisation"\n[origin]\ndataset_name = "notes"\norganisation = "notes press"\n'


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DATASET_SAFETY_WORKERS", "1")
    with clock.fixed(NOW), open_store(tmp_path / "home") as opened:
        yield opened


def test_acceptance_01_integer_rule_at_its_border_and_only_failure_is_early(store):
    release = release_over(store, texts(4200))
    draw = drawn(store, release, MANUAL)
    ids = ids_of(store, draw)
    assert (draw.size, draw.census) == (4000, False)

    def verdict():
        return usage.manual_share(evidence_of(store, release))

    judge(store, draw, {name: "yes" if number < 161 else "no" for number, name in enumerate(ids[:3000])})
    assert verdict().value is V.NON_COMPLIANT  # 161 bad with 3,000 answered
    judge(store, draw, dict.fromkeys(ids[:161], "no") | dict.fromkeys(ids[3000:3999], "no"))
    assert verdict().value is V.INCOMPLETE  # 3,999 answered, none bad
    judge(store, draw, dict.fromkeys(ids[:160], "yes") | {ids[3999]: "no"})
    found = verdict()
    assert (found.value, found.n, found.k) == (V.COMPLIANT, 4000, 160)
    assert "not statistically clear" in found.note and found.note in found.why
    assert found.interval == pytest.approx((0.0341, 0.0465), abs=1e-4)
    judge(store, draw, {ids[160]: "yes"})
    assert (verdict().value, verdict().k) == (V.NON_COMPLIANT, 161)
    judge(store, draw, dict.fromkeys(ids[139:161], "no"))
    assert (verdict().value, verdict().k, verdict().note) == (V.COMPLIANT, 139, "")


def test_acceptance_02_999_samples_are_judged_whole_and_100_of_them_audited(store):
    release = release_over(store, texts(999))
    made = draw_for(store, release)
    assert (current(made, MANUAL).size, current(made, MANUAL).census) == (999, True)
    assert current(made, TECHNICAL).size == 100


def test_acceptance_03_of_a_census_of_50_two_may_be_bad_and_it_is_printed(store):
    release = release_over(store, texts(50))
    draw = drawn(store, release, MANUAL)
    ids = ids_of(store, draw)
    judge(store, draw, {name: "yes" if number < 2 else "no" for number, name in enumerate(ids)})
    found = usage.manual_share(evidence_of(store, release))
    assert found.value is V.COMPLIANT and found.interval is None
    assert "census" in found.observed and "census" in found.note
    judge(store, draw, {ids[2]: "yes"})
    assert usage.manual_share(evidence_of(store, release)).value is V.NON_COMPLIANT


def test_acceptance_04_an_empty_stage_is_not_applicable_only_with_an_attestation(store, tmp_path):
    write_source(tmp_path / "inbox", "pre_training", "notes", ORGANISATION, {"a.jsonl": jsonl([{"text": CHINESE[0]}])})
    empty, used = (filtered(store, tmp_path / "inbox", stage) for stage in (Stage.FINE_TUNING, Stage.PRE_TRAINING))

    def values():
        return {found.value for found in assess_release(store, empty).verdicts if found.clause.startswith("8.3")}

    assert values() == {V.INCOMPLETE}
    with pytest.raises(NothingToAttest):
        attest(store, used, "8.2", statement="no data", signer="wang")  # it has data
    attest(store, empty, "8.3", statement="we do not fine-tune", signer="wang")
    assert values() == {V.NOT_APPLICABLE}
    assert evidence_of(store, used).attested("8.3") is False


def test_acceptance_05_a_web_row_without_a_web_source_is_never_not_applicable(store):
    release = release_over(store, [*texts(3), sample("a page", 9, origin_kind="website", url="https://example.org/a")])
    found = collection.addresses_consistent(evidence_of(store, release))
    assert (found.value, found.k) == (V.NON_COMPLIANT, 1)
    attest(store, release, "8.2.1.b.3", statement="no web data", signer="wang")
    assert collection.addresses_consistent(evidence_of(store, release)).value is V.NON_COMPLIANT


def contracted(root, store, *, until, survives="", delivered="2026-01-10"):
    """The evidence of one contracted source whose reviews are of 2026-02-01."""
    reviews = "".join(
        f'[[reviews]]\nof = "{subject}"\nreviewer = "liu"\ndate = "2026-02-01"\nresult = "passed"\n'
        for subject in ("data", "commitment", "materials")
    )
    content = b"%PDF-1.4 a contract"
    toml = (
        f'{ORGANISATION}collected_at = "{delivered}"\n[agreement]\nkind = "contract"\ndocument = "contract.pdf"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\nparties = ["we", "notes press"]\nscope = ["training"]\n'
        f'valid_from = "2025-01-01"\nvalid_until = "{until}"\n{survives}{reviews}'
    )
    write_source(root, "pre_training", "notes", toml, {"a.jsonl": jsonl([{"text": CHINESE[0]}]), "contract.pdf": content})
    return evidence_of(store, filtered(store, root, Stage.PRE_TRAINING))


def test_acceptance_06_a_contract_that_ended_unless_use_survives_and_a_delivery_after_the_review(store, tmp_path):
    ended = (NOW - timedelta(days=1)).date().isoformat()
    expired = contracted(tmp_path / "a", store, until=ended)
    assert collection.organisations(expired).value is V.NON_COMPLIANT
    surviving = contracted(tmp_path / "b", store, until=ended, survives="survives_expiry = true\npage = 3\n")
    assert collection.organisations(surviving).value is V.COMPLIANT
    assert collection.partners_reviewed(surviving).value is V.COMPLIANT
    delivered = contracted(tmp_path / "c", store, until="2030-01-01", delivered="2026-03-01")
    assert collection.partners_reviewed(delivered).value is V.STALE


def test_acceptance_07_nothing_of_a_revoked_user_may_be_in_p2(store, tmp_path):
    toml = (
        'kind = "service_user"\n[origin]\nservice_name = "assistant"\n[authorisation]\ntext_version = "3"\n'
        'document = "terms.txt"\nrecords = "granted.csv"\n[fields]\nuser = "user"\n'
    )
    granted = "user,scope,granted_at,revoked_at\nu1,training,2026-01-01,\nu2,training,2026-01-01,2026-11-25\n"
    rows = [{"text": text, "user": user} for user in ("u1", "u2") for text in CHINESE]
    files = {"a.jsonl": jsonl(rows), "terms.txt": "the terms", "granted.csv": granted}
    write_source(tmp_path / "inbox", "pre_training", "chats", toml, files)
    release = filtered(store, tmp_path / "inbox", Stage.PRE_TRAINING)
    before = evidence_of(store, release)
    assert before.counts["p2"] == 6 and collection.service_users(before).value is V.COMPLIANT
    with clock.fixed(NOW + timedelta(days=3)):
        found = collection.service_users(evidence_of(store, release))
        assert (found.value, found.k) == (V.NON_COMPLIANT, 3)
        again = filtered(store, tmp_path / "inbox", Stage.PRE_TRAINING)
        after = evidence_of(store, again)
        assert after.counts["p2"] == 3 and collection.service_users(after).value is V.COMPLIANT


def test_acceptance_08_two_pages_of_one_domain_are_one_source(store, tmp_path):
    pages = [{"text": text, "url": f"https://{host}.example.com.cn/{n}"} for n, text in enumerate(CHINESE) for host in ("a", "b")]
    toml = 'kind = "website"\n[origin]\nurl = "https://a.example.com.cn/"\n'
    write_source(tmp_path / "inbox", "pre_training", "pages", toml, {"pages.jsonl": jsonl(pages)})
    evidence = evidence_of(store, filtered(store, tmp_path / "inbox", Stage.PRE_TRAINING))
    found = collection.several_sources(evidence)
    assert found.value is V.NON_COMPLIANT and "text:zh" in found.why
    assert list(evidence.source_keys_by_type["text:zh"]) == ["domain:example.com.cn"]


def test_acceptance_09_a_hundred_of_each_type_of_source_or_all_there_are(store):
    kinds = ["website"] * 150 + ["organisation"] * 120 + ["service_user"] * 40
    release = release_over(store, [row | {"origin_kind": kind} for row, kind in zip(texts(310), kinds, strict=True)])
    made = draw_for(store, release)
    sizes = {kind: (current(made, f"metadata.{kind}").size, current(made, f"metadata.{kind}").census) for kind in set(kinds)}
    assert sizes == {"website": (100, False), "organisation": (100, False), "service_user": (40, True)}


def test_acceptance_10_an_audit_by_the_filters_own_rules_is_a_tautology(store, tmp_path):
    release = filtered(store, small_inbox(tmp_path), Stage.PRE_TRAINING)
    drawn(store, release, TECHNICAL)
    evidence = evidence_of(store, release)
    assert "tautology" not in usage.technical_share(evidence).why
    arm = {detector.name: detector.version for detector in arm_of(sources_of(store.home))}
    with store.database.write() as connection:
        same = save_recipe(connection, {"detectors": {**arm, "pattern": "1", "rights": "1"}})
    found = usage.technical_share(replace(evidence, corpus=replace(evidence.corpus, recipe=same)))
    assert found.value is V.INCOMPLETE and "tautology" in found.why


def labelled(root, store, records, *, rows=100, left_out=()):
    """The evidence of a labelled source: records of annotation over rows 1 to ``rows``; some units are not in P2."""
    people = [{"record": "person", "person": f"p{n}", "roles": [role], "certified_from": "2026-01-01"} for n, role in
              enumerate(("executor", "reviewer", "arbiter", "supervisor"), 1)]  # fmt: skip
    toml = f'{ORGANISATION}[annotation]\nrecords = "records.jsonl"\npurpose = "safety"\n'
    data = [{"instruction": f"{CHINESE[n % 3]}第{n}条。", "output": ENGLISH[n % 2]} for n in range(rows)]
    kept = jsonl([row for number, row in enumerate(data) if number not in left_out])
    files = {"a.jsonl": kept, "records.jsonl": jsonl([*people, *records])}
    write_source(root, "fine_tuning", "answers", toml, files)
    return evidence_of(store, filtered(store, root, Stage.FINE_TUNING))


def item(unit, *, passed=True, executor="p1", reviewer="p2", **more):
    return {"record": "item", "batch": "b1", "file": "a.jsonl", "unit": unit, "executor": executor, "executed_at": "2026-05-01",
            "reviewer": reviewer, "reviewed_at": "2026-05-02", "passed": passed, "risk": "A.2.e", **more}  # fmt: skip


def test_acceptance_11_whoever_labels_an_item_does_not_review_it(store, tmp_path):
    fine = annotation.labelling_standard(labelled(tmp_path / "a", store, [item(n) for n in range(100)]))
    assert part(fine, "LBL.7.3.e").value is V.COMPLIANT
    assert (fine.value, [one.clause for one in fine.parts if not one.value.passed]) == (V.INCOMPLETE, ["LBL.documents"])
    records = [item(n) for n in range(99)] + [item(99, executor="p2")]
    found = annotation.labelling_standard(labelled(tmp_path / "b", store, records))
    wrong = part(found, "LBL.7.3.e")
    assert (found.value, wrong.value, wrong.k) == (V.NON_COMPLIANT, V.NON_COMPLIANT, 1)
    assert wrong.offenders == ("answers/a.jsonl:99",)


def test_acceptance_12_a_safety_batch_is_void_above_five_percent_and_nothing_of_it_is_used(store, tmp_path):
    def verdict(name, failing, in_batch=100):
        unused = range(in_batch - failing, in_batch)  # what failed is taken out of the data
        records = [item(n, passed=n not in unused) for n in range(in_batch)]
        return annotation.labelling_standard(labelled(tmp_path / name, store, records, left_out=set(unused)))

    assert part(verdict("five", 5), "LBL.8.3.c").value is V.COMPLIANT
    six = part(verdict("six", 6), "LBL.8.3.c")
    assert (six.value, six.k) == (V.NON_COMPLIANT, 94) and six.observed.startswith("1 batches void")
    used = annotation.labelling_standard(labelled(tmp_path / "used", store, [item(n, passed=n != 7) for n in range(100)]))
    assert part(used, "LBL.8.3.b").offenders == ("answers/a.jsonl:7",)


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A workspace with a small library that was put in force at NOW."""
    stand_in = small_shipped(tmp_path)
    monkeypatch.setattr(refreshing, "shipped", stand_in)
    monkeypatch.setattr("dataset_safety.preprocessing.recipes.shipped", stand_in)
    return Workspace(home=str(tmp_path / "library-home"), inbox=str(tmp_path))


def checked(workspace, asset, checks, name):
    """One check of an asset as Dagster shows it."""
    with dg.DagsterInstance.ephemeral() as instance:
        found = dg.materialize([asset, checks], instance=instance, resources={"workspace": workspace})
        return next(one for one in found.get_asset_check_evaluations() if one.check_name == name)


def test_acceptance_13_a_library_of_seven_days_is_fresh_and_reviews_without_change_do_not_renew_it(library):
    def age(days):
        with clock.fixed(changed + timedelta(days=days)):
            return checked(library, keyword_library.keyword_library, keyword_library.keyword_checks, keyword_library.AGE)

    with clock.fixed(NOW), library.opened() as store:
        changed = datetime.fromisoformat(refreshing.in_force(store).stats()["updated_at"]).replace(tzinfo=UTC)
    assert age(7).passed
    late = age(8)
    assert not late.passed and late.severity is dg.AssetCheckSeverity.WARN
    with library.opened() as store:
        for days in (1, 2):
            with clock.fixed(changed + timedelta(days=days)):
                record_review(store, "wang")
    reviewed = age(3)
    assert not reviewed.passed and reviewed.severity is dg.AssetCheckSeverity.WARN
    assert reviewed.metadata["reviews_without_change"].value == 2


@pytest.mark.parametrize("case", ["complete", "label missing", "blind"])
def test_acceptance_14_a_missing_label_and_a_blind_model_both_fail(tmp_path, monkeypatch, case):
    words = {} if case == "blind" else {risk: {topic: 127, "attack": 127} for risk, topic in TOPICS.items()}
    graph = word_graph(words, bias=9.0 if case == "blind" else -3.7)
    missing = "A.3.c" if case == "label missing" else None
    labels = [{"index": n, "label": risk, "risks": [risk] if risk != missing else []} for n, risk in enumerate(RISKS)]
    manifest = manifest_of(graph, labels=labels)
    report = probe([load_model(write_model(tmp_path / "unprobed", graph, manifest))], sentences(), CLEAN)
    folder = write_model(tmp_path / "model", graph, manifest, {one.risk: one.status for one in report.risks})
    monkeypatch.setattr("dataset_safety.preprocessing.recipes.bundled_model", lambda: folder)
    workspace = Workspace(home=str(tmp_path / "home"), inbox=str(tmp_path))
    found = checked(
        workspace, classification_model.classification_model, classification_model.coverage_checks, check_name("K.B.2.A.3.c")
    )
    assert found.passed == (case == "complete")


def test_acceptance_15_a_shard_added_after_the_verdict_makes_it_stale_for_its_stage_only(store, tmp_path):
    inbox = small_inbox(tmp_path)
    first = {stage: filtered(store, inbox, stage) for stage in Stage}
    for release in first.values():
        assess_release(store, release)
    (inbox / "pre_training" / "library-notes" / "more.jsonl").write_text(jsonl([{"text": CHINESE[0] * 2}]), encoding="utf-8")
    with clock.fixed(NOW + timedelta(hours=1)):
        after = {stage: filtered(store, inbox, stage) for stage in Stage}
        before, now = (standing(store, found[Stage.PRE_TRAINING]).by_clause() for found in (first, after))
        assert after[Stage.FINE_TUNING].release_id == first[Stage.FINE_TUNING].release_id
        other = standing(store, after[Stage.FINE_TUNING])
    assert before["8.2.1.b.1"].value is V.NON_COMPLIANT
    settled = {clause for clause, found in before.items() if found.value in (V.COMPLIANT, V.NON_COMPLIANT)}
    stale = {clause for clause, found in now.items() if found.value is V.STALE}
    assert stale == {clause for clause in settled if not clause.startswith("8.1")} and stale
    assert V.STALE not in {found.value for found in other.verdicts}
    with clock.fixed(NOW + timedelta(hours=2)):
        assess_release(store, after[Stage.PRE_TRAINING])
        assert V.STALE not in {found.value for found in standing(store, after[Stage.PRE_TRAINING]).verdicts}


def test_acceptance_16_a_probe_that_could_not_run_never_passes(store):
    release = release_over(store, texts(5))
    assert protection.protection(evidence_of(store, release)).value is V.INCOMPLETE
    failed = {"family": "encryption", "probe": "objects_at_rest", "place": "objects", "result": "could not run"}
    with store.database.write() as connection:
        save_evidence(connection, Evidence("probe", "8.1.b.3", "database", failed, clock.now().isoformat()))
    assert protection.protection(evidence_of(store, release)).value is V.INCOMPLETE


@pytest.mark.parametrize("subject", BENIGN)
def test_acceptance_17_the_bundled_rules_flag_nothing_benign(subject):
    batch = TextBatch.of(BENIGN[subject])
    (detector,) = build_detectors(DetectorSources(sources_of(None).libraries, (), ("keyword",)))
    assert [one.explanation for one in detector.find(batch) if one.effect is not Effect.NOTE] == []


def test_acceptance_18_nothing_complies_with_an_edition_that_nobody_verified(store, tmp_path):
    rows = {"a.jsonl": jsonl([{"text": text * 3} for text in CHINESE])}
    for name in ("notes", "letters"):
        write_source(tmp_path / "inbox", "pre_training", name, ORGANISATION.replace("notes press", f"{name} press"), rows)
    release = filtered(store, tmp_path / "inbox", Stage.PRE_TRAINING)
    draw_for(store, release)
    evidence = evidence_of(store, release)
    fields = {name: getattr(evidence.edition, name) for name in Edition.model_fields}
    unverified = Edition.model_validate({**fields, "verified": False, "id": "gbt-45652-2025"})
    unsure = replace(evidence, edition=unverified)
    verified = {found.clause: found.value for found in evaluate(evidence, evidence.edition)}
    found = {one.clause: one for one in evaluate(unsure, unverified)}
    complying = {clause for clause, value in verified.items() if value is V.COMPLIANT}
    assert "8.2.1.b.2" in complying
    assert all(found[clause].value is V.INCOMPLETE and "not verified" in found[clause].why for clause in complying)
    attest_parameters(store, unverified, statement="compared with the standard", signer="wang")
    signed = {one.clause: one for one in evaluate(replace(evidence, edition=unverified), unverified)}
    assert all(signed[clause].value is V.COMPLIANT and "signed" in signed[clause].note for clause in complying)
    with pytest.raises(NothingToAttest):
        attest_parameters(store, load_edition(), statement="needless", signer="wang")
