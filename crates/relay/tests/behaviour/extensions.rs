//! Header extensions change their numbers on the way, known or not.

use crate::world::{MS, OPUS_PT, Sent, World, ext, opus};
use relay::{Command, Extension, Kind, Publish, Subscribe};

fn named(id: u8, uri: &str) -> Extension {
    Extension { id, uri: uri.into() }
}

const MID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
const LEVEL_URI: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
const TWCC_URI: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
const SEND_TIME_URI: &str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
const UNKNOWN_URI: &str = "urn:example:temperature";

#[test]
fn each_is_renumbered_replaced_stamped_or_left_out() {
    let mut world = World::new(1);
    let (speaker, listener) = (world.join(1), world.join(1));
    world.command(Command::Publish(Publish {
        transport: 0,
        track: 5,
        kind: Kind::Audio,
        mid: "up".into(),
        payloads: vec![opus()],
        extensions: vec![
            named(1, MID_URI),
            named(2, LEVEL_URI),
            named(9, UNKNOWN_URI),
            named(10, "urn:example:private"),
        ],
        encodings: vec![],
    }));
    world.command(Command::Subscribe(Subscribe {
        mid: "down".into(),
        rtx_ssrc: Some(71),
        extensions: vec![
            named(20, UNKNOWN_URI),
            named(4, MID_URI),
            named(1, LEVEL_URI),
            named(7, SEND_TIME_URI),
            named(8, TWCC_URI),
            named(11, "urn:example:not-published"),
        ],
        ..crate::world::subscription(listener, 7, 5, Kind::Audio)
    }));
    world.run(20 * MS);
    for n in 0..3u64 {
        let elements = [ext(1, b"up"), ext(2, &[33]), ext(9, &[1, 2, 3, n as u8]), ext(10, &[5])];
        let bytes = world.peers[speaker].rtp(&Sent {
            ssrc: 99,
            pt: OPUS_PT,
            index: n,
            ts: 0,
            ext: &elements,
            body: &[1; 50],
            ..Sent::default()
        });
        world.send(speaker, bytes);
        world.run(20 * MS);
    }
    let got = world.peers[listener].stream(70);
    assert_eq!(got.len(), 3);
    for (n, got) in got.iter().enumerate() {
        assert_eq!(got.ext(4), Some(&b"down"[..]));
        assert_eq!(got.ext(1), Some(&[33][..]));
        assert_eq!(got.ext(20), Some(&[1, 2, 3, n as u8][..]), "copied although nobody here knows it");
        assert_eq!(got.ext(8), Some(&[0, n as u8][..]), "numbered across the transport");
        let sent_at = got.ext(7).map(|data| u32::from_be_bytes([0, data[0], data[1], data[2]]));
        let expected = ((got.at - MS) << 18) / 1_000_000;
        assert_eq!(sent_at, Some(expected as u32));
        assert_eq!((got.ext(9), got.ext(10), got.ext(11), got.ext(2)), (None, None, None, None));
    }
}

#[test]
fn payload_types_are_renamed_and_unknown_ones_go_nowhere() {
    let mut world = World::new(2);
    let (speaker, listener) = (world.join(1), world.join(1));
    world.publish_audio(speaker, 5);
    world.command(Command::Subscribe(Subscribe {
        payloads: vec![(OPUS_PT, relay::Payload { pt: 63, ..opus() })],
        ..crate::world::subscription(listener, 7, 5, Kind::Audio)
    }));
    world.run(20 * MS);
    for (n, pt) in [OPUS_PT, 50, OPUS_PT].into_iter().enumerate() {
        let bytes =
            world.peers[speaker].rtp(&Sent { ssrc: 99, pt, index: n as u64, ts: 0, body: &[1; 50], ..Sent::default() });
        world.send(speaker, bytes);
        world.run(20 * MS);
    }
    let got: Vec<u8> = world.peers[listener].stream(70).iter().map(|got| got.header.payload_type).collect();
    assert_eq!(got, [63, 63]);
    assert_eq!(world.drops(relay::DropReason::RtpUnknownPayload), 1);
}
