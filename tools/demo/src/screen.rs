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

/// The next step of the journey.
pub(crate) fn step(number: usize, title: &str, method: &str) {
    println!(
        "\n{} {}  {}",
        paint("1;36", &format!("{number:>2}.")),
        paint("1", title),
        paint("2", method)
    );
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

/// An order in one line.
pub(crate) fn describe(order: &Order) -> String {
    let status = order.status().as_str_name().trim_start_matches("ORDER_STATUS_");
    let (units, cents) = (order.total_cents / 100, order.total_cents % 100);
    format!(
        "{} {status} {units}.{cents:02} {} etag {}",
        order.id, order.currency_code, order.etag
    )
}

/// The end.
pub(crate) fn farewell(text: &str) {
    println!("\n{}", paint("1;32", text));
}

/// Tells what went wrong, on the standard error.
pub fn failure(error: &anyhow::Error) {
    eprintln!("\ndemo: {error:#}");
}
