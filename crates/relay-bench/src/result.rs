//! What a run says.

use crate::args::Options;
use crate::generator::Generator;
use relay_io::WorkerStats;

/// One measured stretch of load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// Scheduler run time of the worker's thread.
    pub(crate) cpu_us: u64,
    pub(crate) offered: u64,
    pub(crate) delivered: u64,
    pub(crate) seconds: f64,
    /// The reference steps before and after.
    pub(crate) reference_us: f64,
}

/// The figures of one run.
#[derive(Debug)]
pub(crate) struct RunResult {
    fields: Vec<(&'static str, String)>,
}

impl RunResult {
    /// `missing` sequence numbers never came to the sampling subscribers; `stats` were taken before and after.
    pub(crate) fn new(
        options: &Options,
        windows: &[Window],
        generator: &Generator,
        missing: u64,
        stats: [&WorkerStats; 2],
    ) -> RunResult {
        let subscribers = options.scenario.subscribers as u64;
        let sampling = || generator.subscribers.iter().filter(|subscriber| !subscriber.is_filtered());
        let mut latencies: Vec<u64> = sampling().flat_map(|each| each.latencies_us.iter().copied()).collect();
        latencies.sort_unstable();
        let extra: u64 = sampling().map(|each| each.extra).sum();
        // Padding and repeats are no delivered packets; every subscriber gets about the sampled share of them.
        let media_share = latencies.len() as f64 / (latencies.len() as u64 + extra).max(1) as f64;
        let expected: u64 = windows.iter().map(|window| window.offered * subscribers).sum();
        let delivered: f64 = windows.iter().map(|window| window.delivered as f64 * media_share).sum();
        let seconds: f64 = windows.iter().map(|window| window.seconds).sum();
        let cost = |window: &Window| window.cpu_us as f64 / (window.delivered as f64 * media_share).max(1.0);
        let cpu_us = median(windows.iter().map(cost));
        let reference_us = median(windows.iter().map(|window| window.reference_us));
        let ratio = median(windows.iter().map(|window| cost(window) / window.reference_us));
        let [before, after] = stats;
        let sends = after.send_calls - before.send_calls;
        let sent = after.sent_packets - before.sent_packets;
        let resent: u64 = after.relay.subscriptions.iter().map(|each| each.resent_packets).sum();
        let fields = vec![
            ("scenario", format!("\"{}\"", options.scenario.name)),
            ("cpu_us_per_fwd", format!("{cpu_us:.4}")),
            ("reference_us", format!("{reference_us:.4}")),
            ("ratio", format!("{ratio:.4}")),
            ("loss", format!("{:.6}", 1.0 - delivered / expected.max(1) as f64)),
            ("added_latency_p50_ms", format!("{:.3}", percentile_ms(&latencies, 0.50))),
            ("added_latency_p99_ms", format!("{:.3}", percentile_ms(&latencies, 0.99))),
            ("pps_offered", format!("{:.0}", expected as f64 / seconds)),
            ("delivered", format!("{delivered:.0}")),
            ("sampled", latencies.len().to_string()),
            ("sampled_missing", missing.to_string()),
            ("sampled_extra", extra.to_string()),
            ("undecryptable", sampling().map(|each| each.streams.broken).sum::<u64>().to_string()),
            ("resent", resent.to_string()),
            ("sends", sends.to_string()),
            ("packets_per_send", format!("{:.1}", sent as f64 / sends.max(1) as f64)),
            ("gso", after.offload.to_string()),
            ("windows", windows.len().to_string()),
            ("cpu_us_per_fwd_range", range(windows.iter().map(cost))),
            ("seconds", format!("{seconds:.1}")),
        ];
        RunResult { fields }
    }

    /// One object on one line.
    pub(crate) fn to_json(&self) -> String {
        let fields: Vec<_> = self.fields.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
        format!("{{{}}}", fields.join(", "))
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        len if len % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

fn range(values: impl Iterator<Item = f64> + Clone) -> String {
    let least = values.clone().fold(f64::INFINITY, f64::min);
    format!("[{least:.4}, {:.4}]", values.fold(0.0, f64::max))
}

fn percentile_ms(sorted_us: &[u64], share: f64) -> f64 {
    let index = (sorted_us.len() as f64 * share) as usize;
    sorted_us.get(index.min(sorted_us.len().saturating_sub(1))).map_or(0.0, |&us| us as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_statistics() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0].into_iter()), 2.5);
        assert_eq!(range([2.0, 1.0].into_iter()), "[1.0000, 2.0000]");
        let latencies: Vec<u64> = (0..1000).map(|n| n * 1000).collect();
        assert_eq!((percentile_ms(&latencies, 0.5), percentile_ms(&latencies, 0.99)), (500.0, 990.0));
        assert_eq!(percentile_ms(&[], 0.99), 0.0);
    }
}
