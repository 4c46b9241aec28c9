//! `impl wire::Validate` for every message.
//!
//! What callers send is checked: the rules of the contract, and that every text prints. What only we send
//! is not, so that an older client never refuses the answer of a newer server. A collection that is too
//! large is one violation: its elements are not looked at, or a small message could make a huge answer.

use anyhow::{Context, bail};
use heck::{ToSnakeCase, ToUpperCamelCase};
use proc_macro2::TokenStream;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use quote::quote;
use syn::Ident;

use crate::{
    contracts::Contracts,
    rules::{Bound, Check, FieldRules},
};

/// Validators of every message of a package.
pub(crate) fn generate(contracts: &Contracts, package: &str) -> anyhow::Result<TokenStream> {
    let inputs = contracts.inputs();
    let mut validators = Vec::new();
    for message in contracts.messages(package) {
        let path = rust_path(&message)?;
        let sent_by_callers = inputs.contains(message.full_name());
        let mut body = Vec::new();
        for field in message.fields() {
            let rules = FieldRules::read(contracts, &field)?;
            if !sent_by_callers && !rules.is_empty() {
                bail!("{} has rules, but no caller sends it", field.full_name());
            }
            if sent_by_callers {
                body.extend(field_checks(&field, &rules)?);
            }
        }
        validators.push(if body.is_empty() {
            quote! {
                impl ::wire::Validate for #path {
                    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
                }
            }
        } else {
            quote! {
                impl ::wire::Validate for #path {
                    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
                        #(#body)*
                    }
                }
            }
        });
    }
    Ok(quote! { #(#validators)* })
}

/// The type that prost makes of a message, from the module of its package.
fn rust_path(message: &MessageDescriptor) -> anyhow::Result<TokenStream> {
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

fn identifier(name: &str) -> anyhow::Result<Ident> {
    syn::parse_str::<Ident>(name)
        .or_else(|_| syn::parse_str(&format!("r#{name}")))
        .with_context(|| format!("`{name}` cannot be a name in Rust"))
}

/// The block that checks one field, unless there is nothing to check.
fn field_checks(field: &FieldDescriptor, rules: &FieldRules) -> anyhow::Result<Option<TokenStream>> {
    let place = field.full_name();
    if field.containing_oneof().is_some_and(|oneof| !oneof.is_synthetic()) {
        bail!("{place} is part of a oneof, which the generator does not check");
    }
    let name = field.name();
    let member = identifier(&name.to_snake_case())?;
    let checks = if field.is_map() {
        map_checks(field, rules, &quote! { self.#member })?
    } else if field.is_list() {
        list_checks(field, rules, &quote! { self.#member })?
    } else {
        singular_checks(field, rules, &quote! { self.#member })?
    };
    Ok(checks.map(|checks| {
        quote! {
            {
                let at = &::wire::Field::Name(at, #name);
                #checks
            }
        }
    }))
}

fn singular_checks(
    field: &FieldDescriptor,
    rules: &FieldRules,
    member: &TokenStream,
) -> anyhow::Result<Option<TokenStream>> {
    let kind = field.kind();
    if !field.supports_presence() {
        let value = match kind {
            Kind::String => quote! { #member.as_str() },
            Kind::Bytes => quote! { #member.as_ref() },
            _ => member.clone(),
        };
        return value_checks(&kind, rules, &value).with_context(|| field.full_name().to_owned());
    }
    let (pattern, source) = match kind {
        Kind::String | Kind::Bytes => (quote! { Some(value) }, quote! { #member.as_deref() }),
        Kind::Message(_) => (quote! { Some(value) }, quote! { &#member }),
        _ => (quote! { Some(value) }, quote! { #member }),
    };
    let inner = FieldRules {
        required: false,
        may_be_left_out: rules.may_be_left_out,
        checks: rules.checks.clone(),
        ..FieldRules::default()
    };
    let checks = value_checks(&kind, &inner, &quote! { value }).with_context(|| field.full_name().to_owned())?;
    Ok(match (checks, rules.required) {
        (None, false) => None,
        (None, true) => Some(require(&quote! { #member.is_some() }, "must be set")),
        (Some(checks), false) => Some(quote! { if let #pattern = #source { #checks } }),
        (Some(checks), true) => {
            let missing = require(&quote! { false }, "must be set");
            Some(quote! { if let #pattern = #source { #checks } else { #missing } })
        }
    })
}

fn list_checks(
    field: &FieldDescriptor,
    rules: &FieldRules,
    member: &TokenStream,
) -> anyhow::Result<Option<TokenStream>> {
    let kind = field.kind();
    let none = FieldRules::default();
    let each = value_checks(&kind, rules.items.as_deref().unwrap_or(&none), &element(&kind))
        .with_context(|| field.full_name().to_owned())?;
    let max = bounded(field, rules, "repeated.max_items")?;
    let size = size_checks(rules, member)?;
    let each = each.map(|each| {
        quote! {
            if #member.len() <= #max {
                for (index, value) in #member.iter().enumerate() {
                    let at = &::wire::Field::Index(at, index);
                    #each
                }
            }
        }
    });
    Ok(Some(quote! { #size #each }))
}

fn map_checks(
    field: &FieldDescriptor,
    rules: &FieldRules,
    member: &TokenStream,
) -> anyhow::Result<Option<TokenStream>> {
    let kind = field.kind();
    let entry = kind.as_message().context("a map has entries")?;
    let (key, value) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
    if key != Kind::String {
        bail!("{} has keys of another kind than string", field.full_name());
    }
    let none = FieldRules::default();
    let keys = rules.keys.as_deref().unwrap_or(&none);
    if !keys
        .checks
        .iter()
        .any(|check| matches!(check, Check::Length { max: Some(_), .. }))
    {
        bail!("{} has keys without map.keys.string.max_len", field.full_name());
    }
    let key_checks = value_checks(&key, keys, &quote! { key.as_str() })?;
    let value_checks = value_checks(&value, rules.values.as_deref().unwrap_or(&none), &element(&value))?;
    let max = bounded(field, rules, "map.max_pairs")?;
    let size = size_checks(rules, member)?;
    // A bad key is not part of a path: it may be as long as a message.
    Ok(Some(quote! {
        #size
        if #member.len() <= #max {
            for (key, value) in &#member {
                let before = found.len();
                #key_checks
                if found.len() == before {
                    let at = &::wire::Field::Key(at, key);
                    #value_checks
                }
            }
        }
    }))
}

/// An element as its checks want it, where `value` refers to it.
fn element(kind: &Kind) -> TokenStream {
    match kind {
        Kind::String => quote! { value.as_str() },
        Kind::Bytes => quote! { value.as_ref() },
        Kind::Message(_) => quote! { value },
        _ => quote! { *value },
    }
}

/// The most elements callers may send; a contract has to say.
fn bounded(field: &FieldDescriptor, rules: &FieldRules, rule: &str) -> anyhow::Result<usize> {
    let max = rules
        .max_size()
        .with_context(|| format!("{} is sent by callers and has no {rule}", field.full_name()))?;
    Ok(usize::try_from(max)?)
}

fn size_checks(rules: &FieldRules, member: &TokenStream) -> anyhow::Result<TokenStream> {
    let mut checks = Vec::new();
    for check in &rules.checks {
        let Check::Size { min, max, .. } = check else {
            bail!("{check:?} does not fit a collection");
        };
        checks.push(require(&size_condition(member, *min, *max)?, &check.expected()));
    }
    Ok(quote! { #(#checks)* })
}

fn size_condition(value: &TokenStream, min: Option<u64>, max: Option<u64>) -> anyhow::Result<TokenStream> {
    let min = min.map(usize::try_from).transpose()?.filter(|min| *min > 0);
    let max = max.map(usize::try_from).transpose()?;
    Ok(match (min, max) {
        (Some(min), Some(max)) => quote! { (#min..=#max).contains(&#value.len()) },
        (Some(min), None) => quote! { #value.len() >= #min },
        (None, Some(max)) => quote! { #value.len() <= #max },
        (None, None) => quote! { true },
    })
}

/// Checks of one value: `value` is a `&str`, a `&[u8]`, a reference to a message, or a number itself.
fn value_checks(kind: &Kind, rules: &FieldRules, value: &TokenStream) -> anyhow::Result<Option<TokenStream>> {
    if let Kind::Message(message) = kind {
        if !rules.checks.is_empty() {
            bail!("a message takes no rules but `required`");
        }
        // Messages of others carry no rules, and have no validators.
        let foreign = message.full_name().starts_with("google.");
        return Ok((!foreign).then(|| quote! { ::wire::Validate::validate(#value, at, found); }));
    }
    let mut checks = Vec::new();
    if rules.required {
        let set = match kind {
            Kind::String | Kind::Bytes => quote! { !#value.is_empty() },
            Kind::Bool => value.clone(),
            Kind::Double | Kind::Float => quote! { #value != 0.0 },
            _ => quote! { #value != 0 },
        };
        checks.push(require(&set, "must be set"));
    }
    if *kind == Kind::String && !rules.checks.contains(&Check::Uuid) {
        checks.push(quote! { ::wire::rules::printable(#value, at, found); });
    }
    for check in &rules.checks {
        checks.push(value_check(check, kind, value)?);
    }
    if checks.is_empty() {
        return Ok(None);
    }
    Ok(Some(if rules.may_be_left_out {
        let given = match kind {
            Kind::String | Kind::Bytes => quote! { !#value.is_empty() },
            Kind::Double | Kind::Float => quote! { #value != 0.0 },
            _ => quote! { #value != 0 },
        };
        quote! { if #given { #(#checks)* } }
    } else {
        quote! { #(#checks)* }
    }))
}

fn value_check(check: &Check, kind: &Kind, value: &TokenStream) -> anyhow::Result<TokenStream> {
    let expected = check.expected();
    let condition = match check {
        Check::Length { min, max } => {
            let min = usize::try_from(min.unwrap_or(0))?;
            let max = match max {
                Some(max) => {
                    let max = usize::try_from(*max)?;
                    quote! { #max }
                }
                None => quote! { usize::MAX },
            };
            return Ok(quote! { ::wire::rules::length(#value, #min, #max, at, found); });
        }
        Check::Uuid => return Ok(quote! { ::wire::rules::uuid(#value, at, found); }),
        Check::Size { min, max, .. } => size_condition(value, *min, *max)?,
        Check::Finite => quote! { #value.is_finite() },
        Check::Range { low, high } => range(value, low.as_ref(), high.as_ref())?,
        Check::OneOf(values) => any_of(kind, value, values)?,
        Check::NoneOf(values) => {
            let any = any_of(kind, value, values)?;
            quote! { !#any }
        }
        Check::Defined(numbers) => {
            let numbers: Vec<String> = numbers.iter().map(i32::to_string).collect();
            any_of(kind, value, &numbers)?
        }
    };
    Ok(require(&condition, &expected))
}

fn range(value: &TokenStream, low: Option<&Bound>, high: Option<&Bound>) -> anyhow::Result<TokenStream> {
    let low_number = low.map(|bound| expression(&bound.number)).transpose()?;
    let high_number = high.map(|bound| expression(&bound.number)).transpose()?;
    let above = low.map(|bound| {
        if bound.included {
            quote! { >= }
        } else {
            quote! { > }
        }
    });
    let below = high.map(|bound| {
        if bound.included {
            quote! { <= }
        } else {
            quote! { < }
        }
    });
    Ok(match (low, high) {
        (Some(low), Some(high)) if low.included && high.included => {
            quote! { (#low_number..=#high_number).contains(&#value) }
        }
        (Some(_), Some(_)) => quote! { #value #above #low_number && #value #below #high_number },
        (Some(_), None) => quote! { #value #above #low_number },
        (None, Some(_)) => quote! { #value #below #high_number },
        (None, None) => quote! { true },
    })
}

fn any_of(kind: &Kind, value: &TokenStream, values: &[String]) -> anyhow::Result<TokenStream> {
    if matches!(kind, Kind::Double | Kind::Float) {
        bail!("numbers with a fraction are not compared for equality");
    }
    let values = values
        .iter()
        .map(|value| expression(value))
        .collect::<anyhow::Result<Vec<_>>>()?;
    Ok(quote! { matches!(#value, #(#values)|*) })
}

/// A literal without a suffix, so that it takes the type it is compared with.
fn expression(literal: &str) -> anyhow::Result<TokenStream> {
    literal
        .parse()
        .map_err(|error| anyhow::anyhow!("`{literal}` is no literal: {error}"))
}

fn require(condition: &TokenStream, expected: &str) -> TokenStream {
    quote! { ::wire::rules::require(#condition, at, #expected, found); }
}
