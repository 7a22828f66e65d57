"""The full bundle: its verdicts are computed again from it alone, and whatever somebody changes in it is found."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataset_safety import clock
from dataset_safety.report.bundle.errors import BundleChanged, BundleError, BundleUnreadable, NotABundle, UnknownKey
from dataset_safety.report.bundle.manifest import MANIFEST, SIGNATURE, manifest_schema, stated_public_key
from dataset_safety.report.bundle.recomputing import VERDICTS
from dataset_safety.report.bundle.verifying import verify_bundle
from dataset_safety.report.wording import VERDICTS as VERDICT_WORDS
from dataset_safety.standard import Stage, VerdictValue
from dataset_safety.store import corpora
from dataset_safety.store.facade import open_store
from dataset_safety_tests.report.bundle.bundles import (
    archived,
    as_lines,
    files_of,
    forged,
    json_changed,
    lines_changed,
    private_key,
)
from dataset_safety_tests.report.bundle.conftest import NOTE, REVIEWER, bundle_of

QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def found_in(path: Path) -> dict[str, list[str]]:
    """What differs, by place."""
    found: dict[str, list[str]] = {}
    for one in verify_bundle(path).differences:
        found.setdefault(one.where, []).append(one.what)
    return found


def command(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """``dataset-safety verify`` in another folder, with an empty home and a database that must not be touched."""
    environment = {
        **os.environ, "HOME": str(folder), "DATASET_SAFETY_DATABASE_URL": "sqlite:////nowhere/safety.db",
        "PYTHONPATH": str(Path(__file__).parents[3]),
    }  # fmt: skip
    line = [sys.executable, "-W", "error", "-m", "dataset_safety.cli.main", "verify", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, cwd=folder, env=environment)


def test_all_verdicts_come_out_again_elsewhere_without_the_home(full, tmp_path):
    copy = shutil.copy(full.path, tmp_path / "moved.zip")
    (tmp_path / "empty").mkdir()
    finished = command(copy, "--key", full.public_key, "--json", folder=tmp_path / "empty")
    assert finished.returncode == 1, finished.stderr  # the demo's verdicts are not compliant
    document = json.loads(finished.stdout)
    assert document["verified"] and document["signer"] == {"known": True, "public_key": full.public_key}
    assert document["recomputed"]["verdicts"] == 16 and document["recomputed"]["draws"] >= 7
    assert document["recomputed"]["settled_answers"] == 100
    assert not list((tmp_path / "empty").iterdir())


def test_fine_tuning_has_its_thirteen(demo_home, tmp_path):
    made = bundle_of(demo_home, tmp_path / "ft.zip", Stage.FINE_TUNING)
    found = verify_bundle(made.path, made.public_key)
    assert not found.differences and len(found.verdicts) == 13 and found.signer_known


def test_an_unknown_signer_is_said_loudly(full, tmp_path):
    finished = command(full.path, folder=tmp_path)
    assert finished.returncode == 1 and "SIGNER UNKNOWN" in finished.stdout
    assert json.loads(command(full.path, "--json", folder=tmp_path).stdout)["signer"]["known"] is False


def test_no_text_note_path_or_token_travels(full, demo_home):
    with open_store(demo_home) as store:
        with store.database.read() as connection:
            corpus = corpora.latest(connection, full.manifest.release)
        texts = [text for part in corpus.parts for text in store.objects.read_frame(part.part)["text"].drop_nulls().to_list()]
    assert len(texts) > 100
    files = files_of(full.path)
    for name, content in files.items():
        assert all(text.encode() not in content for text in [*texts[:300], NOTE, str(demo_home), "token_sha256"]), name
        if name.endswith(".parquet"):
            assert not {"text", "content", "turns", "embedded_source", "findings"} & set(pl.read_parquet_schema(content))
    assert any(REVIEWER.encode() in content for content in files.values())  # the assessor sees who judged


def test_the_manifest_follows_its_schema(full):
    schema, manifest = manifest_schema(), json.loads(files_of(full.path)[MANIFEST])
    assert set(manifest) == set(schema["properties"]) and schema["additionalProperties"] is False
    assert json.loads(files_of(full.path)["manifest.schema.json"]) == schema
    assert manifest["left_out"] and manifest["release"] == full.manifest.release


@QUIET
@given(place=st.integers(0), bit=st.integers(0, 7))
def test_any_changed_bit_fails(full, tmp_path, place, bit):
    changed = bytearray(full.path.read_bytes())
    changed[place % len(changed)] ^= 1 << bit
    path = tmp_path / "flipped.zip"
    path.write_bytes(changed)
    with pytest.raises(BundleError):
        verify_bundle(path, full.public_key)


def test_changed_members_fail_by_their_hash(full, tmp_path):
    files = files_of(full.path)
    for number, name in enumerate(sorted(files)):
        if not files[name]:
            continue
        other = random.Random(name).choice([bytes([files[name][0] ^ 1]) + files[name][1:], files[name][:-1], files[name] + b"\n"])
        with pytest.raises(BundleError):
            verify_bundle(archived({**files, name: other}, tmp_path / f"{number}.zip"), full.public_key)


def test_swapped_added_and_removed_members_fail(full, tmp_path):
    files = files_of(full.path)
    one, other = "rows/draw.jsonl", "rows/release.jsonl"
    for changed in (
        {**files, one: files[other], other: files[one]},
        {**files, "added.txt": b"x"},
        {name: content for name, content in files.items() if name != one},
    ):
        with pytest.raises(BundleChanged, match="was changed"):
            verify_bundle(archived(changed, tmp_path / "changed.zip"))


def test_unsigned_wrongly_signed_and_signed_by_others_fail(full, tmp_path):
    files = files_of(full.path)
    with pytest.raises(BundleChanged, match="nobody signed"):
        verify_bundle(archived({name: content for name, content in files.items() if name != SIGNATURE}, tmp_path / "a.zip"))
    wrong = json_changed(files[SIGNATURE], lambda found: found.update(signature="0" * 128))
    with pytest.raises(BundleChanged):
        verify_bundle(archived({**files, SIGNATURE: wrong}, tmp_path / "b.zip"))
    again = forged(files, tmp_path / "c.zip")
    with pytest.raises(BundleChanged, match="another key"):
        verify_bundle(again, full.public_key)
    found = verify_bundle(again)
    assert not found.signer_known and found.public_key != full.public_key and not found.differences


def test_the_operators_own_key_file_signs(demo_home, tmp_path):
    made = bundle_of(demo_home, tmp_path / "own.zip", key=private_key(tmp_path / "own.key"))
    assert verify_bundle(made.path, made.public_key).signer_known
    (tmp_path / "public.txt").write_text(made.public_key + "\n")
    assert stated_public_key(str(tmp_path / "public.txt")) == made.public_key
    assert (demo_home / "keys").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("stated", ["", "abc", "0" * 63, "no/such/file"])
def test_a_wrong_key_is_a_mistake_of_the_caller(stated, tmp_path):
    with pytest.raises(UnknownKey):
        stated_public_key(stated)


def test_the_signing_key_is_private(full, demo_home):
    assert (demo_home / "keys" / "signer-operator.key").stat().st_mode & 0o777 == 0o600


def test_a_better_verdict_with_right_hashes_is_caught_by_computing_it(full, tmp_path):
    files = files_of(full.path)

    def better(document):
        for verdict in document["verdicts"]:
            if verdict["clause"] == "8.2.1.b.1":
                verdict["value"] = "COMPLIANT"

    found = found_in(forged({**files, VERDICTS: json_changed(files[VERDICTS], better)}, tmp_path / "better.zip"))
    assert found == {"8.2.1.b.1": ["value"]}


@pytest.mark.parametrize("what", ["n", "k", "seed"])
def test_a_changed_number_below_a_verdict_is_caught(full, tmp_path, what):
    files = files_of(full.path)

    def other(document):
        part = next(one for one in document["verdicts"] if one["clause"] == "8.2.3.b.4")["parts"][1]
        part[what] = "0" * 64 if what == "seed" else part[what] + 1

    found = found_in(forged({**files, VERDICTS: json_changed(files[VERDICTS], other)}, tmp_path / "number.zip"))
    assert found == {"8.2.3.b.4.technical": [what]}


def test_a_missing_verdict_is_caught(full, tmp_path):
    files = files_of(full.path)
    fewer = json_changed(files[VERDICTS], lambda document: document["verdicts"].pop())
    assert "8.2.3.b.4" in found_in(forged({**files, VERDICTS: fewer}, tmp_path / "fewer.zip"))


def test_changed_answers_change_what_is_settled_and_the_verdict(full, tmp_path):
    files = files_of(full.path)
    rows = "rows/judgement.jsonl"
    worse = lines_changed(files[rows], lambda found: [row.update(answer="wrong") for row in found[:2]])
    found = found_in(forged({**files, rows: worse}, tmp_path / "worse.zip"))
    assert "settled.jsonl" in found and "8.2.2.b.2.manual" in found
    none = forged({**files, rows: b""}, tmp_path / "none.zip")
    assert "settled.jsonl" in found_in(none)


def test_other_drawn_ids_are_caught_by_drawing_again(full, tmp_path):
    files = files_of(full.path)
    drawn = [json.loads(line) for line in files["rows/draw.jsonl"].splitlines()]
    draw = next(row for row in drawn if row["purpose"] == "risk_records")
    name = f"objects/{draw['items_object']}.parquet"
    items = pl.read_parquet(files[name])
    path = tmp_path / "items.parquet"
    items.with_columns(pl.col("sample_id").reverse(), pl.col("shown_sha256").reverse()).write_parquet(path)
    found = found_in(_with_object(files, draw, "items_object", path.read_bytes(), "rows/draw.jsonl", tmp_path))
    assert "drawn ids" in found["draw risk_records"]


def test_another_seed_or_size_is_caught_by_drawing_again(full, tmp_path):
    files = files_of(full.path)
    for change in ({"seed": "ab" * 32}, {"size": 3}, {"population_size": 7}, {"census": 1}):

        def other(rows, change=change):
            next(row for row in rows if row["purpose"] == "risk_records").update(change)

        changed = {**files, "rows/draw.jsonl": lines_changed(files["rows/draw.jsonl"], other)}
        assert "draw risk_records" in found_in(forged(changed, tmp_path / "seed.zip")), change


def test_a_population_with_one_sample_less_is_caught(full, tmp_path):
    files = files_of(full.path)
    part = next(json.loads(line) for line in files["rows/corpus_part.jsonl"].splitlines() if json.loads(line)["kept"] > 1)
    path = tmp_path / "fewer.parquet"
    pl.read_parquet(files[f"objects/{part['kept_object']}.parquet"]).tail(-1).write_parquet(path)
    smaller = _with_object(files, part, "kept_object", path.read_bytes(), "rows/corpus_part.jsonl", tmp_path)
    with pytest.raises(NotABundle):  # not as many rows as the part says
        verify_bundle(smaller)
    counted = _with_object(
        files, part, "kept_object", path.read_bytes(), "rows/corpus_part.jsonl", tmp_path, kept=part["kept"] - 1
    )
    with pytest.raises(NotABundle):
        verify_bundle(counted)


def test_a_changed_identification_record_is_caught(full, tmp_path):
    files = files_of(full.path)
    parts = [json.loads(line) for line in files["rows/corpus_part.jsonl"].splitlines()]
    part = next(one for one in parts if one["kept"] > 1)
    path = tmp_path / "labels.parquet"
    labels = pl.read_parquet(files[f"objects/{part['labels']}.parquet"])
    labels.with_columns(outcome=pl.lit("reject")).write_parquet(path)
    found = found_in(_with_object(files, part, "labels", path.read_bytes(), "rows/corpus_part.jsonl", tmp_path))
    assert "8.2.3.b.4.filter" in found


def _with_object(files, row, column, content, member, folder, **more):
    """A forged bundle in which one row names another object."""
    digest = sha256(content).hexdigest()

    def other(rows):
        for one in rows:
            if one[column] == row[column]:
                one.update({column: digest, **more})

    changed = {**files, f"objects/{digest}.parquet": content, member: lines_changed(files[member], other)}
    return forged(changed, folder / "object.zip")


def test_a_changed_event_of_the_log_is_caught(full, tmp_path):
    files = files_of(full.path)
    rows = "rows/audit_event.jsonl"
    changed = lines_changed(files[rows], lambda found: found[3].update(actor="somebody else"))
    found = found_in(forged({**files, rows: changed}, tmp_path / "log.zip"))
    assert rows in found and "8.1.b.5.chain" in found


def test_tables_that_say_something_else_are_caught(full, tmp_path):
    files = files_of(full.path)
    table = "tables/totals.csv"
    assert table in found_in(forged({**files, table: files[table].replace(b"kept", b"gone")}, tmp_path / "table.zip"))
    shown = json_changed(files["report.json"], lambda report: report["sections"][0]["rows"][0].update(value="COMPLIANT"))
    assert any(place.startswith("report.json") for place in found_in(forged({**files, "report.json": shown}, tmp_path / "r.zip")))


def _badge(value: VerdictValue) -> str:
    told = VERDICT_WORDS[value]
    return f'<span class="badge v-{value.value.lower()}"><span aria-hidden="true">{told.symbol}</span> {told.word}</span>'


def test_one_changed_verdict_word_in_the_report_fails_under_a_valid_signature(full, tmp_path):
    files, page = files_of(full.path), files_of(full.path)["report.html"].decode()
    row = page.index('id="c-8.2.1.b.1"')
    bad, good = _badge(VerdictValue.NON_COMPLIANT), _badge(VerdictValue.COMPLIANT)
    at = page.index(bad, row)
    changed = page[:at] + good + page[at + len(bad) :]
    path = forged({**files, "report.html": changed.encode()}, tmp_path / "word.zip", private_key(tmp_path / "own.key"))
    (difference,) = verify_bundle(path).differences
    assert (difference.where, difference.what) == ("report.html 8.2.1.b.1", "verdict")
    assert (difference.stated, difference.found) == ("✓ Met", "NON_COMPLIANT")
    finished = command(path, folder=tmp_path)
    assert finished.returncode == 1
    assert "DIFFERS    report.html 8.2.1.b.1: verdict is stated as ✓ Met, found NON_COMPLIANT" in finished.stdout
    assert "NOT VERIFIED, 1 differences" in finished.stdout


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ('class="big">.*?</p>', 'class="big">' + _badge(VerdictValue.COMPLIANT) + "</p>", "overall result"),
        ('data-overall="[A-Z_]+"', 'data-overall="COMPLIANT"', "data-overall"),
        ('data-population="[0-9a-f]+"', f'data-population="{"0" * 64}"', "data-population"),
        ('data-kept="[0-9]+"', "", "data-kept"),
        ("<dt>kept for use</dt><dd>[0-9,]+", "<dt>kept for use</dt><dd>1", "kept for use"),
        ("<dt>Population P2</dt><dd><code>[0-9a-f]+", f"<dt>Population P2</dt><dd><code>{'0' * 64}", "Population P2"),
        ("<h1>(.*?)<bdi>[0-9a-f]+", r"<h1>\1<bdi>000000000000", "release in the title"),
        ('<span class="badge v-incomplete"><span aria-hidden="true">…</span> Incomplete', _badge(VerdictValue.COMPLIANT), ""),
        ('<tr class="depth0" id="c-8.2.1.b.1">.*?</tr>', "", "row of T1"),
        ('(id="c-8.2.2.b.1".*?data-label="Not as expected">)[0-9,]*', r"\g<1>0", "Not as expected"),
        (
            "<h3>8.2.1 (.*?)v-non_compliant(.*?)✗</span> Not met",
            r"<h3>8.2.1 \1v-compliant\2✓</span> Met",
            "result of the section",
        ),
    ],
)
def test_whatever_the_report_states_of_what_was_computed_has_to_agree(full, tmp_path, before, after, where):
    files = files_of(full.path)
    changed, times = re.subn(before, after, files["report.html"].decode(), count=1, flags=re.DOTALL)
    assert times == 1
    found = found_in(forged({**files, "report.html": changed.encode()}, tmp_path / "page.zip"))
    assert found and all(place.startswith("report.html") for place in found)
    assert not where or where in {what for told in found.values() for what in told}


def _forged_page(full, tmp_path, before, after):
    """What differs once a page is changed in one place and signed again."""
    files = files_of(full.path)
    changed, times = re.subn(before, after, files["report.html"].decode(), count=1, flags=re.DOTALL)
    assert times == 1
    return found_in(forged({**files, "report.html": changed.encode()}, tmp_path / "page.zip", private_key(tmp_path / "own.key")))


ROW, CELL = r'(<tr class="depth0" id="c-8\.2\.2\.b\.1">.*?</tr>)', r'(id="c-8\.2\.2\.b\.1">.*?)'
BAD = 'data-label="Not as expected">'
GROWING = r'(<tr class="depth0" id="c-8\.1\.b\.5">.*?</tr>)'


@pytest.mark.parametrize(
    ("before", "after", "where", "what"),
    [
        (CELL + '<td data-label="Verdict">.*?</td>', r'\1<td data-label="Verdict">✓ Met</td>', "8.2.2.b.1", ["verdict"]),
        (CELL + '<td data-label="Verdict">.*?</td>', r"\1<td>✓ Met</td>", "8.2.2.b.1", ["verdict"]),
        (CELL + '<td data-label="Verdict">', r'\1<td data-label="Verdict">✓ Met, not ', "8.2.2.b.1", ["verdict"]),
        (CELL + f"({BAD})", rf"\1{BAD}0</td><td \2", "8.2.2.b.1", ["Not as expected"]),
        (ROW, r"\1\1", "8.2.2.b.1", ["row of T1"]),
        (GROWING, r"\1\1", "8.1.b.5", ["row of T1"]),
        (ROW, r'<tr><th scope="row">8.2.2.b.1</th><td data-label="Verdict">✓ Met</td></tr>\1', "8.2.2.b.1", ["verdict"]),
        ("<h3>8.2.1 ", f"<h3>8.2.1 Texts {_badge(VerdictValue.COMPLIANT)}</h3><h3>8.2.1 ", "8.2.1", ["result of the section"]),
    ],
)  # fmt: skip
def test_no_second_row_verdict_cell_or_heading_says_something_else(full, tmp_path, before, after, where, what):
    assert _forged_page(full, tmp_path, before, after) == {f"report.html {where}": what}


@pytest.mark.parametrize("end", ["</tr>", ""])
def test_the_first_of_two_rows_of_a_check_may_not_state_other_counts(full, tmp_path, end):
    page = files_of(full.path)["report.html"].decode()
    row = re.search(ROW, page, re.DOTALL).group(1)
    other = re.sub(r'(data-label="Not as expected">)[0-9,]*', r"\g<1>77", row).removesuffix("</tr>") + end
    assert other.removesuffix("</tr>") != row.removesuffix("</tr>")
    found = _forged_page(full, tmp_path, re.escape(row), lambda _: other + row)
    assert found == {"report.html 8.2.2.b.1": ["row of T1", "Not as expected"]}


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"<table><tr><th>", b"</main></tr><br><dd>" * 1000])
def test_a_page_that_is_none_states_nothing(full, tmp_path, content):
    found = found_in(forged({**files_of(full.path), "report.html": content}, tmp_path / "none.zip"))
    assert "data-release" in found["report.html"] and "row of T1" in found["report.html 8.2.1.b.1"]


def test_a_changed_manifest_is_held_against_the_evidence(full, tmp_path):
    files = files_of(full.path)
    assert found_in(forged(files, tmp_path / "m.zip", overall=VerdictValue.COMPLIANT, population="0" * 64)) == {
        "manifest.json": ["population", "overall"]
    }
    with pytest.raises(BundleUnreadable):
        verify_bundle(forged(files, tmp_path / "e.zip", edition_digest="0" * 64))


def test_validity_is_judged_at_the_time_of_the_assessment(full):
    with clock.fixed(clock.now() + timedelta(days=36500)):
        assert not verify_bundle(full.path, full.public_key).differences


HOSTILE_ROWS = [
    ("rows/release.jsonl", b"[]\n"),
    ("rows/release.jsonl", b"{}\n"),
    ("rows/release.jsonl", b'{"a":1,"a":2}\n'),
    ("rows/release.jsonl", b"[" * 100_000 + b"\n"),
    ("rows/corpus.jsonl", b""),
    ("rows/draw.jsonl", b"no json\n"),
    ("rows/draw.jsonl", b"{}"),
    ("authorisations.json", b'{"../../x":[]}'),
    ("authorisations.json", b"[]"),
    ("annotations.json", b"{}x"),
    ("annotations.json", b'[{"source":"../../x","name":"a.jsonl","sha256":"","member":"README.txt"}]'),
    ("annotations.json", b'[{"source":"x","name":"../../../a","sha256":"","member":"README.txt"}]'),
    ("verdicts.json", b'{"verdicts":[{}]}'),
    ("verdicts.json", b"NaN"),
    ("report.json", b'{"sections":3}'),
]


@pytest.mark.parametrize(("name", "content"), HOSTILE_ROWS)
def test_hostile_content_is_refused_with_a_plain_word(full, tmp_path, name, content):
    with pytest.raises(BundleError) as caught:
        verify_bundle(forged({**files_of(full.path), name: content}, tmp_path / "hostile.zip"))
    assert caught.value.exit_code == 2 and str(tmp_path) not in str(caught.value)


def test_cells_of_other_kinds_and_rows_that_contradict_are_refused(full, tmp_path):
    files = files_of(full.path)
    for change in ({"size": [1]}, {"size": 1 << 70}, {"release_id": "0" * 64}, {"unknown": 1}):
        changed = lines_changed(files["rows/draw.jsonl"], lambda rows, change=change: rows[0].update(change))
        with pytest.raises(BundleError):
            verify_bundle(forged({**files, "rows/draw.jsonl": changed}, tmp_path / "rows.zip"))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\xff" * 200 + b"PAR1", b"{}"])
def test_objects_that_are_no_frames_are_refused(full, tmp_path, content):
    files = files_of(full.path)
    part = json.loads(files["rows/corpus_part.jsonl"].splitlines()[0])
    with pytest.raises(BundleError):
        verify_bundle(_with_object(files, part, "labels", content, "rows/corpus_part.jsonl", tmp_path))


def test_frames_that_would_fill_the_memory_are_refused_unread(full, tmp_path):
    files, many = files_of(full.path), 30_000_000
    path = tmp_path / "bomb.parquet"
    pl.select(source_id=pl.repeat("x" * 1000, many)).write_parquet(path, compression="zstd")
    content = path.read_bytes()
    assert len(content) < 1_000_000
    digest, rows = sha256(content).hexdigest(), "rows/annotation.jsonl"

    def bomb(found):
        found[0].update(quarantine_object=digest, quarantined=many, units=found[0]["samples"] + many)

    changed = {**files, f"objects/{digest}.parquet": content, rows: lines_changed(files[rows], bomb)}
    with pytest.raises(NotABundle, match="more rows than its bytes"):
        verify_bundle(forged(changed, tmp_path / "bomb.zip"))


def test_objects_not_named_by_their_content_are_refused(full, tmp_path):
    files = files_of(full.path)
    for name in (f"objects/{'0' * 64}.parquet", "objects/plain.txt"):
        with pytest.raises(NotABundle):
            verify_bundle(forged({**files, name: b"x"}, tmp_path / "named.zip"))


def test_the_command_says_what_is_wrong_with_a_file(full, tmp_path):
    (tmp_path / "no.zip").write_bytes(b"no bundle")
    finished = command(tmp_path / "no.zip", "--json", folder=tmp_path)
    assert finished.returncode == 2 and json.loads(finished.stdout)["verified"] is False and "Hint:" in finished.stderr
    (tmp_path / "cut.zip").write_bytes(full.path.read_bytes()[:-1])
    assert command(tmp_path / "cut.zip", folder=tmp_path).returncode == 2
    changed = bytearray(full.path.read_bytes())
    changed[len(changed) // 2] ^= 1
    (tmp_path / "changed.zip").write_bytes(changed)
    finished = command(tmp_path / "changed.zip", folder=tmp_path)
    assert finished.returncode == 1 and "was changed" in finished.stderr and "Traceback" not in finished.stderr
    assert command("missing.zip", folder=tmp_path).returncode == 2
    assert command(full.path, "--key", "abc", folder=tmp_path).returncode == 2


def test_lines_are_read_whatever_their_number(tmp_path, full):
    files = files_of(full.path)
    more = as_lines({"original": "0" * 64, "kind": "part", "bundled": "0" * 64} for _ in range(1000))
    assert not found_in(forged({**files, "originals.jsonl": more}, tmp_path / "more.zip"))
