"""A release keeps its library, model and settings while people judge it; moving on before that needs a reason, and both show."""

from __future__ import annotations

import json
import shutil

import dagster as dg
import pytest
from click.testing import CliRunner

from dataset_safety.cli.run import command as run_command
from dataset_safety.cli.verdicts import command as verdicts_command
from dataset_safety.definitions import defs
from dataset_safety.defs.filtered_corpus import RELABEL
from dataset_safety.defs.running import RunFailed, assess_inbox, dagster_instance
from dataset_safety.defs.workspace import Workspace
from dataset_safety.evaluation.audits import stored_audits
from dataset_safety.evaluation.errors import RelabelRefused
from dataset_safety.evaluation.pinning import choose, pinned, relabellings
from dataset_safety.evaluation.populations import Populations
from dataset_safety.evaluation.reviewing import HELD, TECHNICAL, ballots, current
from dataset_safety.preprocessing.pinned import VersionGone, labels_under
from dataset_safety.preprocessing.recipes import sources_of
from dataset_safety.preprocessing.releases import load_annotated
from dataset_safety.report.bundle.verifying import verify_bundle
from dataset_safety.report.bundle.writing import write_bundle
from dataset_safety.report.gathering import gather
from dataset_safety.report.html import render
from dataset_safety.standard import Stage
from dataset_safety.store import artifacts, audit, corpora, releases
from dataset_safety.store.draws import draws
from dataset_safety.store.facade import open_store
from dataset_safety.store.shards import load_recipe
from dataset_safety_tests.evaluation.rounds import judge
from dataset_safety_tests.inboxes import small_inbox
from dataset_safety_tests.keywords.refreshed import small_shipped, write_folder

pytestmark = pytest.mark.timeout(600)
STAGE = Stage.PRE_TRAINING


@pytest.fixture(scope="module")
def inbox(tmp_path_factory):
    """An inbox, its home after one run, and a bundled library of four entries, so that a change of it costs a second."""
    root = tmp_path_factory.mktemp("pinned")
    with pytest.MonkeyPatch.context() as patch:
        for module in ("preprocessing.recipes", "keywords.refreshing"):
            patch.setattr(f"dataset_safety.{module}.shipped", small_shipped(root))
        patch.setenv("DATASET_SAFETY_WORKERS", "1")
        found = small_inbox(root)
        (outcome,) = assess_inbox(found, root / "home", [STAGE])
        assert outcome.pinned == {}
        yield found


@pytest.fixture
def home(inbox, tmp_path):
    """A copy of the home after its first run."""
    return shutil.copytree(inbox.parent / "home", tmp_path / "home")


def assessed(home, inbox, **asked):
    (outcome,) = assess_inbox(inbox, home, [STAGE], **asked)
    return outcome


def a_newer_library(home, term="图书馆"):
    """The operator adds a folder with an entry that holds texts of the inbox."""
    write_folder(home / "libraries" / term, f"{term} @review")


def newest(store):
    with store.database.read() as connection:
        release = releases.latest(connection, STAGE)
        return release, corpora.latest(connection, release.release_id), draws(connection, release.release_id)


def close_all(store, said=lambda sample: {}):
    """Let people judge whatever waits for them, until nothing does."""
    for purpose in sorted({drawn.purpose for drawn in newest(store)[2]} - {HELD}):
        judge(store, current(newest(store)[2], purpose), said)


def test_a_run_keeps_the_recipe_from_the_first_answer_until_the_last_draw_is_closed(home, inbox):
    with open_store(home) as store:
        held = newest(store)[1].totals()["held"]
    a_newer_library(home, "说明书")
    second = assessed(home, inbox)  # nobody has judged: the newest recipe
    assert second.pinned == {} and second.counts["held"] > held
    with open_store(home) as store:
        _, corpus, made = newest(store)
        judge(store, current(made, "manual"), most=1)
    a_newer_library(home)
    third = assessed(home, inbox)
    assert third.pinned["pinned_recipe"] == corpus.recipe and third.pinned["newer_recipe_available"] is True
    assert third.counts == second.counts
    with open_store(home) as store:
        release, kept, _ = newest(store)
        assert (kept.corpus_id, kept.population) == (corpus.corpus_id, corpus.population)
        pin = pinned(store, release)
        assert pin.recipe == corpus.recipe and pin.answers > 0 and pin.open_draws > 1
        judge(store, current(made, HELD), most=1)  # held rows keep nothing open
        close_all(store)
        assert pinned(store, release) is None
    last = assessed(home, inbox)
    assert last.pinned == {}
    with open_store(home) as store:
        assert Populations(store, newest(store)[1]).base_recipe != corpus.recipe


def test_the_technical_audit_uses_the_newest_versions_all_the_while(home, inbox):
    with open_store(home) as store:
        judge(store, current(newest(store)[2], "manual"), most=1)
    a_newer_library(home)
    outcome = assessed(home, inbox)
    assert outcome.pinned["newer_recipe_available"]
    with open_store(home) as store:
        audits = stored_audits(store, current(newest(store)[2], TECHNICAL).draw_id)
    assert len({one.facts["arm"] for one in audits}) == 2 and not any(one.facts["same"] for one in audits)
    (verdict,) = [one for one in outcome.verdicts if one.clause == "8.2.3.b.4"]
    assert "tautology" not in verdict.why


def test_moving_on_needs_a_reason_that_log_report_and_bundle_show(home, inbox, tmp_path):
    with open_store(home) as store:
        _, before, made = newest(store)
        judge(store, current(made, "manual"), most=2)
    a_newer_library(home)
    with pytest.raises(RelabelRefused, match="Hint:"):
        assessed(home, inbox, relabel=" \n")
    reason = "the canary\x1b of 30 November 图书馆 <b>" + "x" * 600
    moved = assessed(home, inbox, relabel=reason)
    assert moved.pinned == {}
    with open_store(home) as store:
        release, after, _ = newest(store)
        assert after.recipe != before.recipe
        (told,) = relabellings(store, release.release_id)
        assert told.reason.startswith("the canary of 30 November 图书馆 <b>x") and len(told.reason) == 500
        assert (told.before, told.after) == (before.recipe, after.recipe)
        with store.database.read() as connection:
            (event,) = [one for one in audit.events(connection) if one.action == "use.relabel"]
        assert json.loads(event.detail)["reason"] == told.reason and event.subject == release.release_id
        data = gather(store, release.release_id)
        document = render(data)
        assert "the canary of 30 November 图书馆 &lt;b&gt;" in document and after.recipe[:16] in document
        pin = pinned(store, release)  # the answers go on: it is pinned to what it moved to
        assert pin.recipe == after.recipe and f"keyword library <code>{pin.library}</code>" in document
        written = write_bundle(store, release, tmp_path / "bundle.zip")
    assert not verify_bundle(written.path, written.public_key).differences
    assert assessed(home, inbox, relabel="nothing is newer").pinned["newer_recipe_available"] is False
    with open_store(home) as store:
        assert len(list(relabellings(store, release.release_id))) == 1


def test_a_move_is_on_record_only_with_the_corpus_it_led_to_and_then_once(home, inbox):
    with open_store(home) as store:
        release, corpus, made = newest(store)
        judge(store, current(made, "manual"), most=1)
        lost = store.objects.path(corpus.parts[0].part)
    a_newer_library(home)
    with open_store(home) as store:
        chosen = choose(store, release, load_annotated(store, release), sources_of(store.home), move_on=True)
    kept = lost.rename(lost.with_suffix(".away"))
    with pytest.raises(RunFailed) as stopped:
        assessed(home, inbox, relabel="a canary")
    assert stopped.value.step == f"{STAGE.value}__filtered_corpus"
    with open_store(home) as store:
        assert chosen.moved and newest(store)[1].corpus_id == corpus.corpus_id
        assert not list(relabellings(store, release.release_id))
    kept.rename(lost)
    assessed(home, inbox, relabel="a canary")
    with open_store(home) as store:
        (told,) = relabellings(store, release.release_id)
        assert (told.before, told.after) == (corpus.recipe, newest(store)[1].recipe)


def test_the_command_and_the_verdicts_tell_what_is_kept_and_how_to_move_on(home, inbox):
    with open_store(home) as store:
        release, corpus, made = newest(store)
        judge(store, current(made, "manual"), most=1)
        library = pinned(store, release).library
    a_newer_library(home)
    asked = ["--inbox", str(inbox), "--home", str(home), "--stage", STAGE.value]
    told = CliRunner().invoke(run_command, asked).stdout
    assert f"keeps keyword library {library}" in told and "run --relabel REASON" in told
    document = json.loads(CliRunner().invoke(run_command, [*asked, "--json"]).stdout)["releases"][0]
    assert document["pinned_recipe"] == corpus.recipe and document["newer_recipe_available"] is True
    shown = CliRunner().invoke(verdicts_command, ["--home", str(home)]).stdout
    assert f"pinned to keyword library {library}" in shown
    listed = json.loads(CliRunner().invoke(verdicts_command, ["--home", str(home), "--json"]).stdout)["releases"][0]
    assert (listed["pinned_recipe"], listed["pinned_library"]) == (corpus.recipe, library)
    assert CliRunner().invoke(run_command, [*asked, "--relabel", ""]).exit_code != 0


def test_the_assets_tell_it_and_the_tag_moves_on(home, inbox):
    with open_store(home) as store:
        release = newest(store)[0]
        judge(store, current(newest(store)[2], "manual"), most=1)
    a_newer_library(home)
    workspace = Workspace(home=str(home), inbox=str(inbox))
    job = defs.resolve_job_def(f"assess_{STAGE.value}")
    with dagster_instance(workspace.path()) as instance:

        def facts(tags):
            made = job.execute_in_process(
                instance=instance, partition_key=release.release_id, resources={"workspace": workspace}, tags=tags
            )
            found = (
                made.asset_materializations_for_node(f"{STAGE.value}__{name}")[0] for name in ("risk_labels", "filtered_corpus")
            )
            return [one.metadata for one in found]

        for metadata in facts({}):
            assert metadata["newer_recipe_available"].value is True and RELABEL in metadata["what_to_do"].value
            assert metadata["pinned_recipe"].value == metadata["recipe"].value
        for metadata in facts({RELABEL: "asked for at the page"}):
            assert "pinned_recipe" not in metadata
        assert instance.get_runs(filters=dg.RunsFilter(tags={RELABEL: "asked for at the page"}))
    with open_store(home) as store:
        assert [one.reason for one in relabellings(store, release.release_id)] == ["asked for at the page"]


def test_lost_labels_are_made_again_by_the_versions_that_made_them_or_the_run_says_what_is_gone(home, inbox):
    with open_store(home) as store:
        release, corpus, made = newest(store)
        judge(store, current(made, "manual"), most=1)
        before = {part.labels: store.objects.read_bytes(part.labels) for part in corpus.parts}
        a_newer_library(home)
        for name in before:
            store.objects.path(name).unlink()
        p1 = load_annotated(store, release)
        again = labels_under(store, p1, corpus.recipe)
        assert again.recipe == corpus.recipe and again.scanned_now == len(before)
        assert {name: store.objects.read_bytes(name) for name in before} == before
        with store.database.read() as connection:
            versions = load_recipe(connection, corpus.recipe)["detectors"]
            known = artifacts.versions(connection, artifacts.KEYWORD_LIBRARY)
        name = versions["keyword"].partition("/")[0]
        (kept,) = [one.object for one in known if one.version.startswith(name)]
        for lost in (kept, next(iter(before))):
            store.objects.path(lost).unlink()
        with pytest.raises(VersionGone, match=f"generation {name} is not stored here") as caught:
            choose(store, release, p1, sources_of(store.home))
        assert "--relabel" in caught.value.hint and caught.value.exit_code == 2
        assert not ballots(store, current(made, "manual")).closed
    with pytest.raises(RunFailed, match=f"generation {name} is not stored here") as stopped:
        assessed(home, inbox)
    assert stopped.value.exit_code == 2 and RunFailed.exit_code == 4  # as the error that stopped the step
