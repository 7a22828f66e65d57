"""The audit log (8.1 b 5): every checkpoint ever written in the second place is the beginning of the present log."""

from __future__ import annotations

from dataset_safety.safeguards.checkpoints import CheckpointsUnreadable, held_against, read_checkpoints
from dataset_safety.safeguards.probes.contract import Family, Kind, Observation, Target

WRITE = "operators: write a checkpoint into a second place with `dataset-safety audit checkpoint --to DIR`, then probe again"
COMPARE = "security officer: compare with `dataset-safety audit verify --checkpoints DIR`, then restore a backup of the database"


class Checkpoints:
    """The log was neither cut off nor written anew since its first checkpoint."""

    name, family, applies = "checkpoints", Family.LOG, frozenset({Kind.DATABASE_FILE, Kind.DATABASE_SERVER})
    expects = "the chain verifies, and every checkpoint in the second place is a prefix of it"

    def run(self, target: Target) -> Observation:
        """Hold the file of checkpoints against the log."""
        if target.deployment.checkpoints is None:
            return Observation.could_not_run("no place of checkpoints is known", WRITE)
        try:
            written = read_checkpoints(target.deployment.checkpoints)
        except CheckpointsUnreadable as error:
            return Observation.could_not_run(error.message, WRITE)
        with target.store.database.read() as connection:
            state = held_against(connection, written)
        if not state.chain.intact:
            return Observation.failed(f"the chain breaks at event {state.chain.broken_at}", COMPARE, checkpoints=len(written))
        if state.problems:
            return Observation.failed(state.problems[0], COMPARE, checkpoints=len(written), problems=len(state.problems))
        if not written:
            return Observation.could_not_run("the file of checkpoints is empty", WRITE)
        return Observation.passed(f"{len(written)} checkpoints are prefixes of the log", checkpoints=len(written))
