//! Connectivity checks. Only a check for credentials of ours, with good integrity, is ever answered: towards strangers
//! the relay is silent, so it cannot be used to reflect traffic.

use crate::event::{Event, IceState};
use crate::ice::Checked;
use crate::outbox::To;
use crate::packet::Path;
use crate::relay::Relay;
use relay_control::time::Micros;
use relay_wire::drops::DropReason;
use relay_wire::stun::{self, Incoming, IntegrityKey, Request};

impl Relay {
    pub(super) fn on_stun(&mut self, now: Micros, path: Path, datagram: &[u8]) -> Result<(), DropReason> {
        let request = match stun::parse(datagram) {
            Ok(Incoming::Request(request)) => request,
            // An ICE-lite agent asks nothing: responses and indications carry nothing for it.
            Ok(Incoming::Response | Incoming::Indication) => return Ok(()),
            Err(_) => return Err(DropReason::StunMalformed),
        };
        let index = *self.ufrags.get(request.local_ufrag).ok_or(DropReason::StunUnknownUfrag)?;
        let holder = self.paths.get(&path).copied();
        let holder_lives =
            holder.and_then(|holder| self.transports.get(holder)).is_some_and(|held| held.ice.is_live(now));
        let transport = self.transports.get_mut(index).ok_or(DropReason::StunUnknownUfrag)?;
        // Who only knows the user name cannot use up the checks of who knows the password.
        if holder != Some(index) && transport.bad_checks.is_empty(now) {
            return Err(DropReason::StunRateLimited);
        }
        let credentials = transport.ice.credentials(request.local_ufrag).ok_or(DropReason::StunUnknownUfrag)?;
        if !request.verify(datagram, &credentials.key) {
            transport.bad_checks.take(now, 1);
            return Err(DropReason::StunBadIntegrity);
        }
        if !transport.checks.take(now, 1) {
            return Err(DropReason::StunRateLimited);
        }
        // A participant with a forged source address must not take the path of another one that is there.
        if holder_lives && holder != Some(index) {
            return Err(DropReason::StunPathTaken);
        }
        let refused = request.controlled || request.unknown_attribute.is_some();
        let answered = self.outbox.push_with(To::Path(path), |out| answer(out, &request, path, &credentials.key));
        if refused {
            return Ok(());
        }
        let checked = transport.ice.check(now, path, request.local_ufrag, request.priority, request.use_candidate);
        self.apply_check(now, index, path, checked);
        if answered { Ok(()) } else { Err(DropReason::ControlQueueFull) }
    }

    fn apply_check(&mut self, now: Micros, index: usize, path: Path, checked: Checked) {
        if let Some(evicted) = checked.evicted {
            self.paths.remove(&evicted);
        }
        if let Some(added) = checked.added {
            let before = self.paths.insert(added, index);
            if let Some(other) = before.filter(|&before| before != index)
                && let Some(transport) = self.transports.get_mut(other)
            {
                transport.ice.forget_path(added);
            }
        }
        if let Some(retired) = checked.retired {
            self.ufrags.remove(&retired);
        }
        if checked.selected {
            let selected = self.transports.get(index).and_then(|transport| transport.ice.selected());
            self.tell_ice(index, IceState::Connected, selected.unwrap_or(path));
        }
        self.timers.at_most(index, now + crate::timing::IDLE);
    }

    pub(crate) fn tell_ice(&mut self, index: usize, state: IceState, path: Path) {
        let Some(transport) = self.transports.get(index) else { return };
        let protocol = path.link.protocol();
        self.events.push(Event::Ice { transport: transport.id, state, remote: path.remote, protocol });
    }
}

fn answer(out: &mut Vec<u8>, request: &Request<'_>, path: Path, key: &IntegrityKey) {
    let start = out.len();
    out.resize(start + MAX_ANSWER, 0);
    let slot = &mut out[start..];
    let len = if request.controlled {
        // RFC 8445, 7.3.1.1: a lite agent is always controlled, so the peer must switch.
        stun::write_error(slot, &request.transaction, ROLE_CONFLICT, key)
    } else if let Some(unknown) = request.unknown_attribute {
        stun::write_unknown_attribute(slot, &request.transaction, unknown, key)
    } else {
        stun::write_success(slot, &request.transaction, path.remote, key)
    };
    out.truncate(start + len);
}

const MAX_ANSWER: usize = 96;
const ROLE_CONFLICT: u16 = 487;
