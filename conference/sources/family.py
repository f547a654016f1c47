"""Children of sources as a family: what both sides agree on."""

from typing import Final

from conference.children.family import Family
from conference.sources import words

SourceFamily = Family[words.Start, words.ToChild, words.FromChild]

SOURCES: Final[SourceFamily] = Family(
    name="source",
    short="src",
    entry="conference.sources.worker.main:run",
    warm="conference.sources.worker.warm:warm",
    start=words.Start,
    decode_to_child=words.decode_to_child,
    decode_from_child=words.decode_from_child,
    fds_from_child={words.Handover: 1},
    may_be_lost=(words.Report, words.Thumbnail),
    max_message_bytes=words.MAX_MESSAGE_BYTES,
)
