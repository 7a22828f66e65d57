"""Where people reach the review page: the address that verdicts link to."""

from __future__ import annotations

import os

PORT = 3080
VARIABLE = "DATASET_SAFETY_REVIEW_URL"


def page_address() -> str:
    """``DATASET_SAFETY_REVIEW_URL`` if it is a web address, else where ``review serve`` listens unless told otherwise."""
    stated = os.environ.get(VARIABLE, "").rstrip("/")
    return stated if stated.startswith(("http://", "https://")) else f"http://127.0.0.1:{PORT}"
