//! What a person sees.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for people talks on the terminal"
)]

use std::io::IsTerminal as _;

use api::order::v1::{Order, OrderEvent};

fn paint(code: &str, text: &str) -> String {
    if std::io::stdout().is_terminal() {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

/// A part of the journey.
pub(crate) fn part(title: &str) {
    println!("\n{}", paint("1;35", title));
}

/// The steps, numbered as they come.
#[derive(Debug, Default)]
pub(crate) struct Steps(usize);

impl Steps {
    /// The next step of the journey.
    pub(crate) fn next(&mut self, title: &str, method: &str) {
        self.0 += 1;
        println!(
            "\n{} {}  {}",
            paint("1;36", &format!("{:>2}.", self.0)),
            paint("1", title),
            paint("2", method)
        );
    }
}

/// What came back.
pub(crate) fn result(text: &str) {
    println!("    {text}");
}

/// What the watch showed meanwhile.
pub(crate) fn watched(event: &OrderEvent) {
    let name = event.r#type().as_str_name();
    let order = event.order.as_ref().map(describe).unwrap_or_default();
    println!("    {} {name} {order}", paint("33", "watch:"));
}

/// An order that came back.
pub(crate) fn order(order: &Order) {
    result(&describe(order));
}

/// What happened to an order once.
pub(crate) fn history(event: &OrderEvent) {
    let name = event.r#type().as_str_name();
    result(&format!("version {} {name} by {}", event.version, event.actor));
}

/// An order in one line.
fn describe(order: &Order) -> String {
    let status = order.status().as_str_name().trim_start_matches("ORDER_STATUS_");
    let (units, cents) = (order.total_cents / 100, order.total_cents % 100);
    let checkout = order.checkout.as_ref().map(|checkout| {
        let state = checkout.state().as_str_name().trim_start_matches("CHECKOUT_STATE_");
        format!(" checkout {state} {}", checkout.failure_reason)
    });
    format!(
        "{} {status} {units}.{cents:02} {} etag {}{}",
        order.id,
        order.currency_code,
        order.etag,
        checkout.unwrap_or_default().trim_end()
    )
}

/// What could not be shown, and what would be needed.
pub(crate) fn left_out(text: &str) {
    println!("\n{}", paint("33", text));
}

/// The end.
pub(crate) fn farewell(text: &str) {
    println!("\n{}", paint("1;32", text));
}

/// Tells on the terminal what went wrong.
pub fn failure(error: &anyhow::Error) {
    eprintln!("\ndemo: {error:#}");
}
