use api::user::v1::{CreateUserRequest, GetUserRequest, UpdateUserRequest};
use prost_types::FieldMask;
use tonic::{Code, Request};
use tonic_types::StatusExt;

use crate::world::{World, new_user, reason};

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn bad_input_gets_the_contracts_code_and_the_next_call_works() {
    let world = World::new().await;
    let made = world.created("ada@example.com").await;
    let mut staff = world.as_staff();
    let long = "a".repeat(51);
    for (name, email, phone) in [
        ("A", "ok@example.com", ""),
        (long.as_str(), "ok@example.com", ""),
        ("Ada\u{7}", "ok@example.com", ""),
        ("  A  ", "ok@example.com", ""),
        ("Ada", "nobody", ""),
        ("Ada", "a@b", ""),
        ("Ada", "a b@example.com", ""),
        ("Ada", "ok@example.com", "12 34"),
        ("Ada", "ok@example.com", "+"),
        ("Ada", "ok@example.com", "123456789012345"),
    ] {
        let request = CreateUserRequest {
            name: name.to_owned(),
            email: email.to_owned(),
            phone: phone.to_owned(),
            user_id: String::new(),
        };
        let refused = staff.create_user(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{name:?} {email:?} {phone:?}");
        assert_eq!(reason(&refused), "INVALID_INPUT");
        assert!(
            refused
                .get_details_bad_request()
                .is_some_and(|bad| !bad.field_violations.is_empty())
        );
    }
    for id in [
        "",
        "x",
        "0190163D-8694-739B-AEA5-966C26F8AD91",
        "{0190163d-8694-739b-aea5-966c26f8ad91}",
    ] {
        let refused = staff.get_user(GetUserRequest { id: id.to_owned() }).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{id}");
    }
    for paths in [
        &["id"][..],
        &["name", "created_at"],
        &["active"],
        &[""],
        &["name.first"],
    ] {
        let request = UpdateUserRequest {
            id: made.id.clone(),
            name: "Somebody".to_owned(),
            update_mask: Some(FieldMask {
                paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            }),
            ..UpdateUserRequest::default()
        };
        let refused = staff.update_user(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{paths:?}");
    }
    for key in ["", "with space"] {
        let mut request = Request::new(new_user("bob@example.com"));
        request.metadata_mut().insert("idempotency-key", key.parse().unwrap());
        let refused = staff.create_user(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{key:?}");
    }
    staff.create_user(new_user("bob@example.com")).await.unwrap();
}
