//! Who gets which layer.

use proptest::prelude::*;
use relay_control::allocate::{Choice, Kind, LayerInfo, Reason, Want, allocate, desired_bps};

const fn layer(index: u8, width: u16, height: u16, bps: u64) -> LayerInfo {
    LayerInfo { index, active: true, width, height, bps, temporal_bps: [0; 4] }
}

const LOW: LayerInfo = layer(0, 320, 180, 150_000);
const MIDDLE: LayerInfo = layer(1, 640, 360, 500_000);
const HIGH: LayerInfo = layer(2, 1280, 720, 1_500_000);
const SIMULCAST: [LayerInfo; 3] = [LOW, MIDDLE, HIGH];
const MICROPHONE: [LayerInfo; 1] = [layer(0, 0, 0, 40_000)];

/// Forwarded at its best until now, so that no step up needs spare.
fn video(subscription: u32, tile: (u16, u16), layers: &[LayerInfo]) -> Want<'_> {
    Want {
        subscription,
        kind: Kind::Video,
        priority: 100,
        tile,
        max_temporal: 3,
        paused: false,
        layers,
        current: Some(7),
    }
}

fn audio(subscription: u32) -> Want<'static> {
    Want { kind: Kind::Audio, tile: (0, 0), ..video(subscription, (0, 0), &MICROPHONE) }
}

fn run(budget_bps: u64, wants: &[Want<'_>]) -> Vec<Choice> {
    let mut out = vec![Choice { subscription: 9, layer: None, temporal: 9, reason: Reason::Fits }];
    allocate(budget_bps, wants, &mut out);
    out
}

fn layers(budget_bps: u64, wants: &[Want<'_>]) -> Vec<Option<u8>> {
    run(budget_bps, wants).iter().map(|choice| choice.layer).collect()
}

#[test]
fn one_video_by_tile() {
    use Reason::{Fits, Hidden, TileSmall};
    let table = [
        ("all of it", (1280, 720), Some(2), Fits),
        ("larger than the best", (3840, 2160), Some(2), Fits),
        ("thumbnail", (320, 180), Some(0), TileSmall),
        ("low covers enough", (340, 191), Some(0), TileSmall),
        ("low is too small", (360, 203), Some(1), TileSmall),
        ("filled by width", (360, 640), Some(1), TileSmall),
        ("hidden", (0, 0), None, Hidden),
    ];
    for (name, tile, layer, reason) in table {
        let choice = run(2_000_000, &[video(1, tile, &SIMULCAST)])[0];
        assert_eq!((choice.layer, choice.reason), (layer, reason), "{name}");
    }
}

#[test]
fn one_video_by_budget() {
    use Reason::{Fits, NoBandwidth};
    let table = [
        (1_500_000, Some(2), Fits),
        (1_499_999, Some(1), NoBandwidth),
        (150_000, Some(0), NoBandwidth),
        (149_999, None, NoBandwidth),
    ];
    for (budget, layer, reason) in table {
        let choice = run(budget, &[video(1, (1280, 720), &SIMULCAST)])[0];
        assert_eq!((choice.layer, choice.reason), (layer, reason), "{budget}");
    }
}

#[test]
fn what_needs_no_bandwidth_is_told_as_it_is() {
    let idle = [LayerInfo { active: false, ..LOW }, LayerInfo { active: false, ..HIGH }];
    let only_high = [LayerInfo { active: false, ..LOW }, HIGH];
    let wants = [
        video(1, (640, 360), &idle),
        video(2, (640, 360), &[]),
        Want { paused: true, ..video(3, (640, 360), &SIMULCAST) },
        Want { paused: true, ..audio(4) },
        video(5, (320, 180), &only_high),
    ];
    let told: Vec<_> = run(9_000_000, &wants).iter().map(|choice| (choice.layer, choice.reason)).collect();
    let expected = [
        (None, Reason::NoLayer),
        (None, Reason::NoLayer),
        (None, Reason::PublisherPaused),
        (None, Reason::PublisherPaused),
        (Some(2), Reason::Fits),
    ];
    assert_eq!(told, expected);
}

#[test]
fn audio_is_paid_first_and_never_dropped() {
    let wants = [video(1, (1280, 720), &SIMULCAST), audio(2), audio(3)];
    assert_eq!(layers(0, &wants), [None, Some(0), Some(0)]);
    assert_eq!(layers(229_999, &wants), [None, Some(0), Some(0)]);
    assert_eq!(layers(230_000, &wants), [Some(0), Some(0), Some(0)]);
}

#[test]
fn a_silent_microphone_stays_forwarded() {
    let silent = [LayerInfo { active: false, ..MICROPHONE[0] }];
    let want = Want { layers: &silent, ..audio(1) };
    assert_eq!(run(0, &[want])[0].layer, Some(0));
}

#[test]
fn everyone_gets_something_before_anyone_gets_more() {
    let wants = [
        Want { priority: 200, ..video(1, (1280, 720), &SIMULCAST) },
        video(2, (320, 180), &SIMULCAST),
        Want { priority: 50, ..video(3, (320, 180), &SIMULCAST) },
    ];
    let table = [
        (150_000, [Some(0), None, None]),
        (300_000, [Some(0), Some(0), None]),
        (450_000, [Some(0), Some(0), Some(0)]),
        (800_000, [Some(1), Some(0), Some(0)]),
        (1_800_000, [Some(2), Some(0), Some(0)]),
    ];
    for (budget, expected) in table {
        assert_eq!(layers(budget, &wants), expected, "{budget}");
    }
}

#[test]
fn upgrades_go_by_priority_then_screen_then_tile() {
    let wants = [
        video(1, (640, 360), &SIMULCAST),
        video(2, (1280, 720), &SIMULCAST),
        Want { kind: Kind::Screen, ..video(3, (640, 360), &SIMULCAST) },
        Want { priority: 101, ..video(4, (640, 360), &SIMULCAST) },
    ];
    let table = [
        (950_000, [0, 0, 0, 1]),
        (1_300_000, [0, 0, 1, 1]),
        (1_650_000, [0, 1, 1, 1]),
        (2_000_000, [1, 1, 1, 1]),
        (3_000_000, [1, 2, 1, 1]),
    ];
    for (budget, expected) in table {
        assert_eq!(layers(budget, &wants), expected.map(Some), "{budget}");
    }
}

#[test]
fn an_upgrade_needs_spare_and_keeping_does_not() {
    let spare = 1_500_000 * 115 / 100;
    let table = [
        ("keeps", Some(2), 1_500_000, Some(2)),
        ("falls at once", Some(2), 1_499_999, Some(1)),
        ("not yet up", Some(1), spare - 1, Some(1)),
        ("up", Some(1), spare, Some(2)),
        ("from nothing, not yet", None, 150_000, None),
        ("from nothing", None, 172_500, Some(0)),
    ];
    for (name, current, budget, expected) in table {
        let want = Want { current, ..video(1, (1280, 720), &SIMULCAST) };
        assert_eq!(layers(budget, &[want]), [expected], "{name}");
    }
}

#[test]
fn temporal_layers_are_half_steps() {
    let with_temporal = SIMULCAST
        .map(|layer| LayerInfo { temporal_bps: [layer.bps * 4 / 10, layer.bps * 6 / 10, layer.bps, 0], ..layer });
    let table = [
        (60_000, 3, Some((0, 0))),
        (90_000, 3, Some((0, 1))),
        (150_000, 3, Some((0, 3))),
        (300_000, 3, Some((1, 1))),
        (500_000, 3, Some((1, 3))),
        (900_000, 3, Some((2, 1))),
        (1_500_000, 3, Some((2, 3))),
        (1_500_000, 1, Some((2, 1))),
        (600_000, 0, Some((2, 0))),
        (59_999, 0, None),
    ];
    for (budget, max_temporal, expected) in table {
        let want = Want { max_temporal, ..video(1, (1280, 720), &with_temporal) };
        let choice = run(budget, &[want])[0];
        assert_eq!(choice.layer.map(|layer| (layer, choice.temporal)), expected, "{budget} {max_temporal}");
    }
}

#[test]
fn unknown_sizes_and_rates_are_taken_for_a_browsers_defaults() {
    let unknown = [layer(0, 0, 0, 0), layer(1, 0, 0, 0), layer(2, 0, 0, 0)];
    assert_eq!(layers(9_000_000, &[video(1, (320, 180), &unknown)]), [Some(0)]);
    assert_eq!(layers(500_000, &[video(1, (1280, 720), &unknown)]), [Some(1)]);
}

#[test]
fn a_lower_layer_that_costs_more_is_never_chosen() {
    let odd = [LayerInfo { bps: 600_000, ..LOW }, MIDDLE];
    assert_eq!(layers(599_999, &[video(1, (1280, 720), &odd)]), [Some(1)]);
    assert_eq!(layers(499_999, &[video(1, (1280, 720), &odd)]), [None]);
}

#[test]
fn desires_are_what_the_tiles_deserve() {
    let wants = [
        audio(1),
        video(2, (1280, 720), &SIMULCAST),
        video(3, (320, 180), &SIMULCAST),
        video(4, (0, 0), &SIMULCAST),
        Want { paused: true, ..video(5, (1280, 720), &SIMULCAST) },
    ];
    assert_eq!(desired_bps(&wants), 40_000 + 1_500_000 + 150_000);
    let joining = [Want { current: None, ..wants[1] }, wants[2]];
    assert_eq!(desired_bps(&joining), 1_500_000 * 115 / 100 + 150_000);
}

/// One generated demand: everything but the borrowed layers.
type Demand = (u8, (u16, u16), u8, bool, Option<u8>, Vec<LayerInfo>);

fn demands() -> impl Strategy<Value = Vec<Demand>> {
    let layer = (any::<bool>(), 0..3_000_000u64, any::<bool>(), 0..1500u16)
        .prop_map(|(active, bps, temporal, side)| (active, bps, temporal, side));
    let demand = (
        0..3u8,
        (0..1400u16, 0..800u16),
        0..4u8,
        any::<bool>(),
        prop::option::of(0..4u8),
        prop::collection::vec(layer, 0..5),
    )
        .prop_map(|(priority, tile, max_temporal, screen, current, layers)| {
            let layers = layers.into_iter().enumerate().map(|(index, (active, bps, temporal, side))| LayerInfo {
                index: index as u8,
                active,
                width: side,
                height: side / 2,
                bps,
                temporal_bps: if temporal { [bps / 2, bps, 0, 0] } else { [0; 4] },
            });
            (priority, tile, max_temporal, screen, current, layers.collect())
        });
    prop::collection::vec(demand, 0..12)
}

fn wants(demands: &[Demand]) -> Vec<Want<'_>> {
    let want = |(number, demand): (usize, &'_ Demand)| {
        let (priority, tile, max_temporal, screen, current, _) = *demand;
        let kind = if screen { Kind::Screen } else { Kind::Video };
        (number as u32, kind, priority, tile, max_temporal, current)
    };
    let build = |(number, demand)| {
        let (subscription, kind, priority, tile, max_temporal, current) = want((number, demand));
        Want { subscription, kind, priority, tile, max_temporal, paused: false, layers: &demand.5, current }
    };
    demands.iter().enumerate().map(build).collect()
}

/// Measured rate of a choice; `None` where the allocator had to guess it.
fn cost(want: &Want<'_>, choice: &Choice) -> Option<u64> {
    let Some(index) = choice.layer else {
        return Some(0);
    };
    let layer = want.layers[usize::from(index)];
    if layer.bps == 0 {
        return None;
    }
    let temporal = layer.temporal_bps[usize::from(choice.temporal.min(3))];
    Some(if temporal > 0 { temporal } else { layer.bps })
}

proptest! {
    #[test]
    fn videos_stay_within_the_budget(demands in demands(), budget in 0..20_000_000u64) {
        let wants = wants(&demands);
        let choices = run(budget, &wants);
        prop_assert_eq!(choices.len(), wants.len());
        let spent: u64 = wants.iter().zip(&choices).map(|(want, choice)| cost(want, choice).unwrap_or(0)).sum();
        prop_assert!(spent <= budget, "{} of {}", spent, budget);
    }

    #[test]
    fn the_desired_budget_leaves_nobody_short(demands in demands()) {
        let wants = wants(&demands);
        let budget = desired_bps(&wants);
        prop_assert!(run(budget, &wants).iter().all(|choice| choice.reason != Reason::NoBandwidth));
    }

    #[test]
    fn choices_are_possible(demands in demands(), budget in 0..20_000_000u64) {
        let wants = wants(&demands);
        for (want, choice) in wants.iter().zip(run(budget, &wants)) {
            prop_assert_eq!(choice.subscription, want.subscription);
            prop_assert!(choice.temporal <= want.max_temporal);
            if let Some(index) = choice.layer {
                let chosen = want.layers[usize::from(index)];
                prop_assert!(chosen.active);
                prop_assert!(index < 4);
                // Never beyond the tile: no lower active layer of known size fills it already.
                let smaller = want.layers[..usize::from(index)].iter();
                let filled = |layer: &LayerInfo| {
                    layer.active && layer.height > 0 && (layer.width >= want.tile.0 || layer.height >= want.tile.1)
                };
                prop_assert!(!smaller.into_iter().any(filled));
                prop_assert!(!matches!(choice.reason, Reason::Hidden | Reason::NoLayer | Reason::PublisherPaused));
            } else {
                prop_assert!(!matches!(choice.reason, Reason::Fits | Reason::TileSmall));
            }
        }
    }

    #[test]
    fn one_video_never_gets_less_from_more(demands in demands(), budget in 0..3_000_000u64, more in 0..3_000_000u64) {
        for want in wants(&demands) {
            let quality = |budget| run(budget, &[want])[0].layer.map(|layer| (layer, run(budget, &[want])[0].temporal));
            prop_assert!(quality(budget) <= quality(budget + more));
        }
    }

    /// With equal demands more budget never serves fewer of them, nor the sum of layers.
    #[test]
    fn equals_never_get_less_from_more(count in 1..10u32, budget in 0..10_000_000u64, more in 0..3_000_000u64) {
        let wants: Vec<_> = (0..count).map(|number| video(number, (1280, 720), &SIMULCAST)).collect();
        let total = |budget| layers(budget, &wants).iter().map(|layer| layer.map_or(0, |layer| u32::from(layer) + 1)).sum::<u32>();
        let served = |budget| layers(budget, &wants).iter().flatten().count();
        prop_assert!(served(budget) <= served(budget + more));
        prop_assert!(total(budget) <= total(budget + more));
    }

    /// Applying the result and allocating again settles: spare that was kept for an upgrade may serve somebody else once
    /// the upgrade is made, but nothing goes to and fro.
    #[test]
    fn the_result_settles(demands in demands(), budget in 0..20_000_000u64) {
        let mut wants = wants(&demands);
        let mut before = run(budget, &wants);
        for round in 0..=SETTLED_AFTER {
            for (want, choice) in wants.iter_mut().zip(&before) {
                want.current = choice.layer;
            }
            let after = run(budget, &wants);
            let same = before.iter().zip(&after).all(|(old, new)| old.layer == new.layer);
            if same {
                break;
            }
            prop_assert!(round < SETTLED_AFTER, "{:?} then {:?}", before, after);
            before = after;
        }
    }
}

const SETTLED_AFTER: usize = 3;
