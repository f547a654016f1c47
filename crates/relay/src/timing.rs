//! The relay's cadences.

use relay_control::time::{MILLISECOND, Micros, SECOND};

/// A transport with nothing to do is looked at this often.
pub(crate) const IDLE: Micros = SECOND;
/// While a publisher misses packets: how soon NACK is considered.
pub(crate) const REPAIR: Micros = 10 * MILLISECOND;
/// After a change of wants, layers or estimate; lets changes gather.
pub(crate) const ALLOCATE_SOON: Micros = 5 * MILLISECOND;
/// Layer choice without a cause.
pub(crate) const ALLOCATE_EVERY: Micros = 500 * MILLISECOND;
/// Sender and receiver reports (RFC 4585 lets them be early; 1 s is what browsers do).
pub(crate) const REPORT_EVERY: Micros = SECOND;
/// A layer without packets for this long, while others of its track go on, is not offered any more.
pub(crate) const LAYER_SILENT: Micros = SECOND;
/// A layer without packets for this long is not offered, even if no other one is there.
pub(crate) const LAYER_GONE: Micros = 10 * SECOND;
/// A track without packets for this long is not being received.
pub(crate) const TRACK_SILENT: Micros = 2 * SECOND;
/// How long a better layer must be affordable before it is taken.
pub(crate) const UPGRADE_PATIENCE: Micros = SECOND;
/// While a peer sends media: how often its room's loudest are looked at.
pub(crate) const LOUDNESS: Micros = 250 * MILLISECOND;
