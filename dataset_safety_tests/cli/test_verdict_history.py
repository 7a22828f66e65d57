"""``verdicts --history`` tells what every release came to, ``review status`` how far people agree."""

from __future__ import annotations

import json

from dataset_safety_tests.inboxes import small_inbox


def test_the_history_has_a_line_for_each_assessed_release(command, tmp_path):
    inbox, home = small_inbox(tmp_path), tmp_path / "home"
    assert json.loads(command("verdicts", "--history", "--json", home=home).stdout) == {
        "history": {"pre_training": [], "fine_tuning": []}
    }
    command("run", "--inbox", inbox, "--stage", "fine_tuning", "--release", "first", home=home)
    shown = command("verdicts", "--history", "--json", home=home)
    lines = json.loads(shown.stdout)["history"]["fine_tuning"]
    assert shown.returncode == 0 and [line["label"] for line in lines] == ["first"]
    assert all(len(line["values"]) == 13 and line["at"] for line in lines)
    told = command("verdicts", "--history", "--stage", "fine_tuning", home=home).stdout
    assert "first" in told and "8.3.3.b.2" in told
    status = json.loads(command("review", "status", "--json", home=home).stdout)
    assert status["known_answers"] == [] and all(row["agreement"] == [] and row["void"] == 0 for row in status["draws"])
