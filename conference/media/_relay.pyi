"""The seam to the Rust media plane: small typed calls down, events up in batches, nothing per RTP packet.

Ids are unsigned 32-bit integers chosen by the caller and never reused within a process. Every call returns at once: it
only puts a command on the worker's bounded queue. What the worker thinks of it comes back as an event.
"""

from typing import Final, Literal, Self, final

from typing_extensions import disjoint_base

__all__ = [
    "Encoding",
    "Event",
    "Extension",
    "LayerStats",
    "Payload",
    "Relay",
    "RelayError",
    "SrtGate",
    "Stats",
    "SubscriptionStats",
    "TrackStats",
    "TransportStats",
    "Want",
    "version",
]

Codec = Literal["vp8", "vp9", "h264", "av1", "opus", "red", "pcmu", "pcma"]
Kind = Literal["audio", "video"]
LayerReason = Literal["fits", "tile", "bandwidth", "no-layer", "hidden", "publisher-paused", "waiting-keyframe"]
IceState = Literal["connected", "disconnected", "failed"]

class RelayError(Exception):
    """A command that cannot be taken: unknown id, full queue, worker gone. `str()` begins with a stable code."""

@final
class Payload:
    """One codec of one m-section. `rtx_pt` is the payload type of its retransmissions (RFC 4588)."""

    def __new__(cls, pt: int, codec: Codec, clock_hz: int, rtx_pt: int | None = None) -> Self: ...
    pt: Final[int]
    codec: Final[Codec]
    clock_hz: Final[int]
    rtx_pt: Final[int | None]

@final
class Encoding:
    """One simulcast layer of a publisher, lowest quality first. `rid` or `ssrc` or neither (learnt from the mid)."""

    def __new__(cls, *, rid: str | None = None, ssrc: int | None = None, rtx_ssrc: int | None = None) -> Self: ...

@final
class Extension:
    """A negotiated RTP header extension (RFC 8285)."""

    def __new__(cls, id: int, uri: str) -> Self: ...  # noqa: A002

@final
class Want:
    """What one subscriber wants of one subscription.

    Sizes are device pixels of the tile; (0, 0) = hidden: send nothing.
    `priority` 0..255, higher is served first when bandwidth is short. `max_temporal` 0..3.
    """

    def __new__(
        cls, subscription: int, width: int, height: int, *, priority: int = 100, max_temporal: int = 3
    ) -> Self: ...

@final
class Relay:
    """One relay worker: one thread, one UDP+TCP port number on each listen address."""

    def __new__(
        cls,
        *,
        listen: list[tuple[str, int]],
        ring_slots: int = 8192,
        max_transports: int = 4096,
        start_bitrate_bps: int = 1_000_000,
        max_bitrate_bps: int = 30_000_000,
        busy_tick_us: int = 3000,
        udp: bool = True,
        tcp: bool = True,
    ) -> Self:
        """Binds at once; raises OSError (EADDRINUSE, EADDRNOTAVAIL, …).

        Port 0 picks a free one; see `ports`. `udp=False` serves ICE-TCP only.
        """
    @property
    def ports(self) -> list[tuple[str, int]]: ...
    def fileno(self) -> int:
        """Readable when `poll` has events (an eventfd): for `loop.add_reader`."""
    def poll(self) -> list[Event]: ...
    def close(self) -> None:
        """Stops the thread and closes the sockets; idempotent."""

    # transports
    def add_transport(self, transport: int, *, room: int, ufrag: str, pwd: str) -> None: ...
    def restart_ice(self, transport: int, *, ufrag: str, pwd: str) -> None:
        """New credentials on the same transport; the old path stays in use until the new one is nominated."""
    def send_dtls(self, transport: int, datagram: bytes) -> None: ...
    def install_srtp(
        self, transport: int, profile: str, rx_key: bytes, rx_salt: bytes, tx_key: bytes, tx_salt: bytes
    ) -> None:
        """`profile` is OpenSSL's name, e.g. SRTP_AEAD_AES_128_GCM."""
    def close_transport(self, transport: int) -> None:
        """Ends its tracks and subscriptions too; `Event.Closed` follows. From here on no byte of it is forwarded."""
    def add_injector(self, transport: int, *, room: int) -> None:
        """A local transport, without ICE, DTLS and SRTP: media in clear through a descriptor, both ways; see `inject`.

        `publish` and everything after it work as on any other (`mid` "" and no `encodings`: the payload type routes).
        Its video is kept from the last keyframe on, so that a subscriber begins at once.

        `subscribe` makes it a tap: what its subscriptions are sent, RTP rewritten as for any subscriber, goes out
        through the descriptor. Bandwidth is unlimited: the best layer that the wants allow, nothing is paced, measured,
        probed or sent again (`rtx_ssrc` None). Packets that were repaired come late, in their place by number; a number
        that was left out may come as a packet of padding alone. Sender reports (NTP of the relay, one clock for all
        tracks) come about once a second and soon after a stream begins or changes its source; none before the publisher
        has told its clock. A subscription that ends is told with BYE.
        """
    def inject(self, transport: int, fd: int) -> None:
        """Gives an injector its SOCK_SEQPACKET socket. `fd` is duplicated: the caller closes its own.

        A datagram (at most 65,535 bytes) is one or more RTP or RTCP packets, each behind its length, 16 bits
        big-endian. Keyframe requests for its tracks are written to it in the same framing, at most one in 500 ms per
        layer; RTCP PLI or FIR read from it, naming the SSRC of one of its subscriptions, asks the publisher.

        Another call replaces the descriptor: its tracks begin new streams at once, whatever their SSRCs, and its
        subscriptions go on under their SSRCs and numbers, video from a keyframe. End of file or an error drops the
        descriptor; transport, tracks and subscriptions stay, and what was to be sent is counted as `tap-closed`.

        Nothing waits for a reader. What finds no room is dropped (`tap-full`), and video then waits until a quarter of
        the send buffer is in use at most, and for a keyframe, asked for at most once in 500 ms; sound goes on with the
        first room there is. How much room there is the caller decides by SO_SNDBUF of the relay's end, before the call.
        Raises OSError (EBADF, ENOTSOCK, EMFILE, …).
        """

    # publishing
    def publish(
        self,
        transport: int,
        track: int,
        *,
        kind: Kind,
        mid: str,
        payloads: list[Payload],
        extensions: list[Extension],
        encodings: list[Encoding],
    ) -> None: ...
    def unpublish(self, track: int) -> None: ...
    def pause_track(self, track: int, paused: bool) -> None:
        """Paused: nothing of this track is forwarded to anyone, whatever its publisher sends."""
    def request_keyframe(self, track: int) -> None: ...

    # subscribing
    def subscribe(
        self,
        transport: int,
        subscription: int,
        track: int,
        *,
        mid: str,
        ssrc: int,
        rtx_ssrc: int | None,
        payloads: list[tuple[int, Payload]],
        extensions: list[Extension],
        cname: str,
        screen: bool = False,
    ) -> None:
        """`payloads` pairs the publisher's payload type with what this subscriber calls that codec."""
    def unsubscribe(self, subscription: int) -> None: ...
    def set_wants(self, wants: list[Want]) -> None: ...
    def stats(self) -> Stats:
        """A snapshot the worker makes once a second; never waits for the worker."""

@disjoint_base
class Event:
    """What the relay tells. A closed union: match on the nested classes."""

    @final
    class Dtls(Event):
        __match_args__ = ("transport", "datagram")
        transport: int
        datagram: bytes
        def __new__(cls, transport: int, datagram: bytes) -> Self: ...

    @final
    class Ice(Event):
        """connected: nominated path (also on change of path); disconnected: no check for 5 s.

        failed: no check for 30 s (RFC 7675).
        """

        __match_args__ = ("transport", "state", "remote", "protocol")
        transport: int
        state: IceState
        remote: str
        protocol: Literal["udp", "tcp"]
        def __new__(cls, transport: int, state: IceState, remote: str, protocol: Literal["udp", "tcp"]) -> Self: ...

    @final
    class Layer(Event):
        """What a subscription gets now; `layer` is None when nothing is sent, and `reason` says why."""

        __match_args__ = ("subscription", "layer", "temporal", "reason")
        subscription: int
        layer: int | None
        temporal: int
        reason: LayerReason
        def __new__(cls, subscription: int, layer: int | None, temporal: int, reason: LayerReason) -> Self: ...

    @final
    class Estimate(Event):
        __match_args__ = ("transport", "bps")
        transport: int
        bps: int
        def __new__(cls, transport: int, bps: int) -> Self: ...

    @final
    class Loudest(Event):
        __match_args__ = ("room", "tracks")
        room: int
        tracks: list[int]
        def __new__(cls, room: int, tracks: list[int]) -> Self: ...

    @final
    class Receiving(Event):
        """Media of a track started (first packet) or stopped (none for 2 s)."""

        __match_args__ = ("track", "receiving")
        track: int
        receiving: bool
        def __new__(cls, track: int, receiving: bool) -> Self: ...

    @final
    class Closed(Event):
        __match_args__ = ("transport", "reason")
        transport: int
        reason: str
        def __new__(cls, transport: int, reason: str) -> Self: ...

@final
class TransportStats:
    transport: int
    rtt_ms: float | None
    received_packets: int
    received_bytes: int
    sent_packets: int
    sent_bytes: int
    lost_up: float
    """Share of packets from this peer lost before repair, last report interval, 0..1."""
    lost_down: float
    """Share of packets to this peer lost before repair, as it reports, 0..1."""
    estimate_bps: int
    """0 for a local transport, which has none."""
    protocol: str
    """udp, tcp or local."""
    ice_restarts: int

@final
class LayerStats:
    bitrate_bps: int
    fps: float
    width: int
    height: int
    active: bool
    largest_frame_bytes: int
    """Payload of the largest frame, keyframes aside, of the last whole second; 0 when there was none."""
    keyframes: int
    """Keyframes since the track began."""
    last_packet_age_ms: int | None
    """Time since the last packet at the moment of the snapshot; None before the first."""

@final
class TrackStats:
    track: int
    layers: list[LayerStats]
    received_packets: int
    lost_packets: int
    nacks_sent: int
    keyframe_requests_sent: int
    jitter_ms: float

@final
class SubscriptionStats:
    subscription: int
    sent_packets: int
    sent_bytes: int
    resent_packets: int
    nacks_received: int
    keyframe_requests_received: int
    layer: int | None

@final
class Stats:
    drops: dict[str, int]
    """Packets refused, by reason; every reason is present."""
    transports: list[TransportStats]
    tracks: list[TrackStats]
    subscriptions: list[SubscriptionStats]
    received_packets: int
    sent_packets: int
    send_calls: int
    cpu_us: int
    """Scheduler run time of the worker thread."""

@final
class SrtGate:
    """The listening half of SRT over bound UDP sockets (duplicated). For one thread; no method blocks. Raises
    OSError."""

    def __new__(cls, fds: list[int], *, latency_ms: int) -> Self: ...
    def poll(self) -> list[tuple[Literal["knock", "gone", "closed"], int, str, str]]:
        """Reads what has come, does what is due. ("knock", connection, resource, "ip:port"): a caller waits for `admit`
        or `refuse`, 5 s at most. ("gone", connection, cause, ""): it ended before it stood; cause as words.Gone has it.
        ("closed", connection, "closed" or "timeout", ""): it ended after."""
    def timeout_s(self) -> float | None:
        """When `poll` must be called although no socket is readable. None: need not be."""
    def admit(self, connection: int, passphrase: str, fd: int) -> bool:
        """Lets a caller in if `passphrase` (10 to 79 bytes) opens its keys. Payloads then go to `fd` (duplicated), a
        non-blocking SOCK_SEQPACKET, in order, up to 16 KiB together. False: it is not in, `poll` tells why."""
    def refuse(self, connection: int, code: str) -> None:
        """`code`: as words.Refuse has it, else ValueError."""
    def close(self, connection: int) -> None:
        """Ends a connection that stands; its caller hears it at once. No news follow."""
    def lost(self, connection: int) -> tuple[int, int]:
        """Packets that never came, bytes `fd` was too slow for."""

@final
class SrtCall:
    """The calling half of SRT over a connected UDP socket (duplicated). For one thread; no method blocks.

    Raises OSError, and ValueError for a passphrase that has not 10 to 79 bytes, a stream id over 512, a latency over
    8 s.
    """

    def __new__(cls, fd: int, *, stream_id: str, passphrase: str | None, latency_ms: int) -> Self: ...
    def poll(
        self,
    ) -> Literal["connecting", "stands", "closed", "silent", "refused", "wrong-password", "protocol"]:
        """Reads what has come, does what is due; how it stands, or why it is over."""
    def timeout_s(self) -> float | None:
        """When `poll` must be called although the socket is not readable. None: it is over."""
    def send(self, media: bytes) -> bool:
        """In packets of 1316 bytes. False: not all of them, the far end does not keep up."""
    def close(self) -> None:
        """Says goodbye."""
    def counts(self) -> tuple[int, int, int]:
        """Packets sent, packets sent again, packets given up."""

def version() -> str: ...
