"""Sources that publish over WebRTC (WHIP, RFC 9725): no child parses them, the relay itself measures them."""

import logging
import secrets
from typing import TYPE_CHECKING

from conference.media.sdp_fragment import read_fragment
from conference.media.sdp_offer import Remote, read_remote
from conference.media.sdp_write import write_fragment
from conference.media.up import UpConnection
from conference.model.errors import CodecUnsupported, EtagMismatch, EtagMissing, SessionNotFound, SourceBusy
from conference.model.ids import SessionId
from conference.model.source import Cause, SourceState
from conference.model.track import Kind, Source
from conference.sources import words
from conference.sources.runner import SILENT_S, Runner
from conference.sources.still import is_still

if TYPE_CHECKING:
    from conference.media._relay import LayerStats, TrackStats

log = logging.getLogger(__name__)


class WhipRunner(Runner):
    """At most one session at a time; whoever has the key takes over a silent one."""

    session: SessionId | None = None
    etag = ""
    _tag_mid = ""
    _heard_s = 0.0
    _content_s: float | None = None
    _picture_s: float | None = None

    def publish(self, offer_sdp: str) -> str:
        """Takes an offer and returns the answer. Raises SourceBusy, SdpRefused, CodecUnsupported, ServerFull."""
        now_s = self.hall.clock.monotonic_s()
        if self.session is not None and now_s - self._heard_s < SILENT_S:
            raise SourceBusy(self.record.id)
        remote = read_remote(offer_sdp)
        mids = _mids(remote)
        self.hall.plane.admit()
        up = self.feed.connect()
        try:
            answer = up.negotiate(remote, set(mids))
        except BaseException:
            up.close()
            raise
        self._end_session()
        self.session = SessionId(f"s-{secrets.token_urlsafe(12)}")
        self.etag = secrets.token_urlsafe(9)
        self._tag_mid = remote.bundle[0]
        self._heard_s = now_s
        self._content_s = self._picture_s = None
        self.restarts += 1
        up.transport.on_closed = lambda _reason: self._lost(up)
        up.transport.on_ice = lambda state: self._lost(up) if state == "failed" else None
        self.feed.adopt(up, mids)
        self.say(SourceState.CONNECTING)
        self._tell(self.health.heard_formats(self._formats(up), at_ms=self._now_ms()))
        return answer

    @property
    def current_session(self) -> SessionId:
        """Raises SessionNotFound."""
        if self.session is None:
            raise SessionNotFound
        return self.session

    def patch(self, session: str, fragment: str, etag: str | None) -> tuple[str | None, str]:
        """Trickle or ICE restart: (fragment to answer with, or None; the entity tag). Raises SessionNotFound,
        EtagMissing, EtagMismatch, SdpRefused, MediaLost, ServerFull."""
        up = self._up(session)
        if etag is None:
            raise EtagMissing
        if etag not in ("*", self.etag):
            raise EtagMismatch
        ice = read_fragment(fragment)
        if ice is None or ice == up.remote_ice:
            return None, self.etag
        up.restart_ice(ice)
        self.etag = secrets.token_urlsafe(9)
        return write_fragment(up.session(), self._tag_mid), self.etag

    def end(self, session: str) -> None:
        """The publisher says goodbye. Raises SessionNotFound."""
        self._up(session)
        self._end_session()
        self.ended(Cause.PUBLISHER_LEFT.value)

    @property
    def publishing(self) -> bool:
        return self.session is not None

    def second(self) -> None:
        """Measures what the relay receives."""
        up = self.feed.publisher
        if up is None or self.session is None:
            return
        rows = self.feed.worker.track_stats()
        tracks = {track.publication.kind: rows.get(track.number) for track in up.tracks.values()}
        video, audio = tracks.get(Kind.VIDEO), tracks.get(Kind.AUDIO)
        report = self._report(_best(video), _best(audio), bitrate_bps=_bitrate_bps(video) + _bitrate_bps(audio))
        self._heard_s = max(self._heard_s, self.heard_s(report))
        self._tell(self.health.heard_report(report, at_ms=self._now_ms()))

    def _report(self, video: "LayerStats | None", audio: "LayerStats | None", *, bitrate_bps: int) -> words.Report:
        now_s = self.hall.clock.monotonic_s()
        picture_age_ms = video.last_packet_age_ms if video is not None else None
        if video is not None and picture_age_ms is not None and not is_still(video):
            self._content_s = now_s
        if picture_age_ms is not None and self._content_s is None:
            self._content_s = now_s
        return words.Report(
            bitrate_bps=bitrate_bps,
            fps=round(video.fps, 1) if video is not None else 0.0,
            width=video.width if video is not None else 0,
            height=video.height if video is not None else 0,
            picture_age_ms=picture_age_ms,
            content_age_ms=int((now_s - self._content_s) * 1000) if self._content_s is not None else None,
            audio_age_ms=audio.last_packet_age_ms if audio is not None else None,
            keyframe_interval_ms=None,
        )

    def _formats(self, up: UpConnection) -> words.Formats:
        names = {track.publication.kind: track.publication.chosen.name for track in up.tracks.values()}
        video, audio = names.get(Kind.VIDEO, ""), names.get(Kind.AUDIO, "")
        self.hall.codecs_seen(self, video, audio)
        return words.Formats(video_codec=video, audio_codec=audio, video_out=video, audio_out=audio)

    def _up(self, session: str) -> UpConnection:
        up = self.feed.publisher
        if self.session is None or up is None or session != self.session:
            raise SessionNotFound(session)
        return up

    def _lost(self, up: UpConnection) -> None:
        if self.feed.publisher is up:
            self._end_session()
            self.ended(Cause.NO_MEDIA.value)

    def _end_session(self) -> None:
        self.session = None
        self.feed.disconnect()

    def _drop(self) -> None:
        self._end_session()

    def cut(self, cause: Cause) -> None:
        if self.session is not None:
            self._end_session()
            self.say(SourceState.OFFLINE if self.was_live else SourceState.WAITING, cause)


def _mids(remote: Remote) -> dict[str, Source]:
    """Its first picture and its first sound. Raises CodecUnsupported when it sends nothing."""
    found: dict[str, Source] = {}
    for section in remote.sections:
        source = Source.CAMERA if section.kind is Kind.VIDEO else Source.MICROPHONE
        sends = section.kind is not None and remote.live(section) and section.sends
        if sends and source not in found.values():
            found[section.mid] = source
    if not found:
        raise CodecUnsupported("the offer sends nothing")
    return found


def _best(track: "TrackStats | None") -> "LayerStats | None":
    """The largest layer that arrives."""
    layers = [layer for layer in track.layers if layer.active] if track is not None else []
    if track is not None and not layers:
        layers = list(track.layers)
    return max(layers, key=lambda layer: layer.width * layer.height, default=None)


def _bitrate_bps(track: "TrackStats | None") -> int:
    return sum(layer.bitrate_bps for layer in track.layers) if track is not None else 0
