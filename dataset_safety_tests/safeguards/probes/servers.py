"""Real servers for probes: small web applications in a thread, Dagster's webserver and PostgreSQL as processes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

LOW = 65534


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def served(app: Starlette, *, host: str = "127.0.0.1", key: Path | None = None, certificate: Path | None = None) -> Iterator[str]:
    """The address of a web application that runs as long as the block."""
    port = free_port()
    secret = {"ssl_keyfile": str(key), "ssl_certfile": str(certificate)} if key and certificate else {}
    config = uvicorn.Config(app, host=host, port=port, log_level="critical", lifespan="off", ws="none", **secret)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http{'s' if secret else ''}://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def graphql(token: str | None) -> Starlette:
    """Something that answers GraphQL as Dagster does, to everybody or to whoever has the token."""

    async def answer(request: Request) -> Response:
        if token is not None and request.headers.get("authorization") != f"Bearer {token}":
            return PlainTextResponse("who are you?", 401)
        return JSONResponse({"data": {"version": "1", "launchRun": {"__typename": "PipelineNotFoundError"}}})

    async def shown(request: Request) -> Response:
        return JSONResponse({"dagster_webserver_version": "1", "dagster_version": "1"})

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"]), Route("/server_info", shown)])


def anybody() -> Starlette:
    """A page that lets everybody do everything."""

    async def answer(request: Request) -> Response:
        return PlainTextResponse("welcome")

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


@contextmanager
def dagster_webserver(folder: Path, *arguments: str) -> Iterator[str]:
    """A real dagster-webserver over an empty code location."""
    code, port = folder / "location.py", free_port()
    folder.mkdir(parents=True, exist_ok=True)
    code.write_text("import dagster as dg\ndefs = dg.Definitions()\n")
    line = [sys.executable, "-m", "dagster_webserver", "-f", str(code), "-h", "127.0.0.1", "-p", str(port), *arguments]
    environment = {**os.environ, "DAGSTER_HOME": str(folder)}
    process = subprocess.Popen(line, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(900):
            try:
                httpx.get(f"http://127.0.0.1:{port}/server_info")
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        else:
            raise AssertionError("dagster-webserver does not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def postgresql(method: str) -> Iterator[tuple[int, str]]:
    """Port and password of a PostgreSQL server that identifies its users by this method."""
    initdb, server = shutil.which("initdb"), shutil.which("postgres")
    if initdb is None or server is None:
        pytest.skip("needs PostgreSQL's initdb and postgres")
    other = {"user": LOW, "group": LOW, "extra_groups": []} if os.geteuid() == 0 else {}
    folder, port, password = Path(tempfile.mkdtemp(dir="/tmp")), free_port(), "right horse"
    if other:
        os.chown(folder, LOW, LOW)
    try:
        secret = folder / "password"
        secret.write_text(password)
        secret.chmod(0o644)
        made = [initdb, "-D", str(folder / "data"), "-U", "safety", "-A", method, f"--pwfile={secret}", "--no-sync", "-N"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
        subprocess.run(made, check=True, **other, **quiet)
        with (folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all 0.0.0.0/0 {method}\n")
        line = [server, "-D", str(folder / "data"), "-p", str(port), "-k", str(folder), "-h", "*", "-c", "fsync=off"]
        process = subprocess.Popen(line, **other, **quiet)
        try:
            _wait_for(port)
            yield port, password
        finally:
            process.terminate()
            process.wait()
    finally:
        shutil.rmtree(folder)


def _wait_for(port: int) -> None:
    import psycopg

    for _ in range(300):
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="safety", password="right horse", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise AssertionError("PostgreSQL does not start")
