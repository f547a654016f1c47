"""Composed streams: a room as one picture, made live by one sandboxed child each and fanned out to every output."""
