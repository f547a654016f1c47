"""Settings: one typed tree, parsed once, handed out in parts."""

from config.settings import (
    AuthSettings,
    DatabaseSettings,
    HttpSettings,
    LogSettings,
    MediaSettings,
    RecordingSettings,
    RoomSettings,
    S3Settings,
    Settings,
    SettingsError,
    SourceSettings,
    WallSettings,
    load,
)

__all__ = [
    "AuthSettings",
    "DatabaseSettings",
    "HttpSettings",
    "LogSettings",
    "MediaSettings",
    "RecordingSettings",
    "RoomSettings",
    "S3Settings",
    "Settings",
    "SettingsError",
    "SourceSettings",
    "WallSettings",
    "load",
]
