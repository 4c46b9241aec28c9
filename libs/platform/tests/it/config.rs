use std::{collections::BTreeMap, io::Write, time::Duration};

use kernel::Secret;
use platform::config::{ConfigError, Layers, Settings, Source};

platform::settings! {
    /// How e-mail is sent.
    pub(crate) struct MailSettings {
        /// Where the relay listens.
        pub(crate) relay: String = "MAIL_RELAY" or "SMTP_HOST", default "localhost:25";
        /// How long one
        /// delivery may take.
        pub(crate) timeout: Duration = "MAIL_TIMEOUT", default "10s";
        /// The password at the relay.
        pub(crate) password: Secret<String> = "MAIL_PASSWORD", required;
        /// Who gets a copy of everything.
        pub(crate) copy_to: Option<String> = "MAIL_COPY_TO", optional;
    }
}

platform::settings! {
    /// Two concerns.
    pub(crate) struct Config {
        /// How e-mail is sent.
        pub(crate) mail: MailSettings;
        /// How many at once.
        pub(crate) workers: u32 = "WORKERS", required;
    }
}

fn layers<const N: usize>(environment: [(&str, &str); N]) -> Layers {
    try_layers(environment).unwrap()
}

fn try_layers<const N: usize>(environment: [(&str, &str); N]) -> Result<Layers, ConfigError> {
    Layers::new(environment.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

fn problems<S: Settings>(layers: &Layers) -> BTreeMap<String, String> {
    layers
        .read::<S>()
        .err()
        .unwrap()
        .problems
        .into_iter()
        .map(|problem| (problem.variable, problem.description))
        .collect()
}

fn file(content: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = file("mail_relay = 'file:25'\nmail_timeout = '20s'\nmail_password = 'file'\nworkers = 3\n");
    let layers = layers([
        ("CONFIG_FILE", file.path().to_str().unwrap()),
        ("MAIL_RELAY", "environment:25"),
        ("MAIL_COPY_TO", ""),
    ]);
    let config: Config = layers.read().unwrap();
    assert_eq!(config.mail.relay, "environment:25");
    assert_eq!(config.mail.timeout, Duration::from_secs(20));
    assert_eq!(config.mail.password.expose(), "file");
    assert_eq!(config.mail.copy_to, None);
    assert_eq!(config.workers, 3);

    let sources: Vec<_> = layers
        .effective(&Config::variables())
        .into_iter()
        .map(|line| line.source)
        .collect();
    let file = || Source::File(file.path().to_owned());
    assert_eq!(sources, [Source::Environment, file(), file(), Source::Default, file()]);
}

#[test]
fn an_alias_is_taken_when_the_name_is_not_set() {
    let with_alias = layers([("SMTP_HOST", "alias:25"), ("MAIL_PASSWORD", "p")]);
    assert_eq!(with_alias.read::<MailSettings>().unwrap().relay, "alias:25");
    let with_both = layers([
        ("SMTP_HOST", "alias:25"),
        ("MAIL_RELAY", "name:25"),
        ("MAIL_PASSWORD", "p"),
    ]);
    assert_eq!(with_both.read::<MailSettings>().unwrap().relay, "name:25");
}

#[test]
fn a_service_of_several_reads_its_own_prefix_and_its_own_table_only() {
    let file = file("workers = 1\n[ordersvc]\nworkers = 2\n[usersvc]\nmail_relay = 'users:25'\n");
    let layers = layers([
        ("CONFIG_FILE", file.path().to_str().unwrap()),
        ("MAIL_PASSWORD", "nobody's"),
        ("ORDERSVC_MAIL_PASSWORD", "p"),
        ("ORDERSVC_SMTP_HOST", "orders:25"),
    ]);
    let orders: Config = layers.of_service("ordersvc").read().unwrap();
    assert_eq!(
        (
            orders.workers,
            orders.mail.relay.as_str(),
            orders.mail.password.expose().as_str()
        ),
        (2, "orders:25", "p")
    );
    let users = problems::<Config>(&layers.of_service("usersvc"));
    assert_eq!(
        users.keys().collect::<Vec<_>>(),
        ["USERSVC_MAIL_PASSWORD", "USERSVC_WORKERS"]
    );
}

#[test]
fn a_host_decides_between_defaults_and_file() {
    let layers = layers([("ORDERSVC_MAIL_PASSWORD", "mine")])
        .of_service("ordersvc")
        .with_host("MAIL_PASSWORD", "the host's")
        .with_host("WORKERS", "7");
    let config: Config = layers.read().unwrap();
    assert_eq!((config.workers, config.mail.password.expose().as_str()), (7, "mine"));
}

#[test]
fn everything_that_is_wrong_is_said_at_once_by_name_and_expectation() {
    let found = problems::<Config>(&layers([("MAIL_TIMEOUT", "soon"), ("WORKERS", "many")]));
    assert_eq!(
        found,
        BTreeMap::from(
            [
                (
                    "MAIL_TIMEOUT",
                    "expected a duration such as 500ms, 30s, 5m, 24h or 7d, got `soon` (environment)"
                ),
                ("MAIL_PASSWORD", "expected text, and it is not set"),
                ("WORKERS", "expected a whole number, got `many` (environment)"),
            ]
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
        )
    );
}

#[test]
fn a_secret_is_read_from_a_mounted_file_and_never_shown() {
    let secret = file("hunter2\n");
    let path = secret.path().to_str().unwrap();
    let layers = layers([("MAIL_PASSWORD_FILE", path)]);
    let mail: MailSettings = layers.read().unwrap();
    assert_eq!(mail.password.expose(), "hunter2");
    let shown: Vec<_> = layers
        .effective(&MailSettings::variables())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        shown,
        [
            "MAIL_RELAY = localhost:25  # default",
            "MAIL_TIMEOUT = 10s  # default",
            "MAIL_PASSWORD = [redacted]  # environment",
            "MAIL_COPY_TO = (not set)  # default",
        ]
    );
    assert!(!format!("{mail:?}").contains("hunter2"));
}

#[test]
fn a_secret_and_its_file_together_are_refused() {
    let layers = layers([("MAIL_PASSWORD", "hunter2"), ("MAIL_PASSWORD_FILE", "/run/secrets/p")]);
    assert_eq!(
        problems::<MailSettings>(&layers)["MAIL_PASSWORD"],
        "expected one of MAIL_PASSWORD and MAIL_PASSWORD_FILE, got both (environment)"
    );
}

#[test]
fn a_secret_that_is_wrong_is_not_shown_either() {
    platform::settings! {
        /// A number nobody may see.
        struct Pin {
            /// The number.
            number: Secret<u32> = "PIN", required;
        }
    }
    let found = problems::<Pin>(&layers([("PIN", "12x4")]));
    assert_eq!(
        found["PIN"],
        "expected a whole number, got something else (environment)"
    );
    assert_eq!(layers([("PIN", "1234")]).read::<Pin>().unwrap().number.expose(), &1234);
}

#[test]
fn a_file_that_is_absent_or_no_toml_is_named() {
    let absent = try_layers([("CONFIG_FILE", "/nowhere/counterfoil.toml")]).unwrap_err();
    assert!(
        absent
            .to_string()
            .contains("CONFIG_FILE: expected a file that can be read"),
        "{absent}"
    );
    let broken = file("= 3");
    let broken = try_layers([("CONFIG_FILE", broken.path().to_str().unwrap())]).unwrap_err();
    assert!(broken.to_string().contains("CONFIG_FILE: expected TOML in"), "{broken}");
}

#[test]
fn declarations_carry_their_documentation() {
    let variables = Config::variables();
    let timeout = variables
        .iter()
        .find(|variable| variable.name == "MAIL_TIMEOUT")
        .unwrap();
    assert_eq!(timeout.doc, "How long one delivery may take.");
    assert_eq!(timeout.default.as_deref(), Some("10s"));
    assert!(!timeout.required && !timeout.secret);
    let password = variables
        .iter()
        .find(|variable| variable.name == "MAIL_PASSWORD")
        .unwrap();
    assert!(password.required && password.secret);
}
