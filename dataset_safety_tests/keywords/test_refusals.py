"""A refused file is set aside with its reason, and never blocks what comes after it."""

from __future__ import annotations

import json

import pytest

from dataset_safety.keywords import refreshing
from dataset_safety.keywords.canary import Document
from dataset_safety.keywords.errors import CandidateRefused, SourceRefused
from dataset_safety.keywords.incoming import unseen_files, waiting_files
from dataset_safety.keywords.refreshing import in_force, pending, refresh
from dataset_safety.keywords.refusals import lying_aside
from dataset_safety.store import audit
from dataset_safety_tests.keywords.refreshed import drop

GOOD, BROAD = "绝密渠道代办护照 @review", "图书馆"
TEXTS = [Document(f"图书馆第{n}次会议讨论开放时间") for n in range(300)]
WRONG = {
    "encoding": "# author: chen\n办假证件全套\n".encode("gb18030"),
    "nothing in it": b"# author: chen\n",
    "no author": "低价出售对公账户\n".encode(),
    "regex": "# author: chen\n.*毒品\n".encode(),
    "not an entry": "# author: chen\n一 + 二 + 三 + 四\n".encode(),
    "hits too much": f"# author: chen\n{BROAD}\n".encode(),
}


@pytest.fixture
def home(store, monkeypatch):
    monkeypatch.setattr(refreshing, "corpus_sample", lambda *_: TEXTS)
    return store


def refusals(store):
    with store.database.read() as connection:
        return [json.loads(one.detail) for one in audit.events(connection) if one.action == "keywords.refuse"]


@pytest.mark.parametrize("why", WRONG)
def test_the_rest_goes_on_and_the_refusal_is_told(home, why):
    drop(home.home.root, GOOD, "good-A.1.h.zh.txt")
    bad = drop(home.home.root, "", "bad-A.1.h.zh.txt")
    bad.write_bytes(WRONG[why])
    before = in_force(home)
    made = refresh(home, author="zhao")
    assert made.statement.added == 1 and [one.name for one in made.refused] == [bad.name]
    assert in_force(home) == before and pending(home).statement == made.statement
    (aside,) = lying_aside(home.home)
    assert aside.name == bad.name and aside.sha256 == made.refused[0].sha256 and aside.reason == str(made.refused[0].error)
    (event,) = refusals(home)
    assert event["source"] == bad.name and event["reasons"]
    assert [path.name for path in waiting_files(home.home)] == ["good-A.1.h.zh.txt"]
    assert (home.home.root / "incoming" / "refused" / aside.sha256[:12] / bad.name).read_bytes() == WRONG[why]
    again = refresh(home, author="zhao")
    assert again.statement == made.statement and again.refused == () and len(refusals(home)) == 1


def test_alone_it_is_raised_once_and_the_corrected_file_is_taken(home):
    bad = drop(home.home.root, BROAD)
    with pytest.raises(CandidateRefused, match="hits 300 of 300"):
        refresh(home, author="zhao")
    assert refresh(home, author="zhao") is None and unseen_files(home.home, frozenset()) == []
    assert drop(home.home.root, GOOD) == bad
    assert refresh(home, author="zhao").statement.added == 1
    assert [one.name for one in lying_aside(home.home)] == [bad.name]


def test_the_same_bad_file_dropped_again_is_refused_again(home):
    for _ in range(2):
        drop(home.home.root, BROAD)
        with pytest.raises(CandidateRefused):
            refresh(home, author="zhao")
    assert len(lying_aside(home.home)) == 1 and len(refusals(home)) == 2


def test_several_refusals_are_told_together(home):
    for name in ("one", "two"):
        drop(home.home.root, "", f"{name}-A.1.h.zh.txt").write_bytes(f"{name} 办假证".encode("gb18030"))
    with pytest.raises(SourceRefused, match="2 changes are refused"):
        refresh(home, author="zhao")
    assert len(lying_aside(home.home)) == 2


def test_an_address_that_fails_stops_nothing(home, tmp_path):
    (home.home.root / "keywords.toml").write_text(f'sources = ["{(tmp_path / "gone.tsv").as_uri()}"]\n', encoding="utf-8")
    drop(home.home.root, GOOD)
    made = refresh(home, author="zhao")
    assert made.statement.added == 1 and len(made.refused) == 1 and lying_aside(home.home) == []


def test_a_reason_that_somebody_broke_is_passed_over(home):
    folder = home.home.root / "incoming" / "refused" / "0" / "reason.json"
    folder.parent.mkdir(parents=True)
    folder.write_text("{", encoding="utf-8")
    assert lying_aside(home.home) == []
