//! A caller made of bytes: handshake, keys, encrypted data, as the draft lays them out. Shares no code with the listener.

use aws_lc_rs::cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::key_wrap::{AES_128 as WRAP_128, AesKek, KeyWrap};
use aws_lc_rs::pbkdf2;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Mutex;

pub(crate) const SEK: [u8; 16] = *b"the stream's key";
pub(crate) const SALT: [u8; 16] = [9; 16];
pub(crate) const FIRST: u32 = 0x7fff_fffe;

pub(crate) struct Caller {
    pub(crate) address: SocketAddr,
    pub(crate) id: u32,
    pub(crate) stream_id: String,
    /// None: no encryption.
    pub(crate) passphrase: Option<String>,
    pub(crate) latency_ms: u16,
}

pub(crate) fn caller(port: u16, stream_id: &str, passphrase: &str) -> Caller {
    Caller {
        address: SocketAddr::from(([192, 0, 2, 1], port)),
        id: 0x1000 + u32::from(port),
        stream_id: stream_id.to_owned(),
        passphrase: Some(passphrase.to_owned()),
        latency_ms: 0,
    }
}

pub(crate) fn control(kind: u16, subtype: u16, info: u32, destination: u32, body: &[u8]) -> Vec<u8> {
    let mut packet = (0x8000_0000 | u32::from(kind) << 16 | u32::from(subtype)).to_be_bytes().to_vec();
    packet.extend(info.to_be_bytes());
    packet.extend([0; 4]);
    packet.extend(destination.to_be_bytes());
    packet.extend(body);
    packet
}

fn block(kind: u16, content: &[u8]) -> Vec<u8> {
    let mut out = kind.to_be_bytes().to_vec();
    out.extend(((content.len() / 4) as u16).to_be_bytes());
    out.extend(content);
    out
}

/// A keying material message with an even key; the slow derivation happens once per passphrase.
pub(crate) fn key_material(passphrase: &str, key: &[u8; 16]) -> Vec<u8> {
    static WRAPPING: Mutex<BTreeMap<String, [u8; 16]>> = Mutex::new(BTreeMap::new());
    let wrapping = *WRAPPING.lock().unwrap().entry(passphrase.to_owned()).or_insert_with(|| {
        let mut wrapping = [0; 16];
        let iterations = NonZeroU32::new(2048).unwrap();
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA1, iterations, &SALT[8..], passphrase.as_bytes(), &mut wrapping);
        wrapping
    });
    let mut wrapped = [0; 24];
    AesKek::new(&WRAP_128, &wrapping).unwrap().wrap(key, &mut wrapped).unwrap();
    let mut message = vec![0x12, 0x20, 0x29, 1, 0, 0, 0, 0, 2, 0, 2, 0, 0, 0, 4, 4];
    message.extend(SALT);
    message.extend(wrapped);
    message
}

impl Caller {
    fn shake(&self, version: u32, kind: u32, cookie: u32, extensions: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        for word in [version, 2, FIRST, 1500, 8192, kind, self.id, cookie, 0x0100_007f, 0, 0, 0] {
            body.extend(word.to_be_bytes());
        }
        body.extend(extensions);
        control(0, 0, 0, 0, &body)
    }

    pub(crate) fn induction(&self) -> Vec<u8> {
        self.shake(4, 1, 0, &[])
    }

    pub(crate) fn conclusion(&self, cookie: u32) -> Vec<u8> {
        let latency = self.latency_ms.to_be_bytes();
        let mut extensions = block(1, &[0, 1, 5, 0, 0, 0, 0, 0x3f, 0, 0, latency[0], latency[1]]);
        if let Some(passphrase) = &self.passphrase {
            extensions.extend(block(3, &key_material(passphrase, &SEK)));
        }
        let mut text = self.stream_id.clone().into_bytes();
        text.resize(text.len().next_multiple_of(4), 0);
        let turned: Vec<u8> = text.chunks(4).flat_map(|word| word.iter().rev().copied().collect::<Vec<_>>()).collect();
        extensions.extend(block(5, &turned));
        self.shake(5, 0xffff_ffff, cookie, &extensions)
    }

    /// Packet `number` after the first, encrypted with the even key.
    pub(crate) fn data(&self, connection: u32, number: u32, payload: &[u8]) -> Vec<u8> {
        let seq = FIRST.wrapping_add(number) & 0x7fff_ffff;
        let mut packet = seq.to_be_bytes().to_vec();
        packet.extend((0xe000_0000u32 | 1 << 27 | number).to_be_bytes());
        packet.extend([0; 4]);
        packet.extend(connection.to_be_bytes());
        let mut iv = SALT;
        [iv[14], iv[15]] = [0, 0];
        iv[10..14].iter_mut().zip(seq.to_be_bytes()).for_each(|(octet, part)| *octet ^= part);
        let mut body = payload.to_vec();
        let key = EncryptingKey::ctr(UnboundCipherKey::new(&AES_128, &SEK).unwrap()).unwrap();
        key.less_safe_encrypt(&mut body, EncryptionContext::Iv128(iv.into())).unwrap();
        packet.extend(body);
        packet
    }
}

/// 32-bit word of a packet.
pub(crate) fn word(packet: &[u8], index: usize) -> u32 {
    u32::from_be_bytes(packet[index * 4..index * 4 + 4].try_into().unwrap())
}

/// Control type of a packet.
pub(crate) fn kind(packet: &[u8]) -> u16 {
    (word(packet, 0) >> 16) as u16 & 0x7fff
}
