"""The safeguards in Dagster: the local probes run, each family has its check, numbers and ids are all that is shown."""

from __future__ import annotations

import json

import dagster as dg
import pytest

from dataset_safety.definitions import defs
from dataset_safety.defs.alerts import run_failure_alert
from dataset_safety.defs.general_safeguards import ASSET, SPECS
from dataset_safety.defs.workspace import Workspace
from dataset_safety.safeguards.alerts import WEBHOOK_VARIABLE, alerts
from dataset_safety.safeguards.places import CHECKPOINTS, remember
from dataset_safety.safeguards.probes.contract import Family, Kind
from dataset_safety.safeguards.probes.inventory import retire
from dataset_safety.safeguards.probes.receiver import loopback_receiver
from dataset_safety.safeguards.probes.running import deployment, on_record, run_probes
from dataset_safety.store.facade import open_store
from dataset_safety_tests.safeguards.probes.servers import graphql, served


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    """A home whose Dagster was probed from the command line, and then the run of the job."""
    folder = tmp_path_factory.mktemp("safeguards")
    with open_store(folder / "home") as store, served(graphql("secret")) as address:
        store.home.key("identity")
        (folder / "second").mkdir()
        remember(store.home, CHECKPOINTS, folder / "second")
        run_probes(deployment(store, stated={address: Kind.DAGSTER_WEB}), [Family.AUTHENTICATION])
        retire(store, "http://127.0.0.1:3080", reason="judged elsewhere", by="chen", never=Kind.REVIEW_PAGE)
    patch = pytest.MonkeyPatch()
    with loopback_receiver() as (webhook, messages), dg.DagsterInstance.ephemeral() as instance, patch.context() as environment:
        environment.setenv(WEBHOOK_VARIABLE, webhook)
        workspace = Workspace(home=str(folder / "home"), inbox=str(folder))
        job = defs.resolve_job_def("probe_safeguards")
        result = job.execute_in_process(instance=instance, resources={"workspace": workspace})
    return folder / "home", result, messages


def checks(result):
    return {one.check_name: one for one in result.get_asset_check_evaluations()}


def test_every_family_has_a_check_beside_the_chain(probed):
    _, result, _ = probed
    assert result.success
    assert (
        set(checks(result)) == {spec.name for spec in SPECS} == {"audit_log_intact", *(f"probes_{one.value}" for one in Family)}
    )


def test_a_check_shows_how_its_family_stands_by_the_stored_rows(probed):
    home, result, messages = probed
    shown = {name: one.metadata["verdict"].value for name, one in checks(result).items() if name != "audit_log_intact"}
    assert shown == {
        "probes_monitoring": "COMPLIANT",
        "probes_authentication": "COMPLIANT",  # seen from the command line: the run itself asks no server
        "probes_access": shown["probes_access"],
        "probes_encryption": "NON_COMPLIANT",
        "probes_backup": "INCOMPLETE",
        "probes_log": "COMPLIANT",
    }
    assert shown["probes_access"] in ("COMPLIANT", "INCOMPLETE")  # only root can act as another account
    assert checks(result)["audit_log_intact"].passed and len(messages) == 5
    with open_store(home) as store:
        places, seen = on_record(store)
        with store.database.read() as connection:
            assert alerts(connection) == []
    assert Kind.DAGSTER_WEB in places.values() and any(probe == "dagster_login" for _, probe in seen)


def test_metadata_hold_numbers_and_ids_only(probed):
    home, result, _ = probed
    (made,) = result.asset_materializations_for_node(ASSET.to_python_identifier())
    values = [value.value for value in made.metadata.values()]
    assert all(isinstance(value, int) or (isinstance(value, str) and len(value) == 64) for value in values)
    assert str(home) not in json.dumps([str(one.metadata) for one in checks(result).values()])


def test_the_schedule_runs_within_the_time_that_an_alert_probe_holds():
    schedule = next(one for one in defs.schedules if one.name == "safeguards_schedule")
    assert (schedule.cron_schedule, schedule.default_status) == ("17 */12 * * *", dg.DefaultScheduleStatus.RUNNING)


def test_a_failed_run_is_an_alert_that_somebody_has_to_close(tmp_path):
    @dg.op
    def broken():
        raise ValueError("with a phone number in its text")

    @dg.job
    def breaking():
        broken()

    with dg.DagsterInstance.ephemeral() as instance:
        result = breaking.execute_in_process(instance=instance, raise_on_error=False)
        event = next(one for one in result.all_events if one.event_type_value == "PIPELINE_FAILURE")
        workspace = Workspace(home=str(tmp_path / "home"), inbox=str(tmp_path))
        context = dg.build_run_status_sensor_context(
            "run_failure_alert", event, instance, result.dagster_run, resources={"workspace": workspace}
        )
        run_failure_alert(context.for_run_failure())
    with workspace.opened() as store, store.database.read() as connection:
        (alert,) = alerts(connection)
    assert (alert.monitor, alert.subject, alert.what) == ("failed_run", result.run_id, "a run of breaking failed")
