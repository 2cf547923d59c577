"""A server of a test's own, served in a thread."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from typing import TypeVar

Server = TypeVar("Server", bound=socketserver.BaseServer)
POLL_SECONDS = 0.05
"""How long a server takes at most to notice that it is to end."""


@contextlib.contextmanager
def served(server: Server) -> Iterator[Server]:
    """Serve until the context is left, and close the server."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
