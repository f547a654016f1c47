"""Who may see somebody."""

from enum import StrEnum


class Audience(StrEnum):
    """Who sees and hears a participant. hosts: only they, and walls; others are sent nothing of it."""

    ALL = "all"
    HOSTS = "hosts"
