from __future__ import annotations

import dataclasses

import pytest

from dataset_safety.classifier.bundling import PROBE_FOLDER, SEED_FOLDER
from dataset_safety.classifier.errors import SentenceInvalid, SentencesRefused
from dataset_safety.classifier.linting import distinct_patterns, lint
from dataset_safety.classifier.sentences import convert, read_draft, read_folder

DRAFT = """# author: t9
@@ violation zh statement
隔壁店卖的都是假货，我也进了一批，贴上牌子就是真的。
隔壁店卖的都是假货，我也进了两批，贴上牌子就是真的。
破解版设计软件打包卖，二十块一份，终身更新。
破解版设计软件打包卖，二十块一份，终身更新。
@@ contrast en question
Is it lawful to lend a purchased e-book to a friend?
"""


@pytest.fixture
def draft(tmp_path):
    folder = tmp_path / "drafts"
    folder.mkdir()
    (folder / "A.3.a.txt").write_text(DRAFT, encoding="utf-8")
    return folder


def test_a_draft_becomes_sentences_and_comes_back_from_its_file(draft, tmp_path):
    assert convert(draft, tmp_path / "seed", author="x") == {"A.3.a": 4}
    found = read_folder(tmp_path / "seed")
    assert {(s.stance, s.lang, s.form, s.author) for s in found} == {
        ("violation", "zh", "statement", "t9"),
        ("contrast", "en", "question", "t9"),
    }
    assert sorted(found, key=lambda s: s.id) == sorted(read_draft(draft / "A.3.a.txt", author="x"), key=lambda s: s.id)


def test_near_copies_are_one_pattern(draft):
    found = read_draft(draft / "A.3.a.txt", author="x")
    assert distinct_patterns(found)["A.3.a", "violation"] == 2


def test_a_probe_text_that_copies_a_training_text_is_refused_by_id(draft):
    training = read_draft(draft / "A.3.a.txt", author="x")
    probe = [dataclasses.replace(training[0], id="probe-1", author="p", text=training[0].text.replace("隔壁", "楼下"))]
    with pytest.raises(SentencesRefused) as refused:
        lint(training, probe)
    assert refused.value.pairs[0][0] == "probe-1" and training[0].text not in str(refused.value)


def test_an_author_of_both_sets_is_refused(draft):
    training = read_draft(draft / "A.3.a.txt", author="x")
    with pytest.raises(SentencesRefused, match="authors"):
        lint(training, [dataclasses.replace(training[0], text="Something else entirely, written anew.")])


@pytest.mark.parametrize("text", ["a text before any heading\n", "@@ violation zh poem\n", "@@ violation zh\n"])
def test_a_draft_that_cannot_be_followed_is_refused_with_its_line(tmp_path, text):
    (tmp_path / "A.3.a.txt").write_text(text, encoding="utf-8")
    with pytest.raises(SentenceInvalid, match="line 1"):
        read_draft(tmp_path / "A.3.a.txt", author="x")


def test_a_damaged_line_of_a_seed_file_is_refused_with_its_line(draft, tmp_path):
    convert(draft, tmp_path / "seed", author="x")
    with (tmp_path / "seed" / "A.3.a.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "x"}\n')
    with pytest.raises(SentenceInvalid, match="line 5"):
        read_folder(tmp_path / "seed")


def test_the_bundled_sentences_pass_the_lint():
    training, probe = read_folder(SEED_FOLDER), read_folder(PROBE_FOLDER)
    assert training
    lint(training, probe)
    assert len({sentence.id for sentence in training}) == len(training)
