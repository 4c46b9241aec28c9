//! Messages of `auth.v1` and the words of the domain.

use std::{collections::BTreeSet, time::Duration};

use api::auth::v1 as proto;
use auth_core::{Claims, PublicKey, Subject, TokenState, Tokens};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{BadId, InvalidInput, Role, UserId, Violation};
use prost_types::Timestamp;

const BEARER: &str = "Bearer";

pub(super) fn signed_in(tokens: Tokens) -> proto::LoginResponse {
    proto::LoginResponse {
        access_token: tokens.access_token.expose().clone(),
        refresh_token: tokens.refresh_token.expose(),
        token_type: BEARER.to_owned(),
        expires_in: seconds(tokens.expires_in),
        user_id: tokens.user_id.to_string(),
    }
}

pub(super) fn refreshed(tokens: Tokens) -> proto::RefreshTokenResponse {
    proto::RefreshTokenResponse {
        access_token: tokens.access_token.expose().clone(),
        refresh_token: tokens.refresh_token.expose(),
        token_type: BEARER.to_owned(),
        expires_in: seconds(tokens.expires_in),
        user_id: tokens.user_id.to_string(),
    }
}

pub(super) fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

pub(super) fn user_id(field: &str, text: &str) -> Result<UserId, InvalidInput> {
    text.parse()
        .map_err(|error: BadId| InvalidInput(vec![Violation::new(field, error.to_string())]))
}

pub(super) fn role(role: Role) -> i32 {
    let role = match role {
        Role::Customer => proto::Role::Customer,
        Role::Staff => proto::Role::Staff,
        Role::Admin => proto::Role::Admin,
    };
    role.into()
}

pub(super) fn roles(numbers: &[i32]) -> Result<BTreeSet<Role>, InvalidInput> {
    let known = |number: &i32| match proto::Role::try_from(*number) {
        Ok(proto::Role::Customer) => Some(Role::Customer),
        Ok(proto::Role::Staff) => Some(Role::Staff),
        Ok(proto::Role::Admin) => Some(Role::Admin),
        Ok(proto::Role::Unspecified) | Err(_) => None,
    };
    let roles: Option<BTreeSet<Role>> = numbers.iter().map(known).collect();
    roles.ok_or_else(|| InvalidInput(vec![Violation::new("roles", "must be roles of the contract")]))
}

pub(super) fn jwk(key: &PublicKey) -> proto::Jwk {
    proto::Jwk {
        kty: "OKP".to_owned(),
        crv: "Ed25519".to_owned(),
        x: URL_SAFE_NO_PAD.encode(key.key),
        kid: key.id.as_str().to_owned(),
        alg: "EdDSA".to_owned(),
        r#use: "sig".to_owned(),
    }
}

pub(super) fn token_state(state: TokenState) -> proto::ValidateTokenResponse {
    let invalid = |reason: &str| proto::ValidateTokenResponse {
        reason: reason.to_owned(),
        ..proto::ValidateTokenResponse::default()
    };
    match state {
        TokenState::Valid(claims) => valid(claims),
        TokenState::Invalid => invalid("TOKEN_INVALID"),
        TokenState::Expired => invalid("TOKEN_EXPIRED"),
        TokenState::SessionEnded => invalid("SESSION_ENDED"),
    }
}

fn valid(claims: Claims) -> proto::ValidateTokenResponse {
    let told = proto::ValidateTokenResponse {
        is_valid: true,
        expires_at: Some(Timestamp {
            seconds: claims.expires_at.unix_timestamp(),
            nanos: 0,
        }),
        ..proto::ValidateTokenResponse::default()
    };
    match claims.subject {
        Subject::User { id, session, roles } => proto::ValidateTokenResponse {
            user_id: id.to_string(),
            session_id: session.to_string(),
            roles: roles.into_iter().map(role).collect(),
            ..told
        },
        Subject::Service { name, permissions } => proto::ValidateTokenResponse {
            service: name,
            permissions: permissions.into_iter().collect(),
            ..told
        },
    }
}
