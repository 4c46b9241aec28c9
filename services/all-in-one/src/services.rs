//! What runs here. A service is added by one line.

use std::sync::Arc;

use platform::process::{Hosted, hosted};

pub(crate) fn all() -> Vec<Arc<dyn Hosted>> {
    vec![
        hosted::<usersvc::Usersvc>(),
        hosted::<authsvc::Authsvc>(),
        hosted::<ordersvc::Ordersvc>(),
        hosted::<paymentsvc::Paymentsvc>(),
        hosted::<calculatorsvc::Calculatorsvc>(),
    ]
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use platform::{config::Settings, process::ServerSettings};

    use super::*;

    #[test]
    fn the_readme_of_every_service_tells_its_variables_and_their_defaults() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let shared: Vec<_> = ServerSettings::variables()
            .iter()
            .map(|variable| variable.name)
            .collect();
        let mut missing = Vec::new();
        for service in all() {
            let name = service.place().unwrap().name;
            let readme = fs::read_to_string(root.join(name).join("README.md")).unwrap();
            for variable in service.variables() {
                let row = readme
                    .lines()
                    .find(|line| line.starts_with('|') && line.contains(&format!("`{}`", variable.name)));
                let default = variable.default.as_deref().unwrap_or_default();
                if !shared.contains(&variable.name) && !row.is_some_and(|row| row.contains(default)) {
                    missing.push(format!("{name}: {} = {default}", variable.name));
                }
            }
        }
        assert!(missing.is_empty(), "{}", missing.join("\n"));
    }
}
