//! Thread identity, placement and run time.

use super::check;
use std::io;

/// Pins the calling thread to one CPU.
pub fn pin_to_cpu(cpu: usize) -> io::Result<()> {
    if cpu >= libc::CPU_SETSIZE as usize {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    // SAFETY: a zeroed cpu_set_t is an empty set, `cpu` is below CPU_SETSIZE, and pid 0 is the calling thread.
    check(unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(cpu, &mut set);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &set)
    })?;
    Ok(())
}

/// CPU time of the calling thread, ns.
pub fn thread_cpu_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is writable; the clock exists for every thread.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The kernel's id of the calling thread.
pub(crate) fn thread_id() -> libc::pid_t {
    // SAFETY: no arguments, cannot fail.
    unsafe { libc::syscall(libc::SYS_gettid) as libc::pid_t }
}

/// Scheduler run time of a thread of this process, µs; 0 if it is gone or the kernel keeps no such statistics.
pub(crate) fn scheduler_run_us(thread: libc::pid_t) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/self/task/{thread}/schedstat")).unwrap_or_default();
    let run_ns = text.split_ascii_whitespace().next().and_then(|field| field.parse::<u64>().ok());
    run_ns.unwrap_or(0) / 1000
}

/// 64 unpredictable bits from the kernel.
pub(crate) fn random_seed() -> io::Result<u64> {
    let mut bytes = [0u8; 8];
    // SAFETY: `bytes` is eight writable bytes. Up to 256 bytes are never cut short once the pool is ready.
    let count = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    if count == bytes.len() as isize { Ok(u64::from_ne_bytes(bytes)) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_time_grows_with_work() {
        let before = thread_cpu_ns();
        let mut sum = 0u64;
        while thread_cpu_ns() < before + 20_000_000 {
            sum = std::hint::black_box(sum + 1);
        }
        std::thread::yield_now();
        assert!(scheduler_run_us(thread_id()) > 0);
        assert_eq!(scheduler_run_us(-1), 0);
    }

    #[test]
    fn a_cpu_out_of_range_is_refused() {
        assert!(pin_to_cpu(usize::MAX).is_err());
    }
}
