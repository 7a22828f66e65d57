"""An operator opens Dagster's web interface: the graph and the verdict of a clause are there, without the internet."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from dataset_safety.defs.running import prepare_dagster_home
from dataset_safety.shipping import shipped
from dataset_safety.store.home import Home
from dataset_safety_tests.inboxes import small_inbox

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def webserver(tmp_path_factory):
    root = tmp_path_factory.mktemp("ui")
    inbox = small_inbox(root)
    run = [sys.executable, "-m", "dataset_safety.cli.main", "run", "--inbox", str(inbox), "--home", str(root / "home")]
    assert (
        subprocess.run(run, capture_output=True).returncode == 1
    )  # in a process of its own: the browser owns the event loop here
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = Home.find(root / "home")
    environment = {**os.environ, "DAGSTER_HOME": str(prepare_dagster_home(home)), "DATASET_SAFETY_HOME": str(home.root)}
    arguments = ["-m", "dagster_webserver", "-w", str(shipped("workspace.yaml")), "-h", "127.0.0.1", "-p", str(port)]
    log = (root / "web.log").open("wb")
    process = subprocess.Popen([sys.executable, *arguments], env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{url}/server_info", timeout=2).close()
            break
        except OSError:
            time.sleep(0.5)
    yield url
    process.terminate()
    process.wait()
    log.close()


def test_the_asset_graph_shows_every_artifact(webserver, page):
    page.goto(f"{webserver}/asset-groups")
    page.get_by_text("pre_training").first.wait_for(timeout=120_000)
    for group in ("fine_tuning", "detectors", "safeguards"):
        page.get_by_text(group).first.wait_for(timeout=30_000)


def test_the_check_page_shows_the_verdict_and_why(webserver, page):
    page.goto(f"{webserver}/assets/pre_training/evaluation_verdicts?view=checks&checkDetail=s8_2_1_b_1")
    page.get_by_text("s8_2_1_b_1").first.wait_for(timeout=120_000)
    page.get_by_text("NON_COMPLIANT").first.wait_for(timeout=60_000)
    page.get_by_text("no valid agreement document").first.wait_for(timeout=30_000)
