"""Pytest plugin: no test opens a network connection.

An audit hook sees every connection that Python code of this process asks for, whichever library
asks and however it reaches the socket. It cannot be taken out again, so no test can switch it off
by accident. Unix sockets stay allowed.
"""

import socket
import sys

_NETWORK_EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_LOOKUP_EVENTS = frozenset(
    {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
)


class NetworkUsed(RuntimeError):
    """A test tried to reach the network."""


def _hook(event: str, args: tuple[object, ...]) -> None:
    if event in _NETWORK_EVENTS:
        sock, address = args[0], args[1]
        if isinstance(sock, socket.SocketType) and sock.family == socket.AF_UNIX:
            return
        raise NetworkUsed(f"{event} to {address!r}: tests open no network connection")
    if event in _LOOKUP_EVENTS:
        raise NetworkUsed(f"{event} of {args[0]!r}: tests look up no host name")


sys.addaudithook(_hook)
