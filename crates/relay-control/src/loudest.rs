//! Who is speaking: a stable ranking of a room's audio tracks by their RFC 6464 levels.

use crate::time::{MILLISECOND, Micros, SECOND};

#[derive(Clone, Copy, Debug)]
struct Track {
    id: u32,
    /// Smoothed loudness above the floor, in dB; 0 is silence.
    score: f32,
    at: Micros,
}

impl Track {
    /// The score if nothing was heard since the last level.
    fn faded(&self, now: Micros) -> f32 {
        self.score * fade(now.saturating_sub(self.at), RELEASE)
    }
}

/// The `top` loudest tracks, loudest first. A track overtakes another only when clearly louder.
#[derive(Clone, Debug)]
pub struct Ranking {
    top: usize,
    /// By id, for the search per packet.
    tracks: Vec<Track>,
    ranked: Vec<u32>,
    polled: Option<Micros>,
}

impl Ranking {
    /// A ranking of at most `top` tracks.
    pub fn new(top: usize) -> Self {
        Self { top, tracks: Vec::new(), ranked: Vec::new(), polled: None }
    }

    /// Notes the level of one packet: `dbov` is 0 (loudest) to 127 (silence) below overload, `voice` the V bit.
    pub fn level(&mut self, track: u32, dbov: u8, voice: bool, now: Micros) {
        let index = match self.tracks.binary_search_by_key(&track, |known| known.id) {
            Ok(index) => index,
            Err(_) if self.tracks.len() >= MAX_TRACKS => return,
            Err(index) => {
                self.tracks.insert(index, Track { id: track, score: 0.0, at: now });
                index
            }
        };
        let known = &mut self.tracks[index];
        let floor = if voice { VOICE_FLOOR_DBOV } else { NOISE_FLOOR_DBOV };
        let heard = f32::from(floor.saturating_sub(dbov));
        let time_constant = if heard > known.score { ATTACK } else { RELEASE };
        // The first packet after a pause counts like one packet, not like the whole pause.
        let passed = now.saturating_sub(known.at).clamp(PACKET, 2 * PACKET);
        let kept = fade(passed, time_constant);
        known.score = known.faded(now.saturating_sub(passed).max(known.at)) * kept + heard * (1.0 - kept);
        known.at = now;
    }

    /// Forgets a track.
    pub fn remove(&mut self, track: u32) {
        self.tracks.retain(|known| known.id != track);
    }

    /// The new ranking, if it changed; looks at most four times a second.
    pub fn poll(&mut self, now: Micros) -> Option<Vec<u32>> {
        if self.polled.is_some_and(|polled| now < polled + PERIOD) {
            return None;
        }
        self.polled = Some(now);
        let ranked = self.rank(now);
        if ranked == self.ranked {
            return None;
        }
        self.ranked.clone_from(&ranked);
        Some(ranked)
    }

    /// The ranking as last given out.
    pub fn current(&self) -> &[u32] {
        &self.ranked
    }

    fn rank(&self, now: Micros) -> Vec<u32> {
        let score = |id: u32| {
            let found = self.tracks.binary_search_by_key(&id, |track| track.id);
            found.map_or(0.0, |index| self.tracks[index].faded(now))
        };
        let mut ranked: Vec<(u32, f32)> =
            self.ranked.iter().map(|&id| (id, score(id))).filter(|(_, score)| *score >= LEAVE_DB).collect();
        for track in &self.tracks {
            let loudness = track.faded(now);
            if loudness >= ENTER_DB && !self.ranked.contains(&track.id) {
                insert(&mut ranked, (track.id, loudness), self.top);
            }
        }
        settle(&mut ranked);
        ranked.into_iter().map(|(id, _)| id).collect()
    }
}

/// Puts a newcomer at the end, or in the place of the quietest when it is clearly louder.
fn insert(ranked: &mut Vec<(u32, f32)>, newcomer: (u32, f32), top: usize) {
    if ranked.len() < top {
        ranked.push(newcomer);
        return;
    }
    let quietest = (0..ranked.len()).min_by(|&left, &right| ranked[left].1.total_cmp(&ranked[right].1));
    if let Some(index) = quietest
        && newcomer.1 >= ranked[index].1 + MARGIN_DB
    {
        ranked[index] = newcomer;
    }
}

/// Moves each one up past those it is clearly louder than.
fn settle(ranked: &mut [(u32, f32)]) {
    for end in 1..ranked.len() {
        let mut at = end;
        while at > 0 && ranked[at].1 >= ranked[at - 1].1 + MARGIN_DB {
            ranked.swap(at, at - 1);
            at -= 1;
        }
    }
}

fn fade(passed: Micros, time_constant: Micros) -> f32 {
    (-(passed as f32) / time_constant as f32).exp()
}

const MAX_TRACKS: usize = 4096;
const PERIOD: Micros = 250 * MILLISECOND;
const PACKET: Micros = 20 * MILLISECOND;
// Rises within a syllable, falls over the pause between two sentences.
const ATTACK: Micros = 100 * MILLISECOND;
const RELEASE: Micros = SECOND;
// Speech is at -20 to -40 dBov, room noise below -50; encoders that detect voice are believed further down.
const NOISE_FLOOR_DBOV: u8 = 50;
const VOICE_FLOOR_DBOV: u8 = 65;
const ENTER_DB: f32 = 6.0;
const LEAVE_DB: f32 = 2.0;
const MARGIN_DB: f32 = 6.0;
