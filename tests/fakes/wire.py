"""A bad network of the tests' own: this host -- a router -- a far host, in network namespaces, with loss and cuts.

The drops happen where the router forwards, so that no sender sees an error: the packets are simply gone. Needs root.
"""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_numbers = itertools.count(os.getpid() % 200)


def _run(*command: str, text: str | None = None) -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")


@dataclass(frozen=True)
class Wire:
    """`near` is this host's address on the wire, `far` that of the namespace `namespace`."""

    router: str
    namespace: str
    near: str
    far: str

    def prefix(self) -> list[str]:
        """What runs a command at the far end."""
        return ["ip", "netns", "exec", self.namespace]

    def lose(self, percent: float) -> None:
        """Random loss of UDP, each direction on its own."""
        self._rules(f"meta l4proto udp numgen random mod 10000 < {round(percent * 100)} drop")

    def block_udp(self) -> None:
        self._rules("meta l4proto udp drop")

    def cut(self) -> None:
        self._rules("drop")

    def heal(self) -> None:
        self._rules("accept")

    def _rules(self, rule: str) -> None:
        table = (
            "table inet wire {}\ndelete table inet wire\n"
            "table inet wire {\n chain forward {\n  type filter hook forward priority 0; policy accept;\n"
            f"  {rule}\n }}\n}}\n"
        )
        _run("ip", "netns", "exec", self.router, "nft", "-f", "-", text=table)


@contextmanager
def wire() -> Iterator[Wire]:
    """Makes the namespaces, and removes them whatever happens."""
    number = next(_numbers) % 250
    router, far = f"hs-r{number}", f"hs-f{number}"
    net = f"10.203.{number}"
    made = Wire(router=router, namespace=far, near=f"{net}.1", far=f"{net}.6")
    try:
        for namespace in (router, far):
            _run("ip", "netns", "add", namespace)
            _run("ip", "-n", namespace, "link", "set", "lo", "up")
        _run("ip", "link", "add", f"hsn{number}", "type", "veth", "peer", "name", "near", "netns", router)
        _run("ip", "addr", "add", f"{net}.1/30", "dev", f"hsn{number}")
        _run("ip", "link", "set", f"hsn{number}", "up")
        _run("ip", "-n", router, "addr", "add", f"{net}.2/30", "dev", "near")
        _run("ip", "-n", router, "link", "set", "near", "up")
        _run("ip", "-n", router, "link", "add", "far", "type", "veth", "peer", "name", "eth0", "netns", far)
        _run("ip", "-n", router, "addr", "add", f"{net}.5/30", "dev", "far")
        _run("ip", "-n", router, "link", "set", "far", "up")
        _run("ip", "-n", far, "addr", "add", f"{net}.6/30", "dev", "eth0")
        _run("ip", "-n", far, "link", "set", "eth0", "up")
        _run("ip", "netns", "exec", router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        _run("ip", "-n", far, "route", "add", "default", "via", f"{net}.5")
        _run("ip", "route", "add", f"{net}.4/30", "via", f"{net}.2")
        yield made
    finally:
        for namespace in (router, far):
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True, check=False)
        subprocess.run(["ip", "link", "del", f"hsn{number}"], capture_output=True, check=False)
