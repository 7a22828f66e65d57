"""``ledger add-document``: the document lies beside the data, its name and hash in ``source.toml``, nothing else changes."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from dataset_safety.collection.errors import InboxError
from dataset_safety.collection.inbox import discover, file_sha256
from dataset_safety.collection.ledger import attached_documents, fact_gaps
from dataset_safety.collection.paperwork import add_agreement_document
from dataset_safety.standard.stages import Stage

HEAD = 'source_id = "src"\nkind = "organisation"  # who\n'
FILES = {
    "comments": HEAD + '\n[agreement]      # paper\nkind = "licence"\nspdx = "MIT"\n\n[fields]\nlanguage = "zh"\n',
    "no table": HEAD + '[origin]\ndataset_name = "d"\norganisation = "o"\n',
    "an older document": HEAD + f'[agreement]\ndocument = "old.pdf"\nsha256 = "{"0" * 64}"\n[fields]\nunit = "line"\n',
    "brackets in a text": HEAD + '[agreement]\nstatement = """a\n[not a table]\ndocument = x\n"""\nkind = "licence"\n',
}


def inbox(folder: Path, text: str) -> Path:
    made = folder / "inbox" / "pre_training" / "src"
    made.mkdir(parents=True)
    (made / "source.toml").write_text(text, encoding="utf-8")
    (folder / "licence 许可.txt").write_text("permitted", encoding="utf-8")
    return made


@pytest.mark.parametrize("case", FILES)
def test_the_document_is_named_and_everything_else_stays(tmp_path, case):
    made = inbox(tmp_path, FILES[case])
    added = add_agreement_document(tmp_path / "inbox", "src", tmp_path / "licence 许可.txt")
    after = (made / "source.toml").read_text(encoding="utf-8")
    expected = tomllib.loads(FILES[case])
    expected["agreement"] = {**expected.get("agreement", {}), "document": "licence 许可.txt", "sha256": added.sha256}
    assert tomllib.loads(after) == expected and "# who" in after
    assert file_sha256(made / added.document) == added.sha256
    (found,) = discover(tmp_path / "inbox", Stage.PRE_TRAINING)
    assert found.files == []
    gaps = fact_gaps(found.record, attached_documents(found.record, found.folder), Stage.PRE_TRAINING, date(2026, 1, 1))
    assert not {"agreement.document", "agreement.sha256"} & {gap.key for gap in gaps}
    assert sorted(path.name for path in made.iterdir()) == [added.document, "source.toml"]


def test_another_file_or_an_unknown_source_is_refused(tmp_path):
    made = inbox(tmp_path, HEAD)
    document = tmp_path / "licence 许可.txt"
    with pytest.raises(InboxError, match="Hint:"):
        add_agreement_document(tmp_path / "inbox", "other", document)
    (made / document.name).write_text("something else")
    with pytest.raises(InboxError, match="there already"):
        add_agreement_document(tmp_path / "inbox", "src", document)
