use std::{net::SocketAddr, path::PathBuf, time::Duration};

use kernel::Secret;

use super::{Layers, Problem, Variable};

/// A type that a variable can have.
pub trait Value: Sized {
    /// What a value looks like, after the word "expected".
    const EXPECTED: &'static str;
    /// Values of this type are never shown.
    const SECRET: bool = false;
    /// Reads one; `None` when the text is none.
    fn parse(text: &str) -> Option<Self>;
}

/// What a field of settings can be: a [`Value`], or an `Option` of one.
pub trait Field: Sized {
    /// As [`Value::EXPECTED`].
    const EXPECTED: &'static str;
    /// As [`Value::SECRET`].
    const SECRET: bool;
    /// Reads the variable, and notes what is wrong with it.
    fn read(reader: &mut Reader<'_>, variable: &Variable) -> Option<Self>;
}

impl<T: Value> Field for T {
    const EXPECTED: &'static str = T::EXPECTED;
    const SECRET: bool = T::SECRET;

    fn read(reader: &mut Reader<'_>, variable: &Variable) -> Option<Self> {
        let found = reader.read(variable)?;
        if found.is_none() {
            reader.note(
                reader.layers.name_of(variable.name),
                format!("expected {}, and it is not set", T::EXPECTED),
            );
        }
        found
    }
}

impl<T: Value> Field for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const SECRET: bool = T::SECRET;

    fn read(reader: &mut Reader<'_>, variable: &Variable) -> Option<Self> {
        reader.read(variable)
    }
}

/// Reads variables from the layers and collects what is wrong with them.
#[derive(Debug)]
pub struct Reader<'a> {
    layers: &'a Layers,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(layers: &'a Layers) -> Self {
        Self {
            layers,
            problems: Vec::new(),
        }
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Notes a problem; the reading goes on, so that all are reported at once.
    pub fn note(&mut self, variable: impl Into<String>, description: impl Into<String>) {
        self.problems.push(Problem {
            variable: variable.into(),
            description: description.into(),
        });
    }

    /// Notes that of these two variables not exactly one is set: both are, or neither.
    pub fn note_choice(&mut self, [one, other]: [&str; 2], both: bool) {
        let (one, other) = (self.layers.name_of(one), self.layers.name_of(other));
        let found = if both { "got both" } else { "neither is set" };
        self.note(one.clone(), format!("expected one of {one} and {other}, {found}"));
    }

    /// `Some(None)`: not set anywhere. `None`: a problem was noted.
    fn read<T: Value>(&mut self, variable: &Variable) -> Option<Option<T>> {
        let found = match self.layers.find(variable) {
            Ok(Some(found)) => found,
            Ok(None) => return Some(None),
            Err(problem) => {
                self.problems.push(problem);
                return None;
            }
        };
        let value = T::parse(&found.text);
        if value.is_none() {
            let got = if variable.secret {
                "something else".to_owned()
            } else {
                format!("`{}`", found.text)
            };
            self.note(
                found.name,
                format!("expected {}, got {got} ({})", T::EXPECTED, found.source),
            );
        }
        value.map(Some)
    }
}

impl Value for String {
    const EXPECTED: &'static str = "text";
    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Value for bool {
    const EXPECTED: &'static str = "true or false";
    fn parse(text: &str) -> Option<Self> {
        match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }
}

impl Value for PathBuf {
    const EXPECTED: &'static str = "a path";
    fn parse(text: &str) -> Option<Self> {
        Some(text.into())
    }
}

/// A bare port listens on every IPv4 address.
impl Value for SocketAddr {
    const EXPECTED: &'static str = "an address such as 127.0.0.1:7000, or a port";
    fn parse(text: &str) -> Option<Self> {
        let port = text.strip_prefix(':').unwrap_or(text).parse::<u16>();
        port.map_or_else(|_| text.parse().ok(), |port| Some(([0, 0, 0, 0], port).into()))
    }
}

impl Value for Duration {
    const EXPECTED: &'static str = "a duration such as 500ms, 30s, 5m, 24h or 7d";
    fn parse(text: &str) -> Option<Self> {
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = text.split_at(digits);
        let number = number.parse::<u64>().ok()?;
        let seconds = |each: u64| number.checked_mul(each).map(Duration::from_secs);
        match unit {
            "ms" => Some(Duration::from_millis(number)),
            "s" => seconds(1),
            "m" => seconds(60),
            "h" => seconds(60 * 60),
            "d" => seconds(24 * 60 * 60),
            _ => None,
        }
    }
}

impl<T: Value> Value for Secret<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const SECRET: bool = true;
    fn parse(text: &str) -> Option<Self> {
        T::parse(text).map(Secret::new)
    }
}

macro_rules! whole_number {
    ($($type:ty: $expected:literal),* $(,)?) => {$(
        impl Value for $type {
            const EXPECTED: &'static str = $expected;
            fn parse(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
    )*};
}

whole_number! {
    u16: "a whole number up to 65535",
    u32: "a whole number",
    u64: "a whole number",
    usize: "a whole number",
    i64: "a whole number",
}

/// A fraction, such as a ratio of sampling.
impl Value for f64 {
    const EXPECTED: &'static str = "a number such as 0.1";
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number: &f64| number.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        for (text, expected) in [
            ("500ms", Some(Duration::from_millis(500))),
            ("30s", Some(Duration::from_secs(30))),
            ("5m", Some(Duration::from_secs(300))),
            ("24h", Some(Duration::from_secs(86_400))),
            ("7d", Some(Duration::from_secs(604_800))),
            ("30", None),
            ("s", None),
            ("", None),
            ("-1s", None),
            ("1.5s", None),
            ("18446744073709551615d", None),
        ] {
            assert_eq!(Duration::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn a_bare_port_is_an_address() {
        let address = SocketAddr::from(([0, 0, 0, 0], 9000));
        assert_eq!(SocketAddr::parse("9000"), Some(address));
        assert_eq!(SocketAddr::parse(":9000"), Some(address));
        assert_eq!(SocketAddr::parse("0.0.0.0:9000"), Some(address));
        assert_eq!(SocketAddr::parse("70000"), None);
        assert_eq!(SocketAddr::parse("tcp://10.0.0.1:9000"), None);
    }
}
