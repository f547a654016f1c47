//! Socket addresses as the kernel lays them out (`sockaddr_in`, `sockaddr_in6`), without unsafe casts.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

const V4_LEN: usize = size_of::<libc::sockaddr_in>();
const V6_LEN: usize = size_of::<libc::sockaddr_in6>();

/// Room for either family; the larger one is `sockaddr_in6`.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(8))]
pub(crate) struct RawAddr([u8; V6_LEN]);

impl RawAddr {
    /// Bytes the kernel may write.
    pub(crate) const CAPACITY: libc::socklen_t = V6_LEN as libc::socklen_t;

    pub(crate) const fn zeroed() -> RawAddr {
        RawAddr([0; V6_LEN])
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut libc::c_void {
        self.0.as_mut_ptr().cast()
    }

    pub(crate) fn as_ptr(&self) -> *const libc::sockaddr {
        self.0.as_ptr().cast()
    }

    /// Writes `address`; returns how many bytes of it count.
    #[inline]
    pub(crate) fn set(&mut self, address: &SocketAddr) -> libc::socklen_t {
        let raw = &mut self.0;
        raw[2..4].copy_from_slice(&address.port().to_be_bytes());
        match address {
            SocketAddr::V4(v4) => {
                raw[..2].copy_from_slice(&(libc::AF_INET as libc::sa_family_t).to_ne_bytes());
                raw[4..8].copy_from_slice(&v4.ip().octets());
                raw[8..V4_LEN].fill(0);
                V4_LEN as libc::socklen_t
            }
            SocketAddr::V6(v6) => {
                raw[..2].copy_from_slice(&(libc::AF_INET6 as libc::sa_family_t).to_ne_bytes());
                raw[4..8].copy_from_slice(&v6.flowinfo().to_be_bytes());
                raw[8..24].copy_from_slice(&v6.ip().octets());
                raw[24..28].copy_from_slice(&v6.scope_id().to_ne_bytes());
                V6_LEN as libc::socklen_t
            }
        }
    }

    /// Reads an address of which the kernel wrote `len` bytes; none: another family.
    #[inline]
    pub(crate) fn get(&self, len: libc::socklen_t) -> Option<SocketAddr> {
        let raw = &self.0;
        let family = libc::c_int::from(libc::sa_family_t::from_ne_bytes([raw[0], raw[1]]));
        let port = u16::from_be_bytes([raw[2], raw[3]]);
        match (family, len as usize) {
            (libc::AF_INET, V4_LEN..) => {
                let ip = Ipv4Addr::new(raw[4], raw[5], raw[6], raw[7]);
                Some(SocketAddr::V4(SocketAddrV4::new(ip, port)))
            }
            (libc::AF_INET6, V6_LEN..) => {
                let ip: [u8; 16] = raw[8..24].try_into().ok()?;
                let scope = u32::from_ne_bytes(raw[24..28].try_into().ok()?);
                // The flow label of a received packet is not part of who the peer is.
                Some(SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::from(ip), port, 0, scope)))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_address_survives(v4: u32, v6: u128, port: u16, scope: u32) {
            let addresses = [
                SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::from(v4), port)),
                SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::from(v6), port, 0, scope)),
            ];
            for address in addresses {
                let mut raw = RawAddr([0xff; V6_LEN]);
                let len = raw.set(&address);
                prop_assert_eq!(raw.get(len), Some(address));
                prop_assert_eq!(raw.get(len - 1), None);
            }
        }
    }

    #[test]
    fn another_family_is_no_address() {
        assert_eq!(RawAddr::zeroed().get(V6_LEN as libc::socklen_t), None);
    }
}
