//! The first byte of a datagram says what it is (RFC 7983); who sent it says whether anybody looks at it.

use crate::event::Event;
use crate::packet::{Path, RxPacket};
use crate::relay::Relay;
use relay_control::time::Micros;
use relay_wire::drops::DropReason;
use relay_wire::rtp;

impl Relay {
    /// Takes one datagram; an error says why it went no further. Nothing in it can close a transport.
    pub(crate) fn accept(&mut self, now: Micros, packet: &mut RxPacket) -> Result<(), DropReason> {
        if packet.truncated || usize::from(packet.len) > packet.buf.len() {
            return Err(DropReason::Oversize);
        }
        let len = usize::from(packet.len);
        let Some(&first) = packet.buf[..len].first() else { return Err(DropReason::Empty) };
        if len > MAX_DATAGRAM {
            return Err(DropReason::Oversize);
        }
        match first {
            0..=3 => self.on_stun(now, packet.path, &packet.buf[..len]),
            20..=63 => self.on_dtls(now, packet.path, &packet.buf[..len]),
            128..=191 => {
                let index = *self.paths.get(&packet.path).ok_or(DropReason::UnvalidatedPath)?;
                if rtp::is_rtcp(&packet.buf[..len]) {
                    self.on_rtcp(now, index, packet.path, &mut packet.buf[..len])
                } else {
                    self.on_rtp(now, index, packet)
                }
            }
            _ => Err(DropReason::UnknownFirstByte),
        }
    }

    fn on_dtls(&mut self, now: Micros, path: Path, datagram: &[u8]) -> Result<(), DropReason> {
        let index = *self.paths.get(&path).ok_or(DropReason::DtlsUnvalidatedPath)?;
        let transport = self.transports.get_mut(index).ok_or(DropReason::DtlsUnvalidatedPath)?;
        if self.events.len() >= MAX_WAITING_EVENTS || !transport.dtls.admit(now, datagram.len()) {
            return Err(DropReason::DtlsQueueFull);
        }
        self.events.push(Event::Dtls { transport: transport.id, datagram: datagram.to_vec() });
        Ok(())
    }
}

// Ethernet's MTU: a longer datagram was never sent by a WebRTC peer, and room is left to rewrite headers.
pub(super) const MAX_DATAGRAM: usize = 1500;
// The control side is not reading: handshakes that would time out anyway are not queued.
const MAX_WAITING_EVENTS: usize = 16_384;
