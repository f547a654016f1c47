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
        ("[recording.s3]\nbucket = 'b'\n", "recording.s3.bucket"),
        ("[recording.s3]\nbucket = 'recordings'\n", "a bucket needs access_key"),
        ("[recording.s3]\nbucket = 'recordings'\naccess_key = 'k'\n", "a bucket needs one of secret_key"),
        ("[recording.s3]\nprefix = '/huishang'\n", "recording.s3.prefix"),
        ("[recording.s3]\npart_bytes = 1000\n", "recording.s3.part_bytes"),
        ("[recording.s3]\nbukcet = 'recordings'\n", "recording.s3.bukcet: unknown setting"),
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


def test_keys_of_the_object_storage_come_from_the_environment_and_are_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUISHANG_RECORDING__S3__ACCESS_KEY", "AKIA1")
    monkeypatch.setenv("HUISHANG_RECORDING__S3__SECRET_KEY", "hush-hush")
    settings = with_file(tmp_path, "[recording.s3]\nbucket = 'recordings'\n")
    assert settings.recording.s3.credentials() == ("AKIA1", "hush-hush")
    assert "hush-hush" not in repr(settings) + str(settings) + str(settings.model_dump())
    monkeypatch.delenv("HUISHANG_RECORDING__S3__SECRET_KEY")
    secret = tmp_path / "secret"
    monkeypatch.setenv("HUISHANG_RECORDING__S3__SECRET_KEY_FILE", str(secret))
    s3 = with_file(tmp_path, "[recording.s3]\nbucket = 'recordings'\n").recording.s3
    for text in (None, " \n"):
        if text is not None:
            secret.write_text(text, encoding="utf-8")
        with pytest.raises(config.SettingsError, match="secret_key_file"):
            s3.credentials()
    secret.write_text("from-a-file\n", encoding="utf-8")
    assert s3.credentials() == ("AKIA1", "from-a-file")


@pytest.mark.parametrize(
    "name",
    [
        "HUISHANG_MEDIA__PRT",
        "HUISHANG_MEDAI__PORT",
        "HUISHANG_PORT",
        "HUISHANG_RECORDING__S3",
        "HUISHANG_RECORDING__S3__BUKCET",
        "HUISHANG_MEDIA__PORT__X",
    ],
)
def test_a_misspelt_variable_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(config.SettingsError, match=name):
        config.load()


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(config.SettingsError, match=r"none\.toml"):
        config.load(tmp_path / "none.toml")
