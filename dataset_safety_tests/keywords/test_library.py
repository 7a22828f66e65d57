"""The store reads, counts, refuses and lints as B.1 asks."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from dataclasses import replace

import pytest

from dataset_safety.keywords.entries import EntryEffect, EntryRecord, Status, entry_schema
from dataset_safety.keywords.errors import InvalidEntry, StoreNotFound
from dataset_safety.keywords.evaluating import Labelled, evaluate, read_labelled
from dataset_safety.keywords.files import COLUMNS, HEADER, library_of, read_file, read_store, write_file
from dataset_safety.keywords.impact import gold_sets, measure_impact
from dataset_safety.keywords.importing import Origin, acceptable, read_draft
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.lint import REVIEW_ONLY, lint
from dataset_safety.keywords.matching import KeywordDetector
from dataset_safety_tests.keywords.bundled import STORE, bundled_library

ORIGIN = Origin("A.1.h", "zh", "tester", "2026-11-23", "written for a test")
HEADER_OF_TEST = {
    "risk": "A.1.h", "language": "zh", "author": "tester", "added": "2026-11-23", "provenance": "test", "status": "authored",
}  # fmt: skip
DRAFT = """# default: @review
## topic: cards
出租 + 银行卡 ~8 @reject !出租车
包夜 !网吧包夜
一 + 二 + 三 + 四
走量 + 叶子 ~6 @often
女人
.*毒品
"""


@pytest.fixture
def draft(tmp_path):
    path = tmp_path / "A.1.h.zh.txt"
    path.write_text(DRAFT, encoding="utf-8")
    return read_draft(path, ORIGIN)


def test_a_draft_becomes_entries_and_says_what_it_refuses(draft):
    first = draft.entries[0]
    assert (first.parts, first.within, first.effect) == (("出租", "银行卡"), 8, EntryEffect.REJECT)
    assert (first.topic, first.exceptions) == ("cards", ("出租车",))
    assert [(error.line, error.field) for error in draft.refused] == [(5, "text"), (6, "effect")]
    kept, problems = acceptable(draft.entries)
    assert [e.text for e in kept] == ["出租 + 银行卡", "包夜"]
    assert {(problem.entry.text, problem.rule) for problem in problems} >= {("女人", "identity"), (".*毒品", "literal")}


def test_what_is_written_is_read_again(tmp_path, draft):
    kept, _ = acceptable(draft.entries)
    path = tmp_path / "store" / "A.1.h" / "zh.tsv"
    write_file(path, HEADER_OF_TEST, kept)
    again = read_store(tmp_path / "store")
    assert {e.text for e in again.entries} == {e.text for e in kept}
    assert again.generation == read_store(tmp_path / "store").generation
    assert read_store(tmp_path, tmp_path / "store").stats()["operator"] == len(kept)


@pytest.mark.parametrize(
    ("change", "field", "hint"),
    [
        (("substring", "substrin"), "match", "did you mean 'substring'"),
        (("review", "delete"), "effect", "write one of reject, review, context"),
        (("办假证", "办真证"), "id", "the id of this text is"),
        (("# author: tester\n", ""), "author", "add the line"),
        (("effect\twithin", "within\teffect"), "columns", "write id, text"),
    ],
)
def test_a_bad_file_gets_file_line_field_and_hint(tmp_path, change, field, hint):
    path = tmp_path / "A.1.h" / "zh.tsv"
    path.parent.mkdir()
    path.write_text("办假证\n", encoding="utf-8")
    (only,) = read_draft(path, ORIGIN).entries
    write_file(path, HEADER_OF_TEST, [only])
    path.write_text(path.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(InvalidEntry) as caught:
        list(read_file(path, bundled=True))
    assert caught.value.field == field and caught.value.line >= 1
    assert hint in str(caught.value) and "A.1.h/zh.tsv" in str(caught.value)


def test_a_wrong_encoding_is_refused_with_its_line(tmp_path):
    path = tmp_path / "A.1.h" / "zh.tsv"
    path.parent.mkdir()
    path.write_bytes("# risk: A.1.h\n办假证\n".encode("gb18030"))
    with pytest.raises(InvalidEntry, match=r"line 2, encoding"):
        list(read_file(path, bundled=True))


def test_a_missing_store_is_named(tmp_path):
    with pytest.raises(StoreNotFound, match="no keyword library"):
        read_store(tmp_path / "nowhere")


def test_files_of_the_same_bytes_are_read_into_entries_once_and_changed_ones_again(tmp_path):
    shutil.copytree(STORE / "A.3.e", tmp_path / "A.3.e")
    first, again = read_store(tmp_path), read_store(tmp_path)
    assert again is first
    path = tmp_path / "A.3.e" / "zh.tsv"
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    assert len(read_store(tmp_path).entries) == len(first.entries) - 1


def test_the_bundled_library_loads_quickly_and_passes_lint(capsys):
    library_of.cache_clear()
    begin = time.process_time()
    library = read_store(STORE)
    with capsys.disabled():
        print(f"\nlibrary of {len(library.entries)} entries loaded in {time.process_time() - begin:.2f} s CPU")
    assert lint(library.entries).errors == ()


def test_the_bundled_library_keeps_the_floors():
    report, stats = lint(bundled_library().entries), bundled_library().stats()
    assert min(report.honest, stats["total"]) >= 10_000 and stats["total"] == stats["bundled"]
    floors = {"A.1": 400, "A.2": 200, "A.3": 150, "A.4": 150}
    assert {risk: n for risk, n in report.honest_by_risk.items() if n < floors[risk[:3]]} == {}
    assert len(report.honest_by_risk) == 29
    assert stats["by_language"]["zh"] >= 0.6 * stats["total"] and stats["by_language"]["en"] >= 0.25 * stats["total"]


def test_state_security_is_never_decided_without_a_person():
    for entry in bundled_library().entries:
        assert entry.effect is not EntryEffect.REJECT or not REVIEW_ONLY.intersection(entry.risks)


def test_every_bundled_entry_keeps_to_the_published_schema():
    schema = entry_schema()
    assert set(schema["properties"]) == {*COLUMNS, *HEADER} - {"risk"}
    for entry in bundled_library().entries[::97]:
        facts = {name: getattr(entry, name) for name in schema["properties"] if name != "text"}
        facts |= {"text": entry.text, "risks": list(entry.risks), "exceptions": list(entry.exceptions)}
        EntryRecord.model_validate(facts)


def test_exchanging_one_word_in_a_pattern_counts_once(tmp_path):
    path = tmp_path / "draft.txt"
    path.write_text("\n".join(f"低价出售{name}联系我" for name in "甲乙丙丁戊己庚辛"), encoding="utf-8")
    report = lint(read_draft(path, ORIGIN).entries)
    assert (report.active, report.honest) == (8, 1)


def test_retired_entries_neither_match_nor_count(draft):
    retired = Library.of(replace(e, status=Status.RETIRED) for e in draft.entries)
    assert retired.stats()["total"] == 0 and retired.active == ()


def test_impact_counts_review_as_blocked():
    detector = KeywordDetector(bundled_library())
    sets = dict(gold_sets())
    blocked = Counter({name: measure_impact(detector, name, texts).blocked for name, texts in sets.items()})
    assert len(sets) >= 10 and blocked.total() <= 0.005 * sum(map(len, sets.values()))
    assert measure_impact(detector, "none", []).is_within()


def test_impact_and_evaluation_count_what_is_there(draft):
    kept, _ = acceptable(draft.entries)
    detector = KeywordDetector(Library.of(kept))
    impact = measure_impact(detector, "two", ["出租银行卡", "平常的话"])
    assert (impact.rejected, impact.held, impact.blocked_by_bundled) == (1, 0, 1)
    assert impact.entries[0].alone == 1 and not impact.is_within()
    texts = [Labelled("出租银行卡", True, "a"), Labelled("今晚包夜", False), Labelled("别的话", True, "b")]
    measured = evaluate(detector, texts)
    assert (measured.recall, measured.precision) == (0.5, 0.5)
    assert measured.found_by_group == {"a": (1, 1), "b": (0, 1)} and measured.flagged_by_risk == {"A.1.h": (1, 2)}


def test_labelled_development_sets_are_found_as_far_as_asked(labelled, capsys):
    detector = KeywordDetector(bundled_library())
    chinese = read_labelled(labelled / "zh/cold_dev.csv", text="TEXT", label="label", harmful=["1"], group="topic")
    english = read_labelled(labelled / "en/davidson.csv", text="tweet", label="class", harmful=["0"])
    cold, davidson = evaluate(detector, list(chinese)), evaluate(detector, list(english))
    with capsys.disabled():
        print(f"\nCOLD dev recall {cold.recall:.3f} precision {cold.precision:.3f} {cold.found_by_group}")
        print(f"Davidson hate recall {davidson.recall:.3f}")
    assert cold.recall >= 0.30 and cold.precision >= 0.75 and davidson.recall >= 0.50
