"""Durable truth in SQL: rooms and join tokens. SQLite or PostgreSQL, one chain of migrations for both."""

from conference.store.database import Database, open_database
from conference.store.rooms import SqlRoomStore
from conference.store.tokens import SqlTokenStore

__all__ = ["Database", "SqlRoomStore", "SqlTokenStore", "open_database"]
