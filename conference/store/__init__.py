"""Durable truth in SQL: rooms, tokens, sources, recordings, walls. SQLite or PostgreSQL, one chain of migrations."""

from conference.store.database import Database, open_database
from conference.store.films import SqlFilmStore
from conference.store.recordings import SqlRecordingStore
from conference.store.rooms import SqlRoomStore
from conference.store.sealing import Sealer
from conference.store.sources import SqlSourceStore
from conference.store.tokens import SqlTokenStore
from conference.store.walls import SqlWallStore

__all__ = [
    "Database",
    "Sealer",
    "SqlFilmStore",
    "SqlRecordingStore",
    "SqlRoomStore",
    "SqlSourceStore",
    "SqlTokenStore",
    "SqlWallStore",
    "open_database",
]
