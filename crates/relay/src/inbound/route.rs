//! Which layer of which track an SSRC carries (RFC 8843, 9.2, and RFC 8852 for simulcast).

use crate::extension::UpIds;
use crate::layer::Layer;
use crate::slab::Slab;
use crate::track::Track;
use crate::transport::{Role, Transport};
use relay_control::time::{MILLISECOND, Micros};
use relay_wire::rtp::{Header, extensions};

/// What the header extensions of one packet say about its stream.
#[derive(Debug, Default, Clone, Copy)]
struct Names<'a> {
    mid: Option<&'a [u8]>,
    rid: Option<&'a [u8]>,
    repaired_rid: Option<&'a [u8]>,
}

impl<'a> Names<'a> {
    fn read(ids: &UpIds, header: &Header, packet: &'a [u8]) -> Names<'a> {
        let mut names = Names::default();
        for (id, data) in extensions(header, packet) {
            let id = Some(id);
            if id == ids.mid {
                names.mid = Some(data);
            } else if id == ids.rid {
                names.rid = Some(data);
            } else if id == ids.repaired_rid {
                names.repaired_rid = Some(data);
            }
        }
        names
    }
}

/// Finds the place of an authentic packet of an SSRC that has none yet.
pub(super) fn route(
    now: Micros,
    transport: &Transport,
    tracks: &Slab<Track>,
    header: &Header,
    packet: &[u8],
) -> Option<Role> {
    let names = Names::read(&transport.up.ids, header, packet);
    let own = || transport.tracks.iter().filter_map(|&index| Some((index, tracks.get(index)?)));
    if let Some(role) = own().find_map(|(index, track)| signalled(index, track, header.ssrc)) {
        return Some(role);
    }
    let by_mid = names.mid.and_then(|mid| own().find(|(_, track)| track.mid.as_bytes() == mid));
    if names.mid.is_some() && by_mid.is_none() {
        return None;
    }
    let (index, track) = by_mid.or_else(|| by_payload_type(own(), header.payload_type))?;
    let layer = layer_of(track, header.payload_type, &names)?;
    let role = if is_repair(track, header.payload_type, &names) {
        Role::Repair { track: index, layer }
    } else {
        Role::Media { track: index, layer }
    };
    is_free(now, &track.layers[layer], role).then_some(role)
}

fn signalled(index: usize, track: &Track, ssrc: u32) -> Option<Role> {
    track.layers.iter().enumerate().find_map(|(layer, known)| {
        if known.signalled_ssrc == Some(ssrc) {
            Some(Role::Media { track: index, layer })
        } else if known.signalled_rtx_ssrc == Some(ssrc) {
            Some(Role::Repair { track: index, layer })
        } else {
            None
        }
    })
}

/// The only track that negotiated this payload type: encoders without a mid are told apart by it.
fn by_payload_type<'a>(own: impl Iterator<Item = (usize, &'a Track)>, pt: u8) -> Option<(usize, &'a Track)> {
    let mut fitting = own.filter(|(_, track)| track.payload(pt).is_some() || track.repaired_by(pt).is_some());
    let found = fitting.next()?;
    fitting.next().is_none().then_some(found)
}

fn is_repair(track: &Track, pt: u8, names: &Names<'_>) -> bool {
    names.repaired_rid.is_some() || track.repaired_by(pt).is_some()
}

fn layer_of(track: &Track, pt: u8, names: &Names<'_>) -> Option<usize> {
    if let Some(rid) = names.repaired_rid.or(names.rid) {
        let found = track.layer_of_rid(rid);
        // A publisher may name the only layer although nobody asked it to.
        return found.or((track.layers.len() == 1 && track.layers[0].rid.is_none()).then_some(0));
    }
    if track.layers.len() == 1 {
        return Some(0);
    }
    // Several layers and no rid: the first layer nobody was promised, unless this is a retransmission of we know not what.
    let promised = |layer: &Layer| layer.rid.is_some() || layer.signalled_ssrc.is_some() || layer.ssrc.is_some();
    track.layers.iter().position(|layer| !promised(layer)).filter(|_| track.repaired_by(pt).is_none())
}

/// A layer changes its SSRC only after the old one fell silent: two streams must not fight for it packet by packet.
fn is_free(now: Micros, layer: &Layer, role: Role) -> bool {
    match role {
        Role::Media { .. } => {
            layer.ssrc.is_none() || layer.last_packet.is_none_or(|last| now.saturating_sub(last) > TAKEOVER_SILENCE)
        }
        Role::Repair { .. } | Role::Unrouted => true,
    }
}

const TAKEOVER_SILENCE: Micros = 300 * MILLISECOND;
