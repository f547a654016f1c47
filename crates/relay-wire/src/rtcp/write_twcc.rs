//! Writing transport-wide congestion control feedback.

use super::twcc::{MAX_TWCC_STATUSES, Symbol};
use super::write::packet;
use super::{fmt, kind};

/// Arrival times to report.
#[derive(Debug, Clone, Copy)]
pub struct TwccReport<'a> {
    /// Who reports.
    pub sender: u32,
    /// Any stream of the transport.
    pub media: u32,
    /// Transport-wide sequence number of `arrivals[0]`.
    pub base: u16,
    /// Clock at the reference, in 64 ms; 24 bits are sent. Choose it at or just before the first arrival.
    pub reference_time_64ms: i32,
    /// Counts feedback packets.
    pub feedback_count: u8,
    /// For each packet from `base` on, the time since the reference in 250 µs, or `None` when it has not arrived.
    pub arrivals: &'a [Option<i64>],
}

/// Appends one feedback packet of at most about [`MAX_FEEDBACK_LEN`] octets to `out` and returns how many of
/// `report.arrivals` it covers.
///
/// Fewer than all when the packet is full or when two arrivals lie more than 8 s apart, which no delta can
/// say: call again with the rest and a later reference. 0, and nothing appended, when there is nothing to
/// report or when even the first arrival is out of reach of the reference.
pub fn twcc(out: &mut Vec<u8>, report: &TwccReport<'_>) -> usize {
    let covered = coverable(report.arrivals);
    let arrivals = &report.arrivals[..covered];
    if covered == 0 {
        return 0;
    }
    packet(out, kind::TRANSPORT_FEEDBACK, fmt::TWCC, |out| {
        let start = out.len();
        out.extend(report.sender.to_be_bytes());
        out.extend(report.media.to_be_bytes());
        out.extend(report.base.to_be_bytes());
        out.extend((covered as u16).to_be_bytes());
        let time = (report.reference_time_64ms as u32) << 8;
        out.extend((time | u32::from(report.feedback_count)).to_be_bytes());
        chunks(out, arrivals);
        deltas(out, arrivals);
        let len = out.len() - start;
        out.extend(std::iter::repeat_n(0, len.next_multiple_of(4) - len));
    });
    covered
}

/// Keeps a compound with this feedback below the smallest path MTU in use.
pub const MAX_FEEDBACK_LEN: usize = 1000;

/// How many arrivals from the front fit into one packet. A chunk is charged as if it held seven symbols, the
/// least a full one holds.
fn coverable(arrivals: &[Option<i64>]) -> usize {
    let mut previous = 0;
    let mut deltas_len = 0;
    let limit = arrivals.len().min(usize::from(MAX_TWCC_STATUSES));
    for (at, arrival) in arrivals[..limit].iter().enumerate() {
        let Some(symbol) = symbol(*arrival, previous) else {
            return at;
        };
        deltas_len += symbol.delta_len();
        if 20 + 2 * (at / 7 + 1) + deltas_len > MAX_FEEDBACK_LEN {
            return at;
        }
        previous = arrival.unwrap_or(previous);
    }
    limit
}

/// `None` when the delta fits no symbol.
fn symbol(arrival: Option<i64>, previous: i64) -> Option<Symbol> {
    let Some(time) = arrival else {
        return Some(Symbol::Lost);
    };
    match time.checked_sub(previous)? {
        0..=255 => Some(Symbol::Small),
        -0x8000..=0x7fff => Some(Symbol::Large),
        _ => None,
    }
}

/// The symbols of arrivals that all have one.
fn symbols(arrivals: &[Option<i64>]) -> impl Iterator<Item = Symbol> + Clone + '_ {
    arrivals.iter().scan(0, |previous, arrival| {
        let symbol = symbol(*arrival, *previous)?;
        *previous = arrival.unwrap_or(*previous);
        Some(symbol)
    })
}

/// Greedy: a run where it says more than a vector would, else the widest vector that holds the next symbols.
fn chunks(out: &mut Vec<u8>, arrivals: &[Option<i64>]) {
    let mut rest = symbols(arrivals).peekable();
    while let Some(&first) = rest.peek() {
        let run = rest.clone().take_while(|symbol| *symbol == first).take(MAX_RUN).count();
        let fits_one_bit = rest.clone().take(14).all(|symbol| symbol != Symbol::Large);
        let ends_here = rest.clone().nth(run).is_none();
        let (chunk, taken) = if run >= 14 || ends_here || (run >= 7 && !fits_one_bit) {
            ((first as u16) << 13 | run as u16, run)
        } else if fits_one_bit {
            (0x8000 | pack(rest.clone(), 14, 1), 14)
        } else {
            (0xc000 | pack(rest.clone(), 7, 2), 7)
        };
        out.extend(chunk.to_be_bytes());
        rest.by_ref().take(taken).for_each(drop);
    }
}

/// A run length has 13 bits.
const MAX_RUN: usize = 0x1fff;

/// `count` symbols of `bits` bits, first symbol highest, absent ones zero.
fn pack(symbols: impl Iterator<Item = Symbol>, count: usize, bits: usize) -> u16 {
    symbols
        .take(count)
        .enumerate()
        .fold(0, |packed, (at, symbol)| packed | (symbol as u16) << (bits * (count - 1 - at)))
}

fn deltas(out: &mut Vec<u8>, arrivals: &[Option<i64>]) {
    let mut previous = 0;
    for time in arrivals.iter().flatten() {
        let delta = time - previous;
        match u8::try_from(delta) {
            Ok(small) => out.push(small),
            Err(_) => out.extend((delta as i16).to_be_bytes()),
        }
        previous = *time;
    }
}
