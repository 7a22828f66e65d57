"""Which reader a file needs: its first bytes first, then the suffix of its name."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from dataset_safety.collection import media
from dataset_safety.collection.encodings import without_mark
from dataset_safety.collection.errors import StreamDamaged
from dataset_safety.collection.html import looks_like_page
from dataset_safety.collection.limits import KIB, Limits
from dataset_safety.collection.programs import is_program_file
from dataset_safety.collection.streams import SUFFIXES as COMPRESSED
from dataset_safety.collection.streams import open_stream

BY_SUFFIX = {
    ".jsonl": "json_lines", ".ndjson": "json_lines", ".jsonlines": "json_lines", ".json": "json",
    ".csv": "table", ".tsv": "table", ".tab": "table",
    ".parquet": "parquet", ".pq": "parquet",
    ".txt": "text", ".text": "text", ".md": "text", ".markdown": "text", ".rst": "text", ".tex": "text",
    ".html": "page", ".htm": "page", ".xhtml": "page",
    ".warc": "archive", ".arc": "archive",
}  # fmt: skip
HEAD = 4 * KIB


def plain_name(name: str) -> str:
    """A file name without the suffix of a compression."""
    path = PurePosixPath(name)
    return str(path.with_suffix("")) if path.suffix.lower() in COMPRESSED else name


def format_of(path: Path, name: str, limits: Limits) -> str | None:
    """``json_lines``, ``json``, ``table``, ``parquet``, ``text``, ``program``, ``page``, ``archive``, ``media``, or ``empty``.

    None when neither bytes nor suffix are known.
    """
    try:
        with open_stream(path, limits) as stream:
            head = stream.read(HEAD)
    except StreamDamaged:
        head = b""
        if path.stat().st_size == 0:
            return "empty"
    else:
        if not head:
            return "empty"
    if head.startswith((b"WARC/", b"filedesc://")):
        return "archive"
    if head.startswith(b"PAR1"):
        return "parquet"
    suffix = PurePosixPath(name).suffix.lower()
    if media.kind_of_suffix(name) or (media.kind_of(head, name) and suffix not in BY_SUFFIX):
        return "media"
    return BY_SUFFIX.get(suffix) or ("program" if is_program_file(name) else _of_unnamed(head))


def _of_unnamed(head: bytes) -> str | None:
    """A file whose suffix says nothing: web page or JSON by its beginning; anything else would be a guess."""
    if looks_like_page(head):
        return "page"
    begins = without_mark(head).lstrip()
    return "json" if begins[:1] in (b"{", b"[") and begins[1:].lstrip()[:1] in (b'"', b"{", b"[", b"]", b"}") else None
