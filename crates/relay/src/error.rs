//! Why a command is refused.

/// A command that cannot be taken. `Display` is the stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandError {
    /// No such transport.
    UnknownTransport,
    /// No such track.
    UnknownTrack,
    /// No such subscription.
    UnknownSubscription,
    /// The id is taken.
    DuplicateId,
    /// The ICE username fragment is empty, too long, or taken.
    BadCredentials,
    /// `max_transports`, or more than 256 tracks or 1024 subscriptions of one transport.
    TooMany,
    /// Too many payloads, extensions or encodings, or a value out of range.
    BadParameters,
    /// The transport is of the wrong kind: an injector has no peer, and a peer cannot be injected.
    WrongTransport,
    /// The SSRC is already used towards this subscriber.
    SsrcInUse,
    /// A DTLS datagram that is empty, too long, or finds its queue full.
    DtlsRefused,
}

impl CommandError {
    /// Stable code, also the beginning of the Python exception's text.
    pub fn code(self) -> &'static str {
        match self {
            CommandError::UnknownTransport => "unknown-transport",
            CommandError::UnknownTrack => "unknown-track",
            CommandError::UnknownSubscription => "unknown-subscription",
            CommandError::DuplicateId => "duplicate-id",
            CommandError::BadCredentials => "bad-credentials",
            CommandError::TooMany => "too-many",
            CommandError::BadParameters => "bad-parameters",
            CommandError::WrongTransport => "wrong-transport",
            CommandError::SsrcInUse => "ssrc-in-use",
            CommandError::DtlsRefused => "dtls-refused",
        }
    }
}

impl std::fmt::Display for CommandError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for CommandError {}
