"""The settings tree: `default.toml` <- the operator's TOML file <- `HUISHANG_…` environment variables.

An unknown key or a bad value is refused with its full name. `default.toml` says why of every key; this file says what
is allowed. Parts are frozen: whoever needs one gets that part, nobody below the composition root gets the tree.
"""

from __future__ import annotations

import ipaddress
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

DEFAULT_FILE: Final = Path(__file__).with_name("default.toml")
MAX_JOIN_TTL_S: Final = 12 * 3600
_ENV_PREFIX: Final = "HUISHANG_"


class SettingsError(ValueError):
    """The settings cannot be used; `str()` names each key and what is wrong with it."""


def _ip(value: str) -> str:
    return str(ipaddress.ip_address(value))


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path not in {"", "/"}:
        raise ValueError("an origin looks like https://meet.example.org")
    return f"{parts.scheme}://{parts.netloc}"


def _network(value: str) -> str:
    return str(ipaddress.ip_network(value))


def split_address(value: str) -> tuple[str, int]:
    """The address and port of "192.0.2.7:554" or "[2001:db8::7]:554". Raises ValueError."""
    host, colon, port = value.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise ValueError("an address looks like 192.0.2.7:554 or [2001:db8::7]:554")
    bracketed = host.startswith("[") and host.endswith("]")
    address = ipaddress.ip_address(host[1:-1] if bracketed else host)
    if bracketed != (address.version == 6):
        raise ValueError("IPv6 addresses, and only they, stand in brackets")
    return str(address), int(port)


def _address(value: str) -> str:
    host, port = split_address(value)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


IpAddress = Annotated[str, AfterValidator(_ip)]
Origin = Annotated[str, AfterValidator(_origin)]
Network = Annotated[str, AfterValidator(_network)]
AddressAndPort = Annotated[str, AfterValidator(_address)]
Port = Annotated[int, Field(ge=0, le=65535)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class HttpSettings(_Part):
    host: str
    port: Port
    public_url: Origin | None = None
    tls: bool
    tls_cert: Path | None = None
    tls_key: Path | None = None
    allowed_origins: tuple[Origin, ...]
    trust_forwarded: bool
    body_limit_bytes: Annotated[int, Field(ge=1024, le=8 * 1024 * 1024)]
    json_depth: Annotated[int, Field(ge=4, le=256)]
    messages_per_s: Annotated[float, Field(gt=0, le=10_000)]
    message_burst: Annotated[int, Field(ge=1, le=100_000)]
    send_queue_bytes: Annotated[int, Field(ge=65_536, le=64 * 1024 * 1024)]

    @model_validator(mode="after")
    def _both_tls_files(self) -> HttpSettings:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key go together")
        return self


class AuthSettings(_Part):
    join_ttl_s: Annotated[int, Field(ge=60, le=MAX_JOIN_TTL_S)]
    leeway_s: Annotated[int, Field(ge=0, le=60)]


class MediaSettings(_Part):
    listen: Annotated[tuple[IpAddress, ...], Field(min_length=1, max_length=16)]
    port: Port
    workers: Annotated[int, Field(ge=1, le=64)]
    advertise_ips: Annotated[tuple[IpAddress, ...], Field(max_length=16)]
    advertise_loopback: bool
    udp: bool
    tcp: bool
    video_codecs: Annotated[tuple[Literal["VP8", "H264", "VP9", "AV1"], ...], Field(min_length=1)]
    ring_slots: Annotated[int, Field(ge=256, le=262_144)]
    max_transports: Annotated[int, Field(ge=2, le=100_000)]
    start_bitrate_bps: Annotated[int, Field(ge=100_000)]
    max_bitrate_bps: Annotated[int, Field(ge=100_000)]
    busy_tick_us: Annotated[int, Field(ge=0, le=20_000)]
    dtls_handshakes_per_s: Annotated[int, Field(ge=1, le=10_000)]

    @model_validator(mode="after")
    def _some_way_in(self) -> MediaSettings:
        if not (self.udp or self.tcp):
            raise ValueError("udp and tcp are both off: nobody could send media")
        if self.ring_slots & (self.ring_slots - 1):
            raise ValueError("ring_slots must be a power of two")
        return self


class RoomSettings(_Part):
    max_participants: Annotated[int, Field(ge=1, le=10_000)]
    seat_ttl_s: Annotated[float, Field(ge=1, le=3600)]
    first_room: str


class SourceSettings(_Part):
    rtmp: bool
    rtmp_host: IpAddress
    rtmp_port: Port
    srt: bool
    srt_host: IpAddress
    srt_port: Port
    srt_latency_ms: Annotated[int, Field(ge=20, le=8000)]
    allow_networks: Annotated[tuple[Network, ...], Field(max_length=256)]
    allow_addresses: Annotated[tuple[AddressAndPort, ...], Field(max_length=256)]
    max_sources: Annotated[int, Field(ge=1, le=4096)]
    frozen_after_s: Annotated[float, Field(ge=1, le=600)]
    idle_stop_s: Annotated[float, Field(ge=0, le=3600)]
    connect_timeout_s: Annotated[float, Field(ge=0.5, le=60)]
    child_memory_bytes: Annotated[int, Field(ge=128 * 1024 * 1024, le=64 * 1024 * 1024 * 1024)]
    child_cpu_share: Annotated[float, Field(ge=0.1, le=64)]
    transcode_max_height: Annotated[int, Field(ge=144, le=4320)]
    transcode_max_fps: Annotated[int, Field(ge=1, le=120)]
    transcode_max_bitrate_bps: Annotated[int, Field(ge=100_000, le=100_000_000)]
    history_days: Annotated[int, Field(ge=1, le=3650)]

    @property
    def exact_addresses(self) -> frozenset[tuple[str, int]]:
        """`allow_addresses` taken apart: (IP address, port)."""
        return frozenset(split_address(value) for value in self.allow_addresses)


class S3Settings(_Part):
    """Where recordings are carried to; without a `bucket` they stay in their folder."""

    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")] | None = None
    endpoint: Origin | None = None
    region: Annotated[str, Field(min_length=1, max_length=64)]
    prefix: Annotated[str, Field(pattern=r"^([A-Za-z0-9._-]+/)*$", max_length=256)]
    access_key: SecretStr | None = None
    secret_key: SecretStr | None = None
    secret_key_file: Path | None = None
    path_style: bool
    keep_local_hours: Annotated[float, Field(ge=0, le=24 * 3650)]
    local_limit_bytes: Annotated[int, Field(ge=0, le=2**60)]
    part_bytes: Annotated[int, Field(ge=5 * 1024 * 1024, le=512 * 1024 * 1024)]
    max_uploads: Annotated[int, Field(ge=1, le=16)]
    max_bitrate_bps: Annotated[int, Field(ge=0, le=10**12)]

    @model_validator(mode="after")
    def _keys_for_a_bucket(self) -> S3Settings:
        if self.bucket is not None and self.access_key is None:
            raise ValueError("a bucket needs access_key")
        if self.bucket is not None and (self.secret_key is None) == (self.secret_key_file is None):
            raise ValueError("a bucket needs one of secret_key and secret_key_file")
        return self

    def credentials(self) -> tuple[str, str]:
        """Access key and secret key. Raises SettingsError when the secret's file cannot be read."""
        access_key = self.access_key.get_secret_value() if self.access_key is not None else ""
        if self.secret_key is not None:
            return access_key, self.secret_key.get_secret_value()
        try:
            text = self.secret_key_file.read_text(encoding="utf-8") if self.secret_key_file is not None else ""
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"recording.s3.secret_key_file: {type(error).__name__}") from None
        if not text.strip():
            raise SettingsError("recording.s3.secret_key_file: it is empty")
        return access_key, text.strip()


class RecordingSettings(_Part):
    enabled: bool
    automatic: bool
    folder: Path | None = None
    max_age_days: Annotated[int, Field(ge=0, le=36_500)]
    quota_bytes: Annotated[int, Field(ge=0, le=2**60)]
    kind_quotas_bytes: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=32)], Annotated[int, Field(ge=0, le=2**60)]],
        Field(max_length=64),
    ]
    min_free_bytes: Annotated[int, Field(ge=64 * 1024 * 1024, le=2**60)]
    alarm_free_share: Annotated[float, Field(ge=0, le=0.9)]
    buffer_bytes: Annotated[int, Field(ge=1024 * 1024, le=1024 * 1024 * 1024)]
    films_at_once: Annotated[int, Field(ge=1, le=16)]
    films_threads: Annotated[int, Field(ge=1, le=16)]
    films_yield: bool
    s3: S3Settings


class ComposedSettings(_Part):
    max_streams: Annotated[int, Field(ge=0, le=64)]
    film_recordings: Literal["none", "grid", "speaker", "one-big"]
    allow_networks: Annotated[tuple[Network, ...], Field(max_length=256)]
    allow_addresses: Annotated[tuple[AddressAndPort, ...], Field(max_length=256)]

    @property
    def exact_addresses(self) -> frozenset[tuple[str, int]]:
        """`allow_addresses` taken apart: (IP address, port)."""
        return frozenset(split_address(value) for value in self.allow_addresses)


class WallSettings(_Part):
    web_allow: Annotated[tuple[Origin, ...], Field(max_length=64)]


class DatabaseSettings(_Part):
    url: str | None = None
    pool_size: Annotated[int, Field(ge=1, le=100)]


class LogSettings(_Part):
    level: Literal["debug", "info", "warning", "error"]


class Settings(BaseSettings):
    """The whole tree. Use `load`."""

    model_config = SettingsConfigDict(
        env_prefix=_ENV_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, validate_default=True
    )

    data: Path
    http: HttpSettings
    auth: AuthSettings
    media: MediaSettings
    room: RoomSettings
    sources: SourceSettings
    recording: RecordingSettings
    composed: ComposedSettings
    walls: WallSettings
    database: DatabaseSettings
    log: LogSettings

    @property
    def recordings_folder(self) -> Path:
        """Where recordings lie."""
        return self.recording.folder or self.data / "recordings"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


def load(file: Path | None = None) -> Settings:
    """Parses the defaults, then `file`, then the environment.

    Raises SettingsError naming every refused key; nothing is half-applied.
    """
    tree = _read(DEFAULT_FILE)
    if file is not None:
        tree = _merge(tree, _read(file))
    _refuse_unknown_variables()
    try:
        return Settings(**tree)
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file}: {error}") from None


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _refuse_unknown_variables() -> None:
    """pydantic-settings overlooks a misspelt variable; an operator's typo must not be silent."""
    for name in os.environ:
        if name.startswith(_ENV_PREFIX) and not _is_key(Settings, name.removeprefix(_ENV_PREFIX).lower().split("__")):
            raise SettingsError(f"{name}: unknown setting")


def _is_key(part: type[BaseModel], steps: list[str]) -> bool:
    """Whether these steps lead from `part` to one key."""
    field = part.model_fields.get(steps[0])
    kind = field.annotation if field is not None else None
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return len(steps) > 1 and _is_key(kind, steps[1:])
    return field is not None and len(steps) == 1


def _sentence(error: ValidationError) -> str:
    lines = []
    for fault in error.errors(include_url=False, include_input=False):
        where = ".".join(str(step) for step in fault["loc"]) or "settings"
        what = "unknown setting" if fault["type"] == "extra_forbidden" else fault["msg"]
        lines.append(f"{where}: {what}")
    return "; ".join(lines)
