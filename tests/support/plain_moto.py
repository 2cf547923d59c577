"""Plain moto's own server, for comparison: `python -m tests.support.plain_moto` prints its address and serves."""

from __future__ import annotations

import logging
import threading

from moto.server import ThreadedMotoServer

if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    print("http://{}:{}".format(*server.get_host_and_port()), flush=True)  # noqa: T201  # it is read by who started this
    threading.Event().wait()
