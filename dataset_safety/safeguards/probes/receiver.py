"""A receiver of alerts that answers with their nonce: the probes' own one on loopback, and one that operators may run."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LONGEST_MESSAGE = 64 << 10


def receiver(host: str, port: int, take: Callable[[dict[str, Any]], None]) -> ThreadingHTTPServer:
    """A server that hands each message to ``take`` and answers with its nonce; it runs once ``serve_forever`` is called."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            message = _message(self.rfile.read(int(length))) if length.isdigit() and int(length) <= LONGEST_MESSAGE else None
            if message is None:
                self.send_error(400)
                return
            take(message)
            body = json.dumps({"nonce": message.get("nonce", "")}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: what arrived is what ``take`` makes of it."""

    return ThreadingHTTPServer((host, port), Handler)


@contextmanager
def loopback_receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Address and messages of a receiver that lives as long as the block."""
    messages: list[dict[str, Any]] = []
    server = receiver("127.0.0.1", 0, messages.append)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", messages
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _message(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
