"""Encodings: strict decoding only. UTF-8 first, byte order marks, the declared one, then candidates that must prove themselves.

A decoding that yields private-use, unassigned or control characters is refused: a wrong guess is worse than a quarantined
unit. charset-normalizer is asked last and only as a hint.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dataset_safety.collection.errors import StreamDamaged, UnitRefused
from dataset_safety.collection.limits import KIB, Limits
from dataset_safety.collection.streams import CHUNK, ReadsBytes, open_stream

SAMPLE = 256 * KIB
LINE_SAMPLE = 64 * KIB
HINT_LETTERS = 24  # a hint on less than a few words is a guess
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; UTF-32 before UTF-16, whose little-endian mark it begins with."""
WIDE = frozenset({"utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"})
MULTIBYTE = ("gb18030", "big5", "big5hkscs", "cp950", "cp932", "euc_jp", "cp949")
_WEB_NAMES = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}
"""Names that pages use for a smaller encoding than they write in (WHATWG Encoding, section 4.2)."""
_NO_CHARSET = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
FREQUENT = frozenset(
    "的一是不了在人有我他这這中大来來上个個国國到说說们們为為子和你地出道也时時年得就那要下以生会會自著着去之过過家学學对對可她"
    "里裡後后小么麼心多天而能好都然没沒日于於起还還发發成事只作当當想看文无無开開手十用主行方又如前所本见見经經头頭面公同三已老从從动動"
    "两兩长長"
)
"""The most frequent Chinese characters, both scripts: a fifth or more of running text, next to none of a wrong decoding."""
_ODD_LATIN = re.compile("[A-Za-z][\u3400-\u9fff][A-Za-z]")
_LATIN_WORD = re.compile("[A-Za-z\u00c0-\u024f\u2019']+")
_ALLOWED_CONTROLS = frozenset("\t\n\r\f\v\x1a")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and the encoding it was in; ``repairs`` names a conversion."""

    text: str
    encoding: str

    @property
    def repairs(self) -> list[str]:
        """What 6.2 a records about the change of encoding."""
        return conversion(self.encoding)


def conversion(encoding: str) -> list[str]:
    """The repair that stands for a conversion into Unicode; none for UTF-8."""
    return [] if encoding == "utf-8" else [f"encoding_converted:{encoding}"]


def known(name: str | None) -> str | None:
    """The codec of a declared name, None for a name that means nothing (or is no text encoding)."""
    if not name:
        return None
    try:
        "".encode(name.strip())  # refuses codecs that are no text encodings, such as zlib
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return None
    return None if found in _NO_CHARSET else _WEB_NAMES.get(found, found)


def mark_of(data: bytes) -> str | None:
    """The encoding that a byte order mark tells."""
    return next((encoding for mark, encoding in MARKS if data.startswith(mark)), None)


def without_mark(data: bytes) -> bytes:
    """UTF-8 bytes without their byte order mark."""
    return data.removeprefix(codecs.BOM_UTF8)


def acceptable(text: str) -> bool:
    """No private-use, unassigned or control characters."""
    for character in set(text):
        if character not in _ALLOWED_CONTROLS and unicodedata.category(character) in ("Cc", "Co", "Cn", "Cs"):
            return False
    return True


def decode_document(data: bytes, declared: str | None = None) -> Decoded:
    """Text of a whole file or payload, or ``UnitRefused``."""
    marked = mark_of(data)
    if marked is None or marked == "utf-8":
        try:
            return Decoded(without_mark(data).decode("utf-8"), "utf-8")
        except UnicodeDecodeError:
            pass
    encoding = marked or choose([data], declared, whole=True)
    if encoding == "utf-8":
        raise UnitRefused("bad_utf8")
    return Decoded(decode_line(data, encoding), encoding)


def decode_line(raw: bytes, encoding: str) -> str:
    """Strict decoding of one unit with the encoding of its file."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        reason = "bad_utf8" if encoding == "utf-8" else "bad_encoding"
        raise UnitRefused(reason, f"{encoding}, at byte {error.start} of the unit") from None
    except UnicodeError:
        raise UnitRefused("bad_encoding", encoding) from None
    if encoding != "utf-8" and not text.isascii() and not acceptable(text):
        raise UnitRefused("bad_encoding", f"{encoding} gives characters that no text holds")
    return text


def sniff(path: Path, limits: Limits, declared: str | None = None) -> str:
    """The encoding of a file that is read by line: judged on its first 256 KiB of lines that are not ASCII."""
    lines: list[bytes] = []
    size = 0
    try:
        with open_stream(path, limits) as stream:
            for head, line in _beyond_ascii(stream):
                if head is not None and (marked := mark_of(head)):
                    return marked
                if line:
                    lines.append(line)
                    size += len(line)
                if size > SAMPLE:
                    break
    except StreamDamaged:
        pass  # the reader meets the same damage and reports it with its place
    return choose(lines, declared) if lines else "utf-8"


def _beyond_ascii(stream: ReadsBytes) -> Iterator[tuple[bytes | None, bytes]]:
    """First the head of the stream, then lines that hold bytes beyond ASCII; of a long line only its beginning."""
    carry, first, passing = b"", True, False
    while chunk := stream.read(CHUNK):
        if first:
            yield chunk[:4], b""
            first = False
        if passing:
            chunk = chunk.partition(b"\n")[2]
            passing = not chunk
        if chunk.isascii() and carry.isascii():
            carry = chunk[chunk.rfind(b"\n") + 1 :][:LINE_SAMPLE]
            continue
        parts = (carry + chunk).split(b"\n")
        carry = parts.pop()
        yield from ((None, part[: 2 * LINE_SAMPLE]) for part in parts if not part.isascii())
        if len(carry) > LINE_SAMPLE and not carry.isascii():
            yield None, carry[: 2 * LINE_SAMPLE]
            carry, passing = b"", True
    if not carry.isascii():
        yield None, carry


def choose(lines: Sequence[bytes], declared: str | None = None, *, whole: bool = False) -> str:
    """The encoding that most lines prove; with ``whole`` every byte must decode. UTF-8 when nothing else is proved."""
    if _decodable(lines, "utf-8", whole=whole) >= (1.0 if whole else 0.5):
        return "utf-8"
    named = known(declared)
    if named and _decodable(lines, named, whole=whole) >= (1.0 if whole else 0.9):
        return named
    proofs = {encoding: _proof(lines, encoding, whole=whole) for encoding in (*MULTIBYTE, "cp1252")}
    best = max(proofs, key=lambda encoding: proofs[encoding])
    if proofs[best] > 0:
        return best
    return _hinted(lines, whole=whole) or "utf-8"


def _decodable(lines: Sequence[bytes], encoding: str, *, whole: bool) -> float:
    """Share of lines that decode; a line of a sample may be cut inside its last character."""
    make = codecs.getincrementaldecoder(encoding)
    good = 0
    for line in lines:
        try:
            make().decode(line, final=whole)
        except UnicodeError:
            continue
        good += 1
    return good / len(lines)


def _proof(lines: Sequence[bytes], encoding: str, *, whole: bool) -> float:
    """How well the beginning of the text looks like text of the encoding's languages; 0 when it proves nothing."""
    texts: list[str] = []
    for line in lines:
        try:
            texts.append(codecs.getincrementaldecoder(encoding)().decode(line[:SAMPLE]))
        except UnicodeError:
            if whole:
                return 0.0
    if len(texts) < 0.95 * len(lines):
        return 0.0
    text = "\n".join(texts)
    if not acceptable(text):
        return 0.0
    return _latin_proof(text) if encoding == "cp1252" else _asian_proof(text, encoding)


def _asian_proof(text: str, encoding: str) -> float:
    beyond = Counter(character for character in text if character > "\x7f")
    total = beyond.total()
    kinds: Counter[str] = Counter()
    for character, count in beyond.items():
        kinds[_kind(character)] += count
    if kinds["other"] > 0.05 * total or len(_ODD_LATIN.findall(text)) > 0.02 * total:
        return 0.0
    if kinds["punctuation"] + kinds["other"] == total:
        return 0.6  # Latin text with typographic marks of an East Asian set: every one of them must be such a mark
    hanzi, kana, hangul = kinds["hanzi"], kinds["kana"], kinds["hangul"]
    if encoding in ("cp932", "euc_jp"):
        return 0.9 if kana > 0.2 * (hanzi + kana) else 0.0
    if encoding == "cp949":
        return 0.8 if hangul > 0.9 * (hanzi + hangul) else 0.0
    if hanzi == 0 or kana + hangul > 0.1 * hanzi:
        return 0.0
    frequent = sum(count for character, count in beyond.items() if character in FREQUENT) / hanzi
    return 0.7 + 0.3 * frequent if frequent > 0.1 else 0.0


def _kind(character: str) -> str:
    if "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff":
        return "hanzi"
    if "\u3041" <= character <= "\u30ff" or "\uff66" <= character <= "\uff9f":
        return "kana"
    if "\uac00" <= character <= "\ud7a3":
        return "hangul"
    if "\u2010" <= character <= "\u203b" or "\u3000" <= character <= "\u301f" or "\uff01" <= character <= "\uff5e":
        return "punctuation"
    if character == "·":
        return "punctuation"
    return "other"


def _latin_proof(text: str) -> float:
    """Western European text: letters beyond ASCII stand inside words that are mostly ASCII, or are typographic marks."""
    beyond = [character for character in text if character > "\x7f"]
    marks = sum(character in "‘’“”–—…•€£§©®°«»·´\u00a0" for character in beyond)
    inverted = len(re.findall(r"(?:^|[\s(\"'«“])[¿¡]+[\w«“]", text))
    inside = 0
    for word in _LATIN_WORD.findall(text):
        letters = sum(character >= "\u00c0" and character != "\u2019" for character in word)
        if letters and (2 * letters <= len(word) or len(word) == 1):
            inside += letters
    return 0.5 if marks + inverted + inside >= 0.97 * len(beyond) else 0.0


def _hinted(lines: Sequence[bytes], *, whole: bool) -> str | None:
    """What charset-normalizer believes, if it decodes strictly into characters that texts hold, in words of one script."""
    from charset_normalizer import from_bytes

    sample = b"\n".join(lines)[: 64 * KIB]
    best = from_bytes(sample).best()
    encoding = known(best.encoding) if best is not None else None
    if encoding is None or encoding in ("utf-8", *MULTIBYTE, "cp1252", *WIDE):
        return None  # those had to prove themselves
    if _decodable(lines, encoding, whole=whole) < (1.0 if whole else 0.95):
        return None
    text = sample.decode(encoding, "ignore")
    letters = Counter(unicodedata.name(sign, "?").split()[0] for sign in text if sign > "\x7f" and sign.isalpha())
    if letters.total() < HINT_LETTERS or not acceptable(text):
        return None
    script, count = letters.most_common(1)[0]
    return encoding if script in ("CYRILLIC", "GREEK", "ARABIC", "HEBREW", "THAI") and count >= 0.97 * letters.total() else None


class TranscodedStream:
    """A stream in another encoding, read as UTF-8; a byte that cannot be decoded ends it with ``StreamDamaged``."""

    def __init__(self, stream: ReadsBytes, encoding: str) -> None:
        self._stream, self._encoding = stream, encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._ready = b""
        self._ended = False

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes of UTF-8; empty only at the end."""
        while not self._ready and not self._ended:
            chunk = self._stream.read(CHUNK)
            self._ended = not chunk
            try:
                text = self._decoder.decode(chunk, final=self._ended)
            except UnicodeError:
                raise StreamDamaged("bad_encoding", self._encoding) from None
            if self._encoding not in WIDE and not text.isascii() and not acceptable(text):
                raise StreamDamaged("bad_encoding", f"{self._encoding} gives characters that no text holds")
            self._ready = text.encode("utf-8")
        piece, self._ready = self._ready[:size], self._ready[size:]
        return piece
