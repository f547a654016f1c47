//! One connection's payloads on their way into the process that reads them.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;

/// Most bytes kept while the reader does not read: some 6 s at 2 Mbit/s. The oldest go first.
const MAX_QUEUED_BYTES: usize = 3 << 19;
/// Payloads that wait together go together: a transport stream has no message boundaries, and each message wakes the
/// reader once.
const MAX_MESSAGE_BYTES: usize = 16 << 10;

/// A message socket that never blocks its writer.
pub(crate) struct Sink {
    socket: UnixDatagram,
    queue: VecDeque<Vec<u8>>,
    queued_bytes: usize,
    overrun_bytes: u64,
}

impl Sink {
    /// `socket`: non-blocking; keeps message boundaries.
    pub(crate) fn new(socket: UnixDatagram) -> Sink {
        Sink { socket, queue: VecDeque::new(), queued_bytes: 0, overrun_bytes: 0 }
    }

    pub(crate) fn push(&mut self, payload: Vec<u8>) {
        self.queued_bytes += payload.len();
        match self.queue.back_mut() {
            Some(last) if last.len() + payload.len() <= MAX_MESSAGE_BYTES => last.extend_from_slice(&payload),
            _ => self.queue.push_back(payload),
        }
        while self.queued_bytes > MAX_QUEUED_BYTES {
            let oldest = self.queue.pop_front().map_or(0, |message| message.len());
            self.queued_bytes -= oldest;
            self.overrun_bytes += oldest as u64;
        }
    }

    /// Writes what the socket takes. False: the reader is gone.
    pub(crate) fn flush(&mut self) -> bool {
        while let Some(message) = self.queue.front() {
            match self.socket.send(message) {
                Ok(_) => {
                    self.queued_bytes -= message.len();
                    self.queue.pop_front();
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return matches!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        true
    }

    pub(crate) fn is_full(&self) -> bool {
        !self.queue.is_empty()
    }

    pub(crate) fn overrun_bytes(&self) -> u64 {
        self.overrun_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(far: &UnixDatagram) -> Vec<Vec<u8>> {
        let mut buffer = vec![0; 2 * MAX_MESSAGE_BYTES];
        let mut all = Vec::new();
        while let Ok(length) = far.recv(&mut buffer) {
            all.push(buffer[..length].to_vec());
        }
        all
    }

    fn pair() -> (Sink, UnixDatagram) {
        let (near, far) = UnixDatagram::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        far.set_nonblocking(true).unwrap();
        (Sink::new(near), far)
    }

    #[test]
    fn what_waits_together_goes_together() {
        let (mut sink, far) = pair();
        for number in 0..20u8 {
            sink.push(vec![number; 1316]);
        }
        assert!(sink.flush() && !sink.is_full());
        let messages = received(&far);
        assert_eq!(messages.iter().map(Vec::len).collect::<Vec<_>>(), [12 * 1316, 8 * 1316]);
        assert_eq!(messages.concat(), (0..20u8).flat_map(|number| vec![number; 1316]).collect::<Vec<_>>());
    }

    #[test]
    fn a_slow_reader_loses_the_oldest_and_a_gone_one_is_noticed() {
        let (mut sink, far) = pair();
        for number in 0..5000u32 {
            sink.push(number.to_be_bytes().repeat(300));
            assert!(sink.flush());
        }
        assert!(sink.is_full() && sink.overrun_bytes() > 0 && sink.queued_bytes <= MAX_QUEUED_BYTES);
        let mut all = received(&far);
        while sink.is_full() {
            assert!(sink.flush());
            all.extend(received(&far));
        }
        assert_eq!(all.concat().len() as u64 + sink.overrun_bytes(), 5000 * 1200);
        assert!(all.concat().ends_with(&4999u32.to_be_bytes()));
        drop(far);
        sink.push(vec![1]);
        assert!(!sink.flush());
    }
}
