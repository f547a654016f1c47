"""Durable truth in SQL: rooms, tokens, sources, recordings. SQLite or PostgreSQL, one chain of migrations for both."""

from conference.store.database import Database, open_database
from conference.store.recordings import SqlRecordingStore
from conference.store.rooms import SqlRoomStore
from conference.store.sealing import Sealer
from conference.store.sources import SqlSourceStore
from conference.store.tokens import SqlTokenStore

__all__ = [
    "Database",
    "Sealer",
    "SqlRecordingStore",
    "SqlRoomStore",
    "SqlSourceStore",
    "SqlTokenStore",
    "open_database",
]
