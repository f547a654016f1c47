//! ICE-lite for one transport (RFC 8445, 2.5): which addresses have proved who they are, which one is in use, and since
//! when nothing was heard.

use crate::event::IceState;
use crate::packet::Path;
use relay_control::time::{MILLISECOND, Micros, SECOND};
use relay_wire::stun::IntegrityKey;

/// One pair of our own credentials.
pub(crate) struct Credentials {
    pub(crate) ufrag: Box<str>,
    pub(crate) key: IntegrityKey,
    generation: u32,
}

#[derive(Debug, Clone, Copy)]
struct ValidPath {
    path: Path,
    generation: u32,
    priority: u32,
    heard: Micros,
    nominated: Micros,
}

/// What one good check changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Checked {
    /// A path that is valid from now on.
    pub(crate) added: Option<Path>,
    /// A path that made room for it.
    pub(crate) evicted: Option<Path>,
    /// The selected path is another one now, or is back.
    pub(crate) selected: bool,
    /// The restart is complete; these credentials of ours are void.
    pub(crate) retired: Option<Box<str>>,
}

/// Paths and credentials of one transport.
pub(crate) struct Ice {
    current: Credentials,
    next: Option<Credentials>,
    paths: Vec<ValidPath>,
    selected: Option<Path>,
    /// Where to answer before a nomination.
    latest: Option<Path>,
    /// The address last told in an event.
    pub(crate) last_selected: Option<Path>,
    state: Option<IceState>,
    heard: Micros,
    pub(crate) restarts: u32,
}

impl Ice {
    pub(crate) fn new(ufrag: &str, pwd: &str) -> Ice {
        let current = Credentials { ufrag: ufrag.into(), key: IntegrityKey::new(pwd), generation: 0 };
        Ice {
            current,
            next: None,
            paths: Vec::new(),
            selected: None,
            latest: None,
            last_selected: None,
            state: None,
            heard: 0,
            restarts: 0,
        }
    }

    /// Offers new credentials beside the current ones; returns those of an earlier restart that never completed.
    pub(crate) fn restart(&mut self, ufrag: &str, pwd: &str) -> Option<Box<str>> {
        let generation = self.current.generation + 1;
        let next = Credentials { ufrag: ufrag.into(), key: IntegrityKey::new(pwd), generation };
        self.next.replace(next).map(|unused| unused.ufrag)
    }

    pub(crate) fn credentials(&self, ufrag: &str) -> Option<&Credentials> {
        std::iter::once(&self.current).chain(&self.next).find(|credentials| &*credentials.ufrag == ufrag)
    }

    pub(crate) fn ufrags(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.current).chain(&self.next).map(|credentials| &*credentials.ufrag)
    }

    /// Where to send: the selected path, or before any nomination the one checked last.
    #[inline]
    pub(crate) fn send_path(&self) -> Option<Path> {
        self.selected.or(self.latest)
    }

    pub(crate) fn selected(&self) -> Option<Path> {
        self.selected
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = Path> {
        self.paths.iter().map(|valid| valid.path)
    }

    /// Somebody is there: heard of within the last seconds.
    pub(crate) fn is_live(&self, now: Micros) -> bool {
        !self.paths.is_empty() && now.saturating_sub(self.heard) < DISCONNECTED_AFTER
    }

    /// Authenticated media from `path`. It counts as consent like a check does: both prove that the peer is there and wants
    /// this, and a lite agent cannot prove more (simple encoders check once and never again).
    #[inline]
    pub(crate) fn heard(&mut self, now: Micros, path: Path) {
        self.heard = now;
        if let Some(valid) = self.paths.iter_mut().find(|valid| valid.path == path) {
            valid.heard = now;
        }
    }

    /// A check with good integrity for `ufrag` came from `path`.
    pub(crate) fn check(&mut self, now: Micros, path: Path, ufrag: &str, priority: u32, nominates: bool) -> Checked {
        let mut result = Checked::default();
        let Some(generation) = self.credentials(ufrag).map(|credentials| credentials.generation) else {
            return result;
        };
        self.heard = now;
        let known = self.paths.iter().position(|valid| valid.path == path);
        let index = known.unwrap_or_else(|| self.add(now, path, &mut result));
        let valid = &mut self.paths[index];
        valid.heard = now;
        valid.priority = priority;
        valid.generation = generation;
        self.latest = Some(path);
        if self.moves(now, index, known.is_none(), nominates) {
            self.paths[index].nominated = now;
            result.retired = self.promote(generation);
            let moved = self.selected != Some(path) || self.state != Some(IceState::Connected);
            result.selected = moved || result.retired.is_some();
            self.selected = Some(path);
            self.last_selected = Some(path);
            self.state = Some(IceState::Connected);
        } else if self.selected.is_some() && self.state == Some(IceState::Disconnected) {
            result.selected = true;
            self.state = Some(IceState::Connected);
        }
        result
    }

    fn add(&mut self, now: Micros, path: Path, result: &mut Checked) -> usize {
        if self.paths.len() >= MAX_PATHS {
            let selected = self.selected;
            let oldest = (0..self.paths.len())
                .filter(|&index| Some(self.paths[index].path) != selected)
                .min_by_key(|&index| self.paths[index].heard);
            if let Some(oldest) = oldest {
                result.evicted = Some(self.paths.swap_remove(oldest).path);
            }
        }
        result.added = Some(path);
        self.paths.push(ValidPath { path, generation: 0, priority: 0, heard: now, nominated: 0 });
        self.paths.len() - 1
    }

    /// Whether this check makes its path the selected one.
    fn moves(&self, now: Micros, index: usize, is_new: bool, nominates: bool) -> bool {
        let valid = &self.paths[index];
        let selected = self.selected.and_then(|path| self.paths.iter().find(|other| other.path == path));
        let Some(selected) = selected else { return nominates };
        if selected.path == valid.path {
            return nominates;
        }
        if valid.generation < selected.generation {
            return false;
        }
        if nominates {
            // An aggressive nominator names every pair: within one round the pair with the higher priority stays.
            let same_round = now < selected.nominated + NOMINATION_ROUND && selected.generation == valid.generation;
            return !same_round || valid.priority >= selected.priority;
        }
        // The peer's address changed under it (NAT rebinding): the old path is silent and a new one speaks.
        let silent = now.saturating_sub(selected.heard);
        valid.generation == selected.generation && silent > if is_new { REBIND_SILENCE } else { BACKUP_SILENCE }
    }

    /// A nomination with the restarted credentials ends the old ones.
    fn promote(&mut self, generation: u32) -> Option<Box<str>> {
        let next = self.next.take_if(|next| next.generation == generation)?;
        self.restarts += 1;
        Some(std::mem::replace(&mut self.current, next).ufrag)
    }

    /// Forgets a path whose connection closed or that somebody else has now.
    pub(crate) fn forget_path(&mut self, path: Path) {
        self.paths.retain(|valid| valid.path != path);
        self.selected = self.selected.filter(|&selected| selected != path);
        self.latest = self.latest.filter(|&latest| latest != path);
    }

    /// Lets time pass: a changed state, and paths that aged out.
    pub(crate) fn tick(&mut self, now: Micros, aged: &mut Vec<Path>) -> Option<IceState> {
        let before = self.state.filter(|&state| state != IceState::Failed)?;
        let silent = now.saturating_sub(self.heard);
        let state = if silent >= CONSENT_LIFE {
            IceState::Failed
        } else if self.selected.is_none() || silent >= DISCONNECTED_AFTER {
            IceState::Disconnected
        } else {
            IceState::Connected
        };
        if state == IceState::Failed {
            aged.extend(self.paths.drain(..).map(|valid| valid.path));
            self.selected = None;
            self.latest = None;
        }
        let selected = self.selected;
        self.paths.retain(|valid| {
            let keep = Some(valid.path) == selected || now < valid.heard + CONSENT_LIFE;
            if !keep {
                aged.push(valid.path);
            }
            keep
        });
        self.latest = self.latest.filter(|latest| self.paths.iter().any(|valid| valid.path == *latest));
        self.state = Some(state);
        (state != before).then_some(state)
    }
}

const MAX_PATHS: usize = 8;
// Checks of one aggressive nomination arrive 20 to 50 ms apart (RFC 8445, 14.2).
const NOMINATION_ROUND: Micros = 500 * MILLISECOND;
const REBIND_SILENCE: Micros = SECOND;
// A known path is a backup pair that is checked now and then whatever the selected one does.
const BACKUP_SILENCE: Micros = 4 * SECOND;
const DISCONNECTED_AFTER: Micros = 5 * SECOND;
// RFC 7675, 5.1.
const CONSENT_LIFE: Micros = 30 * SECOND;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Link;

    const PWD: &str = "twenty-two-characters-";

    fn path(port: u16) -> Path {
        Path { remote: ([192, 0, 2, 1], port).into(), link: Link::Udp(0) }
    }

    #[test]
    fn within_one_round_of_nominations_the_higher_priority_stays() {
        let mut ice = Ice::new("ufrag", PWD);
        let rounds = [(1, 50, 1), (2, 100, 2), (3, 80, 2), (3, 80, 2)];
        for (step, (port, priority, selected)) in rounds.into_iter().enumerate() {
            ice.check(1_000 * step as Micros, path(port), "ufrag", priority, true);
            assert_eq!(ice.selected(), Some(path(selected)), "step {step}");
        }
        let later = ice.check(SECOND, path(3), "ufrag", 80, true);
        assert_eq!((later.selected, ice.selected()), (true, Some(path(3))), "a later nomination is a move");
    }

    #[test]
    fn a_restart_retires_the_old_credentials_at_its_nomination() {
        let mut ice = Ice::new("first", PWD);
        ice.check(0, path(1), "first", 1, true);
        assert_eq!(ice.restart("second", PWD), None);
        assert_eq!(ice.restart("third", PWD).as_deref(), Some("second"), "never used");
        assert_eq!(ice.check(10, path(2), "third", 1, false).retired, None);
        assert_eq!(ice.selected(), Some(path(1)));
        let nominated = ice.check(20, path(2), "third", 1, true);
        assert_eq!((nominated.retired.as_deref(), nominated.selected), (Some("first"), true));
        assert!(ice.credentials("first").is_none());
        assert_eq!(ice.check(30, path(9), "first", 1, true), Checked::default());
    }

    #[test]
    fn a_backup_pair_that_is_checked_now_and_then_takes_over_only_after_long_silence() {
        let mut ice = Ice::new("ufrag", PWD);
        ice.check(0, path(1), "ufrag", 1, true);
        ice.check(0, path(2), "ufrag", 1, false);
        ice.check(3 * SECOND, path(2), "ufrag", 1, false);
        assert_eq!(ice.selected(), Some(path(1)));
        ice.heard(4 * SECOND, path(1));
        ice.check(7 * SECOND, path(2), "ufrag", 1, false);
        assert_eq!(ice.selected(), Some(path(1)), "media of the selected path counts");
        ice.check(9 * SECOND, path(2), "ufrag", 1, false);
        assert_eq!(ice.selected(), Some(path(2)));
    }
}
