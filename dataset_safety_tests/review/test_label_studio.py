"""The exchange with a real Label Studio: our export goes in through its API, answers come back through its export.

It is installed into an environment of its own, or ``DATASET_SAFETY_TEST_LABEL_STUDIO`` names an executable that is there.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import time
import venv
from pathlib import Path

import httpx
import pytest

from dataset_safety.evaluation.reviewing import answers
from dataset_safety.review import exchange, reviewers
from dataset_safety.review.rooms import Rooms
from dataset_safety_tests.hostile import TEXTS
from dataset_safety_tests.review.drawn import draw_over, sample

EXECUTABLE = "DATASET_SAFETY_TEST_LABEL_STUDIO"
INSTALL_SECONDS, START_SECONDS = 300, 600

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def executable(tmp_path_factory):
    """A Label Studio that can be started."""
    if os.environ.get(EXECUTABLE):
        return Path(os.environ[EXECUTABLE])
    folder = tmp_path_factory.mktemp("label-studio") / "venv"
    venv.create(folder, with_pip=True)
    install = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "label-studio"]
    try:
        subprocess.run(install, check=True, timeout=INSTALL_SECONDS, capture_output=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failed:
        pytest.skip(f"Label Studio cannot be installed here ({type(failed).__name__}); {EXECUTABLE} may name one")
    return folder / "bin" / "label-studio"


@pytest.fixture
def label_studio(executable, tmp_path):
    """A client of a running server with an account of its own; its first start migrates an empty database."""
    token, port = secrets.token_hex(20), _free_port()
    account = ["--username", "an@example.com", "--password", secrets.token_hex(8), "--user-token", token]
    options = ["--no-browser", "--port", str(port), "--data-dir", str(tmp_path / "data"), "--enable-legacy-api-token"]
    quiet = {"COLLECT_ANALYTICS": "false", "LATEST_VERSION_CHECK": "false", "HOME": str(tmp_path)}
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with (tmp_path / "log").open("wb") as log:
        started = [str(executable), "start", *options, *account]
        process = subprocess.Popen(started, env={**clean, **quiet}, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{port}", headers={"authorization": f"Token {token}"}, timeout=60, trust_env=False
    )
    try:
        _wait_for(client, process)
        yield client
    finally:
        client.close()
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
        process.kill()


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _wait_for(client, process):
    begun = time.monotonic()
    while time.monotonic() - begun < START_SECONDS:
        assert process.poll() is None, "Label Studio ended while it started"
        with contextlib.suppress(httpx.HTTPError):
            if client.get("/api/projects").status_code == 200:
                return
        time.sleep(1)
    raise AssertionError("Label Studio does not start")


def test_our_export_goes_in_and_its_export_comes_back(store, label_studio):
    reviewers.add(store, "an", reviewers.Role.REVIEWER, ["*"])
    drawn = draw_over(store, [sample(text, number) for number, text in enumerate(TEXTS)])
    rooms = Rooms(store)
    queue = rooms.queue(drawn.draw_id)
    config = {"title": "section 8.2.3", "label_config": exchange.labelling_config(queue.task)}
    project = label_studio.post("/api/projects", json=config).raise_for_status().json()["id"]
    tasks = json.loads(exchange.export(queue, "label-studio"))
    imported = label_studio.post(f"/api/projects/{project}/import", json=tasks).raise_for_status().json()
    assert imported["task_count"] == len(TEXTS)
    listed = label_studio.get("/api/tasks", params={"project": project, "page_size": 1000, "fields": "all"}).raise_for_status()
    risky = _annotate(label_studio, listed.json()["tasks"])
    everything = {"exportType": "JSON", "download_all_tasks": "true"}
    content = label_studio.get(f"/api/projects/{project}/export", params=everything).raise_for_status().content
    assert len(json.loads(content)) == len(TEXTS)  # also those without an answer
    with store.database.read() as connection:
        person = reviewers.named(connection, "an")
    assert exchange.import_answers(store, queue, person, content, "label-studio") == 11
    found = answers(store, drawn, "risk", frozenset({"yes"}))
    assert (found.drawn, queue.progress().judged, found.bad) == (len(TEXTS), 11, (risky,))
    rooms.close()


def _annotate(client, tasks):
    """Ten clean, one risky, one skipped; the rest is left alone. The risky sample's id."""

    def choice(name, *values):
        return {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": list(values)}}

    for task in tasks[:10]:
        body = {"result": [choice("risk", "no")], "lead_time": 3.0}
        client.post(f"/api/tasks/{task['id']}/annotations", json=body).raise_for_status()
    note = {"from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": ["seen in passing"]}}
    risky = [choice("risk", "yes"), choice("categories", "A.2.e", "A.4.f"), choice("rights", "infringing"), note]
    client.post(f"/api/tasks/{tasks[10]['id']}/annotations", json={"result": risky}).raise_for_status()
    skipped = {"result": [], "was_cancelled": True}
    client.post(f"/api/tasks/{tasks[11]['id']}/annotations", json=skipped).raise_for_status()
    return tasks[10]["data"]["sample_id"]
