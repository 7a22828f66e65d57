"""Where changes come from (B.1 c): files dropped into ``HOME/incoming``, configured addresses, a reviewer's edit.

A ``.tsv`` file has the format of the library; entries of status ``retired`` withdraw. A draft is named
``A.2.e.zh.txt`` (``<risk>.<language>.txt``, anything may stand before it and a dash) and says ``# author: NAME``.
"""

from __future__ import annotations

import re
import secrets
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.message import Message
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from dataset_safety import clock
from dataset_safety.keywords.entries import Entry, Status
from dataset_safety.keywords.errors import InvalidEntry, KeywordError, SourceRefused
from dataset_safety.keywords.files import HEADER, read_file, write_file
from dataset_safety.keywords.importing import Origin, read_draft
from dataset_safety.keywords.settings import Settings
from dataset_safety.standard import load_edition
from dataset_safety.store.home import Home

FOLDER = "incoming"
_DRAFT = re.compile(r"(?:.*-)?(A\.\d\.[a-z])\.([a-z]{2,3})\.txt")
_AUTHOR = re.compile(r"^#\s*author:\s*(\S.*)$", re.MULTILINE)
BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Incoming:
    """Changes of one file: its name, the SHA-256 of its bytes, the entries that it states, and where it waits if it does."""

    name: str
    sha256: str
    entries: tuple[Entry, ...]
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file or address whose changes are not taken, and why; ``sha256`` is empty where nothing could be read."""

    name: str
    sha256: str
    error: KeywordError
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """What waits: the changes that can be followed, and what is refused."""

    changes: tuple[Incoming, ...]
    refused: tuple[Refusal, ...]


def waiting_files(home: Home) -> list[Path]:
    """Files in the incoming folder, in order of name."""
    folder = home.root / FOLDER
    suffixes = (".tsv", ".txt")
    return sorted(path for path in folder.iterdir() if path.suffix in suffixes and path.is_file()) if folder.is_dir() else []


def unseen_files(home: Home, known: frozenset[str]) -> list[str]:
    """SHA-256 of the waiting files that no generation has taken in yet."""
    return sorted({_digest(path) for path in waiting_files(home)} - known)


def gather(home: Home, settings: Settings, known: Collection[str]) -> Gathered:
    """Changes of every file and address whose content is not among ``known``; a refused one never stops the others."""
    found: list[Incoming | Refusal | None] = []
    for waiting in waiting_files(home):
        found.append(_read(waiting, settings, known, waits=True))
    for address in settings.sources:
        try:
            with _fetched(address, home, settings) as path:
                found.append(_read(path, settings, known, waits=False))
        except SourceRefused as error:
            found.append(Refusal(address[:200], "", error))
    changes = {one.sha256: one for one in found if isinstance(one, Incoming)}  # the same content twice is one change
    return Gathered(tuple(changes.values()), tuple(one for one in found if isinstance(one, Refusal)))


def _read(path: Path, settings: Settings, known: Collection[str], *, waits: bool) -> Incoming | Refusal | None:
    place, digest = path if waits else None, ""
    try:
        digest = _digest(path)
        return None if digest in known else replace(read_changes(path, settings), path=place)
    except KeywordError as error:
        return Refusal(path.name, digest, error, place)
    except OSError as error:
        problem = f"it cannot be read ({type(error).__name__})"
        return Refusal(path.name, digest, _refused(path.name, problem, "correct its permissions."), place)


def read_changes(path: Path, settings: Settings) -> Incoming:
    """The entries of one file; a file with one bad line or entry is refused as a whole."""
    if path.stat().st_size > settings.source_bytes:
        raise _refused(path.name, f"it has more than {settings.source_bytes} bytes", "split it, or raise source_bytes.")
    if path.suffix == ".tsv":
        entries = tuple(replace(entry, bundled=False) for entry in read_file(path, bundled=False))
    else:
        entries = _draft_entries(path)
    if not entries:
        raise _refused(path.name, "it is empty", "an empty file never changes the library.")
    return Incoming(path.name, _digest(path), entries)


def drop_edit(home: Home, entries: Sequence[Entry]) -> list[Path]:
    """Write a reviewer's edit into the incoming folder, one file a risk and language."""
    folder = home.root / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths = []
    for risk, language, provenance in sorted({(e.risks[0], e.language, e.provenance) for e in entries}):
        chosen = [e for e in entries if (e.risks[0], e.language, e.provenance) == (risk, language, provenance)]
        header = {name: getattr(chosen[0], name, "") for name in HEADER} | {"risk": risk, "status": Status.AUTHORED.value}
        path = folder / f"edit-{clock.now():%Y%m%dT%H%M%S}-{secrets.token_hex(2)}-{risk}.{language}.tsv"
        write_file(path, header, chosen)
        paths.append(path)
    return paths


def retired(entry: Entry, author: str) -> Entry:
    """The same entry, withdrawn today."""
    return replace(entry, status=Status.RETIRED, author=author, added=clock.today().isoformat())


def _draft_entries(path: Path) -> tuple[Entry, ...]:
    named = _DRAFT.fullmatch(path.name)
    if named is None or named[1] not in load_edition().risk_ids:
        raise _refused(path.name, "its name states no risk and language", "name a draft like A.2.e.zh.txt.")
    try:
        author = _AUTHOR.search(path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError:
        raise _refused(path.name, "it is not UTF-8", "save the file as UTF-8.") from None
    if author is None:
        raise _refused(path.name, "it states no author", "add the line '# author: NAME'.")
    origin = Origin(named[1], named[2], author[1].strip(), clock.today().isoformat(), f"draft {path.name}"[:80], bundled=False)
    draft = read_draft(path, origin)
    if draft.refused:
        raise _first(draft.refused)
    return draft.entries


def _first(errors: Sequence[InvalidEntry]) -> InvalidEntry:
    return errors[0]


class _SecureRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to https only."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Any:
        """Refuse any other scheme."""
        if urlsplit(newurl).scheme != "https":
            raise _refused(req.full_url, "it leads away from https", "name the final address.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


@contextmanager
def _fetched(address: str, home: Home, settings: Settings) -> Iterator[Path]:
    """The content of an address as a file in staging, which is removed afterwards."""
    scheme, name = urlsplit(address).scheme, Path(unquote(urlsplit(address).path)).name
    if scheme not in ("https", "file") or Path(name).suffix not in (".tsv", ".txt"):
        raise _refused(address, "it is no https or file address of a .tsv or .txt file", "see keywords.toml, sources.")
    if scheme == "file" and not Path(unquote(urlsplit(address).path)).is_file():
        raise _refused(address, "there is no such file", "correct keywords.toml, sources.")
    folder = home.staging / secrets.token_hex(8)
    folder.mkdir(mode=0o700, parents=True)
    path = folder / name
    try:
        _download(address, path, settings)
        yield path
    finally:
        path.unlink(missing_ok=True)
        folder.rmdir()


def _download(address: str, path: Path, settings: Settings) -> None:
    deadline = monotonic() + settings.source_seconds
    opener = urllib.request.build_opener(_SecureRedirects())
    try:
        with opener.open(address, timeout=settings.source_seconds) as answer, path.open("wb") as file:
            while block := answer.read(BLOCK):
                file.write(block)
                if file.tell() > settings.source_bytes:
                    raise _refused(address, f"it has more than {settings.source_bytes} bytes", "raise source_bytes.")
                if monotonic() > deadline:
                    raise _refused(address, f"it took more than {settings.source_seconds} s", "try again later.")
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise _refused(address, f"it cannot be read ({type(error).__name__})", "try again later, or drop the file.") from None


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _refused(source: str, problem: str, hint: str) -> SourceRefused:
    return SourceRefused(f"{source[:200]} is refused: {problem}.", hint=hint, source=source)
