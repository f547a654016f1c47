"""Opus and G.711 go through; other sound becomes Opus while somebody listens."""

import itertools
from typing import cast

import av
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext

from conference.sources import words
from conference.sources.worker.media.bits import Malformed
from conference.sources.worker.media.sound import opus_duration_us
from conference.sources.worker.media.units import AudioFormat
from tests.fakes.source_made import Unit, sound
from tests.fakes.source_media import Packet, Rig

TONE = "sine=frequency=1000:sample_rate={rate}:duration=2"


def start(rig: Rig, fmt: AudioFormat) -> None:
    rig.pipeline.audio_format(fmt)
    rig.pipeline.tracks_known()


def pitch_hz(packets: list[Packet], codec: str, rate: int, layout: str = "mono") -> float:
    """The strongest frequency of the second half of what was sent."""
    context = cast("AudioCodecContext", av.CodecContext.create(codec, "r"))
    context.sample_rate, context.layout = rate, layout
    heard = [frame.to_ndarray() for packet in packets for frame in context.decode(av.Packet(packet.payload))]
    channel = np.concatenate(
        [
            part.reshape(-1)[:: 2 if part.shape[0] == 1 and layout == "stereo" else 1]
            if part.shape[0] == 1
            else part[0]
            for part in heard
        ]
    ).astype(float)
    half = channel[len(channel) // 2 :]
    spectrum = np.abs(np.fft.rfft(half * np.hanning(len(half))))
    return float(np.argmax(spectrum) * rate / len(half))


def cut(units: list[Unit], size: int, us_per_byte: int) -> list[Unit]:
    whole = b"".join(unit.data for unit in units)
    return [Unit(whole[at : at + size], at * us_per_byte, at * us_per_byte) for at in range(0, len(whole), size)]


def steps(packets: list[Packet]) -> set[int]:
    return {(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in itertools.pairwise(packets)}


@pytest.mark.parametrize(
    ("codec", "encoder", "rate", "layout", "options"),
    [
        ("aac", "aac", 44100, "stereo", {}),
        ("aac", "aac", 48000, "mono", {}),
        ("mp3", "libmp3lame", 44100, "stereo", {}),
        ("g722", "g722", 16000, "mono", {}),
        ("g726", "g726le", 8000, "mono", {"code_size": "4"}),
        ("pcm_s16be", "pcm_s16be", 16000, "mono", {}),
        ("pcma", "pcm_alaw", 16000, "mono", {}),
        ("pcmu", "pcm_mulaw", 8000, "stereo", {}),
    ],
)
def test_sound_becomes_opus_while_needed(
    codec: str, encoder: str, rate: int, layout: str, options: dict[str, str]
) -> None:
    units, extradata = sound(TONE.format(rate=rate), encoder, layout=layout, **options)
    if codec == "g726":
        units = cut(units, 80, 250)
    channels = 2 if layout == "stereo" else 1
    clock = 8000 if codec == "g722" else rate
    with Rig() as rig:
        start(rig, AudioFormat(codec, clock, channels, extradata if codec == "aac" else b""))
        rig.audio(units[:10])
        assert rig.packets == []
        formats = rig.heard(words.Formats)[-1]
        assert (formats.audio_codec, formats.audio_out, formats.transcoding) == (codec, "opus", ("audio-codec",))
        rig.need(audio=True)
        rig.audio(units[10:])
        packets = rig.of(111)
        assert steps(packets) == {960}
        assert [packet.marker for packet in packets] == [True] + [False] * (len(packets) - 1)
        played_s = (units[-1].pts_us - units[10].pts_us) / 1e6
        assert abs(len(packets) / 50 - played_s) < 0.1
        assert abs(pitch_hz(packets, "opus", 48000, "stereo") - 1000) < 5
        assert rig.heard(words.Report)[-1].running == ("audio-codec",)
        rig.need()
        rig.audio(units[:10], shift_us=2_500_000)
        assert len(rig.of(111)) == len(packets)


def test_aac_with_adts_headers() -> None:
    units, extradata = sound(TONE.format(rate=48000), "aac", layout="stereo")
    framed = []
    for unit in units:
        size = len(unit.data) + 7
        header = bytes([0xFF, 0xF1, 1 << 6 | 3 << 2, 2 << 6 | size >> 11, size >> 3 & 0xFF, (size & 7) << 5 | 31, 0xFC])
        framed.append(Unit(header + unit.data, unit.pts_us, unit.dts_us))
    with Rig() as rig:
        start(rig, AudioFormat("aac", 0, 0))
        rig.need(audio=True)
        rig.audio(framed)
        assert abs(pitch_hz(rig.of(111), "opus", 48000, "stereo") - 1000) < 5
        assert (rig.heard(words.Formats)[-1].audio_clock_hz, rig.heard(words.Formats)[-1].audio_channels) == (48000, 2)
    assert extradata


def test_opus_goes_through_as_it_is() -> None:
    units, _ = sound(TONE.format(rate=48000), "libopus", layout="stereo")
    with Rig() as rig:
        start(rig, AudioFormat("opus", 48000, 2))
        rig.audio(units)
        assert [packet.payload for packet in rig.of(111)] == [unit.data for unit in units]
        assert steps(rig.of(111)) == {960}
        assert rig.heard(words.Formats)[-1].audio_out == "opus"
        assert rig.heard(words.Formats)[-1].transcoding == ()


@pytest.mark.parametrize("codec", ["pcmu", "pcma"])
@pytest.mark.parametrize("size", [80, 160, 240, 320, 333, 800, 1024])
def test_g711_is_cut_to_twenty_milliseconds(codec: str, size: int) -> None:
    encoder = {"pcmu": "pcm_mulaw", "pcma": "pcm_alaw"}[codec]
    made = sound(TONE.format(rate=8000), encoder)[0]
    whole = b"".join(unit.data for unit in made)
    units = cut(made, size, 125)
    with Rig() as rig:
        start(rig, AudioFormat(codec, 8000, 1))
        rig.audio(units)
        packets = rig.of(words.AUDIO_PT[codec])
        assert {len(packet.payload) for packet in packets} == {160}
        assert steps(packets) == {160}
        sent = b"".join(packet.payload for packet in packets)
        assert sent == whole[: len(sent)]
        assert len(whole) - len(sent) < 160


def test_a_hole_in_the_sound_moves_its_time_and_is_marked() -> None:
    units, _ = sound(TONE.format(rate=48000), "libopus")
    with Rig() as rig:
        start(rig, AudioFormat("opus", 48000, 1))
        rig.audio(units[:20])
        rig.audio(units[30:50])
        packets = rig.of(111)
        assert [number for number, packet in enumerate(packets) if packet.marker] == [0, 20]
        assert (packets[20].timestamp - packets[19].timestamp) & 0xFFFFFFFF == 11 * 960


def test_times_rounded_to_milliseconds_do_not_shake() -> None:
    units, extradata = sound(TONE.format(rate=44100), "aac")
    rounded = [Unit(unit.data, unit.pts_us // 1000 * 1000, unit.dts_us) for unit in units]
    with Rig() as rig:
        start(rig, AudioFormat("aac", 44100, 1, extradata))
        rig.need(audio=True)
        rig.audio(rounded)
        assert steps(rig.of(111)) == {960}


def test_sound_that_cannot_be_decoded_is_told() -> None:
    with Rig() as rig:
        start(rig, AudioFormat("speex", 16000, 1))
        assert rig.heard(words.Formats)[-1].audio_codec == "speex"
        assert rig.heard(words.Formats)[-1].audio_out == ""
    units, extradata = sound(TONE.format(rate=44100), "aac")
    with Rig() as rig:
        start(rig, AudioFormat("aac", 44100, 1, extradata))
        rig.need(audio=True)
        rig.audio([Unit(b"\xff" * 40, unit.pts_us, unit.dts_us) for unit in units])
        assert rig.heard(words.Formats)[-1].audio_out == ""
        assert rig.packets == []


def test_an_aac_config_in_a_broken_form_is_told() -> None:
    with Rig() as rig:
        start(rig, AudioFormat("aac", 44100, 1, b"\xff\xff\xff"))
        assert rig.heard(words.Formats)[-1].audio_out == ""


@pytest.mark.parametrize(
    ("packet", "duration_us"),
    [
        (b"\x00", 10_000),
        (b"\x18", 60_000),
        (b"\xfc", 20_000),
        (b"\xfd", 40_000),
        (b"\xff\x03", 60_000),
        (b"\x80", 2500),
    ],
)
def test_durations_of_opus_packets(packet: bytes, duration_us: int) -> None:
    assert opus_duration_us(packet) == duration_us


@pytest.mark.parametrize("packet", [b"", b"\xff", b"\xff\x00", b"\xff\x07"])
def test_opus_packets_of_impossible_length(packet: bytes) -> None:
    with pytest.raises(Malformed):
        opus_duration_us(packet)


def test_a_second_sound_format_takes_the_place_of_the_first() -> None:
    opus, _ = sound(TONE.format(rate=48000), "libopus")
    with Rig() as rig:
        start(rig, AudioFormat("opus", 48000, 1))
        rig.audio(opus[:50])
        rig.pipeline.audio_format(AudioFormat("pcmu", 8000, 1))
        rig.audio([Unit(b"\xff" * 160, 1_000_000 + at * 20_000, 0) for at in range(50)])
        first, second = rig.of(111)[0].ssrc, rig.of(0)[0].ssrc
        assert first != second
        rig.reports.clear()
        rig.loop.to(rig.loop.now_s() + 2.5)
        rig.drain()
        assert {report.ssrc for report in rig.reports} == {second}
        assert rig.heard(words.Formats)[-1].audio_out == "pcmu"
