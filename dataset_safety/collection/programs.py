"""Which files and rows are program code (the type ``code`` of 6.1 b)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

SUFFIXES = frozenset(
    """.ada .adb .ads .asm .awk .bas .bash .bat .c .cc .clj .cmake .cob .cpp .cs .cu .cxx .d .dart .elm .erl .ex .exs
    .f .f90 .fs .go .gradle .groovy .h .hh .hpp .hs .hxx .inc .ino .ipynb .java .jl .js .jsx .kt .kts .lisp .lua .m
    .mk .ml .mli .mm .nim .pas .php .pl .pm .ps1 .py .pyi .pyx .r .rb .rkt .rs .s .scala .scm .sh .sol .sql .swift
    .tcl .ts .tsx .v .vb .vhd .vhdl .vue .zig .zsh""".split()  # noqa: SIM905
)
REPOSITORY_COLUMNS = frozenset({"repo_name", "repository_name", "repo", "repository", "max_stars_repo_name", "repo_path"})
_FILE_COLUMNS = frozenset(
    {"ext", "path", "file_path", "language", "programming_language", "license", "licence", "code", "max_stars_repo_path"}
)
_OPENINGS = ("#!", "/*", "//", "#", "<?", "<!--", "--", ";;", "%", "(*", '"""', "'''", "@echo", "REM ")
_BLOCKS = (("/*", "*/"), ("<!--", "-->"), ("<?xml", "?>"))
_NOTICE = re.compile(r"copyright|licen[cs]e|spdx", re.IGNORECASE)
_CODE_LINE = re.compile(
    r"^\s*(?:[#*%]|//|/\*|--|;;|<[/?!A-Za-z]|[})\]]|(?:import|from|package|def|class|public|private|static|return|if|for|while|echo|export"
    r"|set|include|using|function|const|let|var)\b|[A-Za-z_][\w.]*\s*(?:=|\())|[;{}>,\\]\s*$"
)


def is_program_file(name: str) -> bool:
    """Whether the suffix of a file name is that of a programming language."""
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def is_program_row(row: Mapping[str, Any]) -> bool:
    """Whether the columns beside the text say that it is a file of a code repository."""
    keys = row.keys()
    if not REPOSITORY_COLUMNS.isdisjoint(keys):
        return not _FILE_COLUMNS.isdisjoint(keys)
    extension = row.get("ext") or row.get("extension")
    return "programming_language" in keys or (isinstance(extension, str) and f".{extension.lower().lstrip('.')}" in SUFFIXES)


def looks_like_program(text: str) -> bool:
    """A source file without columns that say so: a script or markup header, or a notice in a comment, above lines of code."""
    if not text.startswith(_OPENINGS):
        return False
    head = text[:8000]
    if not head.startswith(("#!", "<?php", "<?xml")) and _NOTICE.search(head[:2000]) is None:
        return False
    lines = [line for line in _below_comments(head).splitlines() if line.strip()]
    return not lines or 2 * sum(_CODE_LINE.search(line) is not None for line in lines) >= len(lines)


def _below_comments(head: str) -> str:
    """What follows the block comments at the top; a notice is prose and says nothing about the lines below it."""
    for _ in range(4):
        head = head.lstrip()
        closing = next((closing for opening, closing in _BLOCKS if head.startswith(opening)), None)
        if closing is None:
            break
        head = head.partition(closing)[2]
    return head
