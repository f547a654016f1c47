//! Why a packet went no further. Every drop has a name and a counter; nothing is dropped silently.

macro_rules! reasons {
    ($($(#[$doc:meta])+ $reason:ident => $name:literal,)+) => {
        /// The reason one packet was dropped.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum DropReason {
            $($(#[$doc])+ $reason,)+
        }

        impl DropReason {
            /// Every reason, in counter order.
            pub const ALL: [DropReason; DropReason::COUNT] = [$(DropReason::$reason,)+];
            /// How many reasons there are.
            pub const COUNT: usize = [$($name,)+].len();

            /// The stable name used in statistics and metrics.
            pub const fn name(self) -> &'static str {
                match self {
                    $(DropReason::$reason => $name,)+
                }
            }
        }
    };
}

reasons! {
    /// A datagram of zero bytes.
    Empty => "empty",
    /// Larger than a receive slot.
    Oversize => "oversize",
    /// The first byte belongs to no protocol of RFC 7983.
    UnknownFirstByte => "unknown-first-byte",
    /// Media from a path that ICE has not validated.
    UnvalidatedPath => "unvalidated-path",
    /// STUN for a user name fragment nobody here has.
    StunUnknownUfrag => "stun-unknown-ufrag",
    /// STUN whose MESSAGE-INTEGRITY is wrong.
    StunBadIntegrity => "stun-bad-integrity",
    /// STUN that does not parse.
    StunMalformed => "stun-malformed",
    /// More STUN than one source may send.
    StunRateLimited => "stun-rate-limited",
    /// DTLS from a path that ICE has not validated.
    DtlsUnvalidatedPath => "dtls-unvalidated-path",
    /// DTLS faster than the handshake takes it.
    DtlsQueueFull => "dtls-queue-full",
    /// SRTP before its keys are installed.
    RtpNoKeys => "rtp-no-keys",
    /// RTP that does not parse.
    RtpMalformed => "rtp-malformed",
    /// RTP seen before, or older than the replay window.
    RtpReplay => "rtp-replay",
    /// RTP whose authentication tag is wrong.
    RtpAuthFailed => "rtp-auth-failed",
    /// RTP of an SSRC that no track of this transport has.
    RtpUnknownSsrc => "rtp-unknown-ssrc",
    /// RTP of a payload type that was not negotiated.
    RtpUnknownPayload => "rtp-unknown-payload",
    /// RTP of a track that is paused by the room.
    RtpTrackPaused => "rtp-track-paused",
    /// RTCP that does not parse.
    RtcpMalformed => "rtcp-malformed",
    /// RTCP whose authentication tag is wrong, or that was seen before.
    RtcpAuthFailed => "rtcp-auth-failed",
    /// One more SSRC than a transport may use.
    SsrcTableFull => "ssrc-table-full",
    /// The subscriber does not want this track now.
    SubscriptionPaused => "subscription-paused",
    /// Nothing decodes before the next keyframe.
    WaitingForKeyframe => "waiting-for-keyframe",
    /// Another simulcast layer is being forwarded.
    WrongLayer => "wrong-layer",
    /// A temporal layer above the chosen one.
    TemporalLayer => "temporal-layer",
    /// The subscriber's bandwidth is spent.
    BudgetExceeded => "budget-exceeded",
    /// A publisher sends more than its share.
    PublisherTooFast => "publisher-too-fast",
    /// A retransmission was asked for a packet no longer kept.
    NackTooOld => "nack-too-old",
    /// A retransmission was asked too often.
    NackThrottled => "nack-throttled",
    /// A TCP peer does not read.
    TcpQueueFull => "tcp-queue-full",
    /// A TCP frame larger than a receive slot.
    TcpFrameTooLarge => "tcp-frame-too-large",
    /// A TCP connection that never became a valid ICE path.
    TcpIdle => "tcp-idle",
    /// The kernel refused to send.
    SendFailed => "send-failed",
    /// The transport is gone.
    TransportClosed => "transport-closed",
    /// RTP that came before, as itself or as a retransmission.
    RtpDuplicate => "rtp-duplicate",
    /// STUN for one transport from the live path of another.
    StunPathTaken => "stun-path-taken",
    /// STUN or RTCP for which the queue of control datagrams has no room.
    ControlQueueFull => "control-queue-full",
    /// A datagram of an injector whose lengths do not add up.
    InjectMalformed => "inject-malformed",
    /// An injector that does not read what is asked of it.
    InjectQueueFull => "inject-queue-full",
    /// A tap that does not read as fast as its subscriptions send.
    TapFull => "tap-full",
    /// A tap without a socket.
    TapClosed => "tap-closed",
}

/// One counter for each [`DropReason`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropCounters([u64; DropReason::COUNT]);

impl DropCounters {
    /// All zero.
    pub const fn new() -> Self {
        DropCounters([0; DropReason::COUNT])
    }

    /// Counts one packet.
    pub fn count(&mut self, reason: DropReason) {
        self.add(reason, 1);
    }

    /// Counts `packets` packets.
    pub fn add(&mut self, reason: DropReason, packets: u64) {
        let counter = &mut self.0[reason as usize];
        *counter = counter.saturating_add(packets);
    }

    /// Adds the counters of another shard.
    pub fn merge(&mut self, other: &DropCounters) {
        for (reason, packets) in other.iter() {
            self.add(reason, packets);
        }
    }

    /// Packets dropped for `reason` so far.
    pub const fn get(&self, reason: DropReason) -> u64 {
        self.0[reason as usize]
    }

    /// Each reason with its count.
    pub fn iter(&self) -> impl Iterator<Item = (DropReason, u64)> + '_ {
        DropReason::ALL.into_iter().zip(self.0)
    }

    /// Packets dropped for any reason.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

impl Default for DropCounters {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_distinct_and_kebab_case() {
        let names: HashSet<_> = DropReason::ALL.iter().map(|reason| reason.name()).collect();
        assert_eq!(names.len(), DropReason::COUNT);
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
    }

    #[test]
    fn each_reason_has_its_own_counter() {
        let mut counters = DropCounters::new();
        for (n, reason) in DropReason::ALL.into_iter().enumerate() {
            counters.add(reason, n as u64);
        }
        counters.merge(&counters.clone());
        assert!(
            counters
                .iter()
                .enumerate()
                .all(|(n, (reason, packets))| { packets == 2 * n as u64 && counters.get(reason) == packets })
        );
        assert_eq!(counters.total(), (DropReason::COUNT * (DropReason::COUNT - 1)) as u64);
    }
}
