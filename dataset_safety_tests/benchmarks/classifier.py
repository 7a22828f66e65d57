"""``python -m dataset_safety_tests.benchmarks.classifier``: the bundled model on text of mixed lengths, one thread, 29 outputs.

Prints megabytes of text for a CPU second, features alone and with the model, and the memory that both take.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

from dataset_safety.classifier.features import blocks_of
from dataset_safety.classifier.models import load_model
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.shipping import bundled_model
from dataset_safety_tests.benchmarks.neutral import documents

SECONDS = 8.0


def main() -> None:
    """Print the figures."""
    texts = documents(6000)
    batch = TextBatch.of(texts)
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    before = _peak()
    model = load_model(bundled_model())
    full = _best(lambda: model.scores(batch))
    alone = _best(lambda: list(blocks_of(batch)))
    print(f"{len(texts)} documents, {megabytes:.1f} MB, mean {1e6 * megabytes / len(texts):.0f} B, {len(model.risks)} outputs")
    print(f"features alone        {megabytes / alone:6.1f} MB per CPU second")
    print(f"features and model    {megabytes / full:6.1f} MB per CPU second")
    print(f"memory of both        {_peak() - before:6.0f} MB more at the peak")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _best(work: Callable[[], object]) -> float:
    """Shortest CPU time of a few runs."""
    best, spent = float("inf"), 0.0
    while spent < SECONDS:
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
        spent += time.process_time() - begin
    return best


if __name__ == "__main__":
    main()
