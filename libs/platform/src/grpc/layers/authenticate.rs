use std::sync::Arc;

use http::{HeaderMap, header::AUTHORIZATION};
use kernel::{Caller, Secret};
use tokio::time::sleep_until;
use wire::{AccessLevel, CallKind};

use super::{Around, Called, HttpRequest, HttpResponse, Next, access_log::CallerSlot, body, refuse};
use crate::{
    auth::{AuthError, Verifier},
    grpc::{Deadline, context::BearerToken},
};

/// Finds out who calls. No token makes an anonymous caller; whether that is enough is decided next. A
/// stream that only a caller may see ends when the caller's token does.
pub(super) struct Authenticate {
    pub(super) verifier: Option<Arc<Verifier>>,
}

impl Authenticate {
    /// The caller, and until when the token proves it.
    async fn caller(
        &self,
        called: Called,
        token: Option<&BearerToken>,
    ) -> Result<(Caller, Option<Deadline>), AuthError> {
        let (Some(verifier), Some(token)) = (&self.verifier, token) else {
            return Ok((Caller::Anonymous, None));
        };
        let recognised = match verifier.claims(token.0.expose()).await {
            Ok(claims) => claims
                .caller()
                .map(|caller| (caller, Deadline::after(verifier.proves_for(&claims)))),
            Err(error) => Err(error),
        };
        match recognised {
            Ok((caller, _)) if is_public(called) => Ok((caller, None)),
            Ok((caller, until)) => Ok((caller, Some(until))),
            // Whoever logs in or refreshes often still sends a token that is over, whose key may be gone by
            // now; and what anybody may call must not depend on the keys being there.
            Err(_) if is_public(called) => Ok((Caller::Anonymous, None)),
            Err(error) => Err(error),
        }
    }
}

fn is_public(called: Called) -> bool {
    called
        .0
        .and_then(|method| method.access)
        .is_some_and(|access| access.level == AccessLevel::Public)
}

impl Around for Authenticate {
    async fn call<N: Next>(&self, mut request: HttpRequest, next: N) -> HttpResponse {
        let called = Called::of(&request);
        let found = match bearer_token(request.headers()) {
            Ok(token) => self.caller(called, token.as_ref()).await.map(|found| (found, token)),
            Err(error) => Err(error),
        };
        let ((caller, until), token) = match found {
            Ok(found) => found,
            Err(error) => return refuse(&wire::status(&error)),
        };
        CallerSlot::tell(&request, &caller);
        if let Some(token) = token {
            request.extensions_mut().insert(token);
        }
        request.extensions_mut().insert(caller);
        let response = next.run(request).await;
        match (called.kind(), until) {
            (CallKind::ServerStream | CallKind::Bidirectional, Some(until)) => {
                body::end_when(response, false, async move {
                    sleep_until(until.instant()).await;
                    wire::quiet_status(&AuthError::Expired)
                })
            }
            _ => response,
        }
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
