//! Places where a process can be made to die, so that tests prove what survives.
//!
//! Code marks a place with [`hit`]; the environment variable `FAILPOINT` of a debug build chooses where
//! the process ends: `orders.save.before`, or `orders.save.before=3` at the third time, several separated
//! by commas. A release build has no such places. Names are `<what>.before` and `<what>.after`, around the
//! commits of a service and its calls to other processes, and `<call>.answer.before`.

mod plan;

use std::{io::Write, process, sync::OnceLock};

use plan::Plan;

/// What [`hit`] writes to stderr before the name when it ends the process.
pub const TOLD: &str = "failpoint: ended at ";

/// Ends the process at once when `FAILPOINT` names this place: nothing is flushed, dropped or told to
/// peers. Does nothing in a release build.
///
/// A variable that cannot be read ends the process at the first place it comes to: a test whose kill never
/// comes would prove nothing.
#[inline]
pub fn hit(name: &str) {
    if cfg!(debug_assertions) {
        hit_planned(name);
    }
}

fn hit_planned(name: &str) {
    static PLAN: OnceLock<Result<Plan, String>> = OnceLock::new();
    match PLAN.get_or_init(from_environment) {
        Ok(plan) if plan.ends_at(name) => end(&format!("{TOLD}{name}")),
        Ok(_) => {}
        Err(wrong) => end(&format!("failpoint: FAILPOINT {wrong}")),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "not configuration: no release build reads it, and nothing else may know of it"
)]
fn from_environment() -> Result<Plan, String> {
    Plan::parse(&std::env::var("FAILPOINT").unwrap_or_default())
}

fn end(text: &str) -> ! {
    // Nobody is left to tell when stderr is gone.
    drop(writeln!(std::io::stderr(), "{text}"));
    process::abort()
}
