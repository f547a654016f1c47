//! Key derivation, RFC 3711 section 4.3 with a key derivation rate of zero. AES-GCM profiles use the same
//! function with their own key length (RFC 7714, section 11).

use aws_lc_rs::cipher::{AES_128, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroize;

use super::{MasterKey, Profile};

/// Which packets the session keys are for; they never share a key.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Rtp,
    Rtcp,
}

impl Kind {
    /// Labels of cipher key, authentication key and salt, RFC 3711 4.3.1 and 4.3.2.
    const fn labels(self) -> (u8, u8, u8) {
        match self {
            Kind::Rtp => (0, 1, 2),
            Kind::Rtcp => (3, 4, 5),
        }
    }
}

/// The session keys of one packet kind. Wiped on drop.
pub(super) struct SessionKeys {
    cipher: [u8; 32],
    cipher_len: usize,
    /// Unused by the GCM profiles.
    pub(super) auth: [u8; 20],
    pub(super) salt: [u8; 14],
}

impl SessionKeys {
    pub(super) fn cipher(&self) -> &[u8] {
        &self.cipher[..self.cipher_len]
    }

    #[cfg(test)]
    pub(super) fn from_session(cipher: &[u8], auth: &[u8], salt: &[u8]) -> Self {
        let mut keys = SessionKeys { cipher: [0; 32], cipher_len: cipher.len(), auth: [0; 20], salt: [0; 14] };
        keys.cipher[..cipher.len()].copy_from_slice(cipher);
        keys.auth[..auth.len()].copy_from_slice(auth);
        keys.salt[..salt.len()].copy_from_slice(salt);
        keys
    }
}

impl Drop for SessionKeys {
    fn drop(&mut self) {
        self.cipher.zeroize();
        self.auth.zeroize();
        self.salt.zeroize();
    }
}

pub(super) fn derive(profile: Profile, master: &MasterKey, kind: Kind) -> SessionKeys {
    let prf = counter_mode(master.key());
    let (cipher_label, auth_label, salt_label) = kind.labels();
    let mut keys = SessionKeys { cipher: [0; 32], cipher_len: profile.key_len(), auth: [0; 20], salt: [0; 14] };
    expand(&prf, master.salt(), cipher_label, &mut keys.cipher[..profile.key_len()]);
    expand(&prf, master.salt(), auth_label, &mut keys.auth);
    expand(&prf, master.salt(), salt_label, &mut keys.salt[..profile.salt_len()]);
    keys
}

/// AES in counter mode. `key` is 16 or 32 octets, which every caller takes from a checked [`Profile`] length.
pub(super) fn counter_mode(key: &[u8]) -> EncryptingKey {
    let algorithm = if key.len() == 32 { &AES_256 } else { &AES_128 };
    UnboundCipherKey::new(algorithm, key).and_then(EncryptingKey::ctr).expect("the profile fixes the key length")
}

/// XORs the key stream of `iv` into `bytes`.
pub(super) fn apply_key_stream(key: &EncryptingKey, iv: [u8; 16], bytes: &mut [u8]) {
    key.less_safe_encrypt(bytes, EncryptionContext::Iv128(FixedLength::from(iv)))
        .expect("counter mode takes any length with a 128-bit IV");
}

fn expand(prf: &EncryptingKey, master_salt: &[u8; 14], label: u8, out: &mut [u8]) {
    let mut iv = [0; 16];
    iv[..14].copy_from_slice(master_salt);
    // x = label * 2^48 XOR salt, then shifted left by 16 bits for the block counter.
    iv[7] ^= label;
    out.fill(0);
    apply_key_stream(prf, iv, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::srtp::testing::unhex;

    /// RFC 3711 appendix B.3.
    #[test]
    fn derives_the_keys_of_rfc_3711_b3() {
        let master = MasterKey::new(
            Profile::Aes128CmSha1_80,
            &unhex("e1f97a0d3e018be0d64fa32c06de4139"),
            &unhex("0ec675ad498afeebb6960b3aabe6"),
        )
        .unwrap();
        let keys = derive(Profile::Aes128CmSha1_80, &master, Kind::Rtp);
        assert_eq!(keys.cipher(), unhex("c61e7a93744f39ee10734afe3ff7a087"));
        assert_eq!(keys.salt.to_vec(), unhex("30cbbc08863d8c85d49db34a9ae1"));
        assert_eq!(keys.auth.to_vec(), unhex("cebe321f6ff7716b6fd4ab49af256a156d38baa4"));
    }

    /// RFC 3711 appendix B.2: blocks 0, 1, 2 and 0xfeff, 0xff00, 0xff01 of one segment.
    #[test]
    fn makes_the_key_stream_of_rfc_3711_b2() {
        let key = counter_mode(&unhex("2b7e151628aed2a6abf7158809cf4f3c"));
        let mut iv = [0; 16];
        iv[..14].copy_from_slice(&unhex("f0f1f2f3f4f5f6f7f8f9fafbfcfd"));
        let mut stream = vec![0; 0xff02 * 16];
        apply_key_stream(&key, iv, &mut stream);
        let blocks = [
            (0x0000, "e03ead0935c95e80e166b16dd92b4eb4"),
            (0x0001, "d23513162b02d0f72a43a2fe4a5f97ab"),
            (0x0002, "41e95b3bb0a2e8dd477901e4fca894c0"),
            (0xfeff, "ec8cdf7398607cb0f2d21675ea9ea1e4"),
            (0xff00, "362b7c3c6773516318a077d7fc5073ae"),
            (0xff01, "6a2cc3787889374fbeb4c81b17ba6c44"),
        ];
        for (block, expected) in blocks {
            assert_eq!(stream[block * 16..][..16], unhex(expected)[..], "block {block:#x}");
        }
    }

    #[test]
    fn rtp_and_rtcp_share_no_key() {
        for profile in Profile::ALL {
            let master = MasterKey::new(profile, &vec![7; profile.key_len()], &vec![9; profile.salt_len()]).unwrap();
            let (rtp, rtcp) = (derive(profile, &master, Kind::Rtp), derive(profile, &master, Kind::Rtcp));
            assert_ne!(rtp.cipher(), rtcp.cipher());
            assert_ne!(rtp.auth, rtcp.auth);
            assert_ne!(rtp.salt, rtcp.salt);
        }
    }
}
