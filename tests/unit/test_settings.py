"""Settings: defaults load, an operator's file and environment win, and every mistake is refused by name."""

from pathlib import Path

import pytest

import config


def with_file(tmp_path: Path, text: str) -> config.Settings:
    file = tmp_path / "huishang.toml"
    file.write_text(text, encoding="utf-8")
    return config.load(file)


def test_the_defaults_are_a_whole_tree() -> None:
    settings = config.load()
    assert settings.http.port == 8443
    assert settings.media.video_codecs[0] == "VP8"
    assert settings.database.url is None


def test_environment_wins_over_file_over_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISHANG_MEDIA__PORT", "9001")
    monkeypatch.setenv("HUISHANG_MEDIA__ADVERTISE_IPS", '["192.0.2.7"]')
    settings = with_file(tmp_path, "[media]\nport = 9000\nworkers = 2\n")
    assert (settings.media.port, settings.media.workers) == (9001, 2)
    assert settings.media.advertise_ips == ("192.0.2.7",)
    assert settings.http.port == 8443


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[media]\nprot = 1\n", "media.prot: unknown setting"),
        ("[medai]\nport = 1\n", "medai: unknown setting"),
        ("[media]\nport = 70000\n", "media.port"),
        ("[media]\nudp = false\ntcp = false\n", "udp and tcp are both off"),
        ("[media]\nring_slots = 1000\n", "power of two"),
        ("[media]\nadvertise_ips = ['example.org']\n", "media.advertise_ips.0"),
        ("[media]\nvideo_codecs = ['H266']\n", "media.video_codecs.0"),
        ("[auth]\njoin_ttl_s = 43201\n", "auth.join_ttl_s"),
        ("[http]\ntls_cert = '/x.pem'\n", "tls_cert and tls_key go together"),
        ("[http]\npublic_url = 'meet.example.org'\n", "http.public_url"),
        ("[log]\nlevel = 'loud'\n", "log.level"),
        ("[sources]\nallow_networks = ['10.0.0.1/8']\n", "sources.allow_networks.0"),
        ("[sources]\nallow_networks = ['everything']\n", "sources.allow_networks.0"),
        ("[sources]\nallow_addresses = ['192.0.2.7']\n", "sources.allow_addresses.0"),
        ("[sources]\nallow_addresses = ['192.0.2.7:0']\n", "sources.allow_addresses.0"),
        ("[sources]\nallow_addresses = ['192.0.2.7:70000']\n", "sources.allow_addresses.0"),
        ("[sources]\nallow_addresses = ['camera.example.org:554']\n", "sources.allow_addresses.0"),
        ("[sources]\nallow_addresses = ['2001:db8::7:554']\n", "sources.allow_addresses.0"),
        ("[sources]\nallow_addresses = ['[192.0.2.7]:554']\n", "sources.allow_addresses.0"),
        ("[sources]\nrtmp_host = 'localhost'\n", "sources.rtmp_host"),
        ("[sources]\nmax_sources = 0\n", "sources.max_sources"),
        ("[sources]\nchild_memory_bytes = 1000\n", "sources.child_memory_bytes"),
        ("[sources]\nhistory_days = 0\n", "sources.history_days"),
        ("not toml", "huishang.toml"),
    ],
)
def test_a_mistake_is_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(config.SettingsError, match=named.replace(".", r"\.")):
        with_file(tmp_path, text)


def test_addresses_of_cameras_are_taken_in_one_spelling(tmp_path: Path) -> None:
    sources = with_file(
        tmp_path,
        "[sources]\nallow_networks = ['10.0.0.0/255.0.0.0', '2001:DB8::/32']\n"
        "allow_addresses = ['127.0.0.1:8554', '[2001:DB8:0::7]:554']\n",
    ).sources
    assert sources.allow_networks == ("10.0.0.0/8", "2001:db8::/32")
    assert sources.allow_addresses == ("127.0.0.1:8554", "[2001:db8::7]:554")
    assert sources.exact_addresses == {("127.0.0.1", 8554), ("2001:db8::7", 554)}


@pytest.mark.parametrize("name", ["HUISHANG_MEDIA__PRT", "HUISHANG_MEDAI__PORT", "HUISHANG_PORT"])
def test_a_misspelt_variable_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(config.SettingsError, match=name):
        config.load()


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(config.SettingsError, match=r"none\.toml"):
        config.load(tmp_path / "none.toml")
