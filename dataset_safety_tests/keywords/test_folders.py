"""What changes in the keyword folders after the first refresh becomes a candidate; what people decided stays decided."""

from __future__ import annotations

from itertools import count

import pytest

from dataset_safety.keywords.edits import edited
from dataset_safety.keywords.incoming import drop_edit
from dataset_safety.keywords.refreshing import activate, approve, in_force, refresh
from dataset_safety.keywords.rollback import rollback
from dataset_safety_tests.keywords.refreshed import FIRST, LANGUAGE, RISK, drop, write_folder

LINES = FIRST.splitlines()
OWN = "代开假病历 @review\n无痕套现点位 @review"


def in_effect(store):
    """Active entries by text: effect, distance and exceptions."""
    return {entry.text: (entry.effect.value, entry.within, entry.exceptions) for entry in in_force(store).active}


NUMBERS = count(1)


def taken(store, *, fillers=0):
    """Refresh, approve, activate; ``fillers`` new entries keep the candidate above the floors."""
    if fillers:
        drop(store.home.root, "\n".join(f"代办假学历{next(NUMBERS)}号 @review" for _ in range(fillers)), "filler-A.1.h.zh.txt")
    made = refresh(store, author="zhao")
    assert made is not None
    approve(store, "wang")
    approve(store, "liu")
    activate(store)
    return made.statement


@pytest.fixture
def refreshed(store, tmp_path):
    """A home in which a generation was activated: the folders alone decide no longer."""
    write_folder(store.home.libraries / "ours", OWN)
    drop(store.home.root, "低价出售对公账户全套 @review")
    taken(store)
    return store


def test_changed_entries_of_an_upgrade_become_candidates_once(refreshed, tmp_path):
    changed = ["出租 + 银行卡 ~20 @review", "包夜上门服务 @review !酒店包夜上门服务说明", *LINES[2:]]
    write_folder(tmp_path / "bundled", "\n".join(changed))
    assert refresh(refreshed, author="zhao").statement.id == refresh(refreshed, author="zhao").statement.id
    stated = taken(refreshed)
    assert (stated.added, stated.withdrawn) == (2, 2)
    now = in_effect(refreshed)
    assert now["出租 + 银行卡"][1] == 20 and now["包夜上门服务"][2] == ("酒店包夜上门服务说明",)
    assert "低价出售对公账户全套" in now and refresh(refreshed, author="zhao") is None
    assert in_force(refreshed).stats()["bundled"] == 4


@pytest.mark.parametrize("how", ["deleted", "retired"])
def test_what_the_bundled_folder_withdraws_is_withdrawn_and_can_come_back_with_it(refreshed, tmp_path, how):
    folder = tmp_path / "bundled"
    write_folder(folder, "\n".join(LINES[:3]) if how == "deleted" else FIRST, "authored")
    if how == "retired":
        path = folder / RISK / "zh.tsv"
        lines = path.read_text(encoding="utf-8").splitlines()
        at = next(n for n, line in enumerate(lines) if LINES[3] in line)
        cells = [*lines[at].split("\t"), *[""] * 11][:11]
        lines[at] = "\t".join([*cells[:10], "retired"])
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert taken(refreshed, fillers=1).withdrawn == 1
    assert LINES[3] not in in_effect(refreshed) and refresh(refreshed, author="zhao") is None
    write_folder(folder, FIRST)
    assert taken(refreshed).added == 1
    assert LINES[3] in in_effect(refreshed) and refresh(refreshed, author="zhao") is None


def test_an_operators_folder_changes_and_withdraws_its_own(refreshed):
    write_folder(refreshed.home.libraries / "ours", "代开假病历 @reject")
    stated = taken(refreshed, fillers=1)
    assert (stated.added, stated.withdrawn) == (2, 2)
    assert in_effect(refreshed)["代开假病历"][0] == "reject" and "无痕套现点位" not in in_effect(refreshed)
    assert refresh(refreshed, author="zhao") is None


def withdraw(store, text):
    gone = next(entry for entry in in_force(store).active if entry.text == text)
    drop_edit(store.home, edited(in_force(store), [], RISK, LANGUAGE, "chen", [gone.id]))
    taken(store, fillers=1)


@pytest.mark.parametrize("text", ["包夜上门服务", "代开假病历"])
def test_an_approved_withdrawal_never_comes_back(refreshed, tmp_path, text):
    withdraw(refreshed, text)
    assert refresh(refreshed, author="zhao") is None
    ours, bundled = refreshed.home.libraries / "ours", tmp_path / "bundled"
    for first, own in (
        (FIRST.replace("包夜上门服务 @review", "包夜上门服务 @reject"), OWN.replace("代开假病历 @review", "代开假病历 @reject")),
        (LINES[0], OWN.splitlines()[1]),
        (FIRST, OWN),
    ):
        write_folder(bundled, first)
        write_folder(ours, own)
        taken(refreshed, fillers=4)
        assert text not in in_effect(refreshed)


def test_an_upgrade_leaves_alone_what_the_operator_changed(refreshed, tmp_path):
    drop(refreshed.home.root, "包夜上门服务 @reject", "changed-A.1.h.zh.txt")
    taken(refreshed)
    for lines in (
        FIRST.replace("包夜上门服务 @review", "包夜上门服务 @review !包夜上门服务费"),
        "\n".join([LINES[0], *LINES[2:]]),
    ):
        write_folder(tmp_path / "bundled", lines)
        assert refresh(refreshed, author="zhao") is None
    assert in_effect(refreshed)["包夜上门服务"][0] == "reject"


def test_what_was_rolled_back_is_not_proposed_again_by_the_folders(refreshed, tmp_path):
    write_folder(tmp_path / "bundled", "\n".join(LINES[:3]))
    taken(refreshed, fillers=1)
    rollback(refreshed, "wang", reason="a test")
    assert LINES[3] in in_effect(refreshed) and refresh(refreshed, author="zhao") is None


def test_a_bad_file_in_a_folder_is_listed_and_the_rest_goes_on(refreshed):
    (refreshed.home.libraries / "ours" / RISK / "zh.tsv").write_bytes("办假证".encode("gb18030"))
    drop(refreshed.home.root, "绝密渠道代办护照 @review", "second-A.1.h.zh.txt")
    made = refresh(refreshed, author="zhao")
    assert [one.name for one in made.refused] == ["keyword folders"] and made.statement.added == 1
