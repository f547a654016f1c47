"""What a film's child needs, loaded before the fork and before the sandbox closes."""

import encodings.ascii
import encodings.idna
import encodings.utf_8  # noqa: F401 - codecs Python would look for in files later
import gc
import os
import sys
from typing import Final

import av
import av.subtitles.stream

from conference.layout import Rect, Size
from recorder.film.card import Card
from recorder.film.composer import Composer
from recorder.film.encode import FilmEncoder
from recorder.film.finish import finish
from recorder.film.job import Encoding, Sound
from recorder.film.sinks import Mp4Fragments
from recorder.film.tile import Place

_SIZE: Final = Size(64, 64)
_DECODERS: Final = ("h264", "vp8", "vp9", "libdav1d", "opus", "pcm_mulaw", "pcm_alaw")
_SOUNDS: Final[tuple[Sound, ...]] = ("aac", "opus")


def warm() -> None:
    """The imports come with this module; PyAV asks for the one of subtitles at the first stream of any kind.

    Then a picture with text through every encoder, finished to a file in memory. No thread is left behind."""
    av.logging.set_libav_level(av.logging.FATAL)
    for name in _DECODERS:
        av.CodecContext.create(name, "r")
    for sound in _SOUNDS:
        _film(sound)
    # Encoders with threads end with their last reference.
    gc.collect()
    sys.stderr.flush()


def _film(sound: Sound) -> None:
    composer = Composer(_SIZE, utc_offset_min=0)
    cards = (Card("web", "会商"), Card("clock"), Card("text", "会商\nHg"))
    words = [Place(str(number), Rect(0, 0, 64, 64), "会商", card) for number, card in enumerate(cards)]
    composer.arrange([*words, Place("", Rect(0, 0, 64, 64), "会商")])
    composer.tick(0)
    scratch, output = (os.memfd_create(name, os.MFD_CLOEXEC) for name in ("scratch", "output"))
    encoder = FilmEncoder(_SIZE, 25, Encoding(sound=sound, threads=1), [Mp4Fragments(scratch)], live=False)
    encoder.picture(composer.canvas.frame(), 0)
    encoder.close()
    finish(scratch, output, lambda: False)
    os.close(scratch)
    os.close(output)
