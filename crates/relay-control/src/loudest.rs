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

#[cfg(test)]
mod tests {
    use super::*;

    /// Track, level below overload, V bit.
    type Level = (u32, u8, bool);

    /// Feeds 50 packets a second of each track from `from` for `length`; returns what was emitted.
    fn speak(ranking: &mut Ranking, tracks: &[Level], from: Micros, length: Micros) -> Vec<Vec<u32>> {
        let mut emitted = Vec::new();
        for now in (from..from + length).step_by(PACKET as usize) {
            for &(track, dbov, voice) in tracks {
                ranking.level(track, dbov, voice, now);
            }
            emitted.extend(ranking.poll(now));
        }
        emitted
    }

    #[test]
    fn ranks_by_loudness() {
        let table: [(&str, &[Level], &[u32]); 6] = [
            ("silence", &[(1, 127, false), (2, 90, false)], &[]),
            ("one speaker", &[(1, 127, false), (2, 30, true)], &[2]),
            ("loudest first", &[(1, 45, true), (2, 20, true), (3, 30, true)], &[2, 3, 1]),
            ("only the top", &[(1, 40, true), (2, 20, true), (3, 30, true), (4, 10, true)], &[4, 2, 3]),
            ("noise is no voice", &[(1, 48, false), (2, 48, true)], &[2]),
            ("loud without voice detection", &[(1, 20, false)], &[1]),
        ];
        for (name, tracks, expected) in table {
            let mut ranking = Ranking::new(3);
            speak(&mut ranking, tracks, 0, 2 * SECOND);
            assert_eq!(ranking.current(), expected, "{name}");
        }
    }

    #[test]
    fn a_speaker_is_seen_within_half_a_second_and_gone_some_seconds_after() {
        let mut ranking = Ranking::new(3);
        assert!(speak(&mut ranking, &[(1, 127, false)], 0, 240_000).is_empty());
        assert_eq!(speak(&mut ranking, &[(1, 25, true)], 240_000, 500_000), [vec![1]]);
        // No packets at all: Opus DTX.
        let gone = (740_000..10 * SECOND).step_by(10_000).find(|&now| ranking.poll(now) == Some(vec![]));
        assert!(gone.is_some_and(|at| (2 * SECOND..5 * SECOND).contains(&at)), "{gone:?}");
    }

    #[test]
    fn a_quiet_moment_neither_removes_nor_adds() {
        let mut ranking = Ranking::new(3);
        speak(&mut ranking, &[(1, 40, false)], 0, SECOND);
        assert!(speak(&mut ranking, &[(1, 46, false), (2, 46, false)], SECOND, 10 * SECOND).is_empty());
        assert_eq!(ranking.current(), [1]);
    }

    #[test]
    fn near_equals_do_not_flap() {
        let mut ranking = Ranking::new(2);
        speak(&mut ranking, &[(1, 30, true), (2, 31, true), (3, 32, true)], 0, 2 * SECOND);
        let before = ranking.current().to_vec();
        for turn in 0..20u64 {
            let quieter = (turn % 2) as u8 * 3;
            let tracks = [(1, 31 + quieter, true), (2, 30, true), (3, 33 - quieter, true)];
            let emitted = speak(&mut ranking, &tracks, (2 + turn) * SECOND, SECOND);
            assert!(emitted.is_empty(), "{emitted:?}");
        }
        assert_eq!(ranking.current(), before);
    }

    #[test]
    fn a_clearly_louder_one_takes_over_and_a_removed_one_leaves() {
        let mut ranking = Ranking::new(1);
        speak(&mut ranking, &[(1, 40, true)], 0, SECOND);
        assert_eq!(speak(&mut ranking, &[(1, 40, true), (2, 25, true)], SECOND, SECOND), [vec![2]]);
        ranking.remove(2);
        assert_eq!(speak(&mut ranking, &[(1, 40, true)], 2 * SECOND, SECOND), [vec![1]]);
    }

    #[test]
    fn emits_at_most_four_times_a_second() {
        let mut ranking = Ranking::new(1);
        let mut emitted = Vec::new();
        for turn in 0..100u64 {
            let (one, two) = if turn % 2 == 0 { (10, 127) } else { (127, 10) };
            emitted.extend(speak(&mut ranking, &[(1, one, true), (2, two, true)], turn * 100_000, 100_000));
        }
        assert!((1..=40).contains(&emitted.len()), "{}", emitted.len());
    }

    #[test]
    fn is_bounded() {
        let mut ranking = Ranking::new(3);
        for track in 0..10_000 {
            ranking.level(track, 10, true, 0);
        }
        assert_eq!(ranking.tracks.len(), MAX_TRACKS);
    }
}
