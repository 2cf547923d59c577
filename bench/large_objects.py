"""The peak memory of a class in which two students hold objects of 700 MiB, beside the class without them.

    python -m bench.large_objects [STUDENTS] [--size MIB]

A server stands before the practice server and answers each GET of these two objects with as many bytes, which it makes
as it sends them. It says how many of them were taken.
"""

from __future__ import annotations

import argparse
import http.client
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3

from bench.class_run import grade, practice_class
from tests.support.served import served

HOLDERS = 2
OBJECT = "clock.png"
PART = bytes(2**16)
HOP = {"connection", "transfer-encoding", "content-length"}


class Front(ThreadingHTTPServer):
    """Forwards everything to the practice server, except GETs of the large objects."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, to: str, size: int) -> None:
        super().__init__(("127.0.0.1", 0), _Forward)
        self.to, self.size = urlsplit(to).netloc, size
        self.large: set[str] = set()
        self.sent = self.asked = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Forward(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _forward(self) -> None:
        front = self.server
        assert isinstance(front, Front)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = http.client.HTTPConnection(front.to)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        asked = urlsplit(self.path)
        is_object = asked.path in front.large and (not asked.query or "X-Amz-Signature" in asked.query)
        is_large = self.command == "GET" and answer.status == 200 and is_object
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(front.size if is_large else len(content)))
        self.end_headers()
        if is_large:
            self._send_large(front)
        elif self.command != "HEAD":
            self.wfile.write(content)
        connection.close()

    def _send_large(self, front: Front) -> None:
        front.asked += 1
        self.close_connection = True
        try:
            for _ in range(front.size // len(PART)):
                self.wfile.write(PART)
                front.sent += len(PART)
        except OSError:
            pass  # the client has seen enough

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _forward  # noqa: N815  # names of http.server

    def log_message(self, *args: object) -> None:
        """Print nothing."""


@contextmanager
def front_of(practice: Mapping[str, Any], size: int) -> Iterator[Front]:
    """Serve the practice accounts with large objects in the first ones."""
    with served(Front(practice["endpoint"], size)) as front:
        for account in practice["accounts"][:HOLDERS]:
            s3 = boto3.client(
                "s3",
                endpoint_url=practice["endpoint"],
                region_name=practice["region"],
                aws_access_key_id=account["access_key_id"],
                aws_secret_access_key=account["secret_access_key"],
                aws_session_token=account["session_token"],
            )
            front.large |= {f"/{each['Name']}/{OBJECT}" for each in s3.list_buckets()["Buckets"]}
        yield front


def main(students: int, size: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with practice_class(students, 0, folder / "class.csv") as (practice, _):
            for holders in (0, HOLDERS):
                with front_of(practice, size if holders else 0) as front:
                    if not holders:
                        front.large.clear()
                    at = {"AWS_ENDPOINT_URL": front.address, "AWS_DEFAULT_REGION": practice["region"]}
                    run = grade(
                        folder / f"with {holders}", at, "-m", "live", f"--roster={folder / 'class.csv'}", "--again"
                    )
                    taken = (
                        f"; {front.asked} reads of such an object took {front.sent / 2**20:.0f} MiB" if holders else ""
                    )
                    held = f"{holders} of them with an object of {size // 2**20} MiB"
                    print(f"{students} students, {held}: {run.peak} MB, {run.seconds:.1f} s{taken}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.large_objects")
    parser.add_argument("students", nargs="?", type=int, default=20)
    parser.add_argument("--size", type=int, default=700, help="MiB")
    given = parser.parse_args()
    main(given.students, given.size * 2**20)
