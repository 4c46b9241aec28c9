//! The rules of `buf.validate` that our contracts use, read once for validators and reference pages.

use anyhow::{Context, bail};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, Value};

use crate::contracts::Contracts;

const FIELD: &str = "buf.validate.field";
const IGNORE_IF_ZERO_VALUE: i32 = 1;

/// What a field must be.
#[derive(Debug, Default)]
pub(crate) struct FieldRules {
    /// It must be set.
    pub(crate) required: bool,
    /// Left out, it is fine whatever the other rules say.
    pub(crate) may_be_left_out: bool,
    /// What holds for the value; of a repeated field or a map, for their size.
    pub(crate) checks: Vec<Check>,
    /// What holds for each element of a repeated field.
    pub(crate) items: Option<Box<FieldRules>>,
    /// What holds for each key of a map.
    pub(crate) keys: Option<Box<FieldRules>>,
    /// What holds for each value of a map.
    pub(crate) values: Option<Box<FieldRules>>,
}

/// One thing that holds for a value. Numbers are kept as the contract spells them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Check {
    /// Length of a text in characters.
    Length { min: Option<u64>, max: Option<u64> },
    /// Size of bytes, of a repeated field or of a map.
    Size {
        min: Option<u64>,
        max: Option<u64>,
        unit: &'static str,
    },
    /// The one spelling of a UUID.
    Uuid,
    /// Neither NaN nor infinite.
    Finite,
    /// Between two numbers.
    Range { low: Option<Bound>, high: Option<Bound> },
    /// One of some values.
    OneOf(Vec<String>),
    /// None of some values.
    NoneOf(Vec<String>),
    /// A value that the enum declares: their numbers.
    Defined(Vec<i32>),
}

/// The end of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) number: String,
    pub(crate) included: bool,
}

impl FieldRules {
    /// Reads the rules of a field; refuses those that no validator would check.
    pub(crate) fn read(contracts: &Contracts, field: &FieldDescriptor) -> anyhow::Result<Self> {
        let Some(rules) = contracts.message_option(&field.options(), FIELD)? else {
            return Ok(Self::default());
        };
        let kind = if field.is_map() {
            "map"
        } else if field.is_list() {
            "repeated"
        } else {
            kind_name(&field.kind())
        };
        read_rules(&rules, kind, field).with_context(|| format!("the rules of {}", field.full_name()))
    }

    /// Whether there is anything to check.
    pub(crate) fn is_empty(&self) -> bool {
        let inner = [&self.items, &self.keys, &self.values];
        !self.required && self.checks.is_empty() && inner.iter().all(|rules| rules.is_none())
    }

    /// The most elements a repeated field or a map may have.
    pub(crate) fn max_size(&self) -> Option<u64> {
        self.checks.iter().find_map(|check| match check {
            Check::Size { max, .. } => *max,
            _ => None,
        })
    }

    /// Everything that holds, as phrases for people.
    pub(crate) fn phrases(&self) -> Vec<String> {
        let mut phrases = Vec::new();
        if self.required {
            phrases.push("must be set".to_owned());
        }
        if self.may_be_left_out {
            phrases.push("may be left out".to_owned());
        }
        phrases.extend(self.checks.iter().map(Check::expected));
        for (what, rules) in [
            ("each", &self.items),
            ("each key", &self.keys),
            ("each value", &self.values),
        ] {
            for phrase in rules.iter().flat_map(|rules| rules.phrases()) {
                phrases.push(format!("{what} {phrase}"));
            }
        }
        phrases
    }
}

impl Check {
    /// What a violation tells: `must be greater than 0`.
    pub(crate) fn expected(&self) -> String {
        match self {
            Check::Length { min, max } => format!("must be {} long", amount(*min, *max, "characters")),
            Check::Size { min, max, unit } => format!("must have {}", amount(*min, *max, unit)),
            Check::Uuid => "must be a UUID in lower-case hyphenated form".to_owned(),
            Check::Finite => "must be a finite number".to_owned(),
            Check::Range { low, high } => match (low, high) {
                (Some(low), Some(high)) if low.included && high.included => {
                    format!("must be between {} and {}", low.number, high.number)
                }
                (low, high) => {
                    let low = low.as_ref().map(|bound| bound.phrase("at least", "greater than"));
                    let high = high.as_ref().map(|bound| bound.phrase("at most", "less than"));
                    format!(
                        "must be {}",
                        low.into_iter().chain(high).collect::<Vec<_>>().join(" and ")
                    )
                }
            },
            Check::OneOf(values) => format!("must be one of {}", values.join(", ")),
            Check::NoneOf(values) if values.as_slice() == ["0"] => "must be specified".to_owned(),
            Check::NoneOf(values) => format!("must be none of {}", values.join(", ")),
            Check::Defined(_) => "must be a value that the contract defines".to_owned(),
        }
    }
}

impl Bound {
    fn phrase(&self, included: &str, excluded: &str) -> String {
        format!("{} {}", if self.included { included } else { excluded }, self.number)
    }
}

fn amount(min: Option<u64>, max: Option<u64>, unit: &str) -> String {
    match (min, max) {
        (Some(min), Some(max)) if min == max => format!("exactly {min} {unit}"),
        (Some(min), Some(max)) => format!("{min} to {max} {unit}"),
        (Some(min), None) => format!("at least {min} {unit}"),
        (None, Some(max)) => format!("at most {max} {unit}"),
        (None, None) => format!("any number of {unit}"),
    }
}

fn read_rules(rules: &DynamicMessage, kind: &str, field: &FieldDescriptor) -> anyhow::Result<FieldRules> {
    let mut read = FieldRules::default();
    for (rule, value) in rules.fields() {
        match (rule.name(), value) {
            ("required", Value::Bool(required)) => read.required = *required,
            ("ignore", Value::EnumNumber(IGNORE_IF_ZERO_VALUE)) => read.may_be_left_out = true,
            (name, Value::Message(inner)) if name == kind => read_kind(inner, kind, field, &mut read)?,
            (name, Value::Message(_)) => bail!("`{name}` does not fit a field of kind {kind}"),
            (name, _) => bail!("the generator does not know `{name}`"),
        }
    }
    Ok(read)
}

fn read_kind(rules: &DynamicMessage, kind: &str, field: &FieldDescriptor, read: &mut FieldRules) -> anyhow::Result<()> {
    let (mut min, mut max, mut low, mut high) = (None, None, None, None);
    for (rule, value) in rules.fields() {
        match (kind, rule.name(), value) {
            ("string" | "bytes", "len", Value::U64(length)) => (min, max) = (Some(*length), Some(*length)),
            ("string" | "bytes", "min_len", Value::U64(length)) => min = Some(*length),
            ("string" | "bytes", "max_len", Value::U64(length)) => max = Some(*length),
            ("repeated", "min_items", Value::U64(size)) | ("map", "min_pairs", Value::U64(size)) => min = Some(*size),
            ("repeated", "max_items", Value::U64(size)) | ("map", "max_pairs", Value::U64(size)) => max = Some(*size),
            ("repeated", "items", Value::Message(inner)) => {
                read.items = Some(Box::new(read_rules(inner, kind_name(&field.kind()), field)?));
            }
            ("map", "keys", Value::Message(inner)) => read.keys = Some(entry_rules(inner, field, 1)?),
            ("map", "values", Value::Message(inner)) => read.values = Some(entry_rules(inner, field, 2)?),
            ("string", "uuid", Value::Bool(true)) => read.checks.push(Check::Uuid),
            ("float" | "double", "finite", Value::Bool(true)) => read.checks.push(Check::Finite),
            ("enum", "defined_only", Value::Bool(true)) => read.checks.push(Check::Defined(enum_numbers(field))),
            (_, "in", Value::List(values)) => read.checks.push(Check::OneOf(literals(values)?)),
            (_, "not_in", Value::List(values)) => read.checks.push(Check::NoneOf(literals(values)?)),
            (_, "gt" | "gte", value) => low = Some(bound(value, rule.name() == "gte")?),
            (_, "lt" | "lte", value) => high = Some(bound(value, rule.name() == "lte")?),
            (_, name, _) => bail!("the generator does not know `{kind}.{name}`"),
        }
    }
    if let Some((extension, _)) = rules.extensions().next() {
        bail!("the generator does not know `{}`", extension.full_name());
    }
    if min.is_some() || max.is_some() {
        let unit = match kind {
            "bytes" => "bytes",
            "map" => "pairs",
            _ => "elements",
        };
        read.checks.push(match kind {
            "string" => Check::Length { min, max },
            _ => Check::Size { min, max, unit },
        });
    }
    if low.is_some() || high.is_some() {
        read.checks.push(Check::Range { low, high });
    }
    Ok(())
}

/// Rules of a map's keys (number 1 of its entry) or values (number 2).
fn entry_rules(rules: &DynamicMessage, field: &FieldDescriptor, number: u32) -> anyhow::Result<Box<FieldRules>> {
    let kind = field.kind();
    let entry = kind.as_message().and_then(|entry| entry.get_field(number));
    let entry = entry.context("is no map")?;
    Ok(Box::new(read_rules(rules, kind_name(&entry.kind()), &entry)?))
}

fn enum_numbers(field: &FieldDescriptor) -> Vec<i32> {
    let kind = field.kind();
    kind.as_enum()
        .map(|declared| declared.values().map(|value| value.number()).collect())
        .unwrap_or_default()
}

fn bound(value: &Value, included: bool) -> anyhow::Result<Bound> {
    Ok(Bound {
        number: literal(value)?,
        included,
    })
}

fn literals(values: &[Value]) -> anyhow::Result<Vec<String>> {
    values.iter().map(literal).collect()
}

/// A value as Rust spells it.
fn literal(value: &Value) -> anyhow::Result<String> {
    Ok(match value {
        Value::I32(number) | Value::EnumNumber(number) => number.to_string(),
        Value::I64(number) => number.to_string(),
        Value::U32(number) => number.to_string(),
        Value::U64(number) => number.to_string(),
        Value::F32(number) => format!("{number:?}"),
        Value::F64(number) => format!("{number:?}"),
        other => bail!("the generator does not compare with {other:?}"),
    })
}

/// The kind as `buf.validate` names its rules.
pub(crate) fn kind_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Double => "double",
        Kind::Float => "float",
        Kind::Int32 => "int32",
        Kind::Int64 => "int64",
        Kind::Uint32 => "uint32",
        Kind::Uint64 => "uint64",
        Kind::Sint32 => "sint32",
        Kind::Sint64 => "sint64",
        Kind::Fixed32 => "fixed32",
        Kind::Fixed64 => "fixed64",
        Kind::Sfixed32 => "sfixed32",
        Kind::Sfixed64 => "sfixed64",
        Kind::Bool => "bool",
        Kind::String => "string",
        Kind::Bytes => "bytes",
        Kind::Message(_) => "message",
        Kind::Enum(_) => "enum",
    }
}
