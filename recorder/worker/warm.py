"""What a recorder child needs, loaded before the fork and before the sandbox closes."""

import encodings.ascii
import encodings.idna
import encodings.utf_8  # noqa: F401 - codecs Python would look for in files later
import sys

import av

from recorder.worker.g711 import G711


def warm() -> None:
    """The imports come with this module; the only encoder is used once."""
    av.logging.set_libav_level(av.logging.FATAL)
    G711("pcmu").encode(0, bytes(160))
    sys.stderr.flush()
