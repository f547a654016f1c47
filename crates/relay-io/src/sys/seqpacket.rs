//! Sockets of whole datagrams in order between processes (SOCK_SEQPACKET).

use super::check;
use socket2::{SockRef, Type};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// What one read gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Received {
    Datagram(usize),
    /// Longer than the buffer; the rest of it is gone.
    TooLong,
    /// The other side has closed.
    End,
}

/// Another descriptor of the same socket, which is not inherited by other programs. Fails with EPROTOTYPE when it is a
/// socket of another type, and with what duplicating a descriptor fails with.
pub fn duplicate(fd: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: no pointers; a wrong number gives EBADF, and the descriptor returned belongs to nobody else.
    let fd = unsafe { OwnedFd::from_raw_fd(check(libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0))?) };
    if SockRef::from(&fd).r#type()? != Type::SEQPACKET {
        return Err(io::Error::from_raw_os_error(libc::EPROTOTYPE));
    }
    Ok(fd)
}

/// Reads one datagram without waiting. One of no bytes cannot be told from the end.
pub(crate) fn receive(fd: &OwnedFd, buffer: &mut [u8]) -> io::Result<Received> {
    // Flags of the call, not of the socket: those belong to whoever else holds a descriptor of it, too.
    let flags = libc::MSG_DONTWAIT | libc::MSG_TRUNC;
    // SAFETY: `buffer` is writable for its length; the descriptor is open as long as `fd`.
    let count = unsafe { libc::recv(fd.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len(), flags) };
    match usize::try_from(count) {
        Ok(0) => Ok(Received::End),
        Ok(len) if len > buffer.len() => Ok(Received::TooLong),
        Ok(len) => Ok(Received::Datagram(len)),
        Err(_) => Err(io::Error::last_os_error()),
    }
}

/// Writes one datagram without waiting and without a signal when nobody reads any more.
pub(crate) fn send(fd: &OwnedFd, datagram: &[u8]) -> io::Result<()> {
    SockRef::from(fd).send_with_flags(datagram, libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL).map(drop)
}

/// The longest datagram that fits the send buffer when it is empty.
pub(crate) fn longest(fd: &OwnedFd) -> usize {
    // The kernel keeps 32 bytes of it; without an answer, the length that every size allows.
    SockRef::from(fd).send_buffer_size().map_or(SMALLEST, |bytes| bytes.saturating_sub(32).max(SMALLEST))
}

// Linux makes no smaller send buffer than 4608 bytes.
const SMALLEST: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::{Domain, Socket};

    #[test]
    fn datagrams_keep_their_borders_and_the_end_is_seen() {
        let (near, far) = Socket::pair(Domain::UNIX, Type::SEQPACKET, None).unwrap();
        let (near, mut buffer) = (duplicate(near.as_raw_fd()).unwrap(), [0; 100]);
        assert_eq!(receive(&near, &mut buffer).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        for len in [1, 100, 101, 7] {
            far.send(&vec![len as u8; len]).unwrap();
        }
        let expected = [Received::Datagram(1), Received::Datagram(100), Received::TooLong, Received::Datagram(7)];
        assert_eq!(expected.map(|_| receive(&near, &mut buffer).unwrap()), expected);
        drop(far);
        assert_eq!(receive(&near, &mut buffer).unwrap(), Received::End);
        assert_eq!(send(&near, &[1]).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn only_sockets_of_this_type_are_taken() {
        let (stream, _other) = Socket::pair(Domain::UNIX, Type::STREAM, None).unwrap();
        let file = std::fs::File::open("/dev/null").unwrap();
        let table = [(-1, libc::EBADF), (stream.as_raw_fd(), libc::EPROTOTYPE), (file.as_raw_fd(), libc::ENOTSOCK)];
        for (fd, errno) in table {
            assert_eq!(duplicate(fd).unwrap_err().raw_os_error(), Some(errno));
        }
    }
}
