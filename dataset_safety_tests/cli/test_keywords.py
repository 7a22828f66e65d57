"""``keywords``: what the weekly refresh says, for people and programs."""

from __future__ import annotations

import json

import pytest

from dataset_safety.keywords import reviews
from dataset_safety.store.facade import open_store
from dataset_safety_tests.keywords.refreshed import drop


def told(command, home, *arguments):
    finished = command("keywords", *arguments, "--json", home=home)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_two_reviews_without_a_change_and_refused_files_stand_in_the_statistics(command, tmp_path):
    home = tmp_path / "home"
    first = told(command, home, "stats")
    assert (first["reviews_without_change"], first["warnings"], first["refused_files"]) == (0, [], [])
    with open_store(home) as store:
        for _ in range(reviews.MANY):
            reviews.record_review(store, "wang")
    drop(home, ".*毒品")
    refused = command("keywords", "refresh", "--author", "zhao", home=home)
    assert refused.returncode == 1 and "literal" in refused.stderr and "Hint:" in refused.stderr
    after = told(command, home, "stats")
    assert after["generation"] == first["generation"] and after["reviews_without_change"] == 2
    assert after["warnings"] == ["2 reviews in a row found nothing to change"]
    assert [one["name"] for one in after["refused_files"]] == ["one-A.1.h.zh.txt"]
    assert told(command, home, "refresh", "--author", "zhao") is None


@pytest.fixture
def approved(command, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    for name in ("wang", "liu"):
        assert command("keywords", "approver", "add", name, home=home).returncode == 0
    return home


def test_the_urgent_path_prints_its_time_and_limit(command, approved):
    stated = ("--risk", "A.1.h", "--language", "zh", "--author", "chen", "--urgent")
    made = command("keywords", "add", "新型迷幻药水货到付款 @review", *stated, home=approved)
    assert made.returncode == 0 and "candidate version 2" in made.stdout, made.stderr
    for name in ("wang", "liu"):
        assert command("keywords", "approve", name, home=approved).returncode == 0
    found = told(command, approved, "activate")
    assert found["urgent"] and 0 <= found["seconds"] <= found["urgent_limit_seconds"] == 3600
