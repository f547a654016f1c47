"""Bounded types that several files of words share."""

from typing import Annotated, Final

from msgspec import Meta

ID_PATTERN: Final = r"^[A-Za-z0-9_.:-]+$"

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=ID_PATTERN)]
DisplayName = Annotated[str, Meta(max_length=64)]
Pixels = Annotated[int, Meta(ge=0, le=16384)]
