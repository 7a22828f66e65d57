"""One run at a time: the second waits or learns who holds the folder; a dead holder holds nothing."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from dataset_safety.store.errors import HomeBusy
from dataset_safety.store.locking import exclusive

HOLD = (
    "import sys,time; from pathlib import Path; from dataset_safety.store.locking import exclusive\n"
    "with exclusive(Path(sys.argv[1]), purpose='a long run'):\n    print('held', flush=True); time.sleep(60)"
)


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().strip() == "held"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_second_run_learns_who_holds_the_folder(tmp_path, holder):
    with pytest.raises(HomeBusy, match=rf"a long run \(process {holder.pid} on "), exclusive(tmp_path, purpose="mine"):
        pass


def test_the_lock_of_a_killed_process_is_free(tmp_path, holder):
    holder.kill()
    holder.wait()
    with exclusive(tmp_path, purpose="mine"):
        pass


def test_waiting_tells_for_whom_and_gives_up_in_time(tmp_path, holder):
    told = []
    started = time.monotonic()
    with pytest.raises(HomeBusy), exclusive(tmp_path, purpose="mine", wait_seconds=0.5, waiting=told.append):
        pass
    assert time.monotonic() - started >= 0.5
    assert len(told) == 1
    assert "a long run" in told[0]
