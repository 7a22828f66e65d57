"""Text of web pages, by trafilatura; short pages in which it finds no main content fall back to its own baseline."""

from __future__ import annotations

import logging
import re
from functools import cache
from typing import Any

from dataset_safety.collection.encodings import decode_document
from dataset_safety.collection.errors import UnitRefused

_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE)
_BEGINS = re.compile(
    rb"^\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*){0,4}<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_PAGE = re.compile(r"<(?:html|body|head)\b", re.IGNORECASE)
MAX_TAGS = 100_000  # extraction holds about 2 kB and takes about 25 µs a tag
PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})


def looks_like_page(head: bytes) -> bool:
    """Whether bytes begin as an HTML page does."""
    return _BEGINS.match(head[:4096]) is not None


def page_unit_text(data: bytes, charset: str | None = None) -> tuple[str, list[str]]:
    """Extracted text and repairs of the bytes of a page; the charset of the response wins over that of the page."""
    declared = _DECLARED.search(data[:4096])
    decoded = decode_document(data, charset or (declared[1].decode("ascii") if declared else None))
    return page_text(decoded.text), decoded.repairs


def page_text(markup: str) -> str:
    """The text that a reader of the page would see as its content."""
    if "\0" in markup:
        raise UnitRefused("nul_character")
    if not markup.strip():
        raise UnitRefused("empty_text")
    if markup.count("<") > MAX_TAGS:
        raise UnitRefused("too_large", f"a page of more than {MAX_TAGS} tags")
    trafilatura = _extractor()
    page = _whole_page(markup)
    for extract in (_main_content, lambda text: trafilatura.baseline(text)[1], trafilatura.html2txt):
        text = _attempt(extract, page)
        if text.strip():
            return text
    raise UnitRefused("empty_text", "a page without text")


@cache
def _extractor() -> Any:
    """trafilatura, loaded when the first page comes; its log lines about pages are turned off, for they may quote them."""
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL + 1)
    return trafilatura


def _main_content(page: str) -> str | None:
    found: str | None = _extractor().extract(page, include_comments=False, include_tables=True)
    return found


def _attempt(extract: Any, page: str) -> str:
    """One way of extraction; the parsers below meet hostile markup, so whatever they raise means 'found nothing'."""
    try:
        return extract(page) or ""
    except Exception:
        return ""


def _whole_page(markup: str) -> str:
    """A page that the parser takes: no declaration of an encoding that is undone, and a fragment inside a page."""
    page = re.sub(r"^\s*<\?xml[^>]{0,500}\?>", "", markup, count=1)
    return page if _PAGE.search(page[:8192]) else f"<html><body>{page}</body></html>"
