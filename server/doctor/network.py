"""Ports, UDP, advertised addresses."""

from __future__ import annotations

import errno
import http.client
import ipaddress
import json
import socket
import ssl
from typing import TYPE_CHECKING, Final

from conference.media.candidates import own_addresses
from server.doctor.finding import Finding, fault, good, warning

if TYPE_CHECKING:
    from config import HttpSettings, MediaSettings

_LOOPBACK_TEST_S: Final = 1.0


def check_http_port(settings: HttpSettings) -> Finding:
    refused = bind_error(socket.SOCK_STREAM, settings.host, settings.port)
    if refused is None:
        return good("http-port", f"网页端口 {settings.port} 可用", f"page port {settings.port} is free")
    if _is_huishang(settings):
        return good(
            "http-port", f"网页端口 {settings.port}：会商正在运行", f"page port {settings.port}: Huishang is running"
        )
    return port_fault("http-port", "http.port", f"TCP {settings.port}", refused)


def check_media_ports(settings: MediaSettings, *, running: bool) -> list[Finding]:
    """`running`: our own server holds the ports; then only UDP as such is tested."""
    if running:
        return [good("media-port", "媒体端口由运行中的会商占用", "the media port is held by the running Huishang")]
    found = []
    for worker in range(settings.workers):
        port = settings.port + worker
        for kind, name, wanted in (
            (socket.SOCK_DGRAM, "UDP", settings.udp),
            (socket.SOCK_STREAM, "TCP", settings.tcp),
        ):
            if not wanted:
                continue
            refused = next((e for a in settings.listen if (e := bind_error(kind, a, port)) is not None), None)
            found.append(
                good("media-port", f"媒体端口 {name} {port} 可用", f"media port {name} {port} is free")
                if refused is None
                else port_fault("media-port", "media.port", f"{name} {port}", refused)
            )
    return found


def check_udp() -> Finding:
    """A datagram to ourselves: security software that eats UDP is the commonest silent fault."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(_LOOPBACK_TEST_S)
        try:
            sender.sendto(b"huishang", receiver.getsockname())
            passed = receiver.recv(64) == b"huishang"
        except OSError:
            passed = False
    if passed:
        return good("udp", "本机 UDP 收发正常", "UDP works on this machine")
    return fault(
        "udp",
        ("本机 UDP 被阻断（连回环地址也收不到）", "UDP is blocked on this machine (even on loopback)"),
        (
            "检查防火墙或安全软件是否拦截 UDP；无法放行时设 media.udp = false，仅用 TCP",
            "let the firewall or security software pass UDP, or set media.udp = false to use TCP only",
        ),
    )


def check_advertised(settings: MediaSettings) -> list[Finding]:
    mine = {*own_addresses(loopback=True), "127.0.0.1", "::1"}
    advertised = list(settings.advertise_ips) or own_addresses(loopback=settings.advertise_loopback)
    found = []
    for address in settings.advertise_ips:
        if address not in mine:
            found.append(
                warning(
                    "advertise-not-local",
                    (f"对外地址 {address} 不是本机地址", f"advertised address {address} is not of this machine"),
                    (
                        f"若本机在 NAT 之后属正常：请把路由器的 UDP/TCP {settings.port} 转发到本机；"
                        "否则请改正 media.advertise_ips",
                        f"fine behind a NAT that forwards UDP and TCP {settings.port} to this machine;"
                        " otherwise correct media.advertise_ips",
                    ),
                )
            )
    if all(ipaddress.ip_address(address).is_loopback for address in advertised):
        found.append(
            warning(
                "advertise-loopback-only",
                (
                    "只有本机能接入：没有找到可用的网络地址",
                    "only this machine can connect: no network address was found",
                ),
                ("接入网络，或设置 media.advertise_ips", "connect a network or set media.advertise_ips"),
            )
        )
    if not found:
        listed = ", ".join(advertised)
        found.append(good("advertise", f"对外地址：{listed}", f"advertised addresses: {listed}"))
    return found


def port_fault(code: str, key: str, port: str, error: OSError) -> Finding:
    if error.errno == errno.EADDRINUSE:
        what = (f"端口 {port} 已被其他程序占用", f"port {port} is taken by another program")
    elif error.errno == errno.EACCES:
        what = (f"没有权限使用端口 {port}", f"no permission to use port {port}")
    else:
        what = (f"无法使用端口 {port}：{error.strerror}", f"port {port} cannot be used: {error.strerror}")
    number = port.rsplit(maxsplit=1)[-1]
    return fault(
        code,
        what,
        (
            f"用 `ss -lntup | grep {number}` 查看占用者并停止它，或修改 {key}",
            f"find the holder with `ss -lntup | grep {number}` and stop it, or change {key}",
        ),
    )


def bind_error(kind: socket.SocketKind, host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, kind) as probe:
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        # A machine without IPv6 is not at fault: the server leaves such a listen address out.
        absent = family == socket.AF_INET6 and error.errno in {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}
        return None if absent else error
    return None


def _is_huishang(settings: HttpSettings) -> bool:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::", ""} else settings.host  # noqa: S104 - compared, not bound
    connection: http.client.HTTPConnection
    if settings.tls:
        # Our own machine's own port: whether the certificate is trusted is another check's matter.
        unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(host, settings.port, timeout=2, context=unverified)
    else:
        connection = http.client.HTTPConnection(host, settings.port, timeout=2)
    try:
        connection.request("GET", "/api/openapi.json")
        title = json.loads(connection.getresponse().read(1_000_000))["info"]["title"]
        return str(title).startswith("Huishang")
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return False
    finally:
        connection.close()
