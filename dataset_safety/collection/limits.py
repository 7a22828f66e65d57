"""Bounds of what a reader holds in memory and of what a file may unfold to."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """All sizes in bytes. A unit above its limit is quarantined with its length and hash, and reading goes on."""

    line: int = 8 * MIB
    """a line, an array element, a row of a CSV file"""
    document: int = 64 * MIB
    """a file that is one unit of text, or that must be held whole (JMESPath over a document, compressed Parquet)"""
    payload: int = 16 * MIB
    """the payload of a web response, after decoding"""
    media: int = 256 * MIB
    """an image, audio or video file"""
    decompressed: int = 64 * GIB
    """what one compressed file may unfold to"""
    ratio: int = 200
    """unfolded : compressed, once more than ``ratio_from`` bytes have come out"""
    ratio_from: int = MIB
    depth: int = 128
    """levels of nesting of a JSON value"""
    batch: int = 32 * MIB
    """rows of a Parquet file that are held at once"""
