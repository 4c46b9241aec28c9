use std::{borrow::Cow, collections::BTreeMap, fmt, path::PathBuf};

use config::{Config, FileFormat};
use kernel::Chain;

use super::{ConfigError, Problem, Reader, Settings, Variable};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The program that hosts the service decided it (all-in-one its own database).
    Host,
    /// The file that `CONFIG_FILE` names.
    File(PathBuf),
    /// The environment.
    Environment,
    /// The command line.
    Argument,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Default => f.write_str("default"),
            Source::Host => f.write_str("host"),
            Source::File(path) => write!(f, "{}", path.display()),
            Source::Environment => f.write_str("environment"),
            Source::Argument => f.write_str("argument"),
        }
    }
}

/// What holds for one variable, for people to read: a secret is not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// The variable's name, prefix included.
    pub name: String,
    /// Its value; `[redacted]` for a secret, `None` when it is not set.
    pub value: Option<String>,
    /// Who set it.
    pub source: Source,
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.as_deref().unwrap_or("(not set)");
        write!(f, "{} = {value}  # {}", self.name, self.source)
    }
}

#[derive(Debug)]
pub(super) struct Found {
    pub(super) text: String,
    pub(super) name: String,
    pub(super) source: Source,
}

/// Defaults, what a host decides, the file, the environment, the command line: the later wins.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    prefix: Option<String>,
    defaults: BTreeMap<&'static str, Cow<'static, str>>,
    host: BTreeMap<&'static str, String>,
    file: Option<(PathBuf, Config)>,
    environment: BTreeMap<String, String>,
    arguments: BTreeMap<&'static str, String>,
}

impl Layers {
    /// The layers of a process with this environment. An empty variable counts as not set.
    ///
    /// # Errors
    /// `CONFIG_FILE` names a file that cannot be read or is no TOML.
    pub fn new(environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let environment: BTreeMap<_, _> = environment.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let file = environment
            .get("CONFIG_FILE")
            .map(|path| {
                let path = PathBuf::from(path);
                read_file(&path).map(|file| (path, file))
            })
            .transpose()?;
        Ok(Self {
            file,
            environment,
            ..Self::default()
        })
    }

    /// The layers of this process.
    ///
    /// # Errors
    /// As [`Layers::new`]; a variable that is not UTF-8 is left out.
    pub fn of_this_process() -> Result<Self, ConfigError> {
        Self::new(
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// The same layers as one service of several in a process sees them: variables carry its name
    /// (`ORDERSVC_GRPC_ADDR`), the file has a table of its name (`[ordersvc]`).
    #[must_use]
    pub fn of_service(&self, service: &str) -> Self {
        Self {
            prefix: Some(service.to_owned()),
            file: self.file.clone(),
            environment: self.environment.clone(),
            arguments: self.arguments.clone(),
            ..Self::default()
        }
    }

    /// Another default than the declared one: the port of this service.
    #[must_use]
    pub fn with_default(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.defaults.insert(name, value.into());
        self
    }

    /// A value that the hosting program decides, unless file or environment say otherwise.
    #[must_use]
    pub fn with_host(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.host.insert(name, value.into());
        self
    }

    /// What the command line says, for this process and every service in it.
    #[must_use]
    pub fn with_argument(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.arguments.insert(name, value.into());
        self
    }

    /// The default that holds here, put into a declaration.
    pub(crate) fn apply_default(&self, variable: &mut Variable) {
        if let Some(default) = self.defaults.get(variable.name) {
            variable.default = Some(default.clone());
        }
    }

    /// Reads one concern, or several.
    ///
    /// # Errors
    /// Every variable that is missing or unusable, at once.
    pub fn read<S: Settings>(&self) -> Result<S, ConfigError> {
        let mut reader = Reader::new(self);
        let settings = S::read(&mut reader);
        let problems = reader.into_problems();
        match settings {
            Some(settings) if problems.is_empty() => Ok(settings),
            _ => Err(ConfigError { problems }),
        }
    }

    /// What holds for each of these variables, without secrets.
    pub fn effective(&self, variables: &[Variable]) -> Vec<Effective> {
        variables
            .iter()
            .map(|variable| match self.find(variable) {
                Ok(Some(found)) => Effective {
                    name: self.name_of(variable.name),
                    value: Some(if variable.secret {
                        "[redacted]".to_owned()
                    } else {
                        found.text
                    }),
                    source: found.source,
                },
                Ok(None) | Err(_) => Effective {
                    name: self.name_of(variable.name),
                    value: None,
                    source: Source::Default,
                },
            })
            .collect()
    }

    /// A variable's name in the environment of this process.
    pub(super) fn name_of(&self, variable: &str) -> String {
        match &self.prefix {
            Some(prefix) => format!("{}_{variable}", prefix.to_uppercase().replace('-', "_")),
            None => variable.to_owned(),
        }
    }

    /// The value that wins. An alias in a later layer wins over the proper name in an earlier one.
    pub(super) fn find(&self, variable: &Variable) -> Result<Option<Found>, Problem> {
        if let Some(found) = self.find_in(variable, &Source::Argument, |name| self.arguments.get(name).cloned())? {
            return Ok(Some(found));
        }
        if let Some(found) = self.find_in(variable, &Source::Environment, |name| {
            self.environment.get(&self.name_of(name)).cloned()
        })? {
            return Ok(Some(found));
        }
        if let Some((path, file)) = &self.file
            && let Some(found) = self.find_in(variable, &Source::File(path.clone()), |name| {
                file.get_string(&self.key_of(name)).ok()
            })?
        {
            return Ok(Some(found));
        }
        if let Some(found) = self.find_in(variable, &Source::Host, |name| self.host.get(name).cloned())? {
            return Ok(Some(found));
        }
        Ok(self
            .defaults
            .get(variable.name)
            .or(variable.default.as_ref())
            .map(|default| Found {
                text: default.clone().into_owned(),
                name: self.name_of(variable.name),
                source: Source::Default,
            }))
    }

    fn key_of(&self, variable: &str) -> String {
        let key = variable.to_lowercase();
        match &self.prefix {
            Some(prefix) => format!("{prefix}.{key}"),
            None => key,
        }
    }

    fn find_in(
        &self,
        variable: &Variable,
        source: &Source,
        look: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Found>, Problem> {
        for name in std::iter::once(&variable.name).chain(variable.aliases) {
            let direct = look(name);
            let file_name = format!("{name}_FILE");
            let named = if variable.secret { look(&file_name) } else { None };
            let (text, name) = match (direct, named) {
                (None, None) => continue,
                (Some(text), None) => (text, self.name_of(name)),
                (None, Some(path)) => {
                    let name = self.name_of(&file_name);
                    (read_secret(&name, &path)?, name)
                }
                (Some(_), Some(_)) => {
                    return Err(Problem {
                        variable: self.name_of(name),
                        description: format!(
                            "expected one of {} and {}, got both ({source})",
                            self.name_of(name),
                            self.name_of(&file_name)
                        ),
                    });
                }
            };
            return Ok(Some(Found {
                text,
                name,
                source: source.clone(),
            }));
        }
        Ok(None)
    }
}

fn read_secret(variable: &str, path: &str) -> Result<String, Problem> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
        Err(error) => Err(Problem {
            variable: variable.to_owned(),
            description: format!("expected a file that can be read, got `{path}`: {error}"),
        }),
    }
}

fn read_file(path: &PathBuf) -> Result<Config, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        ConfigError::one(
            "CONFIG_FILE",
            format!("expected a file that can be read, got `{}`: {error}", path.display()),
        )
    })?;
    Config::builder()
        .add_source(config::File::from_str(&text, FileFormat::Toml))
        .build()
        .map_err(|error| {
            ConfigError::one(
                "CONFIG_FILE",
                format!("expected TOML in `{}`: {}", path.display(), Chain(&error)),
            )
        })
}
