"""Images, sound and video, told by their first bytes; the suffix only decides where one container holds several kinds."""

from __future__ import annotations

from pathlib import PurePosixPath

SUFFIXES = {
    **dict.fromkeys(".png .jpg .jpeg .gif .webp .bmp .tif .tiff .avif .heic .ico .jp2".split(), "image"),  # noqa: SIM905
    **dict.fromkeys(".wav .mp3 .flac .ogg .oga .opus .m4a .aac .aiff .aif .wma .amr".split(), "audio"),  # noqa: SIM905
    **dict.fromkeys(".mp4 .m4v .mov .webm .mkv .avi .mpg .mpeg .ogv .flv .wmv .3gp".split(), "video"),  # noqa: SIM905
}
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image"), (b"\xff\xd8\xff", "image"), (b"GIF87a", "image"), (b"GIF89a", "image"),
    (b"II*\0", "image"), (b"MM\0*", "image"), (b"\0\0\x01\0", "image"), (b"\0\0\0\x0cjP  ", "image"),
    (b"ID3", "audio"), (b"\xff\xfb", "audio"), (b"\xff\xf3", "audio"), (b"\xff\xf2", "audio"), (b"\xff\xf1", "audio"),
    (b"\xff\xf9", "audio"), (b"fLaC", "audio"), (b"#!AMR", "audio"),
    (b"\0\0\x01\xba", "video"), (b"\0\0\x01\xb3", "video"), (b"FLV\x01", "video"),
)  # fmt: skip
_RIFF = {b"WAVE": "audio", b"WEBP": "image", b"AVI ": "video"}
_BRANDS = {**dict.fromkeys((b"avif", b"avis", b"heic", b"heix", b"mif1"), "image"), b"M4A ": "audio", b"M4B ": "audio"}
_CONTAINERS = (b"OggS", b"\x1aE\xdf\xa3", b"\x30\x26\xb2\x75")
"""Ogg, Matroska and WebM, ASF: sound or video."""


def kind_of_suffix(name: str) -> str | None:
    """``image``, ``audio`` or ``video`` when the suffix says so."""
    return SUFFIXES.get(PurePosixPath(name).suffix.lower())


def kind_of(head: bytes, name: str = "") -> str | None:
    """``image``, ``audio`` or ``video`` when the first bytes are those of such a file."""
    told = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
    if told:
        return told
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "audio"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video")
    if head.startswith(_CONTAINERS):
        said = kind_of_suffix(name)
        return said if said in ("audio", "video") else "audio" if head.startswith(b"OggS") else "video"
    if head.startswith(b"BM") and len(head) >= 18 and head[6:10] == b"\0\0\0\0" and head[15:18] == b"\0\0\0":
        return "image"
    return None
