"""Serving recordings: what the library must offer, tickets, byte ranges, bounded streams, archives.

Knows nothing of files: bytes come from an open segment of the library, names are made here.
"""
