//! What the control side asks for: transports, tracks, subscriptions. Ends cascade: a transport takes its tracks and
//! subscriptions with it, a track its subscriptions.

use crate::command::{Command, Kind, Publish, Subscribe, Want};
use crate::error::CommandError;
use crate::event::Event;
use crate::ice::Ice;
use crate::layer::Layer;
use crate::outbox::To;
use crate::packet::SLOT_LEN;
use crate::relay::Relay;
use crate::room::Room;
use crate::subscription::Subscription;
use crate::track::Track;
use crate::transport::{Keys, Role, Start, Transport};
use relay_control::loudest::Ranking;
use relay_control::time::Micros;
use relay_wire::rtcp::write;
use relay_wire::srtp::{Opener, Sealer};

type Outcome = Result<(), CommandError>;

impl Relay {
    pub(crate) fn dispatch(&mut self, now: Micros, command: Command) -> Outcome {
        match command {
            Command::AddTransport { transport, room, ufrag, pwd } => {
                self.add_transport(now, transport, room, &ufrag, &pwd)
            }
            Command::RestartIce { transport, ufrag, pwd } => self.restart_ice(transport, &ufrag, &pwd),
            Command::SendDtls { transport, datagram } => self.send_dtls(transport, &datagram),
            Command::InstallSrtp { transport, profile, receive, send } => {
                let index = self.transport_index(transport)?;
                let transport = self.transports.get_mut(index).ok_or(CommandError::UnknownTransport)?;
                if transport.local.is_some() {
                    return Err(CommandError::WrongTransport);
                }
                // Keys again would mean sequence numbers again: GCM forbids that.
                if transport.keys.is_some() {
                    return Err(CommandError::DuplicateId);
                }
                let (opener, sealer) = (Opener::new(profile, &receive), Sealer::new(profile, &send));
                transport.keys = Some(Keys { opener, sealer });
                transport.dtls.established();
                self.allocate_soon(now, index);
                Ok(())
            }
            Command::AddInjector { transport, room } => self.add_injector(now, transport, room),
            Command::Inject { transport } => self.inject(now, transport),
            Command::CloseTransport { transport } => self.close_transport(now, transport),
            Command::Publish(publish) => self.publish(&publish),
            Command::Unpublish { track } => {
                let index = *self.ids.tracks.get(&track).ok_or(CommandError::UnknownTrack)?;
                self.end_track(now, index);
                Ok(())
            }
            Command::PauseTrack { track, paused } => self.pause_track(now, track, paused),
            Command::RequestKeyframe { track } => {
                let index = *self.ids.tracks.get(&track).ok_or(CommandError::UnknownTrack)?;
                let track = self.tracks.get_mut(index).ok_or(CommandError::UnknownTrack)?;
                track.want_keyframes(now);
                self.timers.at_most(track.transport, now);
                Ok(())
            }
            Command::Subscribe(subscribe) => self.subscribe(now, &subscribe),
            Command::Unsubscribe { subscription } => {
                let index = *self.ids.subscriptions.get(&subscription).ok_or(CommandError::UnknownSubscription)?;
                self.end_subscription(now, index);
                Ok(())
            }
            Command::SetWants(wants) => self.set_wants(now, &wants),
        }
    }

    fn transport_index(&self, id: u32) -> Result<usize, CommandError> {
        self.ids.transports.get(&id).copied().ok_or(CommandError::UnknownTransport)
    }

    fn check_credentials(&self, ufrag: &str, pwd: &str) -> Outcome {
        // RFC 8839, 5.4: 4 to 256 characters, and 22 to 256.
        let good = (4..=256).contains(&ufrag.len()) && (22..=256).contains(&pwd.len());
        if good && !self.ufrags.contains_key(ufrag) { Ok(()) } else { Err(CommandError::BadCredentials) }
    }

    fn add_transport(&mut self, now: Micros, id: u32, room: u32, ufrag: &str, pwd: &str) -> Outcome {
        self.check_new(id)?;
        self.check_credentials(ufrag, pwd)?;
        let index = self.insert_transport(now, id, room, Some(Ice::new(ufrag, pwd)));
        self.ufrags.insert(ufrag.into(), index);
        Ok(())
    }

    fn add_injector(&mut self, now: Micros, id: u32, room: u32) -> Outcome {
        self.check_new(id)?;
        self.insert_transport(now, id, room, None);
        Ok(())
    }

    /// Its streams may begin anew at once: whoever sent them before is gone.
    fn inject(&mut self, now: Micros, id: u32) -> Outcome {
        let index = self.transport_index(id)?;
        let transport = self.transports.get_mut(index).ok_or(CommandError::UnknownTransport)?;
        if transport.local.is_none() {
            return Err(CommandError::WrongTransport);
        }
        transport.up.streams.clear();
        transport.up.ntp_offset = None;
        for &track in &transport.tracks {
            let Some(track) = self.tracks.get_mut(track) else { continue };
            track.layers.iter_mut().for_each(Layer::unbind);
        }
        self.open_local(now, index);
        Ok(())
    }

    fn check_new(&self, id: u32) -> Outcome {
        if self.ids.transports.contains_key(&id) {
            return Err(CommandError::DuplicateId);
        }
        if self.transports.len() >= self.config.max_transports { Err(CommandError::TooMany) } else { Ok(()) }
    }

    fn insert_transport(&mut self, now: Micros, id: u32, room: u32, ice: Option<Ice>) -> usize {
        let room = self.enter_room(room);
        let start = Start {
            now,
            own_ssrc: self.rng.next() as u32 | 1,
            hash: self.hash,
            max_publisher_bps: self.config.max_publisher_bps,
            estimate: relay_control::estimate::Config {
                start_bps: self.config.start_bitrate_bps,
                max_bps: self.config.max_bitrate_bps,
                ..relay_control::estimate::Config::default()
            },
        };
        let index = self.transports.insert(Transport::new(id, room, ice, &start));
        self.ids.transports.insert(id, index);
        index
    }

    fn enter_room(&mut self, id: u32) -> usize {
        let index = match self.ids.rooms.get(&id) {
            Some(&index) => index,
            None => {
                let room = Room { id, transports: 0, ranking: Ranking::new(LOUDEST) };
                let index = self.rooms.insert(room);
                self.ids.rooms.insert(id, index);
                index
            }
        };
        if let Some(room) = self.rooms.get_mut(index) {
            room.transports += 1;
        }
        index
    }

    fn leave_room(&mut self, index: usize) {
        let Some(room) = self.rooms.get_mut(index) else { return };
        room.transports -= 1;
        if room.transports == 0 {
            self.ids.rooms.remove(&room.id);
            self.rooms.remove(index);
        }
    }

    fn restart_ice(&mut self, id: u32, ufrag: &str, pwd: &str) -> Outcome {
        let index = self.transport_index(id)?;
        self.check_credentials(ufrag, pwd)?;
        let transport = self.transports.get_mut(index).ok_or(CommandError::UnknownTransport)?;
        if transport.local.is_some() {
            return Err(CommandError::WrongTransport);
        }
        if let Some(unused) = transport.ice.restart(ufrag, pwd) {
            self.ufrags.remove(&unused);
        }
        self.ufrags.insert(ufrag.into(), index);
        Ok(())
    }

    fn send_dtls(&mut self, id: u32, datagram: &[u8]) -> Outcome {
        let index = self.transport_index(id)?;
        let path = self.transports.get(index).and_then(|transport| transport.ice.send_path());
        let path = path.filter(|_| datagram.len() <= SLOT_LEN).ok_or(CommandError::DtlsRefused)?;
        let queued = self.outbox.push_with(To::Path(path), |out| out.extend_from_slice(datagram));
        if queued { Ok(()) } else { Err(CommandError::DtlsRefused) }
    }

    fn close_transport(&mut self, now: Micros, id: u32) -> Outcome {
        let index = self.transport_index(id)?;
        let Some(transport) = self.transports.get(index) else { return Err(CommandError::UnknownTransport) };
        let (tracks, subscriptions) = (transport.tracks.clone(), transport.down.subscriptions.clone());
        tracks.into_iter().for_each(|track| self.end_track(now, track));
        subscriptions.into_iter().for_each(|subscription| self.end_subscription(now, subscription));
        self.outbox.forget(index);
        self.fanout.forget_transport(index);
        self.timers.clear(index);
        self.ids.transports.remove(&id);
        if let Some(transport) = self.transports.remove(index) {
            for ufrag in transport.ice.ufrags() {
                self.ufrags.remove(ufrag);
            }
            for path in transport.ice.paths() {
                self.paths.remove(&path);
            }
            self.leave_room(transport.room);
        }
        self.events.push(Event::Closed { transport: id, reason: "closed" });
        Ok(())
    }

    fn publish(&mut self, publish: &Publish) -> Outcome {
        let index = self.transport_index(publish.transport)?;
        if self.ids.tracks.contains_key(&publish.track) {
            return Err(CommandError::DuplicateId);
        }
        check_publish(publish)?;
        let transport = self.transports.get_mut(index).ok_or(CommandError::UnknownTransport)?;
        if transport.tracks.len() >= MAX_TRACKS {
            return Err(CommandError::TooMany);
        }
        let kept = transport.local.is_some() && publish.kind == Kind::Video;
        if kept && publish.encodings.len() > 1 {
            return Err(CommandError::BadParameters);
        }
        transport.up.ids.learn(&publish.extensions);
        let mut track = Track::new(index, publish);
        track.layers[0].gop = kept.then(Box::default);
        let track = self.tracks.insert(track);
        transport.tracks.push(track);
        self.ids.tracks.insert(publish.track, track);
        Ok(())
    }

    fn end_track(&mut self, now: Micros, index: usize) {
        let Some(track) = self.tracks.get(index) else { return };
        let (id, owner) = (track.id, track.transport);
        for subscription in track.subscriptions.clone() {
            self.end_subscription(now, subscription);
        }
        self.tracks.remove(index);
        self.ids.tracks.remove(&id);
        self.fanout.forget_track(index);
        let Some(transport) = self.transports.get_mut(owner) else { return };
        transport.tracks.retain(|&other| other != index);
        // The replay windows stay: what was heard once must not be heard again under a new track.
        for stream in transport.up.streams.iter_mut().filter(|stream| stream.role.track() == Some(index)) {
            stream.role = Role::Unrouted;
        }
        if let Some(room) = self.rooms.get_mut(transport.room) {
            room.ranking.remove(id);
        }
    }

    fn pause_track(&mut self, now: Micros, id: u32, paused: bool) -> Outcome {
        let index = *self.ids.tracks.get(&id).ok_or(CommandError::UnknownTrack)?;
        let track = self.tracks.get_mut(index).ok_or(CommandError::UnknownTrack)?;
        if std::mem::replace(&mut track.paused, paused) != paused {
            // What comes during a pause is for nobody, so that nobody can begin with what came before it either.
            track.layers.iter_mut().filter_map(|layer| layer.gop.as_mut()).for_each(|gop| gop.clear());
        }
        track.pending.clear();
        track.round.clear();
        self.fanout.forget_track(index);
        for &position in &track.subscriptions {
            let Some(subscription) = self.subscriptions.get_mut(position) else { continue };
            subscription.halt();
            if let Some(transport) = self.transports.get_mut(subscription.transport) {
                transport.down.forget_packets_of(position);
            }
        }
        self.allocate_subscribers_of(now, index);
        Ok(())
    }

    fn subscribe(&mut self, now: Micros, wanted: &Subscribe) -> Outcome {
        let index = self.transport_index(wanted.transport)?;
        let track_index = *self.ids.tracks.get(&wanted.track).ok_or(CommandError::UnknownTrack)?;
        if self.ids.subscriptions.contains_key(&wanted.subscription) {
            return Err(CommandError::DuplicateId);
        }
        check_subscribe(wanted)?;
        let seeds = (self.rng.next() as u16, self.rng.next() as u16);
        let (Some(transport), Some(track)) = (self.transports.get_mut(index), self.tracks.get_mut(track_index)) else {
            return Err(CommandError::UnknownTransport);
        };
        let is_local = transport.local.is_some();
        let down = &mut transport.down;
        if down.subscriptions.len() >= MAX_SUBSCRIPTIONS {
            return Err(CommandError::TooMany);
        }
        let ssrcs = [Some(wanted.ssrc), wanted.rtx_ssrc];
        // An SSRC is never used twice towards one peer: its packet numbers would begin anew under the same keys.
        if ssrcs.iter().flatten().any(|ssrc| !down.is_fresh(*ssrc)) || wanted.rtx_ssrc == Some(wanted.ssrc) {
            return Err(CommandError::SsrcInUse);
        }
        let mut subscription = Subscription::new(index, track_index, track, wanted, seeds);
        subscription.guard.set_bitrate(down.estimator.bps());
        if is_local {
            // They measure paths.
            subscription.extensions.retain(|remap| !remap.source.is_stamp());
        }
        let position = self.subscriptions.insert(subscription);
        if let Some(subscription) = self.subscriptions.get_mut(position) {
            subscription.position = position;
        }
        ssrcs.iter().flatten().for_each(|ssrc| down.use_ssrc(*ssrc, position));
        down.subscriptions.push(position);
        track.subscriptions.push(position);
        self.ids.subscriptions.insert(wanted.subscription, position);
        self.allocate_soon(now, index);
        Ok(())
    }

    fn end_subscription(&mut self, now: Micros, position: usize) {
        let Some(subscription) = self.subscriptions.remove(position) else { return };
        self.ids.subscriptions.remove(&subscription.id);
        if let Some(track) = self.tracks.get_mut(subscription.track) {
            track.subscriptions.retain(|&other| other != position);
        }
        let index = subscription.transport;
        let Some(transport) = self.transports.get_mut(index) else { return };
        let own_ssrc = transport.up.own_ssrc;
        transport.down.subscriptions.retain(|&other| other != position);
        transport.down.by_ssrc.retain(|_, used| *used != position);
        transport.down.forget_packets_of(position);
        if transport.is_ready() && (transport.local.is_some() || transport.ice.selected().is_some()) {
            self.outbox.push_with(To::Rtcp(index), |out| {
                write::rr(out, own_ssrc, &[]);
                write::bye(out, &[subscription.ssrc]);
            });
        }
        self.allocate_soon(now, index);
    }

    fn set_wants(&mut self, now: Micros, wants: &[Want]) -> Outcome {
        let mut outcome = Ok(());
        for want in wants {
            let position = self.ids.subscriptions.get(&want.subscription).copied();
            let Some(subscription) = position.and_then(|position| self.subscriptions.get_mut(position)) else {
                outcome = Err(CommandError::UnknownSubscription);
                continue;
            };
            let tile = (want.width, want.height);
            let aim = &mut subscription.aim;
            let new = (tile, want.priority, want.max_temporal.min(3));
            aim.fresh |= (aim.tile, aim.priority, aim.max_temporal) != new;
            (aim.tile, aim.priority, aim.max_temporal) = new;
            let transport = subscription.transport;
            self.allocate_soon(now, transport);
        }
        outcome
    }
}

fn check_publish(publish: &Publish) -> Outcome {
    let fits = publish.payloads.len() <= MAX_PAYLOADS
        && !publish.payloads.is_empty()
        && publish.payloads.iter().all(|payload| payload.pt < 128 && payload.clock_hz > 0)
        && publish.extensions.len() <= MAX_EXTENSIONS
        && publish.extensions.iter().all(|extension| extension.id > 0)
        && publish.encodings.len() <= relay_control::allocate::MAX_LAYERS
        && publish.mid.len() <= MAX_NAME;
    if fits { Ok(()) } else { Err(CommandError::BadParameters) }
}

fn check_subscribe(wanted: &Subscribe) -> Outcome {
    let fits = wanted.payloads.len() <= MAX_PAYLOADS
        && !wanted.payloads.is_empty()
        && wanted.payloads.iter().all(|(published, payload)| *published < 128 && payload.pt < 128)
        && wanted.extensions.len() <= MAX_EXTENSIONS
        && wanted.extensions.iter().all(|extension| extension.id > 0)
        && wanted.mid.len() <= MAX_NAME
        && wanted.cname.len() <= 255;
    if fits { Ok(()) } else { Err(CommandError::BadParameters) }
}

const MAX_TRACKS: usize = 256;
const MAX_SUBSCRIPTIONS: usize = 1024;
const MAX_PAYLOADS: usize = 16;
const MAX_EXTENSIONS: usize = 16;
const MAX_NAME: usize = 64;
// Three or four people at most speak at once; a few more let the layout choose.
const LOUDEST: usize = 5;
