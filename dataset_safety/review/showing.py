"""A sample as a reviewer sees it: all of its text as text, hidden characters made visible, dialogues as dialogues.

The page receives runs of ``["text", ...]`` and ``["hidden", label, name]`` and never markup. Long texts arrive in pieces that the
page asks for while the reviewer reads on, so every character can be reached.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

PIECE = 20_000
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_SHORT = {
    "\u200b": "ZWSP", "\u200c": "ZWNJ", "\u200d": "ZWJ", "\u200e": "LRM", "\u200f": "RLM", "\u202a": "LRE", "\u202b": "RLE",
    "\u202c": "PDF", "\u202d": "LRO", "\u202e": "RLO", "\u2066": "LRI", "\u2067": "RLI", "\u2068": "FSI", "\u2069": "PDI",
    "\u2060": "WJ", "\ufeff": "BOM", "\xad": "SHY", "\r": "CR", "\x00": "NUL", "\x1b": "ESC",
}  # fmt: skip


def piece(text: str, turns: Sequence[Mapping[str, Any]], start: int, length: int = PIECE) -> dict[str, Any]:
    """Code points ``start`` to ``start + length`` of a text, as blocks of runs; ``next`` is where to go on, or None."""
    end = min(len(text), start + length)
    blocks = [
        {"role": role, "begins": begin >= start, "runs": runs(text[max(begin, start) : min(stop, end)])}
        for role, begin, stop in _spans(len(text), turns)
        if begin < end and stop > start
    ]
    return {"blocks": blocks, "start": start, "next": end if end < len(text) else None, "length": len(text)}


def _spans(length: int, turns: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str | None, int, int]]:
    """The turns in order and what stands between them; overlapping turns never hide or repeat text."""
    at = 0
    for turn in sorted(turns, key=lambda turn: turn["start"]):
        begin, stop = max(at, turn["start"]), min(length, turn["end"])
        if stop <= begin:
            continue
        if begin > at:
            yield None, at, begin
        yield turn["role"], begin, stop
        at = stop
    if at < length or not length:
        yield None, at, length


def runs(text: str) -> list[list[str]]:
    """Visible text and hidden characters in turn."""
    found: list[list[str]] = []
    at = 0
    for match in HIDDEN.finditer(text):
        if match.start() > at:
            found.append(["text", text[at : match.start()]])
        character = match.group()
        found.append(["hidden", label(character), unicodedata.name(character, f"U+{ord(character):04X}").lower()])
        at = match.end()
    if at < len(text):
        found.append(["text", text[at:]])
    return found


def label(character: str) -> str:
    """A short visible name of a hidden character."""
    return _SHORT.get(character, f"U+{ord(character):04X}")


def visible(text: str) -> str:
    """A short string, such as a name or an address, with nothing hidden in it."""
    return HIDDEN.sub(lambda match: f"[{label(match.group())}]", text)


_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"), (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"), (b"\xff\xf3", "audio/mpeg"), (b"OggS", "audio/ogg"), (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/webm"), (b"BM", "image/bmp"),
)  # fmt: skip


def media_type(content: bytes) -> str:
    """What kind of picture, sound or film some bytes are; never a type that a browser would run."""
    for signature, name in _SIGNATURES:
        if content.startswith(signature):
            return name
    if content[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(content[8:12], "application/octet-stream")
    if content[4:8] == b"ftyp":
        return {b"avif": "image/avif", b"M4A ": "audio/mp4"}.get(content[8:12], "video/mp4")
    return "application/octet-stream"
