"""A finished film's file as the index has it: a track with one segment, hashed in pieces like a recorded one."""

import hashlib
import os
from dataclasses import dataclass, replace
from typing import Final

from conference.model.film import Film, segment_of, track_of
from conference.model.recording import Fragment, Round
from recorder.film_words import PIECE_BYTES, Piece
from recorder.merkle import MerkleTree

_READ_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Made:
    """A finished file. `sha256`: of all of it. `faults`: recorded files that could not be read to their end."""

    size_bytes: int
    sha256: bytes
    duration_ms: int
    pieces: tuple[Piece, ...]
    faults: int = 0


def finished(film: Film, made: Made, ready_at_s: float) -> tuple[Film, Round]:
    """The film as it is now, and its file's rows. Raises ValueError when the pieces are not the whole file."""
    tree = MerkleTree()
    end = 0
    for piece in made.pieces:
        if piece.offset != end or piece.length <= 0:
            raise ValueError("pieces of a film do not join")
        end += piece.length
        tree.add(piece.sha256)
    if end != made.size_bytes or not made.pieces:
        raise ValueError("pieces of a film are not all of it")
    film = replace(
        film,
        wish=replace(film.wish, until_ms=film.from_ms + made.duration_ms),
        ready_at_s=ready_at_s,
        size_bytes=made.size_bytes,
        sha256=made.sha256,
        duration_ms=made.duration_ms,
        faults=made.faults,
    )
    return film, Round(
        tracks=(track_of(film),),
        segments=(segment_of(film, tree.root()),),
        fragments=tuple(_fragment(film, piece) for piece in made.pieces),
    )


def hashed(file: int) -> tuple[int, bytes, tuple[Piece, ...]]:
    """Size, SHA-256 and pieces of an open file. Blocks; raises OSError."""
    size_bytes = os.fstat(file).st_size
    whole = hashlib.sha256()
    pieces = []
    for number, offset in enumerate(range(0, size_bytes, PIECE_BYTES)):
        length = min(PIECE_BYTES, size_bytes - offset)
        piece = hashlib.sha256()
        at = offset
        while at < offset + length:
            data = os.pread(file, min(_READ_BYTES, offset + length - at), at)
            if not data:
                raise OSError("the film became shorter while it was read")
            piece.update(data)
            whole.update(data)
            at += len(data)
        pieces.append(Piece(number, offset, length, piece.digest()))
    return size_bytes, whole.digest(), tuple(pieces)


def _fragment(film: Film, piece: Piece) -> Fragment:
    """Its times are in proportion to its bytes: whoever seeks in a film uses the film's own index."""

    def at_ms(offset: int) -> int:
        return film.from_ms + film.duration_ms * offset // max(1, film.size_bytes)

    return Fragment(
        segment=film.id,
        number=piece.number,
        offset=piece.offset,
        length=piece.length,
        sha256=piece.sha256,
        from_ms=at_ms(piece.offset),
        until_ms=at_ms(piece.offset + piece.length),
    )
