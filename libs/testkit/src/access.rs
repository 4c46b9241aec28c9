use kernel::{Caller, Role, UserId};
use tonic::{Code, Request, client::Grpc, service::Interceptor, transport::Channel};
use tonic_prost::ProstCodec;
use uuid::Uuid;
use wire::{Access, AccessLevel, Method};

use crate::{Bearer, TestIssuer};

/// Holds every method against every kind of caller: exactly those whom the contract admits get past the
/// layers. Calls are empty messages, so nothing is done.
///
/// # Panics
/// Somebody is admitted or refused who should not be; a method says nothing of its access.
#[expect(clippy::panic, reason = "an assertion")]
pub async fn assert_access(channel: &Channel, methods: &[Method], issuer: &TestIssuer) {
    for method in methods {
        let Some(access) = method.access else {
            panic!("{}: nobody decided who may call it", method.path);
        };
        for (who, caller) in callers(access) {
            let bearer = match issuer.bearer(&caller) {
                Ok(bearer) => bearer,
                Err(error) => panic!("no token for {who}: {error}"),
            };
            let code = call(channel, method, bearer).await;
            let expected = match (admits(access, &caller), &caller) {
                (true, _) => None,
                (false, Caller::Anonymous) => Some(Code::Unauthenticated),
                (false, _) => Some(Code::PermissionDenied),
            };
            match expected {
                Some(refusal) => assert_eq!(code, refusal, "{} by {who}", method.path),
                None => assert!(
                    !matches!(
                        code,
                        Code::PermissionDenied | Code::Unimplemented | Code::Internal | Code::Unknown
                    ),
                    "{} by {who}: {code:?}",
                    method.path
                ),
            }
        }
    }
}

fn callers(access: Access) -> Vec<(&'static str, Caller)> {
    let user = |roles: &[Role]| {
        let id = UserId::new(Uuid::from_u128(0x0190_163d_8694_739b_aea5_966c_26f8_ad91));
        Caller::user(id, roles.iter().copied(), Uuid::from_u128(1))
    };
    let permission = access.permission.unwrap_or("nothing:here").to_owned();
    vec![
        ("nobody", Caller::Anonymous),
        ("a user without roles", user(&[])),
        ("a customer", user(&[Role::Customer])),
        ("staff", user(&[Role::Customer, Role::Staff])),
        ("an admin", user(&[Role::Customer, Role::Admin])),
        ("a service without permissions", Caller::service("testsvc", [])),
        (
            "a service with another permission",
            Caller::service("testsvc", ["other:thing".to_owned()]),
        ),
        (
            "a service with the permission",
            Caller::service("testsvc", [permission]),
        ),
    ]
}

/// The contract's rule, written down a second time.
fn admits(access: Access, caller: &Caller) -> bool {
    let needed = access.permission;
    match caller {
        Caller::Anonymous => access.level == AccessLevel::Public,
        Caller::Service { permissions, .. } => {
            access.level == AccessLevel::Public || needed.is_some_and(|needed| permissions.contains(needed))
        }
        Caller::User { roles, .. } => match access.level {
            AccessLevel::Public | AccessLevel::Own => true,
            AccessLevel::Staff => roles.contains(&Role::Staff) || roles.contains(&Role::Admin),
            AccessLevel::Admin => roles.contains(&Role::Admin),
            AccessLevel::Service => false,
        },
    }
}

async fn call(channel: &Channel, method: &Method, mut bearer: Bearer) -> Code {
    let mut grpc = Grpc::new(channel.clone());
    if grpc.ready().await.is_err() {
        return Code::Unavailable;
    }
    let Ok(request) = bearer.call(Request::new(())) else {
        return Code::Unknown;
    };
    let Ok(path) = method.path.parse() else {
        return Code::Unknown;
    };
    let answered = grpc
        .server_streaming(request, path, ProstCodec::<(), ()>::default())
        .await;
    match answered {
        Ok(mut stream) => match stream.get_mut().message().await {
            Ok(_) => Code::Ok,
            Err(status) => status.code(),
        },
        Err(status) => status.code(),
    }
}
