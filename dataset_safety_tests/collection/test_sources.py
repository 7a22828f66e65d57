"""``source.toml`` and the inbox: what is wrong is named with its place and the way out; what is missing is no error."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dataset_safety.collection.errors import InboxError, LinkRefused, NoSources, SourceFileError, UnknownKey, UnreadableFolder
from dataset_safety.collection.inbox import discover
from dataset_safety.collection.sources import read_source
from dataset_safety.standard.stages import Stage

BASE = 'source_id = "src"\nkind = "organisation"\n'


def folder(inbox: Path, text: str = BASE, name: str = "src", stage: str = "pre_training") -> Path:
    made = inbox / stage / name
    made.mkdir(parents=True)
    (made / "source.toml").write_text(text, encoding="utf-8")
    return made


UNKNOWN = {
    'titel = "x"': ("titel", "title"),
    '[origin]\norganization = "x"': ("organization", "organisation"),
    "[agreement]\nvalid_untill = 2026-01-01": ("valid_untill", "valid_until"),
    '[[reviews]]\nreviewr = "x"': ("reviewr", "reviewer"),
    '[[files]]\nmatch = "*"\nfields.langauge = "zh"': ("langauge", "language"),
    '[fields]\nrecord = "a"': ("record", "records"),
    "[generated]\nmodle = 'x'": ("modle", "model"),
    'stage = "pre_training"': ("stage", None),
}


@pytest.mark.parametrize("text", UNKNOWN)
def test_an_unknown_key_names_the_nearest_known_one(tmp_path, text):
    made = folder(tmp_path, BASE + text + "\n")
    key, near = UNKNOWN[text]
    with pytest.raises(UnknownKey) as caught:
        read_source(made, Stage.PRE_TRAINING)
    assert caught.value.facts["key"] == key and caught.value.facts["suggestion"] == near
    assert caught.value.exit_code == 2 and "Hint:" in str(caught.value) and (near is None or f"'{near}'" in str(caught.value))


def test_a_key_in_the_wrong_table_is_shown_the_right_one(tmp_path):
    made = folder(tmp_path, BASE + 'dataset_name = "x"\n')
    with pytest.raises(UnknownKey, match=r"\[origin\] dataset_name"):
        read_source(made, Stage.PRE_TRAINING)


WRONG = {
    'source_id = "other"\nkind = "website"': "does not equal the name of its folder",
    'source_id = "src"': "kind is missing",
    'kind = "web"': "kind",
    BASE + "title = 7": "title",
    BASE + '[agreement]\nkind = "gift"': "agreement.kind",
    BASE + '[agreement]\ndocument = "../../etc/passwd"': "folder of the source",
    BASE + '[agreement]\nsha256 = "abc"': "agreement.sha256",
    BASE + '[origin]\ncollected_at = "yesterday"': "origin.collected_at",
    BASE + '[fields]\ntext = "a["': "no JMESPath expression",
    BASE + '[fields]\nunit = "page"': "fields.unit",
    BASE + '[fields]\nencoding = "gb9"': "fields.encoding",
    BASE + "[[files]]\nfields.language = 'zh'": "files.0.match",
    "kind = ": "is no TOML",
    BASE + BASE: "is no TOML",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_value_is_named_with_its_place(tmp_path, text):
    made = folder(tmp_path, text)
    with pytest.raises(SourceFileError) as caught:
        read_source(made, Stage.PRE_TRAINING)
    message = str(caught.value)
    assert WRONG[text] in message and "pre_training/src/source.toml" in message and "Hint:" in message
    assert str(tmp_path) not in message


def test_overrides_hold_for_the_files_they_match(tmp_path):
    text = BASE + (
        '[fields]\nunit = "line"\nlanguage = "en"\n[agreement]\nspdx = "MIT"\n'
        '[[files]]\nmatch = "zh/*.txt"\nfields.language = "zh"\ngenerated.model = "m"\nagreement.spdx = "CC0-1.0"\n'
        '[[files]]\nmatch = "*2.txt"\nfields.language = "fr"\norigin.url = "https://a.example/"\n'
    )
    record = read_source(folder(tmp_path, text), Stage.PRE_TRAINING)
    first, second, third = (record.for_file(name) for name in ("a.txt", "zh/1.txt", "zh/2.txt"))
    assert (first.fields.language, first.generated, first.agreement.spdx) == ("en", None, "MIT")
    assert (second.fields.language, second.fields.unit, second.generated.model) == ("zh", "line", "m")
    assert second.agreement.spdx == "CC0-1.0"
    assert (third.fields.language, third.generated.model, third.origin.url) == ("fr", "m", "https://a.example/")
    assert third.for_file("zh/2.txt") == third and type(record).model_validate(third.canonical()) == third


def test_papers_of_the_source_are_no_data(tmp_path):
    papers = {"agreement.document": "papers/contract.pdf", "authorisation.records": "users.csv", "annotation.records": "labels"}
    made = folder(tmp_path, BASE + "".join(f'{key} = "{name}"\n' for key, name in papers.items()))
    for name in ("papers/contract.pdf", "users.csv", "labels/a.jsonl", "data/deep/a.jsonl", "b.txt", ".hidden"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text("x")
    (found,) = discover(tmp_path, Stage.PRE_TRAINING)
    assert [(file.name, file.size) for file in found.files] == [("b.txt", 1), ("data/deep/a.jsonl", 1)]


def test_an_inbox_without_sources_says_where_they_belong(tmp_path):
    with pytest.raises(NoSources, match="has no sources"):
        discover(tmp_path, Stage.PRE_TRAINING)
    folder(tmp_path, stage="fine_tuning")
    assert discover(tmp_path, Stage.PRE_TRAINING) == []
    assert len(discover(tmp_path, Stage.FINE_TUNING)) == 1


def test_a_missing_or_closed_folder_is_named(tmp_path):
    with pytest.raises(UnreadableFolder, match="cannot be read"):
        discover(tmp_path / "nowhere", Stage.PRE_TRAINING)
    made = folder(tmp_path)
    made.chmod(0)
    try:
        if not os.access(made, os.R_OK):  # root may read everything
            with pytest.raises(UnreadableFolder, match="pre_training/src cannot be read"):
                discover(tmp_path, Stage.PRE_TRAINING)
    finally:
        made.chmod(0o755)


def test_links_that_lead_out_are_refused(tmp_path):
    made = folder(tmp_path / "inbox")
    (tmp_path / "secret.txt").write_text("x")
    (made / "a.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(LinkRefused, match="out of the inbox"):
        discover(tmp_path / "inbox", Stage.PRE_TRAINING)
    (made / "a.txt").unlink()
    (made / "b.txt").write_text("y")
    (made / "c.txt").symlink_to(made / "b.txt")
    assert [file.name for file in discover(tmp_path / "inbox", Stage.PRE_TRAINING)[0].files] == ["b.txt", "c.txt"]
    (made / "loop").symlink_to(made)
    with pytest.raises(LinkRefused):
        discover(tmp_path / "inbox", Stage.PRE_TRAINING)


@pytest.mark.parametrize("name", ["Upper", "-x", "a b", "ä", "x" * 129])
def test_names_of_sources_are_plain(tmp_path, name):
    folder(tmp_path, f'source_id = "{name}"\nkind = "website"\n', name=name)
    with pytest.raises(InboxError, match="no name for a source"):
        discover(tmp_path, Stage.PRE_TRAINING)


def test_data_outside_a_source_and_special_files_are_refused(tmp_path):
    made = folder(tmp_path)
    os.mkfifo(made / "pipe")
    with pytest.raises(InboxError, match="no regular file"):
        discover(tmp_path, Stage.PRE_TRAINING)
    (made / "pipe").unlink()
    (tmp_path / "pre_training" / "loose.jsonl").write_text("{}")
    with pytest.raises(InboxError, match="belongs to no source"):
        discover(tmp_path, Stage.PRE_TRAINING)


def test_a_folder_without_its_record_is_an_error(tmp_path):
    (tmp_path / "pre_training" / "src").mkdir(parents=True)
    with pytest.raises(SourceFileError, match="is missing"):
        discover(tmp_path, Stage.PRE_TRAINING)
