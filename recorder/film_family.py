"""Children that make films as a family: what both sides agree on."""

from typing import Final

from conference.children.family import Family
from recorder import film_words as words

FilmFamily = Family[words.Start, words.ToChild, words.FromChild]

FILMS: Final[FilmFamily] = Family(
    name="film",
    short="film",
    entry="recorder.film.main:run",
    warm="recorder.film.warm:warm",
    start=words.Start,
    decode_to_child=words.decode_to_child,
    decode_from_child=words.decode_from_child,
    fds_from_child={},
    may_be_lost=(words.Progress,),
    max_message_bytes=words.MAX_MESSAGE_BYTES,
    # Pieces of the longest film, when the core does not read for once.
    max_waiting=20_000,
    max_words_per_s=2_000,
    # A cancelled film empties its files, which may be large.
    goodbye_s=5.0,
)
