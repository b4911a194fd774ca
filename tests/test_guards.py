"""The guard against network use in tests really guards."""

import asyncio
import socket
import tempfile
from pathlib import Path

import pytest

from tests.guards import NetworkUsed


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_a_connection_is_refused(method: str) -> None:
    with socket.socket() as sock, pytest.raises(NetworkUsed):
        getattr(sock, method)(("127.0.0.1", 9))


def test_a_datagram_is_refused() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock,
        pytest.raises(NetworkUsed),
    ):
        sock.sendto(b"x", ("127.0.0.1", 9))


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(NetworkUsed):
        socket.getaddrinfo("example.org", 443)


async def test_asyncio_is_guarded_too() -> None:
    with pytest.raises(NetworkUsed):
        await asyncio.open_connection("127.0.0.1", 9)


def test_unix_sockets_stay_allowed() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="rv") as folder,
        socket.socket(socket.AF_UNIX) as server,
    ):
        path = str(Path(folder) / "s")
        server.bind(path)
        server.listen(1)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
