"""The update gate of B.1 c: what is refused leaves the active generation as it was; what is approved holds at once."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from dataset_safety import clock
from dataset_safety.keywords import canary, refreshing, reviews
from dataset_safety.keywords.bundles import Bundle, Expected, admit, envelope, read_envelope
from dataset_safety.keywords.canary import Document, examine
from dataset_safety.keywords.edits import edited
from dataset_safety.keywords.errors import (
    BundleRefused,
    CandidateRefused,
    InvalidEntry,
    KeywordError,
    SourceRefused,
    UnknownApprover,
)
from dataset_safety.keywords.files import read_store
from dataset_safety.keywords.generations import active_sources
from dataset_safety.keywords.importing import Origin, read_lines
from dataset_safety.keywords.incoming import drop_edit, gather
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.refreshing import activate, activate_from_elsewhere, approve, bundle_of, in_force, pending, refresh
from dataset_safety.keywords.rollback import rollback
from dataset_safety.keywords.settings import CanaryLimits, Settings
from dataset_safety.keywords.signing import BUNDLE_TYPE, approvers, sign
from dataset_safety.keywords.stored import generation_bytes, read_generation
from dataset_safety.safeguards.audit_log import verify_chain
from dataset_safety.store import audit
from dataset_safety_tests.keywords.bundled import STORE, bundled_library
from dataset_safety_tests.keywords.refreshed import FIRST, LANGUAGE, RISK, add_approvers, drop

NEW = "低价出售对公账户全套 @review\n包送到位的枪支散件 @review"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ORIGIN = Origin(RISK, LANGUAGE, "chen", "2026-11-20", "test", bundled=False)


@pytest.fixture
def waiting(store):
    drop(store.home.root, NEW)
    return refresh(store, author="zhao")


def library_of(lines):
    return Library.of(read_lines(lines, ORIGIN, name="test").entries)


def actions(store):
    with store.database.read() as connection:
        assert verify_chain(connection).intact
        return [event.action for event in audit.events(connection)]


def test_a_generation_is_read_as_it_was_written():
    library = bundled_library()
    again = read_generation(generation_bytes(library))
    assert again == library and again.generation == library.generation


def test_two_approvers_activate_and_one_rolls_back(store, tmp_path, waiting):
    first = in_force(store)
    assert waiting.statement.added == 2 and waiting.statement.version == 2
    approve(store, "wang")
    with pytest.raises(BundleRefused, match="1 of 2"):
        activate(store)
    assert in_force(store) == first
    approve(store, "liu")
    made = activate(store)
    assert made.signers == ("liu", "wang") and len(in_force(store).active) == len(first.active) + 2
    assert read_store(*active_sources(store.home, tmp_path / "bundled")) == in_force(store)
    assert refresh(store, author="zhao") is None and pending(store) is None
    begin = time.perf_counter()
    rollback(store, "wang", reason="a test")
    assert time.perf_counter() - begin < 1
    assert in_force(store) == first
    wanted = ["keywords.candidate", "keywords.approve", "keyword_library.activate", "keywords.refuse", "keywords.rollback"]
    assert set(wanted) <= set(actions(store))


def test_what_was_rolled_back_comes_back_neither_by_refresh_nor_by_replay(store, waiting):
    approve(store, "wang")
    approve(store, "liu")
    bundle = bundle_of(store, pending(store))
    activate(store)
    with pytest.raises(BundleRefused, match="was there before"):
        activate(store, bundle)
    rollback(store, "liu", reason="a test")
    assert refresh(store, author="zhao") is None
    with pytest.raises(BundleRefused) as caught:
        activate(store, bundle)
    assert caught.value.reason == "replayed"


def test_authors_and_strangers_cannot_approve_and_nobody_counts_twice(store, waiting):
    add_approvers(store, "chen", "zhao")
    for name in ("chen", "zhao"):
        with pytest.raises(BundleRefused) as caught:
            approve(store, name)
        assert caught.value.reason == "author"
    approve(store, "wang")
    with pytest.raises(BundleRefused) as caught:
        approve(store, "wang")
    assert caught.value.reason == "same person"
    with pytest.raises(UnknownApprover):
        approve(store, "nobody")
    with store.database.write() as connection, pytest.raises(UnknownApprover):
        add_key_again(store, connection)
    with pytest.raises(BundleRefused):
        activate(store)


def add_key_again(store, connection):
    from dataset_safety.keywords import signing

    signing.add_approver(store.home, connection, "second-name", signing.approvers(connection)["wang"])


def signed(store, bundle, *names):
    signatures = {name: sign(store.home, name, BUNDLE_TYPE, bundle.payload) for name in names}
    return replace(bundle, signatures=signatures)


def restated(bundle, **changes):
    statement = bundle.statement.model_copy(update=changes)
    return Bundle(statement, statement.canonical(), bundle.content, {})


def both(store, bundle):
    return signed(store, bundle, "wang", "liu")


def emptied(bundle):
    """A bundle whose statement claims changes and whose content holds no entry."""
    nothing = Library(())
    content = generation_bytes(nothing)
    made = restated(bundle, generation=nothing.generation, content_sha256=sha256(content).hexdigest())
    return replace(made, content=content)


BAD = {
    "unsigned": ("signatures", lambda store, b: b),
    "once signed": ("signatures", lambda store, b: signed(store, b, "wang")),
    "signed by an author": ("author", lambda store, b: signed(store, b, "wang", "chen")),
    "expired": ("expired", lambda store, b: signed(store, restated(b, expires_at=LONG_AGO), "wang", "liu")),
    "replayed": ("replayed", lambda store, b: signed(store, restated(b, version=1), "wang", "liu")),
    "from the future": ("version", lambda store, b: signed(store, restated(b, version=9), "wang", "liu")),
    "upon another parent": ("parent", lambda store, b: signed(store, restated(b, parent="0" * 64), "wang", "liu")),
    "empty": ("empty", lambda store, b: signed(store, restated(b, added=0, withdrawn=0), "wang", "liu")),
    "without an entry": ("empty", lambda store, b: both(store, emptied(b))),
    "signatures of another": ("signature", lambda store, b: replace(restated(b, added=7), signatures=both(store, b).signatures)),
    "content with one bit changed": ("content", lambda store, b: replace(both(store, b), content=flipped(b.content))),
}  # fmt: skip


def flipped(content, bit=4321):
    changed = bytearray(content)
    changed[(bit // 8) % len(changed)] ^= 1 << (bit % 8)
    return bytes(changed)


@pytest.mark.parametrize("case", BAD)
def test_a_bundle_that_does_not_hold_is_refused_with_its_reason(store, waiting, case):
    add_approvers(store, "chen")
    reason, spoil = BAD[case]
    before = in_force(store)
    bundle = spoil(store, bundle_of(store, waiting))
    for put in (lambda: activate(store, bundle), lambda: activate_from_elsewhere(store, read_envelope(envelope(bundle)))):
        with pytest.raises(BundleRefused) as caught:
            put()
        assert caught.value.reason == reason
    assert in_force(store) == before and "keywords.refuse" in actions(store)


def test_a_bundle_from_elsewhere_that_hits_too_much_here_is_refused(store, waiting, monkeypatch):
    before, bundle = in_force(store), both(store, bundle_of(store, waiting))
    texts = [Document(f"第{n}页平常的说明") for n in range(990)] + [Document("低价出售对公账户全套，速来")] * 10
    monkeypatch.setattr(refreshing, "corpus_sample", lambda *_: texts)
    with pytest.raises(CandidateRefused, match="hits 10 of 1000 documents"):
        activate_from_elsewhere(store, bundle)
    assert in_force(store) == before


def test_one_changed_bit_anywhere_in_a_bundle_file_is_refused(store, waiting):
    file = envelope(signed(store, bundle_of(store, waiting), "wang", "liu"))
    before = in_force(store)
    with store.database.read() as connection:
        expected = Expected(before.generation, 1, approvers(connection), 2, clock.now())
    for bit in {*range(5, 8 * len(file), 8), *range(3, 8 * len(file), 97)}:  # bit 5 turns small letters into capitals
        with pytest.raises(BundleRefused):
            admit(read_envelope(flipped(file, bit)), expected)
    assert in_force(store) == before
    activate_from_elsewhere(store, read_envelope(file))
    assert in_force(store) != before


@pytest.mark.parametrize("file", [b"", b"\xb0\xec\xbc\xd9", b"[]", b'{"payload": 1}', b"[" * 100_000])
def test_a_file_that_is_no_bundle_is_refused(file):
    with pytest.raises(BundleRefused):
        read_envelope(file)


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        (".*毒品", CandidateRefused, "literal"),
        ("女人", CandidateRefused, "identity"),
        ("图书馆", CandidateRefused, "neutral texts pass no longer|are held|hits"),
        ("一 + 二 + 三 + 四", InvalidEntry, "text"),
        ("", SourceRefused, "empty"),
    ],
)
def test_a_change_that_must_not_be_made_is_refused(store, text, error, said, monkeypatch):
    texts = [Document(f"图书馆第{n}次会议讨论开放时间") for n in range(300)]
    monkeypatch.setattr(refreshing, "corpus_sample", lambda *_: texts)
    before = in_force(store)
    drop(store.home.root, text)
    with pytest.raises(error, match=said):
        refresh(store, author="zhao")
    assert in_force(store) == before and pending(store) is None


def test_a_wrong_encoding_and_a_missing_author_are_refused(store):
    path = drop(store.home.root, NEW)
    path.write_bytes("# author: chen\n办假证件全套\n".encode("gb18030"))
    with pytest.raises(SourceRefused, match="UTF-8"):
        refresh(store, author="zhao")
    path.write_text("低价出售对公账户\n", encoding="utf-8")
    with pytest.raises(SourceRefused, match="author"):
        refresh(store, author="zhao")


def test_the_canary_counts_each_limit():
    old = library_of(FIRST)
    calm = [Document(f"第{n}页平常的说明", "a") for n in range(1000)]
    new = Library.of([*old.entries, *library_of("低价出售对公账户\n代办全套资料").entries])
    assert examine(old, new, calm, CanaryLimits()).refusals == ()
    six = [Document("低价出售对公账户，速来", "b") for _ in range(6)]
    gate = examine(old, new, calm[:994] + six, CanaryLimits())
    assert len(gate.refusals) == 1 and "6 of 1000" in gate.refusals[0]
    both = six[:5] + [Document("代办全套资料，速来", "c") for _ in range(5)]
    assert examine(old, new, calm[:990] + both, CanaryLimits()).refusals == ()
    assert "newly blocked" in examine(old, new, calm[:989] + both + six[:1], CanaryLimits(entry_hits=100)).refusals[0]
    assert examine(old, old, calm, CanaryLimits()).refusals == ("it changes nothing",)
    assert examine(old, Library(()), calm, CanaryLimits()).refusals == ("it holds no entries",)


def test_floors_refuse_a_candidate_that_falls_below_them():
    library = bundled_library()
    fewer = Library.of(entry for entry in library.entries if "A.2.f" not in entry.risks)
    assert any("A.2.f falls to 0" in reason for reason in canary._floor_reasons(library, fewer))


def test_a_setting_allows_one_approver_and_says_so(store, waiting):
    (store.home.root / "keywords.toml").write_text("approvers = 1\n", encoding="utf-8")
    approve(store, "wang")
    assert activate(store).needed == 1
    (store.home.root / "keywords.toml").write_text("approvers = 0\n", encoding="utf-8")
    with pytest.raises(KeywordError, match="approvers"):
        refresh(store, author="zhao")


def test_an_edit_adds_and_withdraws(store):
    library = in_force(store)
    gone = library.active[0]
    drop_edit(store.home, edited(library, ["新型迷幻药水货到付款"], RISK, LANGUAGE, "chen", [gone.id]))
    made = refresh(store, author="chen", urgent=True)
    assert (made.statement.added, made.statement.withdrawn, made.statement.urgent) == (1, 1, True)
    approve(store, "wang")
    approve(store, "liu")
    assert 0 <= activate(store).seconds < 60
    assert gone.id not in {entry.id for entry in in_force(store).active}
    with pytest.raises(SourceRefused, match="no active entry"):
        edited(in_force(store), [], "", "", "chen", [gone.id])


def test_reviews_are_recorded_apart_and_two_in_a_row_are_told(store):
    with store.database.read() as connection:
        assert reviews.changed_on(connection) == ""
    in_force(store)
    with clock.fixed(datetime(2026, 11, 24, tzinfo=UTC)):
        assert reviews.record_review(store, "wang") == 1
    with clock.fixed(datetime(2026, 12, 1, tzinfo=UTC)):
        assert reviews.record_review(store, "wang") == 2
        with store.database.read() as connection:
            assert reviews.changed_on(connection) == "2026-11-20"


def test_a_candidate_expires(store, waiting):
    approve(store, "wang")
    approve(store, "liu")
    with clock.fixed(waiting.statement.expires_at + timedelta(seconds=1)), pytest.raises(BundleRefused):
        activate(store)


def test_a_source_address_is_taken_with_its_limits(store, tmp_path):
    path = drop(tmp_path, NEW)
    (found,) = gather(store.home, Settings(sources=(path.as_uri(),)), set()).changes
    assert len(found.entries) == 2
    assert gather(store.home, Settings(sources=(path.as_uri(),)), {found.sha256}).changes == ()
    for source, limit in ((path.as_uri(), 10), ("http://example.org/A.1.h.zh.txt", 1000), ("https://example.org/x", 1000)):
        (refusal,) = gather(store.home, Settings(sources=(source,), source_bytes=limit), set()).refused
        assert isinstance(refusal.error, SourceRefused)
    assert list(store.home.staging.iterdir()) == []


def test_one_word_list_about_several_groups_counts_once():
    lines = "## topic: about_groups\n%region + 全是骗子 ~6\n%gender + 全是骗子 ~6\n%region + 都该消失 ~6"
    groups = read_lines(lines, ORIGIN, name="t")
    library = Library.of(groups.entries)
    assert len(library.active) == 3 and library.stats()["total"] == 2 and library.stats()["by_risk"] == {RISK: 2}
    assert any(path.name.endswith(".groups.tsv") for path in STORE.glob("*/*.tsv"))
