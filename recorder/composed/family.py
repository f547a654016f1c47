"""Children of composed streams as a family: what both sides agree on."""

from typing import Final

from conference.children.family import Family
from recorder.composed import words

ComposedFamily = Family[words.Start, words.ToChild, words.FromChild]

COMPOSERS: Final[ComposedFamily] = Family(
    name="composer",
    short="cmp",
    entry="recorder.composed.worker.main:run",
    warm="recorder.composed.worker.warm:warm",
    start=words.Start,
    decode_to_child=words.decode_to_child,
    decode_from_child=words.decode_from_child,
    fds_from_child={},
    may_be_lost=(words.Report,),
    max_message_bytes=words.MAX_MESSAGE_BYTES,
    max_waiting=256,
    # To finish the film of a long meeting, its fragments are copied once.
    goodbye_s=60.0,
)
