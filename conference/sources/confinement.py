"""What this machine can confine the children of sources with, for the doctor."""

from conference.sources.worker.sandbox import Features, features

__all__ = ["Features", "features"]
