"""Writing and verifying a bundle of a large release: `python -m dataset_safety_tests.benchmarks.bundle [SAMPLES]`.

A release of so many samples (200,000 unless stated) is frozen, filtered, drawn and assessed by the real store; only reading
and scanning are left out, their frames are made here. Then the bundle is written and verified, each in a process of its own,
and its size, CPU seconds and peak memory are printed. `--most-mb` is what each of the two may take at its peak.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl

from dataset_safety.collection.releases import freeze
from dataset_safety.evaluation.assessment import assess_release
from dataset_safety.frames import Identifications, Samples
from dataset_safety.preprocessing.recipes import recipe_content, sources_of
from dataset_safety.preprocessing.releases import Annotated, Labelled
from dataset_safety.report.bundle.verifying import verify_bundle
from dataset_safety.report.bundle.writing import write_bundle
from dataset_safety.standard import Stage
from dataset_safety.store import releases
from dataset_safety.store.facade import Store, open_store
from dataset_safety.store.releases import Release, Shard
from dataset_safety.store.shards import Annotation, Labelling, Part, save_annotation, save_labelling, save_recipe
from dataset_safety.usage.policy import Policy
from dataset_safety.usage.releases import filter_release
from dataset_safety_tests.inboxes import write_source

PART = 40_000
STAGE = Stage.PRE_TRAINING
SOURCES = {
    "pages": 'kind = "website"\n[origin]\nurl = "https://example.net/"\n',
    "notes": 'kind = "organisation"\n[origin]\ndataset_name = "notes"\norganisation = "notes press"\n',
}
STEPS = ("make", "write", "verify")


def main() -> int:
    """All steps, one after another; 1 when one took more memory than it may, or the bundle does not verify."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", type=int, nargs="?", default=200_000)
    parser.add_argument("--most-mb", type=int, default=900)
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        return _step(given.step, given.folder, given.samples)
    with tempfile.TemporaryDirectory() as folder:
        peaks = [_measured(step, Path(folder), given.samples) for step in STEPS]
        size = (Path(folder) / "bundle.zip").stat().st_size
    print(f"{given.samples} samples, bundle of {size / 1e6:.1f} MB ({size / given.samples:.0f} bytes a sample)")
    return int(max(peaks[1:]) > given.most_mb)


def _measured(step: str, folder: Path, samples: int) -> float:
    """Run one step as a process of its own; its peak in MB, the children's included one by one."""
    line = [sys.executable, "-m", "dataset_safety_tests.benchmarks.bundle", str(samples), "--step", step, "--folder", str(folder)]
    done = subprocess.run(line, stdout=subprocess.PIPE, check=True, env={**os.environ, "DATASET_SAFETY_WORKERS": "1"})
    found = json.loads(done.stdout)
    told = f"CPU {found['cpu']:7.1f} s, peak memory {found['peak_mb']:6.0f} MB ({found['loaded_mb']:.0f} MB before it began)"
    print(f"{step:7} {told}", flush=True)
    return float(found["peak_mb"])


def _step(step: str, folder: Path, samples: int) -> int:
    before = _peak_mb()
    if step == "make":
        _make(folder, samples)
    elif step == "write":
        with open_store(folder / "home") as store:
            write_bundle(store, _newest(store), folder / "bundle.zip")
    else:
        found = verify_bundle(folder / "bundle.zip")
        assert not found.differences and found.recomputed.samples > 0
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "peak_mb": _peak_mb(), "loaded_mb": before}))
    return 0


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _newest(store: Store) -> Release:
    with store.database.read() as connection:
        found = releases.latest(connection, STAGE)
    assert found is not None  # the step before made it
    return found


def _make(folder: Path, samples: int) -> None:
    """A release of two sources in files of up to ten parts, its frames made here, everything else by the program."""
    count = max(1, samples // (10 * PART * len(SOURCES)))
    for name, toml in SOURCES.items():
        files: dict[str, str | bytes] = {f"{number:04}.jsonl": f'{{"text": "{number}"}}\n' for number in range(count)}
        write_source(folder / "inbox", STAGE.value, name, toml, files)
    release = freeze(folder / "inbox", STAGE)
    with open_store(folder / "home") as store:
        with store.database.write() as connection:
            releases.save(connection, release)
            recipe = save_recipe(connection, recipe_content(sources_of(store.home)))
        shares = [samples // len(release.shards) + (at < samples % len(release.shards)) for at in range(len(release.shards))]
        first, p1, labels = 0, Annotated({}, 0), Labelled(recipe, {}, 0)
        for shard, share in zip(release.shards, shares, strict=True):
            parts = [
                _part(store, shard, at, range(first + start, first + min(start + PART, share)), labels)
                for at, start in enumerate(range(0, share, PART))
            ]
            p1.shards[shard.shard_key] = _annotated(store, shard, share, parts)
            first += share
        filter_release(store, release, p1, labels, Policy())
        assess_release(store, release)


def _annotated(store: Store, shard: Shard, share: int, parts: list[Part]) -> Annotation:
    quarantine = store.objects.publish_frame(pl.DataFrame(schema={"source_id": pl.String, "reason": pl.String}))
    made = Annotation(shard.shard_key, share, share, 0, {}, quarantine, parts)
    with store.database.write() as connection:
        save_annotation(connection, made)
    return made


def _part(store: Store, shard: Shard, ordinal: int, numbers: range, labels: Labelled) -> Part:
    """One part of P1 and its identification records; one sample in a hundred is held, one rejected."""
    names = [hashlib.sha256(number.to_bytes(8)).hexdigest() for number in numbers]
    frame = pl.DataFrame({"sample_id": names, "unit": numbers}, schema={"sample_id": pl.String, "unit": pl.Int64})
    text = pl.format("Sample {}: the reading room opens at nine on weekdays, and the map room at ten.", "unit")
    web = shard.source_id == "pages"
    facts = {
        "source_id": shard.source_id, "origin_kind": "website" if web else "organisation", "shard": shard.sha256,
        "file": shard.name, "data_type": "text:en", "language": "en", "generated": False,
    }  # fmt: skip
    url = pl.format("https://{}.example.net/{}", pl.col("unit") % 5000, "unit") if web else pl.lit(None, pl.String)
    content = pl.col("sample_id").str.reverse()
    rows = frame.with_columns(text=text, content_sha256=content, url=url, **{name: pl.lit(one) for name, one in facts.items()})
    stored = store.objects.publish_frame(_shaped(rows.with_columns(size_bytes=pl.col("text").str.len_bytes()), Samples))
    outcome = pl.when(pl.col("unit") % 100 == 1).then(pl.lit("review"))
    outcome = outcome.when(pl.col("unit") % 100 == 2).then(pl.lit("reject")).otherwise(pl.lit("clear"))
    risks = pl.when(pl.col("unit") % 100 == 1).then(pl.lit(["A.2.e"]))
    risks = risks.when(pl.col("unit") % 100 == 2).then(pl.lit(["A.1.h"])).otherwise(pl.lit([], pl.List(pl.String)))
    records = rows.with_columns(
        outcome=outcome, risks=risks, looked=pl.lit(["keyword", "model", "pattern", "rights"]), rights=pl.lit("none"),
        recipe=pl.lit(labels.recipe),
    )  # fmt: skip
    name = store.objects.publish_frame(_shaped(records, Identifications))
    labels.parts[stored] = Labelling(stored, labels.recipe, name, len(names), name, {})
    with store.database.write() as connection:
        save_labelling(connection, labels.parts[stored])
    return Part(ordinal, stored, len(names), 80 * len(names), stored)


def _shaped(frame: pl.DataFrame, schema: type[Samples] | type[Identifications]) -> pl.DataFrame:
    """The columns of a schema: those that are here, empty lists and nulls for the others."""
    made = []
    for name, dtype in schema.create_empty().schema.items():
        lacking = pl.lit([], dtype) if isinstance(dtype, pl.List) else pl.lit(None, dtype)
        made.append((pl.col(name).cast(dtype) if name in frame.columns else lacking).alias(name))
    return schema.validate(frame.select(made))


if __name__ == "__main__":
    sys.exit(main())
