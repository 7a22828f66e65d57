"""Small inboxes that tests write themselves."""

from __future__ import annotations

import json
from pathlib import Path

CHINESE = [
    "图书馆周二开会讨论新馆的预算和开放时间。",
    "春天的时候我们去山里看花，路上遇到了老朋友。",
    "这台机器的说明书写得很清楚，照着做就行。",
]
ENGLISH = ["The library opens at nine and closes at six on weekdays.", "We walked along the river until the rain began to fall."]


def write_source(inbox: Path, stage: str, source_id: str, toml: str, files: dict[str, str | bytes]) -> Path:
    """One source folder with its ``source.toml`` and files."""
    folder = inbox / stage / source_id
    folder.mkdir(parents=True)
    (folder / "source.toml").write_text(f'source_id = "{source_id}"\n{toml}', encoding="utf-8")
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def jsonl(rows: list[dict[str, object]]) -> str:
    """Rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def small_inbox(root: Path) -> Path:
    """Both stages, three sources, readable and unreadable units, blank lines, generated rows, a picture."""
    inbox = root / "inbox"
    organisation = 'kind = "organisation"\n[origin]\ndataset_name = "{0}"\norganisation = "{0} press"\n'
    write_source(
        inbox, "pre_training", "library-notes", organisation.format("library"),
        {
            "a.jsonl": jsonl([{"text": text, "url": "https://example.org/a"} for text in CHINESE * 3]) + "\n{broken\n",
            "b.txt": "\n\n".join(ENGLISH * 3),
            "tiny.png": b"\x89PNG\r\n\x1a\n" + b"\x00" * 40,
        },
    )  # fmt: skip
    pages = [{"text": text, "url": f"https://example.net/{n}"} for n, text in enumerate(ENGLISH + CHINESE)]
    write_source(
        inbox, "pre_training", "pages", 'kind = "website"\n[origin]\nurl = "https://example.net/"\n',
        {"pages.jsonl": jsonl([*pages, {"text": ENGLISH[0] * 2}])},
    )  # fmt: skip
    write_source(
        inbox, "fine_tuning", "answers", organisation.format("answers") + '[generated]\nmodel = "a model"\n',
        {"answers.jsonl": jsonl([{"instruction": text, "output": ENGLISH[0]} for text in CHINESE])},
    )  # fmt: skip
    return inbox
