"""``python -m dataset_safety_tests.benchmarks.requests``: what the bundled keywords and model find among requests.

Prints the share of texts that are held or rejected by keywords, by the model and by both, for risky questions (S-Eval,
HarmBench) and for honest ones (instructions of the inbox, honest requests near the risks, written by an author who never saw
keywords or training texts). S-Eval trains nothing; a part of its questions is harmless. Needs DATASET_SAFETY_TEST_DATA or
../shared; what is not there is left out.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.preprocessing.recipes import build_detectors, sources_of
from dataset_safety.records import Effect
from dataset_safety_tests.conftest import SHARED

UNSEEN = Path(__file__).parents[1] / "keywords" / "texts"


def sets() -> Iterator[tuple[str, list[str]]]:
    """Name and texts of every set, risky ones first."""
    for language in ("zh", "en"):
        path = SHARED / f"data/labelled/{language}/s_eval_dev_{language}.jsonl"
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
        by_risk: defaultdict[str, list[str]] = defaultdict(list)
        for row in rows:
            by_risk[row["risk_type"]].append(row["prompt"])
        yield from ((f"S-Eval {language} {name}", texts) for name, texts in sorted(by_risk.items()))
    path = SHARED / "data/labelled/en/harmbench_val.csv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as stream:
            yield "HarmBench", [row["Behavior"] for row in csv.DictReader(stream)]
    for language in ("zh", "en"):
        path = SHARED / f"inbox/fine_tuning/alpaca-demo/alpaca_{language}_demo.json"
        rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        yield f"honest: alpaca {language}", [f"{row['instruction']} {row.get('input', '')}" for row in rows]
    path = SHARED / "inbox/fine_tuning/belle/belle_eval_set.json"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    yield "honest: BELLE", [row["question"] for row in rows]
    for path in sorted(UNSEEN.glob("*.txt")):
        yield f"honest, near the risks: {path.stem}", path.read_text(encoding="utf-8").splitlines()


def main() -> None:
    """Print the shares."""
    detectors = build_detectors(sources_of(None, detectors=("keyword", "model")))
    for name, texts in sets():
        if not texts:
            continue
        batch = TextBatch.of(texts)
        held = [{one.row for one in detector.find(batch) if one.effect is not Effect.NOTE} for detector in detectors]
        shares = [len(rows) / len(texts) for rows in (*held, held[0] | held[1])]
        print(f"{name:52} {len(texts):5}  keywords {shares[0]:6.1%}  model {shares[1]:6.1%}  together {shares[2]:6.1%}")


if __name__ == "__main__":
    main()
