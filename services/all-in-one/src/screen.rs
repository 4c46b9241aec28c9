//! What a person sees.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
    net::SocketAddr,
    path::Path,
    time::Duration,
};

use crate::accounts::Account;

/// A step that takes a while.
pub(crate) fn progress(text: &str) {
    say(format_args!("{} {text}", paint("2", "…")));
}

/// What runs where.
#[derive(Debug)]
pub(crate) struct Running<'a> {
    pub(crate) services: Vec<(&'static str, SocketAddr)>,
    pub(crate) everything: SocketAddr,
    pub(crate) health: SocketAddr,
    pub(crate) admin: SocketAddr,
    /// The payment provider.
    pub(crate) sandbox: SocketAddr,
    pub(crate) accounts: &'a [Account],
    /// The certificate that clients must be told to trust.
    pub(crate) authority: Option<&'a Path>,
    pub(crate) took: Duration,
}

impl Running<'_> {
    /// Shows it, with lines to copy.
    pub(crate) fn show(&self) {
        say(format_args!(
            "\n{} in {:.1} s",
            paint("1;32", "Counterfoil is ready"),
            self.took.as_secs_f64()
        ));
        say("");
        for (name, address) in &self.services {
            say(format_args!("  {name:<16} {address}"));
        }
        say(format_args!(
            "  {:<16} {}  native gRPC of all of them",
            "everything", self.everything
        ));
        say(format_args!(
            "  {:<16} {}  grpc.health.v1, plaintext",
            "health", self.health
        ));
        say(format_args!(
            "  {:<16} http://{}/metrics /readyz /debug/pprof",
            "admin", self.admin
        ));
        say(format_args!(
            "  {:<16} http://{}  payment provider: pm_card_visa and others pay",
            "sandbox-psp", self.sandbox
        ));
        if !self.accounts.is_empty() {
            say(paint("1", "\nDemo accounts"));
        }
        for account in self.accounts {
            let role = account.role.unwrap_or("customer");
            say(format_args!("  {role:<16} {}  {}", account.email, account.password));
        }
        say(paint("1", "\nTry"));
        for line in self.lines() {
            say(format_args!("  {line}"));
        }
        say(paint("2", "\nCtrl-C ends it; data stay."));
    }

    fn lines(&self) -> Vec<String> {
        let trust = match self.authority {
            Some(path) => format!("-cacert {}", path.display()),
            None => "-plaintext".to_owned(),
        };
        let at = self.everything;
        let mut lines = vec![
            format!("grpcurl {trust} {at} list"),
            format!("grpcurl {trust} -d '{{\"a\": 2, \"b\": 3.5}}' {at} calculator.v1.Calculator/Add"),
        ];
        lines.push(match self.accounts.first() {
            Some(Account { email, password, .. }) => format!(
                "grpcurl {trust} -d '{{\"email\": \"{email}\", \"password\": \"{password}\"}}' {at} auth.v1.AuthService/Login"
            ),
            None => format!("grpcurl {trust} -d '{{\"limit\": 30}}' {at} calculator.v1.NumberService/GetPrimes"),
        });
        lines
    }
}

/// What went wrong, in one sentence.
pub(crate) fn failure(text: impl Display) {
    // Nobody is left to tell when stderr is gone.
    drop(writeln!(io::stderr(), "all-in-one: {text}"));
}

/// A line of the log of another process.
pub(crate) fn log(line: impl Display) {
    drop(writeln!(io::stderr(), "{line}"));
}

pub(crate) fn say(text: impl Display) {
    drop(writeln!(io::stdout(), "{text}"));
}

fn paint(code: &str, text: &str) -> String {
    if io::stdout().is_terminal() {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}
