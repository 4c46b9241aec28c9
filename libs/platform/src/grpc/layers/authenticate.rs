use std::sync::Arc;

use http::{HeaderMap, header::AUTHORIZATION};
use kernel::{Caller, Secret};
use wire::AccessLevel;

use super::{Around, Called, HttpRequest, HttpResponse, Next, access_log::CallerSlot, refuse};
use crate::{
    auth::{AuthError, Verifier},
    grpc::context::BearerToken,
};

/// Finds out who calls. No token makes an anonymous caller; whether that is enough is decided next.
pub(super) struct Authenticate {
    pub(super) verifier: Option<Arc<Verifier>>,
}

impl Authenticate {
    async fn caller(&self, called: Called, token: Option<&BearerToken>) -> Result<Caller, AuthError> {
        let (Some(verifier), Some(token)) = (&self.verifier, token) else {
            return Ok(Caller::Anonymous);
        };
        let public = called
            .0
            .and_then(|method| method.access)
            .is_some_and(|access| access.level == AccessLevel::Public);
        match verifier.verify(token.0.expose()).await {
            Ok(caller) => Ok(caller),
            // Whoever logs in or refreshes often still sends the token that has just expired; and
            // what anybody may call must not depend on the keys being there.
            Err(AuthError::Expired | AuthError::KeysUnavailable(_)) if public => Ok(Caller::Anonymous),
            Err(error) => Err(error),
        }
    }
}

impl Around for Authenticate {
    async fn call<N: Next>(&self, mut request: HttpRequest, next: N) -> HttpResponse {
        let called = Called::of(&request);
        let found = match bearer_token(request.headers()) {
            Ok(token) => self.caller(called, token.as_ref()).await.map(|caller| (caller, token)),
            Err(error) => Err(error),
        };
        let (caller, token) = match found {
            Ok(found) => found,
            Err(error) => return refuse(&wire::status(&error)),
        };
        CallerSlot::tell(&request, &caller);
        if let Some(token) = token {
            request.extensions_mut().insert(token);
        }
        request.extensions_mut().insert(caller);
        next.run(request).await
    }
}

fn bearer_token(headers: &HeaderMap) -> Result<Option<BearerToken>, AuthError> {
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| AuthError::Invalid)?;
    let (scheme, token) = text.split_once(' ').ok_or(AuthError::Invalid)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(AuthError::Invalid);
    }
    Ok(Some(BearerToken(Arc::new(Secret::new(token.trim().to_owned())))))
}
