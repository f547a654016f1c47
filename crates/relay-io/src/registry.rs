//! Which ids the caller has made, so that a wrong one is refused in the call and not somewhere later.

use relay::Command;
use std::collections::{HashMap, HashSet};

/// Why a command was not taken. `Display` is the stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmitError {
    /// No such transport.
    UnknownTransport,
    /// No such track.
    UnknownTrack,
    /// No such subscription.
    UnknownSubscription,
    /// The id is taken.
    DuplicateId,
    /// `max_transports` are open.
    TooManyTransports,
    /// The worker is far behind.
    QueueFull,
    /// The worker has stopped, by [`crate::Worker::close`] or by a fault.
    WorkerGone,
}

impl SubmitError {
    /// Stable code, the beginning of the Python exception's text.
    pub fn code(self) -> &'static str {
        match self {
            SubmitError::UnknownTransport => "unknown-transport",
            SubmitError::UnknownTrack => "unknown-track",
            SubmitError::UnknownSubscription => "unknown-subscription",
            SubmitError::DuplicateId => "duplicate-id",
            SubmitError::TooManyTransports => "too-many",
            SubmitError::QueueFull => "queue-full",
            SubmitError::WorkerGone => "worker-gone",
        }
    }
}

impl std::fmt::Display for SubmitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for SubmitError {}

#[derive(Debug, Default)]
struct Members {
    tracks: HashSet<u32>,
    subscriptions: HashSet<u32>,
}

#[derive(Debug)]
struct Track {
    transport: u32,
    subscriptions: HashSet<u32>,
}

#[derive(Debug)]
struct Subscription {
    transport: u32,
    track: u32,
}

/// Living ids as the caller knows them.
#[derive(Debug)]
pub(crate) struct Registry {
    max_transports: usize,
    transports: HashMap<u32, Members>,
    tracks: HashMap<u32, Track>,
    subscriptions: HashMap<u32, Subscription>,
}

impl Registry {
    pub(crate) fn new(max_transports: usize) -> Registry {
        Registry { max_transports, transports: HashMap::new(), tracks: HashMap::new(), subscriptions: HashMap::new() }
    }

    /// Living transports.
    pub(crate) fn transports(&self) -> impl Iterator<Item = u32> + '_ {
        self.transports.keys().copied()
    }

    /// Refuses a command that names what does not exist; changes nothing.
    pub(crate) fn check(&self, command: &Command) -> Result<(), SubmitError> {
        match command {
            Command::AddTransport { transport, .. } | Command::AddInjector { transport, .. } => {
                refuse(self.transports.contains_key(transport), SubmitError::DuplicateId)?;
                refuse(self.transports.len() >= self.max_transports, SubmitError::TooManyTransports)
            }
            Command::RestartIce { transport, .. }
            | Command::SendDtls { transport, .. }
            | Command::InstallSrtp { transport, .. }
            | Command::Inject { transport }
            | Command::CloseTransport { transport } => self.known_transport(*transport),
            Command::Publish(publish) => {
                self.known_transport(publish.transport)?;
                refuse(self.tracks.contains_key(&publish.track), SubmitError::DuplicateId)
            }
            Command::Unpublish { track } | Command::PauseTrack { track, .. } | Command::RequestKeyframe { track } => {
                self.known_track(*track)
            }
            Command::Subscribe(subscribe) => {
                self.known_transport(subscribe.transport)?;
                self.known_track(subscribe.track)?;
                refuse(self.subscriptions.contains_key(&subscribe.subscription), SubmitError::DuplicateId)
            }
            Command::Unsubscribe { subscription } => self.known_subscription(*subscription),
            Command::SetWants(wants) => wants.iter().try_for_each(|want| self.known_subscription(want.subscription)),
        }
    }

    fn known_transport(&self, id: u32) -> Result<(), SubmitError> {
        refuse(!self.transports.contains_key(&id), SubmitError::UnknownTransport)
    }

    fn known_track(&self, id: u32) -> Result<(), SubmitError> {
        refuse(!self.tracks.contains_key(&id), SubmitError::UnknownTrack)
    }

    fn known_subscription(&self, id: u32) -> Result<(), SubmitError> {
        refuse(!self.subscriptions.contains_key(&id), SubmitError::UnknownSubscription)
    }

    /// Notes what a checked command makes or ends.
    pub(crate) fn apply(&mut self, command: &Command) {
        match command {
            Command::AddTransport { transport, .. } | Command::AddInjector { transport, .. } => {
                self.transports.insert(*transport, Members::default());
            }
            Command::CloseTransport { transport } => self.end_transport(*transport),
            Command::Publish(publish) => {
                let track = Track { transport: publish.transport, subscriptions: HashSet::new() };
                self.tracks.insert(publish.track, track);
                self.members(publish.transport, |members| members.tracks.insert(publish.track));
            }
            Command::Unpublish { track } => self.end_track(*track),
            Command::Subscribe(subscribe) => {
                let id = subscribe.subscription;
                let subscription = Subscription { transport: subscribe.transport, track: subscribe.track };
                self.subscriptions.insert(id, subscription);
                self.members(subscribe.transport, |members| members.subscriptions.insert(id));
                if let Some(track) = self.tracks.get_mut(&subscribe.track) {
                    track.subscriptions.insert(id);
                }
            }
            Command::Unsubscribe { subscription } => self.end_subscription(*subscription),
            Command::RestartIce { .. }
            | Command::SendDtls { .. }
            | Command::InstallSrtp { .. }
            | Command::Inject { .. }
            | Command::PauseTrack { .. }
            | Command::RequestKeyframe { .. }
            | Command::SetWants(_) => {}
        }
    }

    fn members(&mut self, transport: u32, change: impl FnOnce(&mut Members) -> bool) {
        if let Some(members) = self.transports.get_mut(&transport) {
            change(members);
        }
    }

    /// Ends a transport with its tracks and subscriptions; nothing if it is unknown.
    pub(crate) fn end_transport(&mut self, id: u32) {
        let Some(members) = self.transports.remove(&id) else { return };
        members.tracks.into_iter().for_each(|track| self.end_track(track));
        members.subscriptions.into_iter().for_each(|subscription| self.end_subscription(subscription));
    }

    fn end_track(&mut self, id: u32) {
        let Some(track) = self.tracks.remove(&id) else { return };
        self.members(track.transport, |members| members.tracks.remove(&id));
        track.subscriptions.into_iter().for_each(|subscription| self.end_subscription(subscription));
    }

    fn end_subscription(&mut self, id: u32) {
        let Some(subscription) = self.subscriptions.remove(&id) else { return };
        self.members(subscription.transport, |members| members.subscriptions.remove(&id));
        if let Some(track) = self.tracks.get_mut(&subscription.track) {
            track.subscriptions.remove(&id);
        }
    }
}

fn refuse(condition: bool, error: SubmitError) -> Result<(), SubmitError> {
    if condition { Err(error) } else { Ok(()) }
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
