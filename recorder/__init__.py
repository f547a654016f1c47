"""Subscribers that write: recording lives here, beside the edge and above the conference."""
