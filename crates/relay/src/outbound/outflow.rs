//! The outbox into the arena: STUN and DTLS as they are, RTCP sealed now.

use crate::outbox::To;
use crate::packet::TxArena;
use crate::relay::Relay;
use relay_wire::drops::DropReason;

impl Relay {
    /// False: the arena is full and datagrams wait.
    pub(crate) fn flush_outbox(&mut self, arena: &mut TxArena) -> bool {
        while let Some((to, bytes)) = self.outbox.peek() {
            if !arena.has_room() {
                return false;
            }
            let slot = arena.slot();
            slot[..bytes.len()].copy_from_slice(bytes);
            match to {
                To::Path(path) => arena.commit(path, bytes.len()),
                To::Rtcp(index) => {
                    let transport = self.transports.get_mut(index);
                    let sealed = transport.and_then(|transport| {
                        let path = transport.ice.send_path()?;
                        let len = transport.keys.as_mut()?.sealer.seal_rtcp(slot, bytes.len());
                        (len > 0).then_some((path, len))
                    });
                    match sealed {
                        Some((path, len)) => arena.commit(path, len),
                        None => self.drops.count(DropReason::TransportClosed),
                    }
                }
            }
            self.outbox.pop();
        }
        true
    }
}
