//! What must be known of every method before a server starts.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use prost_types::FileDescriptorSet;
use tonic::service::Routes;
use tonic_reflection::server::Builder;
use wire::{Access, AccessLevel, CallKind, Idempotency, Method};

use super::Parts;
use crate::grpc::layers::MethodTable;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Nobody decided who may call these.
    #[error("these methods say nothing of who may call them: {}", .0.join(", "))]
    NoAccess(Vec<String>),
    /// The contract has these methods of a served service and the tables do not.
    #[error("these methods are in the contract and not in the tables: {}", .0.join(", "))]
    NotInTables(Vec<String>),
    /// Some methods need a caller.
    #[error("{0} is not public and nothing verifies tokens")]
    NoVerifier(&'static str),
    /// Access by services needs a permission to hold.
    #[error("{0} is for services and names no permission")]
    NoPermission(&'static str),
    /// The descriptors are broken.
    #[error("the descriptors of the contract do not decode")]
    Descriptors(#[source] prost::DecodeError),
    /// Reflection refuses the descriptors.
    #[error("reflection cannot serve the descriptors")]
    Reflection(#[source] tonic_reflection::server::Error),
}

const PUBLIC: Option<Access> = Some(Access {
    level: AccessLevel::Public,
    permission: None,
});

const fn infrastructure(path: &'static str, kind: CallKind) -> Method {
    Method {
        path,
        kind,
        access: PUBLIC,
        idempotency: Idempotency::Read,
    }
}

/// Health and reflection, which every server has and anybody may call.
static INFRASTRUCTURE: [Method; 5] = [
    infrastructure("/grpc.health.v1.Health/Check", CallKind::Unary),
    infrastructure("/grpc.health.v1.Health/List", CallKind::Unary),
    infrastructure("/grpc.health.v1.Health/Watch", CallKind::ServerStream),
    infrastructure(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        CallKind::Bidirectional,
    ),
    infrastructure(
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        CallKind::Bidirectional,
    ),
];

pub(super) fn admit(parts: &Parts) -> Result<MethodTable, ServerError> {
    let served = || parts.methods.iter().copied().flatten();
    let undecided: Vec<String> = served()
        .filter(|method| method.access.is_none())
        .map(|method| method.full_name().to_owned())
        .collect();
    if !undecided.is_empty() {
        return Err(ServerError::NoAccess(undecided));
    }
    for method in served() {
        match method.access {
            Some(Access {
                level: AccessLevel::Service,
                permission: None,
            }) => return Err(ServerError::NoPermission(method.full_name())),
            Some(access) if access.level != AccessLevel::Public && parts.verifier.is_none() => {
                return Err(ServerError::NoVerifier(method.full_name()));
            }
            _ => {}
        }
    }
    let missing = missing_from_tables(parts)?;
    if !missing.is_empty() {
        return Err(ServerError::NotInTables(missing));
    }
    Ok(MethodTable::new(served().chain(&INFRASTRUCTURE)))
}

fn missing_from_tables(parts: &Parts) -> Result<Vec<String>, ServerError> {
    let set = FileDescriptorSet::decode(parts.descriptors).map_err(ServerError::Descriptors)?;
    let mut tables: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for method in parts.methods.iter().copied().flatten() {
        let (service, name) = method.service_and_name();
        tables.entry(service).or_default().insert(name);
    }
    let mut missing = Vec::new();
    for file in &set.file {
        for service in &file.service {
            let full = format!("{}.{}", file.package(), service.name());
            let Some(known) = tables.get(full.as_str()) else {
                continue;
            };
            missing.extend(
                service
                    .method
                    .iter()
                    .filter(|method| !known.contains(method.name()))
                    .map(|method| format!("{full}/{}", method.name())),
            );
        }
    }
    Ok(missing)
}

/// Reflection in both versions: v1 for new tools, v1alpha for those in use.
/// It lists what this server serves, not all that the descriptors hold.
pub(super) fn add_reflection(
    routes: Routes,
    methods: &[&'static [Method]],
    descriptors: &'static [u8],
) -> Result<Routes, ServerError> {
    let served: BTreeSet<&str> = methods
        .iter()
        .copied()
        .flatten()
        .chain(&INFRASTRUCTURE)
        .map(|method| method.service_and_name().0)
        .collect();
    let builder = || {
        let builder = Builder::configure()
            .register_encoded_file_descriptor_set(descriptors)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            // So that tools which know nothing but reflection can show the details of an error.
            .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET);
        served.iter().copied().fold(builder, Builder::with_service_name)
    };
    let v1 = builder().build_v1().map_err(ServerError::Reflection)?;
    let v1alpha = builder().build_v1alpha().map_err(ServerError::Reflection)?;
    Ok(routes.add_service(v1).add_service(v1alpha))
}
