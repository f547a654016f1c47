//! The bandwidth estimate over a simulated bottleneck.

mod link;

use link::{SECOND, Scenario, Simulation};

/// The estimate over some time, sampled ten times a second, in percent of the link.
#[derive(Debug)]
struct Course {
    least: u64,
    mean: u64,
    greatest: u64,
}

fn watch(simulation: &mut Simulation, seconds: u64) -> Course {
    let mut percents = Vec::new();
    for _ in 0..seconds * 10 {
        simulation.run_for(SECOND / 10);
        percents.push(simulation.estimator.bps() * 100 / simulation.scenario.link_bps);
    }
    Course {
        least: *percents.iter().min().expect("not empty"),
        mean: percents.iter().sum::<u64>() / percents.len() as u64,
        greatest: *percents.iter().max().expect("not empty"),
    }
}

fn link(link_bps: u64, seed: u64) -> Scenario {
    Scenario { link_bps, seed, ..Scenario::default() }
}

#[test]
fn converges_to_the_link() {
    for link_bps in [300_000, 1_000_000, 3_000_000] {
        for start_bps in [300_000, 1_000_000] {
            for seed in 1..=5 {
                let mut simulation = Simulation::new(Scenario { start_bps, ..link(link_bps, seed) });
                simulation.run_for(15 * SECOND);
                let course = watch(&mut simulation, 15);
                let case = format!("{link_bps} from {start_bps}, seed {seed}: {course:?}");
                assert!((70..=105).contains(&course.mean), "{case}");
                assert!(course.least >= 60 && course.greatest <= 130, "{case}");
            }
        }
    }
}

#[test]
fn follows_a_link_that_collapses_and_recovers() {
    for seed in 1..=5 {
        let mut simulation = Simulation::new(link(2_000_000, seed));
        simulation.run_for(15 * SECOND);
        assert!(simulation.estimator.bps() > 1_400_000, "seed {seed}: {}", simulation.estimator.bps());

        simulation.scenario.link_bps = 300_000;
        simulation.run_for(2 * SECOND);
        assert!(simulation.estimator.bps() < 300_000, "seed {seed}: {}", simulation.estimator.bps());
        simulation.run_for(3 * SECOND);
        assert!(simulation.queue_delay() < SECOND / 2, "seed {seed}: {}", simulation.queue_delay());
        let course = watch(&mut simulation, 15);
        assert!((70..=105).contains(&course.mean), "seed {seed}: {course:?}");

        simulation.scenario.link_bps = 2_000_000;
        simulation.run_for(20 * SECOND);
        assert!(simulation.estimator.bps() > 1_400_000, "seed {seed}: {}", simulation.estimator.bps());
    }
}

#[test]
fn random_loss_is_not_congestion() {
    for loss in [0.02, 0.05, 0.15] {
        for link_bps in [300_000, 1_000_000, 3_000_000] {
            for seed in 1..=5 {
                let mut simulation = Simulation::new(Scenario { loss, ..link(link_bps, seed) });
                simulation.run_for(20 * SECOND);
                let course = watch(&mut simulation, 20);
                assert!(course.mean >= 60, "{loss} at {link_bps}, seed {seed}: {course:?}");
            }
        }
    }
}

#[test]
fn losses_of_a_full_short_queue_are_congestion() {
    for seed in 1..=5 {
        let mut simulation = Simulation::new(Scenario { queue: 20_000, ..link(1_000_000, seed) });
        simulation.run_for(15 * SECOND);
        let course = watch(&mut simulation, 15);
        assert!((60..=115).contains(&course.mean), "seed {seed}: {course:?}");
    }
}

#[test]
fn padding_probes_find_room_that_the_media_does_not_use() {
    for seed in 1..=5 {
        let scenario = Scenario { video_bps: 150_000, wanted_bps: 1_500_000, ..link(5_000_000, seed) };
        let mut simulation = Simulation::new(scenario);
        simulation.run_for(10 * SECOND);
        let bps = simulation.estimator.bps();
        assert!(bps >= 1_400_000, "seed {seed}: {bps}");
        assert!(simulation.queue_delay() < SECOND / 20, "seed {seed}: {}", simulation.queue_delay());
    }
}

#[test]
fn without_a_wish_nothing_is_probed() {
    let scenario = Scenario { video_bps: 150_000, wanted_bps: 250_000, ..link(5_000_000, 1) };
    let mut simulation = Simulation::new(scenario);
    simulation.run_for(20 * SECOND);
    assert_eq!(simulation.estimator.bps(), scenario.start_bps);
}

#[test]
fn a_longer_route_is_not_taken_for_a_queue_for_ever() {
    let mut simulation = Simulation::new(link(1_000_000, 1));
    simulation.run_for(15 * SECOND);
    simulation.scenario.one_way += 200_000;
    simulation.run_for(15 * SECOND);
    let course = watch(&mut simulation, 10);
    assert!(course.mean >= 70, "{course:?}");
}

#[test]
fn a_dead_path_is_backed_off_from_and_comes_back() {
    let mut simulation = Simulation::new(link(2_000_000, 1));
    simulation.run_for(15 * SECOND);
    simulation.scenario.loss = 1.0;
    simulation.run_for(4 * SECOND);
    assert!(simulation.estimator.bps() < 600_000, "{}", simulation.estimator.bps());
    simulation.scenario.loss = 0.0;
    simulation.run_for(15 * SECOND);
    assert!(simulation.estimator.bps() > 1_400_000, "{}", simulation.estimator.bps());
}

#[test]
fn the_same_seed_gives_the_same_course() {
    let run = || {
        let mut simulation = Simulation::new(Scenario { loss: 0.05, ..link(1_000_000, 7) });
        simulation.run_for(10 * SECOND);
        simulation.estimator.bps()
    };
    assert_eq!(run(), run());
}

#[test]
fn jitter_is_not_congestion() {
    for jitter in [10_000, 30_000, 60_000] {
        for seed in 1..=3 {
            let mut simulation = Simulation::new(Scenario { jitter, ..link(1_000_000, seed) });
            simulation.run_for(15 * SECOND);
            let course = watch(&mut simulation, 20);
            assert!((75..=105).contains(&course.mean), "{jitter}, seed {seed}: {course:?}");

            let thin = Scenario { jitter, video_bps: 100_000, wanted_bps: 900_000, ..link(5_000_000, seed) };
            let mut simulation = Simulation::new(thin);
            simulation.run_for(5 * SECOND);
            let course = watch(&mut simulation, 20);
            assert!(course.mean >= 15, "{jitter}, seed {seed}: {course:?}");
        }
    }
}

#[test]
fn layers_settle_below_the_link() {
    let layers = &[150_000, 500_000, 1_500_000, 3_000_000];
    let table = [(300_000, 150_000), (1_000_000, 500_000), (2_500_000, 1_500_000), (10_000_000, 3_000_000)];
    for (link_bps, best) in table {
        for seed in 1..=5 {
            let scenario = Scenario { layers, wanted_bps: 3_500_000, ..link(link_bps, seed) };
            let mut simulation = Simulation::new(scenario);
            simulation.run_for(15 * SECOND);
            let (switches_before, mut at_best, mut longest_queue) = (simulation.switches, 0, 0);
            for _ in 0..600 {
                simulation.run_for(SECOND / 10);
                at_best += u32::from(simulation.layer_bps == best);
                longest_queue = simulation.queue_delay().max(longest_queue);
            }
            let switches = simulation.switches - switches_before;
            let case = format!("{link_bps}, seed {seed}: {at_best} of 600, {switches} switches");
            assert!(at_best >= 540 && switches <= 4, "{case}");
            assert!(longest_queue < SECOND / 10, "{case}, queue {longest_queue}");
        }
    }
}

#[test]
fn a_narrow_link_shows_its_limit_and_a_wide_one_none() {
    for seed in 1..=5 {
        let mut narrow = Simulation::new(Scenario { video_bps: 4_000_000, ..link(1_500_000, seed) });
        narrow.run_for(3 * SECOND);
        assert!(narrow.estimator.limit_seen(), "seed {seed}");
        let mut wide = Simulation::new(Scenario { video_bps: 4_000_000, ..link(50_000_000, seed) });
        wide.run_for(20 * SECOND);
        assert!(!wide.estimator.limit_seen(), "seed {seed}");
    }
}
