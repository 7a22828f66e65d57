"""Writing the report of a release below ``reports/``, whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from dataset_safety.report.gathering import gather
from dataset_safety.report.html import render
from dataset_safety.store import releases
from dataset_safety.store.facade import Store
from dataset_safety.store.home import sync_folder
from dataset_safety.store.objects import room_for
from dataset_safety.store.releases import Release

REPORT_FILE, PDF_FILE = "report.html", "report.pdf"
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def write(store: Store, release_id: str) -> Path:
    """``reports/<release>/report.html``; a reader never sees half a file."""
    data = gather(store, release_id)
    return publish(store, report_path(store, data.release_id), render(data).encode("utf-8"))


def write_with_pdf(store: Store, release_id: str) -> tuple[Path, Path]:
    """``report.html``, and ``report.pdf`` of the same document beside it."""
    from dataset_safety.report.pdf import to_pdf

    data = gather(store, release_id)
    document = render(data)
    path = publish(store, report_path(store, data.release_id), document.encode("utf-8"))
    return path, publish(store, path.with_name(PDF_FILE), to_pdf(document))


def publish(store: Store, path: Path, content: bytes) -> Path:
    """Write a file whole or not at all; its folder is made if need be."""
    with room_for(store.home.reports):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        staged = path.parent / f".{secrets.token_hex(8)}"
        try:
            with staged.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(staged, path)
        finally:
            staged.unlink(missing_ok=True)
        sync_folder(path.parent)
    return path


def report_path(store: Store, release_id: str) -> Path:
    """Where the report of a release stands, or will stand."""
    with store.database.read() as connection:
        return store.home.reports / _folder(releases.load(connection, release_id)) / REPORT_FILE


def _folder(release: Release) -> str:
    """The short id; a label stands before it if it cannot lead elsewhere, as releases of both stages may carry the same."""
    short = release.release_id[:12]
    labelled = release.label is not None and _LABEL.fullmatch(release.label) is not None
    return f"{release.label}-{short}" if labelled else short
