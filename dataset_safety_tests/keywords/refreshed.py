"""A home whose library is small, for tests of the refresh: its gate runs in a second, with the same rules."""

from __future__ import annotations

from pathlib import Path

from dataset_safety.keywords import signing
from dataset_safety.keywords.entries import Status
from dataset_safety.keywords.files import write_file
from dataset_safety.keywords.importing import Origin, read_lines

RISK, LANGUAGE = "A.1.h", "zh"
FIRST = "出租 + 银行卡 ~8 @review\n包夜上门服务 @review\n走量 + 叶子 ~6 @review\n绝密渠道代办入境"
DAY = "2026-11-20"


def draft(text: str, author: str = "chen") -> str:
    """A draft file with its author."""
    return f"# author: {author}\n{text}\n"


def small_shipped(root: Path):
    """A stand-in for the shipped folder: the bundled library with four entries, everything else as it is."""
    from dataset_safety.shipping import shipped

    folder = root / "bundled"
    write_folder(folder, FIRST)
    return lambda name: folder if name == "keyword_store" else shipped(name)


def write_folder(folder: Path, lines: str, status: str = "authored") -> None:
    """A folder of keyword files that holds exactly these entries."""
    origin = Origin(RISK, LANGUAGE, "authors", DAY, "written for a test", Status(status))
    header = {"risk": RISK, "language": LANGUAGE, "author": "authors", "added": DAY, "provenance": "written for a test"}
    write_file(folder / RISK / "zh.tsv", {**header, "status": status}, read_lines(lines, origin, name="first").entries)


def drop(home: Path, text: str, name: str = "one-A.1.h.zh.txt") -> Path:
    """A draft in the incoming folder."""
    folder = home / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(draft(text), encoding="utf-8")
    return path


def add_approvers(store, *names: str) -> None:
    """Approvers with keys of their own."""
    with store.database.write() as connection:
        for name in names:
            signing.add_approver(store.home, connection, name)
