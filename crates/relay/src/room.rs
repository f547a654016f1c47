//! Rooms exist here only to rank who speaks.

use relay_control::loudest::Ranking;

/// One room: it lives as long as it has transports.
pub(crate) struct Room {
    pub(crate) id: u32,
    pub(crate) transports: usize,
    pub(crate) ranking: Ranking,
}
