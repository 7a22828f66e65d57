"""Homes with draws over samples that a test states, made by the real store; and the real server as a process."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import ClassVar

import httpx
import polars as pl

from dataset_safety.evaluation.draws import Frame, make_draw
from dataset_safety.evaluation.shown import frozen_items, frozen_records
from dataset_safety.frames import Identifications, Samples
from dataset_safety.standard import Stage
from dataset_safety.store import corpora, releases
from dataset_safety.store.canonical import digest_of_lines
from dataset_safety.store.corpora import Corpus, CorpusPart
from dataset_safety.store.draws import Draw, save_draw
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release
from dataset_safety.store.shards import save_recipe

EXCLUDED = {"sample_id": pl.String, "decision": pl.String, "reasons": pl.List(pl.String), "condemned": pl.Boolean}


def sample(text: str | None, number: int, **given: object) -> dict[str, object]:
    """One row of P1."""
    content = given.get("content") or (text or "").encode("utf-8", "surrogatepass")
    row: dict[str, object] = dict.fromkeys(Samples.column_names())
    row |= {
        "sample_id": hashlib.sha256(f"{number}".encode()).hexdigest(),
        "source_id": "notes", "origin_kind": "organisation",
        "shard": "0" * 64, "file": "a.jsonl", "unit": number,
        "data_type": "text:en" if text is not None else "image", "language": "en",
        "text": text, "content_sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content),
        "turns": [], "generated": False,
        "remarks": [], "missing": [],
    }  # fmt: skip
    return row | given


def record(row: dict[str, object], risks: tuple[str, ...] = ()) -> dict[str, object]:
    """Its identification record."""
    return {
        "sample_id": row["sample_id"], "content_sha256": row["content_sha256"], "outcome": "review" if risks else "clear",
        "risks": list(risks),
        "looked": ["keyword"], "findings": [], "personal_information": [], "sensitive_information": [], "rights": "none",
        "generated": row["generated"], "recipe": "r",
    }  # fmt: skip


def draw_over(
    store: Store,
    rows: list[dict[str, object]],
    *,
    purpose: str = "manual",
    stage: Stage = Stage.PRE_TRAINING,
    risky: frozenset[int] = frozenset(),
    held: frozenset[int] = frozenset(),
    parts: int = 2,
    rules: str = "rules",
) -> Draw:
    """A release whose P1 is exactly these rows, and one draw over all of them."""
    release_id = hashlib.sha256(f"{purpose}{len(rows)}{stage}".encode()).hexdigest()
    release = Release(release_id, stage, None, "0" * 64, Path("inbox"), "", {}, [])
    labels = [record(row, ("A.1.h",) if number in risky else ()) for number, row in enumerate(rows)]
    size = -(-len(rows) // parts)
    made = []
    for ordinal in range(parts):
        part = slice(ordinal * size, (ordinal + 1) * size)
        schema, label_schema = Samples.create_empty().schema, Identifications.create_empty().schema
        stored = store.objects.publish_frame(pl.DataFrame(rows[part], schema=schema))
        labelled = store.objects.publish_frame(pl.DataFrame(labels[part], schema=label_schema))
        left = [
            [row["sample_id"], "held", ["review:A.1.h"], False] for n, row in enumerate(rows) if n in held and row in rows[part]
        ]
        frame = pl.DataFrame(left, schema=EXCLUDED, orient="row")
        excluded = store.objects.publish_frame(frame)
        made.append(CorpusPart("0" * 64, ordinal, stored, labelled, stored, excluded, len(rows[part]) - len(left), len(left)))
    ids, shown = [str(row["sample_id"]) for row in rows], [str(row["content_sha256"]) for row in rows]
    population = digest_of_lines(f"{name} {content}" for name, content in sorted(zip(ids, shown, strict=True)))
    with store.database.write() as connection:
        recipe = save_recipe(connection, {"made": "by a test"})
    records = pl.DataFrame(labels, schema=Identifications.create_empty().schema)
    items = frozen_items(
        purpose, pl.DataFrame(rows, schema=Samples.create_empty().schema), frozen_records(records.lazy(), records)
    )
    corpus = Corpus(release_id, release_id, recipe, {}, population, len(rows), "", [], made, [])
    drawn = make_draw(store, release_id, stage, Frame(purpose, population, ids, shown), len(rows), rules=rules, items=items)
    with store.database.write() as connection:
        releases.save(connection, release)
        corpora.save(connection, corpus)
        save_draw(connection, drawn)
    return drawn


def texts(number: int) -> list[dict[str, object]]:
    """Plain rows, half English and half Chinese."""
    return [
        sample(f"Note {n}: the library opens at nine.", n) if n % 2 else sample(f"第{n}条：图书馆九点开门。", n, language="zh")
        for n in range(number)
    ]


class Server:
    """``dataset-safety review serve`` as a process of its own, which a test may kill."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        """Start and wait until it answers."""
        verb = ["dataset_safety.cli.main", "review", "serve", "--home", str(self.home), "--port", str(self.port)]
        arguments = [sys.executable, "-m", *verb]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        self.process = subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            try:
                httpx.get(f"{self.url}/sign-in")
                return self
            except httpx.HTTPError:
                time.sleep(0.05)
        raise AssertionError("the review server does not start")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process:
            self.process.kill()
            self.process.wait()


class Person:
    """One reviewer at the page, speaking HTTP as a browser would."""

    opened: ClassVar[list[httpx.Client]] = []

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.client = httpx.Client(base_url=url, headers={"origin": url, "accept-language": "en"}, timeout=30)
        self.opened.append(self.client)
        self.signed_in = self.client.post("/sign-in", data={"token": token})
        found = re.search(r'name="csrf" content="(\w+)"', self.client.get("/").text)
        self.client.headers["x-csrf-token"] = found.group(1) if found else ""

    def next(self, draw: str) -> dict[str, object] | None:
        """The next sample."""
        return self.client.get(f"/api/draws/{draw}/next").json()["item"]

    def answer(self, draw: str, sample_id: object, main: str = "no", **more: object) -> httpx.Response:
        """Answer the large draw's main question."""
        answers = {"risk": main} | {str(k): v for k, v in (more.pop("others", None) or {}).items()}  # type: ignore[attr-defined]
        body = {"sample": sample_id, "answers": answers, "seconds": 2, **more}
        return self.client.post(f"/api/draws/{draw}/answers", json=body)
