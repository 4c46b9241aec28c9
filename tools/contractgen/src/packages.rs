//! The module tree over the generated packages.

use std::collections::BTreeMap;

use anyhow::bail;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::{contracts::Contracts, messages::format_tokens};

/// `pub mod order { pub mod v1 { … } }`, and every table of methods.
pub(crate) fn generate(contracts: &Contracts) -> anyhow::Result<String> {
    let mut domains: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for package in contracts.packages() {
        let parts: Vec<&str> = package.split('.').collect();
        let [domain, version] = parts.as_slice() else {
            bail!("the package {package} is not called <domain>.<version>");
        };
        domains
            .entry((*domain).to_owned())
            .or_default()
            .push(((*version).to_owned(), package.clone()));
    }
    let mut modules = Vec::new();
    let mut tables = Vec::new();
    for (domain, versions) in &domains {
        let domain_name = format_ident!("{domain}");
        let mut inner: Vec<TokenStream> = Vec::new();
        for (version, package) in versions {
            let version_name = format_ident!("{version}");
            let file = format!("{package}.rs");
            let doc = format!(" The contract `{package}`.");
            let tonic_allows = (!contracts.services(package).is_empty()).then(|| {
                quote! {
                    #[expect(
                        clippy::allow_attributes,
                        clippy::allow_attributes_without_reason,
                        reason = "tonic generates its clients and servers so"
                    )]
                }
            });
            inner.push(quote! {
                #[doc = #doc]
                #tonic_allows
                pub mod #version_name { include!(#file); }
            });
            tables.push(quote! { #domain_name::#version_name::METHODS });
        }
        let doc = format!(" Contracts of the domain `{domain}`.");
        modules.push(quote! {
            #[doc = #doc]
            pub mod #domain_name { #(#inner)* }
        });
    }
    format_tokens(quote! {
        #(#modules)*
        /// The methods of every package.
        const PACKAGES: &[&[::wire::Method]] = &[#(#tables),*];
    })
}
