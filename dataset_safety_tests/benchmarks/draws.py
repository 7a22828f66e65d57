"""CPU seconds of one draw of 4,000 from 1,000,000 ids: `python -m dataset_safety_tests.benchmarks.draws [IDS]`."""

from __future__ import annotations

import hashlib
import sys
import time

from dataset_safety.evaluation.draws import bottom_k, seed_of

BOUND_SECONDS = 5.0


def main() -> int:
    """Draw once, print the figures; 1 when the bound is missed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    ids = [hashlib.sha256(number.to_bytes(8)).hexdigest() for number in range(count)]
    begun = time.process_time()
    drawn = bottom_k(ids, 4000, seed_of("population", "1", "manual"))
    seconds = time.process_time() - begun
    print(f"{len(drawn)} of {count} ids drawn in {seconds:.2f} s of CPU ({count / seconds:,.0f} ids/s; bound {BOUND_SECONDS} s)")
    return int(seconds > BOUND_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
