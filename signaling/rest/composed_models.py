"""Bodies of the composed streams' part of the REST interface."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from conference.composing import MAX_OUTPUTS, ComposedLayout, ComposedState, OutputKind, OutputState
from signaling.rest.models import Body, IdText
from signaling.rest.source_models import AddressText, BothLanguages, Private

SIZES = ((1920, 1080), (1280, 720))


class NewOutput(Private):
    """`url`: of rtmp and srt, where it is sent to: rtmp://host/application/key, srt://host:port?streamid=…"""

    kind: OutputKind
    url: AddressText = ""

    @model_validator(mode="after")
    def _url_of_a_push(self) -> NewOutput:
        if (self.kind in (OutputKind.RTMP, OutputKind.SRT)) != bool(self.url):
            raise ValueError("url belongs to rtmp and srt, and to these alone")
        return self


class NewComposed(Private):
    """A room as one picture. `wall`: whose view it shows, instead of a layout. `labels`, `clock`: names and the wall
    clock in the picture. An output of kind mp4 needs a running recording."""

    layout: Literal["grid", "speaker", "one-big"] = "grid"
    wall: IdText | None = None
    width: Literal[1920, 1280] = 1920
    height: Literal[1080, 720] = 1080
    fps: Literal[30, 15] = 30
    labels: bool = True
    clock: bool = True
    outputs: Annotated[list[NewOutput], Field(default_factory=list, max_length=MAX_OUTPUTS)]

    @model_validator(mode="after")
    def _one_of_the_sizes(self) -> NewComposed:
        if (self.width, self.height) not in SIZES:
            raise ValueError("takes 1920x1080 or 1280x720")
        return self


class Output(Body):
    """`bytes`: sent, served or written. `target`: of a push its host and port, of mp4 the film's id. `reason`: why a
    push is not live, `text` in words. `url`: of hls and whep, where it is."""

    id: str
    kind: OutputKind
    state: OutputState
    bytes: int
    target: str
    reason: str
    text: BothLanguages | None
    url: str | None


class Composed(Body):
    """`fps`, `preset`: as it is encoded now; `steppedDown`: less than was asked for, because the machine is too slow.
    `encodedFps`: pictures in the last second; a still picture needs none. `load`: busy time over time."""

    id: str
    room: str
    layout: ComposedLayout
    wall: str | None
    state: ComposedState
    reason: str
    started_at: datetime
    width: int
    height: int
    fps: int
    wanted_fps: int
    preset: str
    stepped_down: bool
    encoded_fps: float
    load: float
    restarts: int
    panes: int
    outputs: list[Output]


class ComposedList(Body):
    composed: list[Composed]


class ComposedTicket(Body):
    """`hls`, `whep`: addresses with the ticket in them; whoever has one sees the stream until it expires."""

    ticket: str
    expires_at: datetime
    hls: str
    whep: str
