//! The fixed loads that runs are compared at.

/// Sound or picture, as the generator makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    /// VP8, 90 kHz.
    Video,
    /// Opus, 48 kHz.
    Audio,
}

/// So many publishers, each seen by all of so many subscribers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) media: Media,
    pub(crate) publishers: usize,
    pub(crate) subscribers: usize,
    /// RTP packets of one frame.
    pub(crate) packets_per_frame: usize,
    /// Length of one RTP packet before protection, header included, bytes.
    pub(crate) packet_len: usize,
    pub(crate) frames_per_s: u64,
}

/// All loads, by the number of packets forwarded per second.
pub(crate) const SCENARIOS: [Scenario; 5] = [
    video("video-7k", 1, 40, 6, 1200),
    video("video-45k", 10, 25, 6, 1200),
    video("video-90k", 10, 50, 6, 1200),
    video("thumbs-30k", 20, 25, 2, 1000),
    Scenario {
        name: "audio-40k",
        media: Media::Audio,
        publishers: 16,
        subscribers: 50,
        packets_per_frame: 1,
        packet_len: 120,
        frames_per_s: 50,
    },
];

const fn video(
    name: &'static str,
    publishers: usize,
    subscribers: usize,
    packets_per_frame: usize,
    packet_len: usize,
) -> Scenario {
    Scenario { name, media: Media::Video, publishers, subscribers, packets_per_frame, packet_len, frames_per_s: 30 }
}

impl Scenario {
    /// Time between two frames of one publisher, µs.
    pub(crate) fn frame_interval_us(&self) -> u64 {
        1_000_000 / self.frames_per_s
    }

    /// RTP clock, Hz.
    pub(crate) fn clock_hz(&self) -> u32 {
        match self.media {
            Media::Video => 90_000,
            Media::Audio => 48_000,
        }
    }

    /// Bit rate of one publisher, bit/s.
    pub(crate) fn bitrate_bps(&self) -> u64 {
        (self.packets_per_frame * self.packet_len * 8) as u64 * self.frames_per_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_the_rate() {
        for scenario in SCENARIOS {
            let incoming = scenario.publishers as u64 * scenario.packets_per_frame as u64 * scenario.frames_per_s;
            let thousands = incoming * scenario.subscribers as u64 / 1000;
            let name = scenario.name.split('-').nth(1).unwrap();
            assert_eq!(name, format!("{thousands}k"), "{scenario:?}");
        }
    }
}
