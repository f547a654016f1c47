use super::*;
use relay::{Kind, Publish, Subscribe, Want};

fn add(transport: u32) -> Command {
    Command::AddTransport { transport, room: 1, ufrag: "u".into(), pwd: "p".into() }
}

fn publish(transport: u32, track: u32) -> Command {
    let (mid, kind) = (String::new(), Kind::Audio);
    Command::Publish(Publish { transport, track, kind, mid, payloads: vec![], extensions: vec![], encodings: vec![] })
}

fn subscribe(transport: u32, subscription: u32, track: u32) -> Command {
    Command::Subscribe(Subscribe {
        transport,
        subscription,
        track,
        mid: String::new(),
        ssrc: subscription,
        rtx_ssrc: None,
        payloads: vec![],
        extensions: vec![],
        cname: String::new(),
        screen: false,
    })
}

fn wants(subscription: u32) -> Command {
    Command::SetWants(vec![Want { subscription, width: 1, height: 1, priority: 0, max_temporal: 0 }])
}

fn take(registry: &mut Registry, command: Command) -> Result<(), SubmitError> {
    registry.check(&command)?;
    registry.apply(&command);
    Ok(())
}

/// Two transports: 1 publishes 10 and 11, 2 publishes 20; each subscribes to the other.
fn meeting() -> Registry {
    let mut registry = Registry::new(2);
    let commands = [add(1), add(2), publish(1, 10), publish(1, 11), publish(2, 20)];
    let subscriptions = [subscribe(2, 100, 10), subscribe(2, 101, 11), subscribe(1, 102, 20)];
    for command in commands.into_iter().chain(subscriptions) {
        take(&mut registry, command).unwrap();
    }
    registry
}

#[test]
fn unknown_and_taken_ids_are_refused() {
    let mut registry = meeting();
    let cases = [
        (add(1), SubmitError::DuplicateId),
        (add(3), SubmitError::TooManyTransports),
        (Command::AddInjector { transport: 1, room: 1 }, SubmitError::DuplicateId),
        (Command::AddInjector { transport: 3, room: 1 }, SubmitError::TooManyTransports),
        (Command::Inject { transport: 3 }, SubmitError::UnknownTransport),
        (publish(3, 30), SubmitError::UnknownTransport),
        (publish(2, 10), SubmitError::DuplicateId),
        (subscribe(1, 103, 30), SubmitError::UnknownTrack),
        (subscribe(1, 100, 20), SubmitError::DuplicateId),
        (wants(104), SubmitError::UnknownSubscription),
        (Command::Unsubscribe { subscription: 104 }, SubmitError::UnknownSubscription),
        (Command::PauseTrack { track: 30, paused: true }, SubmitError::UnknownTrack),
        (Command::CloseTransport { transport: 3 }, SubmitError::UnknownTransport),
    ];
    for (command, error) in cases {
        let shown = format!("{command:?}");
        assert_eq!(take(&mut registry, command), Err(error), "{shown}");
    }
}

#[test]
fn ending_a_transport_ends_all_that_hangs_on_it() {
    let mut registry = meeting();
    take(&mut registry, Command::CloseTransport { transport: 1 }).unwrap();
    assert_eq!(registry.transports().collect::<Vec<_>>(), [2]);
    assert_eq!(registry.tracks.keys().collect::<Vec<_>>(), [&20]);
    assert!(registry.subscriptions.is_empty() && registry.tracks[&20].subscriptions.is_empty());
    assert!(registry.transports[&2].subscriptions.is_empty());
    take(&mut registry, add(3)).unwrap();
}

#[test]
fn ending_a_track_ends_its_subscriptions_only() {
    let mut registry = meeting();
    take(&mut registry, Command::Unpublish { track: 10 }).unwrap();
    assert_eq!(take(&mut registry, wants(100)), Err(SubmitError::UnknownSubscription));
    assert_eq!(take(&mut registry, wants(101)), Ok(()));
    take(&mut registry, Command::Unsubscribe { subscription: 101 }).unwrap();
    assert!(registry.tracks[&11].subscriptions.is_empty());
}
