use std::{io, path::PathBuf};

use kernel::Secret;
use platform::config::{Reader, Settings, Variable};

platform::settings! {
    struct Given {
        /// A key that this service proves itself to authsvc with, where there is no SERVICE_TOKEN_FILE.
        key: Option<Secret<String>> = "SERVICE_BOOTSTRAP_KEY", optional;
        /// The file with the token of this pod's ServiceAccount, made for authsvc; read again for every fetch.
        token_file: Option<PathBuf> = "SERVICE_TOKEN_FILE", optional;
    }
}

/// What a service proves itself to authsvc with. As settings: exactly one of the two must be set.
#[derive(Debug, Clone)]
pub enum ServiceCredential {
    /// A key that authsvc was given too.
    BootstrapKey(Secret<String>),
    /// A file with a token of the pod's ServiceAccount. The kubelet replaces it before it expires.
    TokenFile(PathBuf),
}

impl ServiceCredential {
    /// What holds now.
    ///
    /// # Errors
    /// The file cannot be read or is empty.
    pub(crate) async fn read(&self) -> io::Result<Secret<String>> {
        let path = match self {
            Self::BootstrapKey(key) => return Ok(key.clone()),
            Self::TokenFile(path) => path,
        };
        let named = |error: &dyn std::fmt::Display| format!("SERVICE_TOKEN_FILE {}: {error}", path.display());
        let text = tokio::fs::read_to_string(path).await;
        let text = text.map_err(|error| io::Error::new(error.kind(), named(&error)))?;
        match text.trim() {
            "" => Err(io::Error::new(io::ErrorKind::InvalidData, named(&"the file is empty"))),
            token => Ok(Secret::new(token.to_owned())),
        }
    }
}

impl Settings for ServiceCredential {
    fn variables() -> Vec<Variable> {
        Given::variables()
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let Given { key, token_file } = Given::read(reader)?;
        match (key, token_file) {
            (Some(key), None) => Some(Self::BootstrapKey(key)),
            (None, Some(path)) => Some(Self::TokenFile(path)),
            (key, _) => {
                reader.note_choice(["SERVICE_BOOTSTRAP_KEY", "SERVICE_TOKEN_FILE"], key.is_some());
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use platform::config::Layers;

    use super::*;

    fn settings(set: &[(&str, &str)]) -> Result<ServiceCredential, String> {
        let set = set
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let read = Layers::new(set).unwrap().read::<ServiceCredential>();
        read.map_err(|error| error.to_string())
    }

    #[test]
    fn exactly_one_proof_must_be_configured() {
        let key = ("SERVICE_BOOTSTRAP_KEY", "a key");
        let file = ("SERVICE_TOKEN_FILE", "/a/token");
        assert!(matches!(settings(&[key]), Ok(ServiceCredential::BootstrapKey(_))));
        assert!(matches!(settings(&[file]), Ok(ServiceCredential::TokenFile(_))));
        for (set, found) in [(vec![key, file], "got both"), (vec![], "neither is set")] {
            let refused = settings(&set).unwrap_err();
            let expected = format!("expected one of SERVICE_BOOTSTRAP_KEY and SERVICE_TOKEN_FILE, {found}");
            assert!(refused.contains(&expected), "{refused}");
        }
    }

    #[tokio::test]
    async fn a_token_is_what_the_file_holds_at_that_time() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        let credential = ServiceCredential::TokenFile(path.clone());
        let missing = credential.read().await.unwrap_err().to_string();
        assert!(
            missing.starts_with("SERVICE_TOKEN_FILE ") && missing.contains(&path.display().to_string()),
            "{missing}"
        );
        for token in ["one", "two"] {
            std::fs::write(&path, format!("{token}\n")).unwrap();
            assert_eq!(credential.read().await.unwrap().expose(), token);
        }
        std::fs::write(&path, "\n").unwrap();
        assert!(credential.read().await.unwrap_err().to_string().contains("is empty"));
    }
}
