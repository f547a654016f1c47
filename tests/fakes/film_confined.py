"""A program that confines itself as a film's child does, then renders what it was told, from descriptors only."""

import json
import os
import sys

from conference.children.words import Limits
from conference.children.worker import sandbox
from conference.children.worker.seccomp import Profile
from recorder.film.job import Encoding, Job, Look, Segment, Track
from recorder.film.render import render
from recorder.film.warm import warm


def main() -> None:
    told = json.loads(sys.argv[1])
    span = (told["begun_ms"], told["until_ms"])
    tracks = tuple(
        Track(f"t{n}", kind, f"p{n % 4}", "王伟", (Segment(os.open(file, os.O_RDONLY), *span),))
        for n, (kind, file) in enumerate(told["tracks"])
    )
    output, scratch = (os.open(told[name], os.O_RDWR) for name in ("output", "scratch"))
    os.lseek(output, 7, os.SEEK_SET)  # wherever it stood
    warm()
    sandbox.close(Profile.FILM, Limits(memory_bytes=1 << 30))
    try:
        os.open(told["output"], os.O_RDONLY)
    except OSError as error:
        print(type(error).__name__)
    job = Job(
        tracks, told["begun_ms"], told["until_ms"], output, scratch, look=Look(), encoding=Encoding(sound=told["sound"])
    )
    film = render(job, progress=lambda _: None, cancelled=lambda: False)
    print(json.dumps({"encoded": film.encoded, "faults": [fault.reason for fault in film.faults]}))


main()
