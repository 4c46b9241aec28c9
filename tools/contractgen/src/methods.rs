//! What the contract says of each RPC, and the table of it that servers and clients read.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use proc_macro2::TokenStream;
use prost_reflect::{DynamicMessage, MethodDescriptor, ServiceDescriptor, Value};
use quote::quote;

use crate::contracts::Contracts;

const ACCESS: &str = "counterfoil.options.v1.access";
const IDEMPOTENCY: &str = "counterfoil.options.v1.idempotency";
const HTTP: &str = "google.api.http";
const VERBS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// One RPC as its contract declares it.
pub(crate) struct Rpc {
    pub(crate) path: String,
    pub(crate) kind: &'static str,
    pub(crate) level: Level,
    pub(crate) permission: Option<String>,
    pub(crate) idempotency: Idempotency,
    /// `POST /v1/orders`, the first one first.
    pub(crate) http: Vec<String>,
}

/// Levels of access, with their names in contracts and in code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Public,
    Own,
    Staff,
    Admin,
    Service,
}

impl Level {
    pub(crate) const ALL: [Level; 5] = [Level::Public, Level::Own, Level::Staff, Level::Admin, Level::Service];

    pub(crate) fn admits(self) -> &'static str {
        match self {
            Level::Public => "anybody, signed in or not",
            Level::Own => "any signed-in user, for what belongs to them; staff for everything",
            Level::Staff => "staff and admins",
            Level::Admin => "admins",
            Level::Service => "services that hold the permission, and no person",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Level::Public => "PUBLIC",
            Level::Own => "SELF",
            Level::Staff => "STAFF",
            Level::Admin => "ADMIN",
            Level::Service => "SERVICE",
        }
    }
}

/// What a key means, with its names in contracts and in code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Idempotency {
    Read,
    Optional,
    Required,
    NeverStored,
}

impl Idempotency {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Idempotency::Read => "none: changes nothing",
            Idempotency::Optional => "optional",
            Idempotency::Required => "required",
            Idempotency::NeverStored => "never stored",
        }
    }
}

/// Refuses contracts in which two methods answer the same request.
pub(crate) fn check_routes(contracts: &Contracts) -> anyhow::Result<()> {
    let mut taken = BTreeMap::new();
    for package in contracts.packages() {
        for method in contracts.services(&package).iter().flat_map(ServiceDescriptor::methods) {
            for route in Rpc::read(contracts, &method)?.http {
                let name = Contracts::method_name(&method);
                if let Some(other) = taken.insert(without_names(&route), name.clone()) {
                    bail!("{other} and {name} both answer {route}");
                }
            }
        }
    }
    Ok(())
}

/// A route as a router sees it: `GET /v1/orders/{}`.
fn without_names(route: &str) -> String {
    let mut parts = route.split('{');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push('{');
        plain.push_str(part.find('}').map_or(part, |end| &part[end..]));
    }
    plain
}

/// The table `METHODS` of a package.
pub(crate) fn generate(contracts: &Contracts, package: &str) -> anyhow::Result<TokenStream> {
    let mut entries = Vec::new();
    for service in contracts.services(package) {
        for method in service.methods() {
            let rpc = Rpc::read(contracts, &method)?;
            let path = rpc.path;
            let kind = variant(rpc.kind)?;
            let level = variant(&format!("{:?}", rpc.level))?;
            let idempotency = variant(&format!("{:?}", rpc.idempotency))?;
            let permission = match rpc.permission {
                Some(permission) => quote! { Some(#permission) },
                None => quote! { None },
            };
            entries.push(quote! {
                ::wire::Method {
                    path: #path,
                    kind: ::wire::CallKind::#kind,
                    access: Some(::wire::Access {
                        level: ::wire::AccessLevel::#level,
                        permission: #permission,
                    }),
                    idempotency: ::wire::Idempotency::#idempotency,
                }
            });
        }
    }
    Ok(quote! {
        /// What the contract says of every method of this package.
        pub const METHODS: &[::wire::Method] = &[#(#entries),*];
    })
}

fn variant(name: &str) -> anyhow::Result<syn::Ident> {
    syn::parse_str(name).with_context(|| format!("`{name}` names no variant"))
}

impl Rpc {
    /// Reads what the contract says of a method and refuses one that does not say enough.
    pub(crate) fn read(contracts: &Contracts, method: &MethodDescriptor) -> anyhow::Result<Self> {
        let name = Contracts::method_name(method);
        let options = method.options();
        let (level, permission) = access(contracts, &options).with_context(|| name.clone())?;
        let idempotency = idempotency(contracts, method, &options).with_context(|| name.clone())?;
        let http = http(contracts, method, &options).with_context(|| name.clone())?;
        let person_may_call = level != Level::Service;
        if http.is_empty() && (person_may_call || !(method.is_client_streaming() || method.is_server_streaming())) {
            bail!("{name} has no ({HTTP})");
        }
        Ok(Self {
            path: format!("/{name}"),
            kind: match (method.is_client_streaming(), method.is_server_streaming()) {
                (false, false) => "Unary",
                (true, false) => "ClientStream",
                (false, true) => "ServerStream",
                (true, true) => "Bidirectional",
            },
            level,
            permission,
            idempotency,
            http,
        })
    }
}

fn access(contracts: &Contracts, options: &DynamicMessage) -> anyhow::Result<(Level, Option<String>)> {
    let access = contracts
        .message_option(options, ACCESS)?
        .with_context(|| format!("does not say who may call it: ({ACCESS})"))?;
    let level = match access
        .get_field_by_name("level")
        .and_then(|value| value.as_enum_number())
    {
        Some(1) => Level::Public,
        Some(2) => Level::Own,
        Some(3) => Level::Staff,
        Some(4) => Level::Admin,
        Some(5) => Level::Service,
        other => bail!("has an unknown level of access: {other:?}"),
    };
    let permission = text(&access, "permission");
    match (level, &permission) {
        (Level::Service, None) => bail!("admits services but names no permission"),
        (Level::Public, Some(_)) => bail!("is public and needs no permission"),
        _ => Ok((level, permission)),
    }
}

fn idempotency(
    contracts: &Contracts,
    method: &MethodDescriptor,
    options: &DynamicMessage,
) -> anyhow::Result<Idempotency> {
    let extension = contracts.extension(IDEMPOTENCY)?;
    let declared = match options.get_extension(&extension).as_enum_number() {
        Some(1) => Some(Idempotency::Optional),
        Some(2) => Some(Idempotency::Required),
        Some(3) => Some(Idempotency::NeverStored),
        _ => None,
    };
    let level = method
        .method_descriptor_proto()
        .options
        .as_ref()
        .map(|options| options.idempotency_level());
    let reads = level == Some(prost_types::method_options::IdempotencyLevel::NoSideEffects);
    match (reads, declared) {
        (true, None) => Ok(Idempotency::Read),
        (false, Some(declared)) => Ok(declared),
        (true, Some(_)) => bail!("changes nothing (NO_SIDE_EFFECTS) and yet has ({IDEMPOTENCY})"),
        (false, None) => bail!("says neither NO_SIDE_EFFECTS nor ({IDEMPOTENCY})"),
    }
}

fn http(contracts: &Contracts, method: &MethodDescriptor, options: &DynamicMessage) -> anyhow::Result<Vec<String>> {
    let Some(rule) = contracts.message_option(options, HTTP)? else {
        return Ok(Vec::new());
    };
    let mut bindings = vec![binding(method, &rule)?];
    if let Some(more) = rule.get_field_by_name("additional_bindings") {
        for rule in more.as_list().unwrap_or_default().iter().filter_map(Value::as_message) {
            bindings.push(binding(method, rule)?);
        }
    }
    Ok(bindings)
}

fn binding(method: &MethodDescriptor, rule: &DynamicMessage) -> anyhow::Result<String> {
    let (verb, path) = VERBS
        .iter()
        .find_map(|verb| text(rule, verb).map(|path| (verb.to_uppercase(), path)))
        .context("has an HTTP mapping without a path")?;
    for variable in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        if method.input().get_field_by_name(variable).is_none() {
            bail!(
                "has {{{variable}}} in its path, which is no field of {}",
                method.input().full_name()
            );
        }
    }
    Ok(format!("{verb} {path}"))
}

fn text(message: &DynamicMessage, field: &str) -> Option<String> {
    let value = message.get_field_by_name(field)?;
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
