"""Rooms, people and media: what flows between whom."""
