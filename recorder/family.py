"""Children of recordings as a family: what both sides agree on."""

from typing import Final

from conference.children.family import Family
from recorder import words

RecorderFamily = Family[words.Start, words.ToChild, words.FromChild]

RECORDERS: Final[RecorderFamily] = Family(
    name="recorder",
    short="rec",
    entry="recorder.worker.main:run",
    warm="recorder.worker.warm:warm",
    start=words.Start,
    decode_to_child=words.decode_to_child,
    decode_from_child=words.decode_from_child,
    fds_from_child={},
    may_be_lost=(words.Report,),
    max_message_bytes=words.MAX_MESSAGE_BYTES,
    # An index must not miss a fragment because the core was busy: half a minute of a large recording.
    max_waiting=20_000,
    max_words_per_s=2_000,
    # A slow disk may take its time for the last syncs.
    goodbye_s=5.0,
    orphan_s=5.0,
)
