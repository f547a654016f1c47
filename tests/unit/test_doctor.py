"""The doctor names the fault it is shown, and the cure, in both languages."""

import dataclasses
import importlib.util
import json
import shutil
import socket
import sys
from collections import namedtuple
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy

import config
from conference.children.confinement import Features
from server.doctor import Level, examine, machine, network, report, sources
from server.doctor.bytecode import check_bytecode
from server.doctor.certificate import check_certificate
from server.doctor.finding import Finding
from server.doctor.sources import check_confinement, check_push_ports
from server.secrets import write_private
from server.tls import certificate_files
from tests.fakes.server import free_port

Usage = namedtuple("Usage", "total used free")


def settings_on(port: int) -> config.Settings:
    tree = config.load()
    return tree.model_copy(
        update={
            "http": tree.http.model_copy(update={"host": "127.0.0.1", "port": port}),
            "media": tree.media.model_copy(update={"listen": ("127.0.0.1",), "port": port}),
            "sources": tree.sources.model_copy(
                update={"rtmp_host": "127.0.0.1", "rtmp_port": 0, "srt_host": "127.0.0.1", "srt_port": 0}
            ),
        }
    )


def levels(findings: list[Finding]) -> dict[str, Level]:
    return {finding.code: finding.level for finding in findings}


def test_a_taken_page_port_is_a_fault_with_a_cure() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        found = network.check_http_port(settings_on(holder.getsockname()[1]).http.model_copy(update={"tls": False}))
    assert found.level is Level.FAULT
    assert "占用" in found.zh
    assert "taken" in found.en
    assert "http.port" in found.cure_en


@pytest.mark.parametrize(
    ("kind", "key"), [(socket.SOCK_STREAM, "rtmp_port"), (socket.SOCK_DGRAM, "srt_port")], ids=["rtmp", "srt"]
)
def test_a_taken_push_port_is_a_fault(kind: socket.SocketKind, key: str) -> None:
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            holder.listen()
        of = settings_on(0).sources.model_copy(update={key: holder.getsockname()[1]})
        found = {finding.level: finding for finding in check_push_ports(of, running=False)}
    assert key in found[Level.FAULT].cure_en
    assert Level.GOOD in found
    assert check_push_ports(of, running=True) == []


def test_a_kernel_that_cannot_confine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_confinement().level in (Level.GOOD, Level.WARNING)
    monkeypatch.setattr(sources, "features", lambda: Features(landlock_abi=0, seccomp=False, own_user=True))
    found = check_confinement()
    assert found.level is Level.WARNING
    assert "Landlock" in found.zh
    assert "seccomp" in found.en


def test_bytecode_that_is_nowhere_kept_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert check_bytecode().level is Level.GOOD, "the next start writes it"
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    found = check_bytecode()
    assert found.level is Level.WARNING
    assert "sqlalchemy" in found.zh
    assert "compileall" in found.cure_en
    for package in (aiohttp, sqlalchemy):
        kept = Path(importlib.util.cache_from_source(str(package.__file__)))
        kept.parent.mkdir(parents=True)
        kept.touch()
    assert check_bytecode().level is Level.GOOD


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_taken_media_port_is_a_fault(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        found = network.check_media_ports(settings_on(holder.getsockname()[1]).media, running=False)
    assert [finding.level for finding in found].count(Level.FAULT) == 1


def test_udp_on_loopback_is_really_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    assert network.check_udp().level is Level.GOOD
    monkeypatch.setattr(socket.socket, "sendto", lambda *_: 0)  # a firewall that swallows it
    monkeypatch.setattr(network, "_LOOPBACK_TEST_S", 0.05)
    assert network.check_udp().level is Level.FAULT


def test_an_advertised_address_of_elsewhere_is_pointed_out() -> None:
    media = config.load().media.model_copy(update={"advertise_ips": ("203.0.113.9",)})
    found = network.check_advertised(media)
    assert levels(found) == {"advertise-not-local": Level.WARNING}
    assert "203.0.113.9" in found[0].zh


def test_a_certificate_past_its_time_or_unreadable_is_told(tmp_path: Path) -> None:
    http = config.load().http
    certificate, _ = certificate_files(http, tmp_path)
    assert levels(check_certificate(http, tmp_path)) == {"certificate-self-signed": Level.WARNING}
    elsewhere = http.model_copy(update={"public_url": "https://meet.example.org"})
    assert "certificate-name" in levels(check_certificate(elsewhere, tmp_path))
    write_private(certificate, b"broken")
    assert levels(check_certificate(http, tmp_path)) == {"certificate": Level.FAULT}


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.check_disk(tmp_path).code == "disk"
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100 * 1024**3, 99 * 1024**3, 1024**3))
    assert machine.check_disk(tmp_path).level is Level.WARNING


def test_a_missing_codec_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_WANTED_CODECS", ("libx264:w", "nosuchcodec:r"))
    found = machine.check_codecs()
    assert found.level is Level.FAULT
    assert "nosuchcodec" in found.zh
    assert "libx264" not in found.zh


def test_the_whole_examination_is_told_in_both_languages(tmp_path: Path) -> None:
    settings = settings_on(free_port()).model_copy(update={"data": tmp_path})
    findings = examine(settings)
    assert {"udp", "clock", "disk", "codecs"} <= set(levels(findings))
    text = report(findings, as_json=False)
    assert "个故障" in text
    assert "faults" in text
    for line in report(findings, as_json=True).splitlines():
        assert set(json.loads(line)) == {field.name for field in dataclasses.fields(Finding)}
    for finding in findings:
        assert (finding.level is Level.GOOD) == (finding.cure_zh == "")
