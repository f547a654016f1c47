//! One run: set up, warm up, then windows of load with a reference step before and after each.

use crate::args::Options;
use crate::generator::Generator;
use crate::reference::Reference;
use crate::result::{RunResult, Window};
use crate::setup;
use relay_io::{Worker, WorkerStats, pin_to_cpu};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Subscribers that really receive.
const SAMPLING: usize = 2;
/// Load before anything is counted: the tick adapts, estimates settle.
const WARM_UP: Duration = Duration::from_millis(1500);
/// Load before each window.
const LEAD_IN: Duration = Duration::from_millis(300);
/// After the last frame, until nothing is under way any more.
const DRAIN: Duration = Duration::from_millis(60);
/// Packets of one reference step.
const REFERENCE_PACKETS: usize = 20_000;

/// Runs one scenario.
pub(crate) fn run(options: &Options) -> io::Result<RunResult> {
    let worker = setup::start_worker(options)?;
    pin_to_cpu(options.generator_cpu)?;
    let mut generator = setup::connect(&worker, options.scenario)?;
    let learnt = generator.learn(SAMPLING.min(options.scenario.subscribers - 1));
    learnt.map_err(|error| io::Error::other(format!("{error}; {}", refusals(&worker))))?;
    let filtered = generator.subscribers.iter().filter(|subscriber| subscriber.is_filtered());
    let sinks =
        filtered.map(|subscriber| subscriber.peer.socket.local_addr()).collect::<io::Result<Vec<SocketAddr>>>()?;
    let mut reference = Reference::new(&sinks, options.scenario.packet_len)?;
    generator.run(WARM_UP, true)?;
    generator.run(DRAIN, false)?;
    let before = snapshot(&worker, &mut generator)?;
    let missing_before = missing(&generator);
    for subscriber in &mut generator.subscribers {
        subscriber.latencies_us.clear();
        subscriber.extra = 0;
    }
    let mut windows = Vec::new();
    let mut reference_us = step(&mut reference, &mut generator, options)?;
    for _ in 0..options.windows {
        let mut window = measure(&worker, &mut generator, options)?;
        let after_us = step(&mut reference, &mut generator, options)?;
        window.reference_us = (reference_us + after_us) / 2.0;
        reference_us = after_us;
        windows.push(window);
    }
    let after = snapshot(&worker, &mut generator)?;
    let missing = missing(&generator) - missing_before;
    Ok(RunResult::new(options, &windows, &generator, missing, [&before, &after]))
}

fn measure(worker: &Worker, generator: &mut Generator, options: &Options) -> io::Result<Window> {
    let length = Duration::from_secs_f64(options.seconds / options.windows as f64);
    // The pause has let the tick, and maybe the layers, fall asleep.
    generator.run(LEAD_IN, true)?;
    generator.run(DRAIN, false)?;
    let (totals, cpu_us) = (generator.totals()?, worker.cpu_us());
    generator.run(length, true)?;
    generator.run(DRAIN, false)?;
    let (now, cpu_us) = (generator.totals()?, worker.cpu_us() - cpu_us);
    Ok(Window {
        cpu_us,
        offered: now.offered - totals.offered,
        delivered: now.delivered - totals.delivered,
        seconds: length.as_secs_f64(),
        reference_us: 0.0,
    })
}

fn step(reference: &mut Reference, generator: &mut Generator, options: &Options) -> io::Result<f64> {
    generator.totals()?;
    let filtered = generator.subscribers.iter().filter(|subscriber| subscriber.is_filtered()).count();
    let rounds = REFERENCE_PACKETS.div_ceil(filtered.max(1));
    let reference_us = reference.step(options.server_cpu, rounds)?;
    // The kernel may deliver the last of it a little later, from its own thread.
    std::thread::sleep(DRAIN);
    generator.forget_foreign()?;
    Ok(reference_us)
}

/// Waits for the worker's next snapshot, so that it counts everything up to now.
fn snapshot(worker: &Worker, generator: &mut Generator) -> io::Result<Arc<WorkerStats>> {
    let present = worker.stats();
    for _ in 0..50 {
        generator.run(Duration::from_millis(100), false)?;
        match (worker.stats(), &present) {
            (Some(next), None) => return Ok(next),
            (Some(next), Some(present)) if !Arc::ptr_eq(&next, present) => return Ok(next),
            _ => {}
        }
    }
    Err(io::Error::other("the worker makes no snapshots any more"))
}

fn missing(generator: &Generator) -> u64 {
    generator.subscribers.iter().filter(|subscriber| !subscriber.is_filtered()).map(|each| each.streams.missing()).sum()
}

/// What the worker has refused so far and told, for the message of a run that fails.
fn refusals(worker: &Worker) -> String {
    // Snapshots come once a second.
    std::thread::sleep(Duration::from_millis(1100));
    let stats = worker.stats();
    let drops = stats.iter().flat_map(|stats| stats.relay.drops.iter()).filter(|(_, count)| *count > 0);
    let reasons: Vec<_> = drops.map(|(reason, count)| format!("{} {count}", reason.name())).collect();
    let events: Vec<_> = worker.poll().iter().take(20).map(|event| format!("{event:?}")).collect();
    format!("drops: {}; events: {}", reasons.join(", "), events.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args;

    #[test]
    fn media_reaches_every_subscriber_and_can_be_decrypted() {
        let line = ["--scenario", "video-7k", "--seconds", "0.5", "--windows", "1"];
        let options = args::parse(line.into_iter().map(str::to_owned)).unwrap();
        let json = run(&options).unwrap().to_json();
        assert!(json.contains("\"undecryptable\": 0,"), "{json}");
        assert!(!json.contains("\"sampled\": 0,") && !json.contains("\"delivered\": 0,"), "{json}");
    }
}
