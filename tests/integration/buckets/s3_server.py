"""An S3 of the tests' own: moto's server, in a process of its own."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket
from typing import Any

import botocore.session
import obstore
from obstore.store import S3Store


class S3:
    """A running server with one bucket, `usage`."""

    def __init__(self, port: int):
        self.endpoint = f"http://127.0.0.1:{port}"

    def environment(self, variable: str, prefix: str) -> dict[str, str]:
        """What a collector needs."""
        return {
            variable: f"s3://usage/{prefix}",
            f"{variable}_AWS_ENDPOINT_URL": self.endpoint,
            f"{variable}_AWS_ACCESS_KEY_ID": "tests",
            f"{variable}_AWS_SECRET_ACCESS_KEY": "tests-secret",
            f"{variable}_AWS_REGION": "eu-central-1",
        }

    def client(self) -> Any:
        """Writes keys that no other library here takes."""
        return botocore.session.Session().create_client(
            "s3",
            region_name="eu-central-1",
            endpoint_url=self.endpoint,
            aws_access_key_id="tests",
            aws_secret_access_key="tests-secret",
        )

    def store(self, prefix: str) -> S3Store:
        """A prefix of the bucket, for the tests to write to."""
        return S3Store(
            "usage",
            prefix=prefix,
            endpoint=self.endpoint,
            access_key_id="tests",
            secret_access_key="tests-secret",
            region="eu-central-1",
            client_options={"allow_http": True},
        )


def put(store: S3Store, key: str, content: bytes | str) -> None:
    """Write an object."""
    obstore.put(store, key, content.encode() if isinstance(content, str) else content)


@contextmanager
def running_server() -> Iterator[S3]:
    """A new server with an empty bucket, stopped at the end."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        server = S3(port)
        for _ in range(600):
            try:
                made = urllib.request.Request(f"{server.endpoint}/usage", method="PUT")
                urllib.request.urlopen(made, timeout=5).close()
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        yield server
    finally:
        process.kill()
        process.wait()
