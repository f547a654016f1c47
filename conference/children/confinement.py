"""What this machine can confine the children with, for the doctor."""

from conference.children.worker.sandbox import Features, features

__all__ = ["Features", "features"]
