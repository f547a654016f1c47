"""Secrets and certificates: generated, private, refused when weak."""

import ssl
from pathlib import Path

import pytest

import config
from conference.store import Sealer
from config import SettingsError
from server.secrets import load_secrets, write_private
from server.tls import certificate_files, covered_names, expires_in_days, read_certificate, server_context


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = load_secrets(data)
    assert load_secrets(data) == first
    assert data.stat().st_mode & 0o777 == 0o700
    assert len({first.join_key, first.admin_key, first.source_key}) == 3
    assert len(first.join_key) >= 32
    for file in (data / "secrets").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600


def test_two_installations_do_not_share_secrets(tmp_path: Path) -> None:
    assert load_secrets(tmp_path / "a").join_key != load_secrets(tmp_path / "b").join_key


def test_an_older_installation_gets_what_is_new(tmp_path: Path) -> None:
    first = load_secrets(tmp_path)
    (tmp_path / "secrets" / "source.key").unlink()
    second = load_secrets(tmp_path)
    assert (second.join_key, second.admin_key) == (first.join_key, first.admin_key)
    assert second.source_key != first.source_key


def test_the_source_key_seals(tmp_path: Path) -> None:
    sealer = Sealer(load_secrets(tmp_path).source_key)
    assert sealer.open(sealer.seal("密码")) == "密码"


def test_a_secret_is_not_shown_by_repr(tmp_path: Path) -> None:
    secrets = load_secrets(tmp_path)
    assert not any(key in repr(secrets) for key in (secrets.join_key, secrets.admin_key, secrets.source_key))


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    load_secrets(tmp_path)
    write_private(tmp_path / "secrets" / "join.key", b"x" * 31)
    with pytest.raises(SettingsError, match="at least 32 bytes"):
        load_secrets(tmp_path)


def test_a_secret_others_can_read_is_refused(tmp_path: Path) -> None:
    load_secrets(tmp_path)
    (tmp_path / "secrets" / "admin.key").chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_secrets(tmp_path)


def test_the_first_certificate_covers_this_machine_and_lasts(tmp_path: Path) -> None:
    settings = config.load().http
    certificate, key = certificate_files(settings, tmp_path, extra_names=("meet.example.org", "192.0.2.9"))
    assert key.stat().st_mode & 0o777 == 0o600
    names = covered_names(read_certificate(certificate))
    assert {"localhost", "127.0.0.1", "meet.example.org", "192.0.2.9"} <= names
    assert 390 < expires_in_days(certificate) < 398
    assert server_context(certificate, key).minimum_version == ssl.TLSVersion.TLSv1_2
    assert certificate_files(settings, tmp_path) == (certificate, key)


def test_a_certificate_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_text("nothing", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"c\.pem"):
        server_context(tmp_path / "c.pem", tmp_path / "c.pem")
    with pytest.raises(SettingsError, match="not a PEM certificate"):
        read_certificate(tmp_path / "c.pem")
