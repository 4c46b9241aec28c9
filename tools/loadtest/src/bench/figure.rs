#![expect(clippy::print_stdout, reason = "figures are for people")]

use std::{fs, path::Path};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::machine::Machine;

/// One figure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Figure {
    /// What was measured, the same from run to run.
    pub(super) name: String,
    /// How much.
    pub(super) value: f64,
    /// Of what.
    pub(super) unit: String,
    /// What the peer came to, if there is one.
    pub(super) peer: Option<Peer>,
    /// What it should be.
    pub(super) aim: Aim,
    /// What else is worth knowing.
    pub(super) detail: String,
}

/// What did the same with less around it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Peer {
    /// Who.
    pub(super) name: String,
    /// How much, in the unit of the figure.
    pub(super) value: f64,
}

/// What a figure should be.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Aim {
    /// This part of what the peer comes to, or more.
    OfPeer(f64),
    /// This much or less.
    AtMost(f64),
    /// It is told, and no more.
    None,
}

impl Figure {
    /// What is held against the aim: the ratio to the peer, or the value.
    fn measured(&self) -> Option<f64> {
        match self.aim {
            Aim::OfPeer(_) => self.peer.as_ref().map(|peer| self.value / peer.value),
            Aim::AtMost(_) | Aim::None => Some(self.value),
        }
    }

    /// Nothing says that it missed its aim.
    pub(super) fn is_met(&self) -> bool {
        let Some(measured) = self.measured() else { return true };
        match self.aim {
            Aim::OfPeer(least) => measured >= least,
            Aim::AtMost(most) => measured <= most,
            Aim::None => true,
        }
    }

    fn line(&self, before: Option<&Figure>) -> String {
        let mut line = format!("{:<40} {:>10.1} {:<9}", self.name, self.value, self.unit);
        if let Some(peer) = &self.peer {
            line += &format!(" {:>10.1} by {}", peer.value, peer.name);
        }
        let aim = match (self.aim, self.measured()) {
            (Aim::OfPeer(least), Some(ratio)) => format!("; {ratio:.2} of it, aim >= {least}"),
            (Aim::OfPeer(least), None) => format!("; no peer, aim >= {least} of it"),
            (Aim::AtMost(most), _) => format!("; aim <= {most}"),
            (Aim::None, _) => String::new(),
        };
        line += &aim;
        line += if self.is_met() { "" } else { ", MISSED" };
        if let Some((before, now)) = before.and_then(Figure::measured).zip(self.measured()) {
            line += &format!("; {:+.1} % since", (now / before - 1.0) * 100.0);
        }
        if !self.detail.is_empty() {
            line += &format!("\n    {}", self.detail);
        }
        line
    }
}

/// The figures of one run, and where they come from.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Run {
    /// The commit that the tree stood at; with a plus when it had changes.
    commit: String,
    machine: Machine,
    figures: Vec<Figure>,
}

impl Run {
    /// A run that begins now.
    pub(super) fn begin() -> Self {
        Self {
            commit: commit().unwrap_or_else(|| "unknown".to_owned()),
            machine: Machine::here(),
            figures: Vec::new(),
        }
    }

    /// Adds what was measured, and tells it.
    pub(super) fn add(&mut self, figures: impl IntoIterator<Item = Figure>) {
        for figure in figures {
            println!("{}", figure.line(None));
            self.figures.push(figure);
        }
    }

    pub(super) fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.figures.iter()
    }

    /// Everything, beside an earlier run.
    pub(super) fn print(&self, before: Option<&Run>) {
        println!("\ncommit {}; {}", self.commit, self.machine);
        if let Some(before) = before {
            println!("before: commit {}; {}", before.commit, before.machine);
        }
        for figure in &self.figures {
            let same = |earlier: &&Figure| earlier.name == figure.name;
            println!("{}", figure.line(before.and_then(|run| run.figures().find(same))));
        }
    }

    pub(super) fn save(&self, path: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(path, text).with_context(|| format!("could not write {}", path.display()))
    }

    pub(super) fn load(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} holds no figures", path.display()))
    }
}

fn commit() -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = std::process::Command::new("git").args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    let plus = if changed.is_empty() { "" } else { "+" };
    Some(git(&["rev-parse", "--short", "HEAD"])? + plus)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(value: f64, peer: Option<f64>, aim: Aim) -> Figure {
        Figure {
            name: "calls".to_owned(),
            value,
            unit: "a second".to_owned(),
            peer: peer.map(|value| Peer {
                name: "a peer".to_owned(),
                value,
            }),
            aim,
            detail: String::new(),
        }
    }

    #[test]
    fn a_ratio_is_held_against_its_aim_and_a_value_too() {
        for (figure, met) in [
            (figure(80.0, Some(100.0), Aim::OfPeer(0.8)), true),
            (figure(79.0, Some(100.0), Aim::OfPeer(0.8)), false),
            (figure(79.0, None, Aim::OfPeer(0.8)), true),
            (figure(32.0, None, Aim::AtMost(32.0)), true),
            (figure(32.1, None, Aim::AtMost(32.0)), false),
        ] {
            assert_eq!(figure.is_met(), met, "{figure:?}");
            assert_eq!(figure.line(None).contains("MISSED"), !met);
        }
    }

    #[test]
    fn a_change_is_told_of_what_is_held_against_the_aim() {
        // Half as fast on a machine where the peer is half as fast, too, is no change.
        let before = figure(80.0, Some(100.0), Aim::OfPeer(0.8));
        let now = figure(40.0, Some(50.0), Aim::OfPeer(0.8));
        assert!(now.line(Some(&before)).contains("+0.0 % since"));
    }
}
