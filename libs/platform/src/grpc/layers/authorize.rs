use kernel::{Caller, NotAllowed, Role};
use tonic::Status;
use wire::{Access, AccessLevel};

use super::{Around, Called, HttpRequest, HttpResponse, Next, refuse};
use crate::auth::AuthError;

/// Lets through whom the contract's access option lets through. A path that no contract of this server
/// knows ends here, so that nothing is ever served that nobody decided about.
pub(super) struct Authorize;

impl Around for Authorize {
    async fn call<N: Next>(&self, request: HttpRequest, next: N) -> HttpResponse {
        let Some(method) = Called::of(&request).0 else {
            return refuse(&Status::unimplemented("no such method"));
        };
        let caller = request.extensions().get::<Caller>().unwrap_or(&Caller::Anonymous);
        let decided = match method.access {
            Some(access) => admits(access, caller),
            None => Err(refuse(&wire::status(&NotAllowed))),
        };
        match decided {
            Ok(()) => next.run(request).await,
            Err(refusal) => refusal,
        }
    }
}

#[expect(clippy::result_large_err, reason = "the refusal is the response")]
fn admits(access: Access, caller: &Caller) -> Result<(), HttpResponse> {
    let holds = |permissions: &std::collections::BTreeSet<String>| {
        access.permission.is_some_and(|needed| permissions.contains(needed))
    };
    let admitted = match (access.level, caller) {
        (AccessLevel::Public, _) => true,
        (_, Caller::Anonymous) => return Err(refuse(&wire::status(&AuthError::Missing))),
        (_, Caller::Service { permissions, .. }) => holds(permissions),
        (AccessLevel::Own, Caller::User { .. }) => true,
        (AccessLevel::Staff, Caller::User { .. }) => caller.has_role(Role::Staff),
        (AccessLevel::Admin, Caller::User { .. }) => caller.has_role(Role::Admin),
        (AccessLevel::Service, Caller::User { .. }) => false,
    };
    if admitted {
        Ok(())
    } else {
        Err(refuse(&wire::status(&NotAllowed)))
    }
}
