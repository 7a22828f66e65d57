from __future__ import annotations

import json

import pytest

from dataset_safety.classifier.errors import ScoredFileInvalid
from dataset_safety.classifier.scored import SampleScore, read_scored

GOOD = {"sample_id": "s1", "risk": "A.2.e", "score": 0.75, "model": "guard", "version": "1"}


@pytest.mark.parametrize("name", ["scores.jsonl", "scores.csv"])
def test_a_scored_file_is_read(tmp_path, name):
    path = tmp_path / name
    lines = [",".join(GOOD), ",".join(map(str, GOOD.values()))] if name.endswith("csv") else [json.dumps(GOOD), ""]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert list(read_scored(path)) == [SampleScore("s1", "A.2.e", 0.75, "guard", "1")]


@pytest.mark.parametrize(
    "change",
    [
        {"risk": "A.9.z"},
        {"score": 1.5},
        {"score": float("nan")},
        {"score": True},
        {"score": None},
        {"sample_id": ""},
        {"extra": 1},
        {"model": "m" * 300},
    ],
)
def test_a_bad_record_is_refused_with_its_line(tmp_path, change):
    path = tmp_path / "scores.jsonl"
    path.write_text(json.dumps(GOOD) + "\n" + json.dumps(GOOD | {"sample_id": "s2"} | change) + "\n", encoding="utf-8")
    with pytest.raises(ScoredFileInvalid) as refused:
        list(read_scored(path))
    assert refused.value.line == 2


def test_a_score_given_twice_is_refused(tmp_path):
    path = tmp_path / "scores.jsonl"
    path.write_text((json.dumps(GOOD) + "\n") * 2, encoding="utf-8")
    with pytest.raises(ScoredFileInvalid, match="line 2"):
        list(read_scored(path))
