"""A visitor's bytes, in clear or behind TLS, without blocking."""

import socket
import ssl
from typing import Final, Protocol

TLS_FIRST_BYTE: Final = 0x16


class Channel(Protocol):
    """`receive` gives None when there is nothing yet, b"" at the end; both raise OSError when it is broken.
    `wants_write`: call again when the socket takes more, whatever the direction was."""

    wants_write: bool

    def fileno(self) -> int: ...
    def receive(self, max_bytes: int) -> bytes | None: ...
    def send(self, data: bytes | bytearray) -> int: ...
    def finish(self) -> None:
        """Nothing more will be sent."""
        ...

    def close(self) -> None: ...


class ClearChannel:
    """The socket itself."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(0)
        self._sock = sock
        self.wants_write = False

    def fileno(self) -> int:
        """Of the socket."""
        return self._sock.fileno()

    def first_byte(self) -> int | None:
        """Looked at, not taken; None while nothing came, -1 at the end. Raises OSError."""
        try:
            head = self._sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return None
        return head[0] if head else -1

    def secured(self, context: ssl.SSLContext) -> "TlsChannel":
        """The same connection as the server end of TLS; this one is not to be used any more."""
        return TlsChannel(self._sock, context)

    def receive(self, max_bytes: int) -> bytes | None:
        """See Channel."""
        try:
            return self._sock.recv(max_bytes)
        except BlockingIOError:
            return None

    def send(self, data: bytes | bytearray) -> int:
        """Bytes taken."""
        try:
            return self._sock.send(data, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return 0

    def finish(self) -> None:
        """Half-close."""
        self._sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Our copy of the socket only: whoever it was handed to goes on."""
        self._sock.close()


class TlsChannel:
    """Server end of TLS; the handshake happens with the first `receive`."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        self._sock = context.wrap_socket(
            sock, server_side=True, do_handshake_on_connect=False, suppress_ragged_eofs=True
        )
        self._sock.settimeout(0)
        self.wants_write = False

    def fileno(self) -> int:
        """Of the socket."""
        return self._sock.fileno()

    def receive(self, max_bytes: int) -> bytes | None:
        """See Channel. At most one TLS record: call until None."""
        self.wants_write = False
        try:
            return self._sock.recv(max_bytes)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLWantWriteError:
            self.wants_write = True
            return None

    def send(self, data: bytes | bytearray) -> int:
        """Bytes taken."""
        try:
            return self._sock.send(data)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0

    def finish(self) -> None:
        """Half-close of TCP: the TLS goodbye needs answers we do not wait for."""
        self._sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Ends the connection."""
        self._sock.close()


def server_context(cert_path: str, key_path: str) -> ssl.SSLContext:
    """For RTMPS. Raises OSError when the files cannot be read or do not fit together."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(cert_path, key_path)
    return context
