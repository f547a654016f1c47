"""Settings: one typed tree, parsed once, handed out in parts."""

from config.settings import (
    AuthSettings,
    DatabaseSettings,
    HttpSettings,
    LogSettings,
    MediaSettings,
    RecordingSettings,
    RoomSettings,
    Settings,
    SettingsError,
    SourceSettings,
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
    "Settings",
    "SettingsError",
    "SourceSettings",
    "load",
]
