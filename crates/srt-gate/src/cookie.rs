//! The SYN cookie: proof that a caller receives at the address it sends from, without keeping anything about it.

use aws_lc_rs::hmac;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

const PERIOD: Duration = Duration::from_secs(30);

pub(crate) struct Cookies {
    key: hmac::Key,
    start: Instant,
}

impl Cookies {
    pub(crate) fn new(secret: &[u8; 32], start: Instant) -> Cookies {
        Cookies { key: hmac::Key::new(hmac::HMAC_SHA256, secret), start }
    }

    pub(crate) fn make(&self, now: Instant, peer: SocketAddr) -> u32 {
        self.at(self.period(now), peer)
    }

    /// Made in this period of 30 s or in the one before.
    pub(crate) fn check(&self, now: Instant, peer: SocketAddr, cookie: u32) -> bool {
        let period = self.period(now);
        cookie == self.at(period, peer) || period.checked_sub(1).is_some_and(|last| cookie == self.at(last, peer))
    }

    fn period(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.start).as_secs() / PERIOD.as_secs()
    }

    fn at(&self, period: u64, peer: SocketAddr) -> u32 {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&period.to_be_bytes());
        match peer.ip() {
            IpAddr::V4(ip) => context.update(&ip.octets()),
            IpAddr::V6(ip) => context.update(&ip.octets()),
        }
        context.update(&peer.port().to_be_bytes());
        let tag = context.sign();
        tag.as_ref().first_chunk().map_or(0, |first: &[u8; 4]| u32::from_be_bytes(*first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn belongs_to_one_address_and_one_minute() {
        let start = Instant::now();
        let cookies = Cookies::new(&[7; 32], start);
        let peer: SocketAddr = "192.0.2.1:5000".parse().unwrap();
        let cookie = cookies.make(start, peer);
        assert!(cookies.check(start + Duration::from_secs(59), peer, cookie));
        assert!(!cookies.check(start + Duration::from_secs(60), peer, cookie));
        assert!(!cookies.check(start, "192.0.2.1:5001".parse().unwrap(), cookie));
        assert!(!cookies.check(start, "192.0.2.2:5000".parse().unwrap(), cookie));
    }
}
