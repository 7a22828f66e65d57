"""Probe results, alerts and checkpoints travel in a bundle, and 8.1 comes out of it again."""

from __future__ import annotations

import shutil

import pytest

from dataset_safety.report.bundle.verifying import verify_bundle
from dataset_safety.safeguards.alerts import close_alert, raise_alert
from dataset_safety.safeguards.backup import create_backup
from dataset_safety.safeguards.probes.contract import Family, Kind
from dataset_safety.safeguards.probes.inventory import retire
from dataset_safety.safeguards.probes.running import deployment, run_probes
from dataset_safety.store.facade import open_store
from dataset_safety_tests.report.bundle.bundles import files_of, forged, lines_changed
from dataset_safety_tests.report.bundle.conftest import bundle_of
from dataset_safety_tests.safeguards.probes.servers import graphql, served
from dataset_safety_tests.safeguards.test_checkpoints import chained


@pytest.fixture(scope="module")
def probed(demo_home, tmp_path_factory):
    """A bundle of a home that was probed in every family, with a handled alert and an open one."""
    folder = tmp_path_factory.mktemp("probed")
    home = shutil.copytree(demo_home, folder / "home")
    with open_store(home) as store, served(graphql("secret")) as address:
        create_backup(store.home, folder / "backup")
        found = deployment(store, stated={address: Kind.DAGSTER_WEB}, checkpoints=folder / "second")
        run_probes(found, list(Family))
        retire(store, "http://127.0.0.1:3080", reason="judged elsewhere", by="chen", never=Kind.REVIEW_PAGE)
        first, _ = raise_alert(store, "exposed_files", "home", "a file")
        close_alert(store, first.alert, action="an action in words", by="handler-chen")
        raise_alert(store, "failed_run", "run", "a run failed")
    return bundle_of(home, folder / "probed.zip"), folder


def by_clause(verdicts):
    return {one.clause: one for verdict in verdicts for one in (verdict, *verdict.parts)}


def test_what_was_probed_comes_out_again_elsewhere(probed):
    written, _ = probed
    found = verify_bundle(written.path, written.public_key)
    assert not found.differences
    verdicts = by_clause(found.verdicts)
    assert verdicts["8.1.b.3.authentication"].value == "COMPLIANT"
    assert verdicts["8.1.b.3.encryption"].value == "NON_COMPLIANT"
    assert verdicts["8.1.b.2.canary"].value == "INCOMPLETE"  # no webhook
    assert verdicts["8.1.b.2.handling"].value == "COMPLIANT" and verdicts["8.1.b.2.handling"].n >= 2
    assert verdicts["8.1.b.5.checkpoint"].value == verdicts["8.1.b.5"].value == "COMPLIANT"


def test_no_path_of_the_machine_travels(probed):
    written, folder = probed
    content = files_of(written.path)["rows/evidence.jsonl"].decode()
    assert str(folder) not in content and '"probe_inventory"' in content


def test_whoever_handled_an_alert_is_a_number(probed):
    written, _ = probed
    everything = b"".join(files_of(written.path).values())
    assert b"handler-chen" not in everything and b"an action in words" not in everything


def changed(found, change):
    def all_rows(rows):
        for row in rows:
            change(row)

    return lines_changed(found["rows/evidence.jsonl"], all_rows)


@pytest.mark.parametrize(
    ("what", "old", "new", "clause"),
    [
        ("probe", '"result":"failed"', '"result":"passed"', "8.1.b.3.encryption"),
        ("probe", '"result":"passed"', '"result":"failed"', "8.1.b.3.authentication"),
        ("checkpoint", '"size":', '"size":1', "8.1.b.5.checkpoint"),
    ],
)
def test_a_changed_result_gives_other_verdicts_than_those_stated(probed, tmp_path, what, old, new, clause):
    written, _ = probed
    files = files_of(written.path)

    def change(row):
        if row["kind"] == what:
            row["content"] = row["content"].replace(old, new)

    path = forged({**files, "rows/evidence.jsonl": changed(files, change)}, tmp_path / "forged.zip")
    differing = {one.where for one in verify_bundle(path).differences}
    assert clause in differing


def test_a_log_that_was_written_anew_does_not_fit_its_checkpoint(probed, tmp_path):
    written, _ = probed
    files = files_of(written.path)

    def anew(rows):
        rows[0]["actor"] = "somebody else"
        rows[:] = chained(rows)

    name = "rows/audit_event.jsonl"
    path = forged({**files, name: lines_changed(files[name], anew)}, tmp_path / "anew.zip")
    differing = {one.where for one in verify_bundle(path).differences}
    assert "8.1.b.5.checkpoint" in differing and "8.1.b.5.chain" not in differing
