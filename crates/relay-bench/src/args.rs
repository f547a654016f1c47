//! Command line.

use crate::scenario::{SCENARIOS, Scenario};

/// What to run.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) scenario: Scenario,
    /// Measured time in all, without set-up and reference steps.
    pub(crate) seconds: f64,
    /// Windows the measured time is cut into.
    pub(crate) windows: usize,
    pub(crate) server_cpu: usize,
    pub(crate) generator_cpu: usize,
    pub(crate) busy_tick_us: u64,
}

/// Reads the arguments; the error is what to tell the user.
pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let cpus = allowed_cpus();
    let mut options = Options {
        scenario: SCENARIOS[0],
        seconds: 10.0,
        windows: 5,
        server_cpu: cpus[0],
        generator_cpu: cpus[cpus.len() - 1],
        busy_tick_us: 3000,
    };
    let mut chosen = None;
    let mut quick = false;
    while let Some(name) = args.next() {
        if name == "--quick" {
            quick = true;
            continue;
        }
        let value = args.next().ok_or_else(usage)?;
        match name.as_str() {
            "--scenario" => chosen = Some(scenario(&value)?),
            "--seconds" => options.seconds = number(&value)?,
            "--windows" => options.windows = number(&value)?,
            "--server-cpu" => options.server_cpu = number(&value)?,
            "--generator-cpu" => options.generator_cpu = number(&value)?,
            "--busy-tick-us" => options.busy_tick_us = number(&value)?,
            _ => return Err(usage()),
        }
    }
    if quick {
        (options.seconds, options.windows) = (3.0, 3);
    }
    if !(0.5..=600.0).contains(&options.seconds) || !(1..=100).contains(&options.windows) {
        return Err("seconds 0.5 to 600, windows 1 to 100".to_owned());
    }
    options.scenario = chosen.ok_or_else(usage)?;
    Ok(options)
}

/// The first two CPUs this process may run on, or the only one.
fn allowed_cpus() -> Vec<usize> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap_or("0");
    let cpus: Vec<usize> = expand(list.trim()).take(2).collect();
    if cpus.is_empty() { vec![0] } else { cpus }
}

/// `0-2,5` as 0, 1, 2, 5.
fn expand(list: &str) -> impl Iterator<Item = usize> + '_ {
    list.split(',').flat_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        match (first.parse(), last.parse::<usize>()) {
            (Ok(first), Ok(last)) => first..last + 1,
            _ => 0..0,
        }
    })
}

fn scenario(name: &str) -> Result<Scenario, String> {
    SCENARIOS.into_iter().find(|scenario| scenario.name == name).ok_or_else(usage)
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("not a number: {text}"))
}

fn usage() -> String {
    let names: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
    format!(
        "relay-bench --scenario {{{}}} [--seconds N] [--windows N] [--quick] [--server-cpu N] [--generator-cpu N] \
         [--busy-tick-us N]",
        names.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn quick_is_short() {
        let options = parsed("--quick --scenario audio-40k --server-cpu 1").unwrap();
        assert!(options.seconds < 5.0 && options.server_cpu == 1 && options.scenario.name == "audio-40k");
    }

    #[test]
    fn cpu_lists_are_read_as_the_kernel_writes_them() {
        assert_eq!(expand("0-2,5").collect::<Vec<_>>(), [0, 1, 2, 5]);
        assert_eq!(expand("7").collect::<Vec<_>>(), [7]);
        assert_eq!(expand("").count(), 0);
    }

    #[test]
    fn nonsense_is_refused() {
        for line in ["", "--scenario", "--scenario x", "--scenario video-7k --seconds 0", "--what 1"] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
