//! What prost calls the things of a contract.

use anyhow::Context;
use heck::{ToSnakeCase, ToUpperCamelCase};
use proc_macro2::TokenStream;
use prost_reflect::{FieldDescriptor, MessageDescriptor};
use quote::quote;
use syn::Ident;

/// The type of a message, from the module of its package.
pub(crate) fn rust_path(message: &MessageDescriptor) -> anyhow::Result<TokenStream> {
    let name = identifier(&message.name().to_upper_camel_case())?;
    let mut path = quote! { #name };
    let mut parent = message.parent_message();
    while let Some(outer) = parent {
        let module = identifier(&outer.name().to_snake_case())?;
        path = quote! { #module::#path };
        parent = outer.parent_message();
    }
    Ok(path)
}

/// The member that holds a field.
pub(crate) fn member(field: &FieldDescriptor) -> anyhow::Result<Ident> {
    identifier(&field.name().to_snake_case())
}

/// A name, raw where it is a word of the language.
pub(crate) fn identifier(name: &str) -> anyhow::Result<Ident> {
    syn::parse_str::<Ident>(name)
        .or_else(|_| syn::parse_str(&format!("r#{name}")))
        .with_context(|| format!("`{name}` cannot be a name in Rust"))
}
