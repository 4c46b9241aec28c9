//! Configuration: one way in.
//!
//! A concern declares its variables once, with [`settings!`](crate::settings): name, type, default and
//! what it is for. [`Layers`] answer for each variable from the defaults, an optional TOML file
//! (`CONFIG_FILE`) and the environment, the later winning. Everything that is wrong is reported at once,
//! by variable; `print-config` and the tables of the READMEs come from the same declarations.

mod layers;
mod value;

use std::{borrow::Cow, fmt};

pub use layers::{Effective, Layers, Source};
pub use value::{Field, Reader, Value};

/// One variable, as declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name in the environment: `GRPC_ADDR`. In the file the same in lower case.
    pub name: &'static str,
    /// Other names that are taken when the first is not set: `GRPC_PORT`.
    pub aliases: &'static [&'static str],
    /// What holds when nobody sets it.
    pub default: Option<Cow<'static, str>>,
    /// It has no default and must be set.
    pub required: bool,
    /// It is never shown, and `<NAME>_FILE` may name a file that holds it.
    pub secret: bool,
    /// What a value looks like: `a duration such as 500ms, 30s or 5m`.
    pub expected: &'static str,
    /// What it is for.
    pub doc: &'static str,
}

/// The variables of one concern, and how to read them. Declared with [`settings!`](crate::settings).
pub trait Settings: Sized {
    /// All of them, in the order of declaration.
    fn variables() -> Vec<Variable>;
    /// Reads them. `None` when the reader noted a problem.
    fn read(reader: &mut Reader<'_>) -> Option<Self>;
}

/// No variables.
impl Settings for () {
    fn variables() -> Vec<Variable> {
        Vec::new()
    }
    fn read(_: &mut Reader<'_>) -> Option<Self> {
        Some(())
    }
}

/// Two concerns read together, so that the problems of both are reported at once.
impl<A: Settings, B: Settings> Settings for (A, B) {
    fn variables() -> Vec<Variable> {
        let mut all = A::variables();
        all.extend(B::variables());
        all
    }
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (first, second) = (A::read(reader), B::read(reader));
        Some((first?, second?))
    }
}

/// One thing that is wrong with one variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The variable as it was set, prefix included.
    pub variable: String,
    /// What was expected and what was found, without showing secrets.
    pub description: String,
}

/// The configuration cannot be used; every problem is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// What is wrong, in the order of declaration.
    pub problems: Vec<Problem>,
}

impl ConfigError {
    fn one(variable: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            problems: vec![Problem {
                variable: variable.into(),
                description: description.into(),
            }],
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used")?;
        for problem in &self.problems {
            write!(f, "\n  {}: {}", problem.variable, problem.description)?;
        }
        Ok(())
    }
}

/// Declares the settings of one concern.
///
/// ```
/// use std::time::Duration;
/// use kernel::Secret;
///
/// platform::settings! {
///     /// How e-mail is sent.
///     pub struct MailSettings {
///         /// Where the relay listens.
///         pub relay: String = "MAIL_RELAY" or "SMTP_HOST", default "localhost:25";
///         /// How long one delivery may take.
///         pub timeout: Duration = "MAIL_TIMEOUT", default "10s";
///         /// The password at the relay.
///         pub password: Secret<String> = "MAIL_PASSWORD", required;
///         /// Who gets a copy of everything.
///         pub copy_to: Option<String> = "MAIL_COPY_TO", optional;
///     }
/// }
/// ```
///
/// A field without `=` is a concern of its own: `pub mail: MailSettings;`.
#[macro_export]
macro_rules! settings {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $doc:literal])+
                $field_vis:vis $field:ident : $type:ty
                    $(= $variable:literal $(or $alias:literal)*, $kind:ident $($default:literal)?)?;
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        $vis struct $name {
            $( $(#[doc = $doc])+ $field_vis $field: $type, )*
        }

        impl $crate::config::Settings for $name {
            fn variables() -> Vec<$crate::config::Variable> {
                let mut all = Vec::new();
                $(
                    all.extend($crate::settings!(@variables $type, concat!($($doc),+)
                        $(, $variable, [$($alias),*], $kind $($default)?)?));
                )*
                all
            }

            fn read(reader: &mut $crate::config::Reader<'_>) -> Option<Self> {
                $(
                    let $field = $crate::settings!(@read reader, $type, concat!($($doc),+)
                        $(, $variable, [$($alias),*], $kind $($default)?)?);
                )*
                Some(Self { $( $field: $field?, )* })
            }
        }
    };

    (@variables $type:ty, $doc:expr) => { <$type as $crate::config::Settings>::variables() };
    (@variables $type:ty, $doc:expr, $($declared:tt)+) => {
        [$crate::settings!(@variable $type, $doc, $($declared)+)]
    };

    (@read $reader:ident, $type:ty, $doc:expr) => { <$type as $crate::config::Settings>::read($reader) };
    (@read $reader:ident, $type:ty, $doc:expr, $($declared:tt)+) => {
        <$type as $crate::config::Field>::read(
            $reader,
            &$crate::settings!(@variable $type, $doc, $($declared)+),
        )
    };

    (@variable $type:ty, $doc:expr, $variable:literal, [$($alias:literal),*], $kind:ident $($default:literal)?) => {
        $crate::config::Variable {
            name: $variable,
            aliases: &[$($alias),*],
            default: $crate::settings!(@default $kind $($default)?),
            required: $crate::settings!(@required $kind),
            secret: <$type as $crate::config::Field>::SECRET,
            expected: <$type as $crate::config::Field>::EXPECTED,
            doc: $doc.trim_ascii(),
        }
    };

    (@default default $default:literal) => { Some(std::borrow::Cow::Borrowed($default)) };
    (@default $kind:ident) => { None };
    (@required required) => { true };
    (@required optional) => { false };
    (@required default) => { false };
}
