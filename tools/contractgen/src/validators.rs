//! `impl wire::Validate` for every message.
//!
//! What callers send is checked: the rules of the contract, and that every text prints. What only we send
//! is not, so that an older client never refuses the answer of a newer server. A collection that is too
//! large is one violation: its elements are not looked at, or a small message could make a huge answer.

use anyhow::{Context, bail};
use proc_macro2::{Literal, TokenStream};
use prost_reflect::{FieldDescriptor, Kind};
use quote::quote;

use crate::{
    contracts::Contracts,
    names,
    rules::{Bound, Check, FieldRules},
};

/// Validators of every message of a package.
pub(crate) fn generate(contracts: &Contracts, package: &str) -> anyhow::Result<TokenStream> {
    let inputs = contracts.inputs();
    let mut validators = Vec::new();
    for message in contracts.messages(package) {
        let path = names::rust_path(&message)?;
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

/// The block that checks one field, unless there is nothing to check.
fn field_checks(field: &FieldDescriptor, rules: &FieldRules) -> anyhow::Result<Option<TokenStream>> {
    let place = field.full_name();
    if field.containing_oneof().is_some_and(|oneof| !oneof.is_synthetic()) {
        bail!("{place} is part of a oneof, which the generator does not check");
    }
    let name = field.name();
    let member = names::member(field)?;
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
        let value = Subject::place(member);
        return value_checks(&kind, rules, &value).with_context(|| field.full_name().to_owned());
    }
    let source = match kind {
        Kind::String | Kind::Bytes | Kind::Message(_) => quote! { &#member },
        _ => member.clone(),
    };
    let inner = FieldRules {
        required: false,
        may_be_left_out: rules.may_be_left_out,
        checks: rules.checks.clone(),
        ..FieldRules::default()
    };
    let checks = value_checks(&kind, &inner, &Subject::bound()).with_context(|| field.full_name().to_owned())?;
    Ok(match (checks, rules.required) {
        (None, false) => None,
        (None, true) => Some(require(&quote! { #member.is_some() }, "must be set")),
        (Some(checks), false) => Some(quote! { if let Some(value) = #source { #checks } }),
        (Some(checks), true) => {
            let missing = require(&quote! { false }, "must be set");
            Some(quote! { if let Some(value) = #source { #checks } else { #missing } })
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
    let each = value_checks(&kind, rules.items.as_deref().unwrap_or(&none), &Subject::bound())
        .with_context(|| field.full_name().to_owned())?;
    let max = bounded(field, rules, "repeated.max_items")?;
    let size = size_checks(rules, member)?;
    let pattern = element(&kind);
    let each = each.map(|each| {
        quote! {
            if #member.len() <= #max {
                for (index, #pattern) in #member.iter().enumerate() {
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
    let key_checks = value_checks(&key, keys, &Subject::reference(&quote! { key }))?;
    let value_checks = value_checks(&value, rules.values.as_deref().unwrap_or(&none), &Subject::bound())?;
    let max = bounded(field, rules, "map.max_pairs")?;
    let pattern = element(&value);
    let size = size_checks(rules, member)?;
    // A bad key is not part of a path: it may be as long as a message.
    Ok(Some(quote! {
        #size
        if #member.len() <= #max {
            for (key, #pattern) in &#member {
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

/// The pattern that binds an element to `value`: numbers themselves, everything else by reference.
fn element(kind: &Kind) -> TokenStream {
    match kind {
        Kind::String | Kind::Bytes | Kind::Message(_) => quote! { value },
        _ => quote! { &value },
    }
}

/// The value that checks are about, as an expression.
struct Subject {
    /// To call its methods and compare it.
    place: TokenStream,
    /// To hand it to a function by reference.
    reference: TokenStream,
}

impl Subject {
    fn place(place: &TokenStream) -> Self {
        Self {
            place: place.clone(),
            reference: quote! { &#place },
        }
    }

    fn reference(reference: &TokenStream) -> Self {
        Self {
            place: reference.clone(),
            reference: reference.clone(),
        }
    }

    /// What a pattern bound to `value`.
    fn bound() -> Self {
        Self::reference(&quote! { value })
    }

    /// Whether it is there: not the default of its kind.
    fn is_given(&self, kind: &Kind) -> TokenStream {
        let place = &self.place;
        match kind {
            Kind::String | Kind::Bytes => quote! { !#place.is_empty() },
            Kind::Bool => place.clone(),
            Kind::Double | Kind::Float => quote! { #place != 0.0 },
            _ => quote! { #place != 0 },
        }
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

/// Checks of one value, unless there are none.
fn value_checks(kind: &Kind, rules: &FieldRules, value: &Subject) -> anyhow::Result<Option<TokenStream>> {
    let reference = &value.reference;
    if let Kind::Message(message) = kind {
        if !rules.checks.is_empty() {
            bail!("a message takes no rules but `required`");
        }
        // Messages of others carry no rules, and have no validators.
        let foreign = message.full_name().starts_with("google.");
        // As a method: prost boxes what recurses, and a method finds its way through the box.
        return Ok((!foreign).then(|| quote! { #reference.validate(at, found); }));
    }
    let mut checks = Vec::new();
    if rules.required {
        checks.push(require(&value.is_given(kind), "must be set"));
    }
    if *kind == Kind::String && !rules.checks.contains(&Check::Uuid) {
        checks.push(quote! { ::wire::rules::printable(#reference, at, found); });
    }
    for check in &rules.checks {
        checks.push(value_check(check, kind, value)?);
    }
    if checks.is_empty() {
        return Ok(None);
    }
    Ok(Some(if rules.may_be_left_out {
        let given = value.is_given(kind);
        quote! { if #given { #(#checks)* } }
    } else {
        quote! { #(#checks)* }
    }))
}

fn value_check(check: &Check, kind: &Kind, value: &Subject) -> anyhow::Result<TokenStream> {
    let expected = check.expected();
    let (place, reference) = (&value.place, &value.reference);
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
            return Ok(quote! { ::wire::rules::length(#reference, #min, #max, at, found); });
        }
        Check::Uuid => return Ok(quote! { ::wire::rules::uuid(#reference, at, found); }),
        Check::Size { min, max, .. } => size_condition(place, *min, *max)?,
        Check::Finite => quote! { #place.is_finite() },
        Check::Range { low, high } => range(place, low.as_ref(), high.as_ref())?,
        Check::OneOf(values) => any_of(kind, place, values)?,
        Check::NoneOf(values) => {
            let any = any_of(kind, place, values)?;
            quote! { !#any }
        }
        Check::Defined(numbers) => {
            let patterns = patterns(numbers);
            quote! { matches!(#place, #(#patterns)|*) }
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
    if matches!(kind, Kind::Double | Kind::Float | Kind::String | Kind::Bytes) {
        bail!("only whole numbers and enums are compared with `in` and `not_in`");
    }
    let values = values
        .iter()
        .map(|value| expression(value))
        .collect::<anyhow::Result<Vec<_>>>()?;
    Ok(quote! { matches!(#value, #(#values)|*) })
}

/// Patterns for these numbers: runs become ranges.
fn patterns(numbers: &[i32]) -> Vec<TokenStream> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted
        .chunk_by(|left, right| right.saturating_sub(*left) <= 1)
        .filter_map(|run| Some((*run.first()?, *run.last()?)))
        .map(|(from, to)| {
            let (first, last) = (Literal::i32_unsuffixed(from), Literal::i32_unsuffixed(to));
            if from == to {
                quote! { #first }
            } else {
                quote! { #first..=#last }
            }
        })
        .collect()
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
