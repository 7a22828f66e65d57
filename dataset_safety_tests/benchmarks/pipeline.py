"""From JSONL to labels and filtered Parquet, with all detectors and accounting on.

``python -m dataset_safety_tests.benchmarks.pipeline --megabytes 500`` prints the text per CPU-second, how busy the
cores were, and the peak memory, also in relation to a run over 100 MB. Nothing is asserted: the machine is shared.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dataset_safety.collection.releases import freeze
from dataset_safety.engine.local import close_pool, worker_count
from dataset_safety.preprocessing.recipes import sources_of
from dataset_safety.preprocessing.releases import annotate_release, identify_release
from dataset_safety.standard.stages import Stage
from dataset_safety.store import releases
from dataset_safety.store.facade import open_store
from dataset_safety.usage.accounting import recount
from dataset_safety.usage.policy import Policy
from dataset_safety.usage.releases import filter_release
from dataset_safety_tests.benchmarks.neutral import MEAN_BYTES, documents

FILE_BYTES = 25_000_000
REFERENCE = 100


def make_inbox(folder: Path, megabytes: int) -> int:
    """JSONL files of about 25 MB; how many bytes of text they hold."""
    source = folder / "pre_training" / "benchmark"
    source.mkdir(parents=True)
    (source / "source.toml").write_text(
        'source_id = "benchmark"\nkind = "organisation"\n[origin]\ndataset_name = "benchmark"\norganisation = "the project"\n'
    )
    total, number = 0, 0
    while total < megabytes * 1_000_000:
        texts = documents(min(FILE_BYTES, megabytes * 1_000_000 - total) // MEAN_BYTES + 1, seed=number)
        with (source / f"shard-{number:04d}.jsonl").open("w", encoding="utf-8") as lines:
            lines.writelines(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
        total, number = total + sum(len(text.encode()) for text in texts), number + 1
    return total


def measure(megabytes: int) -> dict[str, float]:
    """One run in this process and its workers."""
    with tempfile.TemporaryDirectory(prefix="dataset-safety-benchmark-") as folder:
        text_bytes = make_inbox(Path(folder) / "inbox", megabytes)
        before, started = _cpu(), time.perf_counter()
        with open_store(Path(folder) / "home") as store:
            release = freeze(Path(folder) / "inbox", Stage.PRE_TRAINING)
            with store.database.write() as connection:
                releases.save(connection, release)
            p1 = annotate_release(store, release)
            read = time.perf_counter()
            labels = identify_release(store, p1, sources_of(store.home))
            labelled = time.perf_counter()
            corpus = filter_release(store, release, p1, labels, Policy())
            filtered = time.perf_counter()
            close_pool(worker_count())  # children count once they have ended
            cpu = _cpu() - before
            totals = corpus.totals()
            assert not recount(store, release, corpus)
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    return {
        "text_mb": text_bytes / 1e6,
        "documents": totals["units"],
        "kept": totals["kept"],
        "mb_per_cpu_s": text_bytes / 1e6 / cpu,
        "cpu_s": cpu,
        "reading_s": read - started,
        "identifying_s": labelled - read,
        "filtering_s": filtered - labelled,
        "cores_busy": cpu / (filtered - started),
        "peak_process_mb": peak,
    }


def _cpu() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def main() -> None:
    """Measure the asked size, and 100 MB in a process of its own for the comparison of memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--alone", action="store_true", help="no comparison; print JSON")
    asked = parser.parse_args()
    if asked.alone:
        print(json.dumps(measure(asked.megabytes)))
        return
    found = [_in_own_process(size) for size in dict.fromkeys((REFERENCE, asked.megabytes))]
    for one in found:
        print(f"{one['text_mb']:.0f} MB of text, {one['documents']:.0f} documents, {one['kept']:.0f} kept")
        print(f"  {one['mb_per_cpu_s']:.1f} MB of text per CPU-second, {one['cores_busy']:.2f} cores busy")
        print(
            f"  {one['reading_s']:.1f} s reading, {one['identifying_s']:.1f} s identifying, {one['filtering_s']:.1f} s filtering"
        )
        print(f"  peak memory of a process {one['peak_process_mb']:.0f} MB")
    growth = found[-1]["peak_process_mb"] / found[0]["peak_process_mb"]
    print(f"peak memory at {asked.megabytes} MB / at {REFERENCE} MB: {growth:.2f}")


def _in_own_process(megabytes: int) -> dict[str, float]:
    arguments = [sys.executable, "-m", __spec__.name if __spec__ else __name__, "--alone", "--megabytes", str(megabytes)]
    answer = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
    result: dict[str, float] = json.loads(answer.splitlines()[-1])
    return result


if __name__ == "__main__":
    main()
