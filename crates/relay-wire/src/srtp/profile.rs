//! Protection profiles (RFC 5764, RFC 7714) and the master key that DTLS exports.

use zeroize::Zeroize;

use super::SrtpError;

/// An SRTP protection profile, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// AES-128-GCM, 16-byte tag (RFC 7714).
    AeadAes128Gcm,
    /// AES-256-GCM, 16-byte tag (RFC 7714).
    AeadAes256Gcm,
    /// AES-128 counter mode with an 80-bit HMAC-SHA1 tag (RFC 3711).
    Aes128CmSha1_80,
}

impl Profile {
    /// Every profile, best first.
    pub const ALL: [Profile; 3] = [Profile::AeadAes128Gcm, Profile::AeadAes256Gcm, Profile::Aes128CmSha1_80];

    /// Finds a profile by the name OpenSSL gives it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// OpenSSL's name.
    pub const fn name(self) -> &'static str {
        match self {
            Profile::AeadAes128Gcm => "SRTP_AEAD_AES_128_GCM",
            Profile::AeadAes256Gcm => "SRTP_AEAD_AES_256_GCM",
            Profile::Aes128CmSha1_80 => "SRTP_AES128_CM_SHA1_80",
        }
    }

    /// Octets of the master key.
    pub const fn key_len(self) -> usize {
        match self {
            Profile::AeadAes128Gcm | Profile::Aes128CmSha1_80 => 16,
            Profile::AeadAes256Gcm => 32,
        }
    }

    /// Octets of the master salt.
    pub const fn salt_len(self) -> usize {
        match self {
            Profile::AeadAes128Gcm | Profile::AeadAes256Gcm => 12,
            Profile::Aes128CmSha1_80 => 14,
        }
    }

    /// Octets that protection adds to an RTP packet.
    pub const fn rtp_overhead(self) -> usize {
        match self {
            Profile::AeadAes128Gcm | Profile::AeadAes256Gcm => 16,
            Profile::Aes128CmSha1_80 => 10,
        }
    }

    /// Octets that protection adds to a compound RTCP packet.
    pub const fn rtcp_overhead(self) -> usize {
        self.rtp_overhead() + super::RTCP_INDEX_LEN
    }
}

/// Master key and salt of one direction. Wiped on drop, never printed.
pub struct MasterKey {
    key: [u8; 32],
    key_len: usize,
    salt: [u8; 14],
}

impl MasterKey {
    /// Takes exactly `profile.key_len()` and `profile.salt_len()` octets, else [`SrtpError::BadKeyLength`].
    pub fn new(profile: Profile, key: &[u8], salt: &[u8]) -> Result<Self, SrtpError> {
        if key.len() != profile.key_len() || salt.len() != profile.salt_len() {
            return Err(SrtpError::BadKeyLength);
        }
        let mut master = MasterKey { key: [0; 32], key_len: key.len(), salt: [0; 14] };
        master.key[..key.len()].copy_from_slice(key);
        // RFC 7714, 11: a 96-bit salt is padded on the right with zeros to the 112 bits of the key derivation.
        master.salt[..salt.len()].copy_from_slice(salt);
        Ok(master)
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.key[..self.key_len]
    }

    pub(super) const fn salt(&self) -> &[u8; 14] {
        &self.salt
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey")
    }
}

impl Drop for MasterKey {
    fn drop(&mut self) {
        self.key.zeroize();
        self.salt.zeroize();
    }
}
