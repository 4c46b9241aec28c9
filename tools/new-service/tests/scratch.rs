//! The new service in a copy of the repository: it compiles, passes its own tests, and the copy is wired.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn output(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// What git would commit, as it is on disk.
fn copy_of_the_repository(to: &Path) {
    let listed = output(
        Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root()),
    );
    for path in String::from_utf8(listed.stdout)
        .unwrap()
        .split('\0')
        .filter(|path| !path.is_empty())
    {
        let from = root().join(path);
        if !from.is_file() {
            continue;
        }
        let target = to.join(path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(from, target).unwrap();
    }
    // Cargo tells packages apart by name, version and place within the workspace. With another version the copy
    // can use the target directory of the original, where the registry's crates are compiled already.
    let manifest = to.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let version = concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"");
    assert_eq!(text.matches(version).count(), 1);
    fs::write(manifest, text.replace(version, "version = \"0.0.0-scratch\"")).unwrap();
}

fn cargo(scratch: &Path, arguments: &[&str]) {
    // The same target directory: what comes from the registry is compiled already.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    output(
        Command::new(env!("CARGO"))
            .args(arguments)
            .current_dir(scratch)
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_NET_OFFLINE", "true"),
    );
}

#[test]
#[ignore = "compiles for minutes the first time: make test"]
fn a_new_service_compiles_passes_its_tests_and_is_wired() {
    let scratch = tempfile::tempdir().unwrap();
    copy_of_the_repository(scratch.path());
    new_service::make(scratch.path(), "shipping").unwrap();

    let read = |path: &str| fs::read_to_string(scratch.path().join(path)).unwrap();
    for list in [
        "charts/counterfoil/values.yaml",
        "deploy/compose/compose.yaml",
        "deploy/e2e/staging/kustomization.yaml",
        "deploy/kustomize/base/kustomization.yaml",
        "deploy/kustomize/components/certs/services.yaml",
        "deploy/kustomize/components/hpa/targets.yaml",
        "deploy/kustomize/components/ingress/routes.yaml",
        "deploy/kustomize/overlays/staging/kustomization.yaml",
        "Tiltfile",
    ] {
        assert!(read(list).contains("shippingsvc"), "{list}");
    }
    let deployment = read("deploy/kustomize/base/shippingsvc/deployment.yaml");
    assert!(
        !deployment.contains("calculator") && !deployment.contains("50057"),
        "{deployment}"
    );

    cargo(
        scratch.path(),
        &["test", "--package", "shippingsvc", "--package", "shipping-core"],
    );
    cargo(scratch.path(), &["check", "--package", "all-in-one"]);
    cargo(scratch.path(), &["test", "--package", "repo-checks"]);
    cargo(scratch.path(), &["test", "--package", "platform", "--lib", "topology"]);
    assert!(
        contractgen::generate(scratch.path())
            .unwrap()
            .stale()
            .unwrap()
            .is_empty()
    );

    let again = new_service::make(scratch.path(), "shipping").unwrap_err().to_string();
    assert!(again.contains("is taken"), "{again}");
}
