//! One Rust file per package: messages, clients and servers as prost and tonic generate them, then our
//! validators and the table of methods.

use std::collections::BTreeMap;

use anyhow::Context;
use prost_build::{Config, Module};

use crate::{contracts::Contracts, methods, redaction, validators};

/// The sources, by package.
pub(crate) fn generate(contracts: &Contracts) -> anyhow::Result<BTreeMap<String, String>> {
    let packages = contracts.packages();
    let mut config = Config::new();
    config.btree_map(["."]).bytes(["."]).service_generator(
        tonic_prost_build::configure()
            .codec_path("::wire::ValidatingCodec")
            .service_generator(),
    );
    let hidden = packages
        .iter()
        .flat_map(|package| redaction::redacted(contracts, package));
    config.skip_debug(
        hidden
            .map(|message| format!(".{}", message.full_name()))
            .collect::<Vec<_>>(),
    );
    let requests = contracts
        .file_protos()
        .map(|file| (Module::from_protobuf_package_name(file.package()), file))
        .collect();
    let mut generated: BTreeMap<String, String> = config
        .generate(requests)
        .context("could not generate messages")?
        .into_iter()
        .map(|(module, source)| (module.parts().collect::<Vec<_>>().join("."), source))
        .filter(|(package, _)| packages.contains(package))
        .collect();
    for (package, source) in &mut generated {
        let tokens: proc_macro2::TokenStream = source
            .parse()
            .map_err(|error| anyhow::anyhow!("the messages of {package} are not Rust: {error}"))?;
        let validators = validators::generate(contracts, package)?;
        let debugs = redaction::generate(contracts, package)?;
        let methods = methods::generate(contracts, package)?;
        *source = format_tokens(quote::quote! { #tokens #methods #debugs #validators })
            .with_context(|| format!("the code of {package} is not Rust"))?;
    }
    Ok(generated)
}

/// Rust as rustfmt would leave it, headed by where it comes from.
pub(crate) fn format_tokens(tokens: proc_macro2::TokenStream) -> anyhow::Result<String> {
    let file = syn::parse2(tokens)?;
    Ok(format!(
        "// Generated from protos/ by contractgen; `make generate` writes it anew.\n\n{}",
        prettyplease::unparse(&file)
    ))
}
