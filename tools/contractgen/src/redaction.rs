//! `Debug` of messages with secrets or personal data: a message that is logged by accident tells neither.

use proc_macro2::TokenStream;
use prost_reflect::{FieldDescriptor, MessageDescriptor};
use quote::quote;

use crate::{
    contracts::Contracts,
    names::{identifier, member, rust_path},
};

/// Messages whose `Debug` is ours, because a field says `debug_redact`.
pub(crate) fn redacted(contracts: &Contracts, package: &str) -> Vec<MessageDescriptor> {
    let mut messages = contracts.messages(package);
    messages.retain(|message| message.fields().any(|field| hides(&field)));
    messages
}

/// `impl Debug` for those messages.
pub(crate) fn generate(contracts: &Contracts, package: &str) -> anyhow::Result<TokenStream> {
    let mut found = Vec::new();
    for message in redacted(contracts, package) {
        let path = rust_path(&message)?;
        let name = identifier(message.name())?.to_string();
        let mut fields = Vec::new();
        for field in message.fields() {
            let (label, member) = (field.name(), member(&field)?);
            fields.push(if hides(&field) {
                quote! { .field(#label, &::core::format_args!("[redacted]")) }
            } else {
                quote! { .field(#label, &self.#member) }
            });
        }
        found.push(quote! {
            impl ::core::fmt::Debug for #path {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct(#name) #(#fields)* .finish()
                }
            }
        });
    }
    Ok(quote! { #(#found)* })
}

fn hides(field: &FieldDescriptor) -> bool {
    let option = field.options();
    let value = option.get_field_by_name("debug_redact");
    value.and_then(|value| value.as_bool()) == Some(true)
}
