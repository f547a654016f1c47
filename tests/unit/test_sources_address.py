"""Pull addresses: how they are read, which are allowed, and that nothing else is ever dialled."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import pytest

from conference.model.errors import (
    AddressInvalid,
    AddressNotAllowed,
    HuishangError,
    NameUnknown,
    SchemeRefused,
    Unreachable,
)
from conference.sources.address import AddressPolicy, Endpoint, parse_address, resolve
from conference.sources.dial import dial, own_addresses, udp_pairs

DEFAULT = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")


def policy(*exact: tuple[str, int], networks: tuple[str, ...] = DEFAULT, own: set[str] | None = None) -> AddressPolicy:
    return AddressPolicy(networks, frozenset(exact), lambda: {"192.168.7.7", "fd00::7"} if own is None else own)


# ---- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("rtsp://10.1.2.3", ("rtsp://10.1.2.3", "10.1.2.3", 554, "", "")),
        ("RTSP://10.1.2.3:554/a?b=c", ("rtsp://10.1.2.3/a?b=c", "10.1.2.3", 554, "", "")),
        ("rtsp://u:p@10.1.2.3:8554/live", ("rtsp://10.1.2.3:8554/live", "10.1.2.3", 8554, "u", "p")),
        ("rtsp://u:p%40ss%3A@cam/live", ("rtsp://cam/live", "cam", 554, "u", "p@ss:")),
        ("rtsp://u:p@ss#1@cam/live", ("rtsp://cam/live", "cam", 554, "u", "p@ss#1")),
        ("rtsp://u%2541@cam/", ("rtsp://cam/", "cam", 554, "u%41", "")),
        ("rtsp://[FD00::1]:8554/x", ("rtsp://[fd00::1]:8554/x", "fd00::1", 8554, "", "")),
        ("rtsp://[::ffff:10.0.0.1]/x", ("rtsp://10.0.0.1/x", "10.0.0.1", 554, "", "")),
        ("rtsp://Camera-1.Example.COM./x", ("rtsp://camera-1.example.com/x", "camera-1.example.com", 554, "", "")),
        ("rtsp://摄像机.example/通道/1", ("rtsp://xn--o1q278b98b.example/%E9%80%9A%E9%81%93/1",)),
        ("rtsp://10.0.0.1/a%20b", ("rtsp://10.0.0.1/a%20b", "10.0.0.1", 554, "", "")),
    ],
)
def test_a_url_is_taken_apart(url: str, expected: tuple[object, ...]) -> None:
    found = parse_address(url)
    assert (found.url, found.host, found.port, found.username, found.password)[: len(expected)] == expected


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1/", "file:///etc/passwd", "rtsps://10.0.0.1/", "concat:rtsp://10.0.0.1/|x", "rtmp://10.0.0.1/a"],
)
def test_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(SchemeRefused):
        parse_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "10.0.0.1",
        "localhost:554/x",
        "rtsp:10.0.0.1",
        "rtsp:/10.0.0.1",
        "rtsp://",
        "rtsp:///x",
        "rtsp://10.0.0.1:0/",
        "rtsp://10.0.0.1:65536/",
        "rtsp://10.0.0.1:/",
        "rtsp://10.0.0.1:+80/",
        "rtsp://10.0.0.1:٨٠/",
        "rtsp://10.0.0.1 /",
        "rtsp://10.0.0.1/a b",
        "rtsp://10.0.0.1/a\r\nX: y",
        "rtsp://10.0.0.1\\@10.0.0.2/",
        "rtsp://10.0.0.1/\u202ex",
        "rtsp://10.0.0.1/#x",
        "rtsp://u%0d%0a:p@10.0.0.1/",
        "rtsp://u%ff:p@10.0.0.1/",
        "rtsp://[fe80::1%25eth0]/",
        "rtsp://[::1/",
        "rtsp://[::1]x/",
        "rtsp://[1.2.3.4]/",
        "rtsp://fd00::1/",
        "rtsp://a..b/",
        "rtsp://-a.b/",
        "rtsp://a%2fb/",
        "rtsp://10.0.0.1%00.example/",
        "rtsp://" + "a" * 300 + "/",
        "rtsp://cam/" + "a" * 2048,
        "rtsp://" + "u" * 257 + "@cam/",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(AddressInvalid):
        parse_address(url)


def test_an_endpoint_does_not_show_its_password() -> None:
    assert "secret" not in repr(parse_address("rtsp://u:secret@10.0.0.1/secret"))


# ---- what is allowed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ip", ["10.1.2.3", "172.31.255.1", "192.168.0.64", "fd00::1", "::ffff:10.1.2.3"])
def test_camera_networks_are_allowed(ip: str) -> None:
    policy().check(ip, 554)


@pytest.mark.parametrize(
    "ip",
    [
        "8.8.8.8",
        "172.32.0.1",
        "127.0.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "240.0.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "fd00:ec2::254",
        "192.168.7.7",
        "fd00::7",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1%eth0",
        "ff02::1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "fd00::5efe:7f00:1",
        "2001:db8::1",
        "nonsense",
        "",
    ],
)
def test_everything_else_is_not(ip: str) -> None:
    with pytest.raises(AddressNotAllowed):
        policy().check(ip, 554)


def test_a_whole_world_of_networks_still_leaves_this_machine_out() -> None:
    world = policy(networks=("0.0.0.0/0", "::/0"))
    for ip in ("127.0.0.1", "169.254.1.1", "192.168.7.7", "::1", "64:ff9b::7f00:1", "2002:a9fe:a9fe::", "0.0.0.0"):
        with pytest.raises(AddressNotAllowed):
            world.check(ip, 554)
    world.check("8.8.8.8", 554)
    world.check("64:ff9b::808:808", 554)


def test_an_exception_is_for_one_address_and_port() -> None:
    one = policy(("127.0.0.1", 8554), ("0:0::1", 8554), ("224.0.0.1", 8554))
    one.check("127.0.0.1", 8554)
    one.check("::ffff:127.0.0.1", 8554)
    one.check("::1", 8554)
    for ip, port in (("127.0.0.1", 8555), ("127.0.0.2", 8554), ("224.0.0.1", 8554)):
        with pytest.raises(AddressNotAllowed):
            one.check(ip, port)


def test_networks_that_are_none_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        policy(networks=("10.0.0.0/99",))


# ---- names ----------------------------------------------------------------------------------------------------------


def answering(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """The name service gives these, one answer after the other."""
    asked: list[str] = []

    async def lookup(_loop: object, host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", lookup)
    return asked


def camera(host: str = "cam.example") -> Endpoint:
    return Endpoint(f"rtsp://{host}/", host, 554, "", "")


async def test_of_several_addresses_the_first_allowed_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "127.0.0.1", "fe80::1%eth0", "8.8.8.8", "10.0.0.5", "10.0.0.6")
    assert await resolve(camera(), policy(), timeout_s=1) == ("10.0.0.5", 554)


async def test_a_name_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, "10.0.0.5")
    await resolve(camera(), policy(), timeout_s=1)
    assert asked == ["cam.example"]


async def test_a_name_of_this_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "127.0.0.1", "::1")
    with pytest.raises(AddressNotAllowed):
        await resolve(camera(), policy(), timeout_s=1)


async def test_an_unknown_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch)
    with pytest.raises(NameUnknown):
        await resolve(camera(), policy(), timeout_s=1)


async def test_a_silent_name_service_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", silent)
    with pytest.raises(NameUnknown):
        await resolve(camera(), policy(), timeout_s=0.05)


# ---- the honeypot ---------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def honeypots() -> Iterator[tuple[int, list[socket.socket]]]:
    """Listens on one port of 127.0.0.1 and ::1."""
    with socket.create_server(("127.0.0.1", 0)) as four:
        port = four.getsockname()[1]
        with socket.create_server(("::1", port), family=socket.AF_INET6) as six:
            for each in (four, six):
                each.settimeout(0)
            yield port, [four, six]


def visited(pots: list[socket.socket]) -> bool:
    for pot in pots:
        with contextlib.suppress(BlockingIOError):
            pot.accept()[0].close()
            return True
    return False


HOSTS = [
    *("127.0.0.1", "127.0.0.2", "127.1", "127.0.1", "0.0.0.0", "0", "2130706433", "0x7f000001", "0x7f.1"),
    *("0x7f.0x0.0x0.0x1", "0177.0.0.1", "0177.1", "017700000001", "127.0.0.1.", "127.000.000.001", "00127.0.0.1"),
    *(
        "localhost",
        "LOCALHOST",
        "localhost.",
        "localhost.localdomain",
        "ip6-localhost",
        "%6cocalhost",
        "ｌｏｃａｌｈｏｓｔ",
    ),
    *("[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::]", "[::1%25lo]", "[::1%lo]", "[fe80::1]"),
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]", "[::127.0.0.1]", "[::7f00:1]"),
    *("[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]"),
    *("１２７.0.0.1", "127。0。0。1", "127．0．0．1", "①②⑦.0.0.1", "%31%32%37.0.0.1", "127%2e0%2e0%2e1"),
    *("203.0.113.1@127.0.0.1", "203.0.113.1%40127.0.0.1", "u:p@127.0.0.1", "203.0.113.1:80@localhost"),
    *("255.255.255.255", "169.254.169.254", "224.0.0.1", "127.0.0.1%00", "127.0.0.1%09", "127.0.0.1%20"),
    *("127.0.0.1\\@203.0.113.1", "127.0.0.1#@203.0.113.1", "203.0.113.1?@127.0.0.1"),
]
URLS = [f"rtsp://{host}:PORT/live" for host in HOSTS] + [
    "rtsp:127.0.0.1:PORT/live",
    "rtsp:///127.0.0.1:PORT/live",
    "rtsp:\\\\127.0.0.1:PORT/live",
    "http://127.0.0.1:PORT/live",
    "concat:rtsp://127.0.0.1:PORT/live",
    "tcp://127.0.0.1:PORT",
    " rtsp://127.0.0.1:PORT/live",
]


async def reach(url: str, rules: AddressPolicy) -> None:
    endpoint = parse_address(url)
    ip, port = await resolve(endpoint, rules, timeout_s=2)
    (await dial(ip, port, timeout_s=0.3)).close()


async def test_no_spelling_of_this_machine_is_dialled() -> None:
    assert len(URLS) >= 60
    with honeypots() as (port, pots):
        rules = AddressPolicy(DEFAULT, frozenset(), own_addresses)
        for url in URLS:
            with pytest.raises(HuishangError):
                await reach(url.replace("PORT", str(port)), rules)
            assert not visited(pots), url


async def test_a_name_that_changes_its_mind_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the name service would say a second time: what was checked is what is dialled."""
    with honeypots() as (port, pots):
        answers = iter(["127.0.0.1", "::1", "::1"])

        async def lookup(*_: object, **__: object) -> list[tuple[object, ...]]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

        monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", lookup)
        await reach(f"rtsp://rebinding.example:{port}/", policy(("127.0.0.1", port)))
        assert visited(pots[:1])
        assert not visited(pots[1:])
        assert next(answers) == "::1"


async def test_the_exact_address_of_a_setting_is_dialled() -> None:
    with honeypots() as (port, pots):
        rules = AddressPolicy(DEFAULT, frozenset({("127.0.0.1", port), ("::1", port)}), own_addresses)
        for url in (f"rtsp://127.0.0.1:{port}/", f"rtsp://[::1]:{port}/", f"rtsp://[::ffff:127.0.0.1]:{port}/"):
            await reach(url, rules)
            assert visited(pots), url


# ---- sockets --------------------------------------------------------------------------------------------------------


async def test_a_closed_port_is_refused() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable) as refused:
            await dial("127.0.0.1", free.getsockname()[1], timeout_s=1)
    assert refused.value.cause == "refused"


async def test_silence_is_timed_out() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        place = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:  # fills the queue of the listener: further SYNs get no answer
            each.settimeout(0)
            each.connect_ex(place)
        with pytest.raises(Unreachable) as silent:
            await dial("127.0.0.1", place[1], timeout_s=0.2)
        for each in waiting:
            each.close()
    assert silent.value.cause == "timed-out"


async def test_a_dialled_socket_does_not_block() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, await dial(*server.getsockname(), timeout_s=1) as made:
        assert made.gettimeout() == 0
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 3000
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


@pytest.mark.parametrize(("family", "local"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_udp_ports_come_in_even_and_odd_pairs(family: socket.AddressFamily, local: str) -> None:
    made = udp_pairs(family, 4, local=local)
    ports = [each.getsockname()[1] for each in made]
    for each in made:
        each.close()
    assert len(set(ports)) == 8
    assert all(rtp % 2 == 0 and rtcp == rtp + 1 for rtp, rtcp in zip(ports[::2], ports[1::2], strict=True))
