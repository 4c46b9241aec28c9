//! Steps, told as they end, and the table of all.

#![expect(clippy::print_stdout, reason = "a program for people talks on the terminal")]

use std::{
    fmt,
    time::{Duration, Instant},
};

/// What was done so far.
#[derive(Debug)]
pub struct Journey {
    began: Instant,
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    name: String,
    took: Duration,
    outcome: Result<String, String>,
}

impl Default for Journey {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            steps: Vec::new(),
        }
    }
}

impl Journey {
    /// Does one thing and tells what came of it, which is what it answers; false when it failed.
    pub fn step(&mut self, name: &str, act: impl FnOnce() -> anyhow::Result<String>) -> bool {
        println!("{:>5} s … {name}", self.began.elapsed().as_secs());
        let began = Instant::now();
        let outcome = act().map_err(|error| format!("{error:#}"));
        let step = Step {
            name: name.to_owned(),
            took: began.elapsed(),
            outcome,
        };
        println!("        {step}");
        let done = step.outcome.is_ok();
        self.steps.push(step);
        done
    }

    /// Nothing failed, and something was done.
    pub fn went_well(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|step| step.outcome.is_ok())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mark, text) = match &self.outcome {
            Ok(text) => ("ok    ", text),
            Err(text) => ("FAILED", text),
        };
        write!(f, "{mark} {:>6.1} s  {:<46} {text}", self.took.as_secs_f64(), self.name)
    }
}

impl fmt::Display for Journey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        for step in &self.steps {
            writeln!(f, "{step}")?;
        }
        let failed = self.steps.iter().filter(|step| step.outcome.is_err()).count();
        let seconds = self.began.elapsed().as_secs();
        write!(
            f,
            "{} steps, {failed} failed, {} min {} s",
            self.steps.len(),
            seconds / 60,
            seconds % 60
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failed_step_is_a_journey_that_did_not_go_well() {
        let mut journey = Journey::default();
        assert!(!journey.went_well());
        assert!(journey.step("install", || Ok("all ready".to_owned())));
        assert!(journey.went_well());
        assert!(!journey.step("upgrade", || anyhow::bail!("2 calls failed")));
        assert!(!journey.went_well());
        let table = journey.to_string();
        assert!(table.contains("install") && table.contains("all ready"), "{table}");
        assert!(table.contains("FAILED") && table.contains("2 calls failed"), "{table}");
        assert!(table.contains("2 steps, 1 failed"), "{table}");
    }
}
