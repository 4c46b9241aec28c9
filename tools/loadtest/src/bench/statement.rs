//! What a service sends to its database, as the database's log tells it: the text itself, not a copy that
//! could fall behind.

use std::path::Path;

use anyhow::Context;

/// A statement that was run, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    /// With `$1`, `$2`, ….
    pub(super) text: String,
    /// `None` is NULL.
    pub(super) parameters: Vec<Option<String>>,
}

/// A script of pgbench.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Script {
    /// What each of its clients runs again and again.
    pub(super) text: String,
    /// Parameters that are the same each time.
    pub(super) variables: Vec<(String, String)>,
}

impl Statement {
    /// The one statement of the log that was run with this among its parameters.
    pub(super) fn logged(log: &Path, parameter: &str) -> anyhow::Result<Self> {
        Self::only(log, |statement| {
            statement.parameters.iter().flatten().any(|value| value == parameter)
        })
    }

    /// The one statement of the log that was run with this and nothing else.
    pub(super) fn logged_alone(log: &Path, parameter: &str) -> anyhow::Result<Self> {
        Self::only(log, |statement| statement.parameters == [Some(parameter.to_owned())])
    }

    fn only(log: &Path, wanted: impl Fn(&Self) -> bool) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(log).with_context(|| format!("could not read {}", log.display()))?;
        let mut found: Vec<Self> = executed(&text).into_iter().filter(wanted).collect();
        found.dedup();
        anyhow::ensure!(found.len() == 1, "expected one statement, found {found:?}");
        found.pop().context("found one")
    }

    /// The same statement for pgbench, after these commands of its own. `vary` gives an expression in place of
    /// a parameter that must be another one each time; the others become variables. A variable is sent as a
    /// parameter by `--protocol=prepared`, so the server does the same work.
    pub(super) fn script(&self, commands: &str, vary: impl Fn(&str) -> Option<String>) -> Script {
        let mut text = commands.to_owned();
        let mut variables = Vec::new();
        let mut rest = self.text.as_str();
        while let Some((before, after)) = rest.split_once('$') {
            let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, following) = after.split_at(digits);
            text += before;
            rest = following;
            let place = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            match place.and_then(|place| self.parameters.get(place)) {
                Some(None) => text += "NULL",
                // pgbench has no variables that are empty.
                Some(Some(value)) if value.is_empty() => text += "''",
                Some(Some(value)) => match vary(value) {
                    Some(expression) => text += &expression,
                    None => {
                        let name = format!("p{number}");
                        text += &format!(":{name}");
                        if variables.iter().all(|(other, _)| *other != name) {
                            variables.push((name, value.clone()));
                        }
                    }
                },
                None => text += &format!("${number}"),
            }
        }
        text += rest;
        text += ";\n";
        Script { text, variables }
    }
}

/// Every statement that the log tells of, with its parameters. A line that begins with a tab goes on with the
/// one before.
fn executed(log: &str) -> Vec<Statement> {
    let mut entries: Vec<String> = Vec::new();
    for line in log.lines() {
        match (line.strip_prefix('\t'), entries.last_mut()) {
            (Some(more), Some(entry)) => {
                entry.push('\n');
                entry.push_str(more);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    let mut found = Vec::new();
    for pair in entries.windows(2) {
        let [entry, next] = pair else { continue };
        let executed = entry
            .split_once("  execute ")
            .and_then(|(_, named)| named.split_once(": "));
        let given = next.split_once("DETAIL:  ").and_then(|(_, detail)| {
            let (title, values) = detail.split_once(": ")?;
            title.eq_ignore_ascii_case("parameters").then_some(values)
        });
        if let (Some((_, text)), Some(values)) = (executed, given) {
            found.push(Statement {
                text: text.to_owned(),
                parameters: parameters(values),
            });
        }
    }
    found
}

/// `$1 = 'it''s', $2 = NULL`.
fn parameters(text: &str) -> Vec<Option<String>> {
    let mut values = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(" = ") {
        let Some(quoted) = after.strip_prefix('\'') else {
            values.push(None);
            rest = after;
            continue;
        };
        let mut value = String::new();
        let mut characters = quoted.char_indices().peekable();
        rest = "";
        while let Some((at, character)) = characters.next() {
            if character != '\'' {
                value.push(character);
            } else if characters.next_if(|(_, next)| *next == '\'').is_some() {
                value.push('\'');
            } else {
                rest = quoted.get(at + 1..).unwrap_or_default();
                break;
            }
        }
        values.push(Some(value));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "2026-11-21 14:00:00.000 UTC [1] LOG:  duration: 0.1 ms  parse sqlx_s_1: SELECT 1
2026-11-21 14:00:00.000 UTC [1] LOG:  duration: 0.1 ms  bind sqlx_s_1: SELECT 1
2026-11-21 14:00:00.000 UTC [1] LOG:  duration: 0.4 ms  execute sqlx_s_2: WITH saved AS (INSERT INTO things
\t         VALUES ($1, $2::jsonb) RETURNING id) SELECT $3::text[], $1
2026-11-21 14:00:00.000 UTC [1] DETAIL:  Parameters: $1 = 'one', $2 = '{\"it''s\": \"a = b, $9\"}', $3 = NULL
2026-11-21 14:00:00.000 UTC [1] LOG:  duration: 0.1 ms  execute sqlx_s_1: SELECT 1
";

    fn logged(parameter: &str) -> anyhow::Result<Statement> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), LOG)?;
        Statement::logged(file.path(), parameter)
    }

    #[test]
    fn a_statement_is_found_in_the_log_with_its_parameters() {
        let statement = logged("one").unwrap();
        assert!(
            statement
                .text
                .ends_with("VALUES ($1, $2::jsonb) RETURNING id) SELECT $3::text[], $1")
        );
        let values = [Some("one"), Some("{\"it's\": \"a = b, $9\"}"), None];
        assert_eq!(statement.parameters, values.map(|value| value.map(str::to_owned)));
        assert!(logged("another").is_err());
    }

    #[test]
    fn an_empty_parameter_is_written_out() {
        let statement = Statement {
            text: "SELECT $1, $2".to_owned(),
            parameters: vec![Some(String::new()), Some("x".to_owned())],
        };
        let script = statement.script("", |_| None);
        assert_eq!(script.text, "SELECT '', :p2;\n");
        assert_eq!(script.variables, [("p2".to_owned(), "x".to_owned())]);
    }

    #[test]
    fn a_script_varies_what_must_and_sends_the_rest_as_it_was() {
        let script = logged("one")
            .unwrap()
            .script("\\set n 5\n", |value| (value == "one").then(|| "to_hex(:n)".to_owned()));
        assert!(script.text.starts_with("\\set n 5\nWITH saved AS"), "{}", script.text);
        let end = "VALUES (to_hex(:n), :p2::jsonb) RETURNING id) SELECT NULL::text[], to_hex(:n);\n";
        assert!(script.text.ends_with(end), "{}", script.text);
        assert_eq!(
            script.variables,
            [("p2".to_owned(), "{\"it's\": \"a = b, $9\"}".to_owned())]
        );
    }
}
