//! Every command in every state: what the contract says, and nothing else.

use std::collections::BTreeSet;

use super::{
    at,
    commands::{COMMANDS, Command},
    rules::expected,
    states::{ATTEMPT, State, VERSION, all, legal},
};
use crate::{CheckoutState, OrderEvent, Status, Step};

/// What a command makes of a state, in one line.
fn outcome(state: State, command: &Command, attempt: u32) -> String {
    let before = state.order();
    let mut order = before.clone();
    if let Err(refused) = (command.run)(&mut order, attempt, at(1)) {
        assert_eq!(order, before, "a refused {} of {state:?} left a trace", command.name);
        return format!("! {}", refused.reason());
    }
    let events = order.take_events();
    for (version, event) in (VERSION + 1..).zip(&events) {
        assert_eq!(event.order().version, version);
    }
    assert_eq!(order.version(), VERSION + i64::try_from(events.len()).unwrap());
    assert_eq!(order.kept_version(), VERSION);
    if order == before {
        return "=".to_owned();
    }
    let names: Vec<&str> = events
        .iter()
        .map(|event| event.name().trim_start_matches("order."))
        .collect();
    let outcome = order.take_outcome().map(|outcome| match outcome.refusal {
        Some(refusal) => format!("; answers {}", refusal.reason),
        None => "; answers the order".to_owned(),
    });
    let after = State::of(&order);
    format!(
        "{}{}: {}{}",
        written(after),
        if order.is_archived() { " archived" } else { "" },
        names.join(", "),
        outcome.unwrap_or_default()
    )
}

fn written(state: State) -> String {
    let step = state.step.map_or("-", Step::as_str);
    format!("{} {} {step}", state.status, state.checkout)
}

fn expected_outcome(state: State, command: &str) -> String {
    let text = written(state);
    let is_meant = |states: &str| states.split('|').any(|part| text.contains(part));
    let rule = expected(command).iter().find(|(states, _)| is_meant(states)).unwrap().1;
    match rule.strip_prefix('+') {
        Some(rest) => format!("{text}{rest}"),
        None => rule.to_owned(),
    }
}

#[test]
fn every_command_in_every_state_does_what_the_contract_says() {
    for state in legal() {
        for command in &COMMANDS {
            assert_eq!(
                outcome(state, command, ATTEMPT),
                expected_outcome(state, command.name),
                "{} of {}",
                command.name,
                written(state)
            );
        }
    }
}

#[test]
fn every_rule_is_about_a_state() {
    for command in &COMMANDS {
        let told: BTreeSet<String> = legal()
            .into_iter()
            .map(|state| expected_outcome(state, command.name))
            .collect();
        for (states, rule) in expected(command.name) {
            let is_used = rule.starts_with('+') || told.contains(*rule);
            assert!(is_used, "{}: {states} => {rule}", command.name);
        }
    }
}

#[test]
fn commands_lead_from_legal_states_to_legal_states_and_reach_them_all() {
    let known: BTreeSet<State> = legal().into_iter().collect();
    let mut reached: BTreeSet<State> = BTreeSet::from([
        (Status::Pending, CheckoutState::None, None).into(),
        (Status::Pending, CheckoutState::None, Some(Step::Expire)).into(),
    ]);
    loop {
        let before = reached.len();
        for state in reached.clone() {
            for command in &COMMANDS {
                let mut order = state.order();
                let _ = (command.run)(&mut order, ATTEMPT, at(1));
                let after = State::of(&order);
                assert!(
                    known.contains(&after),
                    "{} of {state:?} leads to {after:?}",
                    command.name
                );
                let moved = (state.status, after.status);
                assert!(moved.0 == moved.1 || moved.0.may_become(moved.1), "{moved:?}");
                reached.insert(after);
            }
        }
        if reached.len() == before {
            break;
        }
    }
    assert_eq!(reached, known);
}

#[test]
fn answers_for_another_attempt_are_dropped_in_every_state() {
    for state in all() {
        for command in COMMANDS.iter().filter(|command| command.is_answer) {
            for attempt in [0, 1, ATTEMPT + 1, u32::MAX] {
                let before = state.order();
                if before.checkout().attempt == attempt {
                    continue;
                }
                let mut order = before.clone();
                (command.run)(&mut order, attempt, at(1)).unwrap();
                assert_eq!(order, before, "{} for attempt {attempt} in {state:?}", command.name);
            }
        }
    }
}

#[test]
fn an_answer_heard_twice_is_heard_once() {
    for state in legal() {
        for command in COMMANDS.iter().filter(|command| command.is_answer) {
            let mut order = state.order();
            (command.run)(&mut order, ATTEMPT, at(1)).unwrap();
            let once = order.clone();
            (command.run)(&mut order, ATTEMPT, at(2)).unwrap();
            assert_eq!(order, once, "{} in {state:?}", command.name);
        }
    }
}

#[test]
fn no_command_in_no_state_breaks_what_holds_of_every_order() {
    for state in all() {
        for command in &COMMANDS {
            let before = state.order();
            let mut order = before.clone();
            let _ = (command.run)(&mut order, ATTEMPT, at(1));
            let moved = (before.status(), order.status());
            assert!(
                moved.0 == moved.1 || moved.0.may_become(moved.1),
                "{}: {moved:?}",
                command.name
            );
            let events: Vec<OrderEvent> = order.take_events();
            if let Some(last) = events.last() {
                assert_eq!(last.order(), order.snapshot(), "{} in {state:?}", command.name);
            }
            assert!(
                order.has_new_checkout() || order.work() == before.work(),
                "{} in {state:?}",
                command.name
            );
        }
    }
}
