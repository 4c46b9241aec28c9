use api::user::v1::{DeleteUserRequest, GetUserRequest, ListUsersRequest, UpdateUserRequest, ValidateUserRequest};
use prost_types::FieldMask;
use tonic::Code;

use crate::world::{World, new_user, reason};

const STRANGER: &str = "0190163d-8694-739b-aea5-966c26f8ad91";

fn update(id: &str) -> UpdateUserRequest {
    UpdateUserRequest {
        id: id.to_owned(),
        ..UpdateUserRequest::default()
    }
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_profile_is_made_shown_changed_and_erased() {
    let world = World::new().await;
    let made = world.created("Ada@Example.com").await;
    assert_eq!(
        (made.email.as_str(), made.phone.as_str(), made.active),
        ("ada@example.com", "+4912345", true)
    );
    assert_eq!(made.etag, "v1");

    let mut me = world.as_user(&made.id);
    let get = GetUserRequest { id: made.id.clone() };
    let shown = me.get_user(get.clone()).await.unwrap().into_inner().user.unwrap();
    assert_eq!(shown, made);

    let changed = me
        .update_user(UpdateUserRequest {
            name: "Ada King".to_owned(),
            update_mask: Some(FieldMask {
                paths: vec!["name".to_owned(), "phone".to_owned()],
            }),
            etag: made.etag.clone(),
            ..update(&made.id)
        })
        .await
        .unwrap()
        .into_inner()
        .user
        .unwrap();
    assert_eq!(
        (changed.name.as_str(), changed.phone.as_str(), changed.etag.as_str()),
        ("Ada King", "", "v2")
    );

    let stale = me
        .update_user(UpdateUserRequest {
            name: "Somebody".to_owned(),
            etag: made.etag.clone(),
            ..update(&made.id)
        })
        .await
        .unwrap_err();
    assert_eq!(
        (stale.code(), reason(&stale).as_str()),
        (Code::Aborted, "ETAG_MISMATCH")
    );

    let delete = DeleteUserRequest {
        id: made.id.clone(),
        etag: String::new(),
    };
    me.delete_user(delete.clone()).await.unwrap();
    for gone in [
        me.get_user(get).await.unwrap_err(),
        me.delete_user(delete).await.unwrap_err(),
    ] {
        assert_eq!(
            (gone.code(), reason(&gone).as_str()),
            (Code::NotFound, "USER_NOT_FOUND")
        );
    }
    let row: (Option<String>, Option<String>, Option<String>) = sqlx::query_as("SELECT name, email, phone FROM users")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(row, (None, None, None));
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn anothers_profile_does_not_exist_for_a_customer() {
    let world = World::new().await;
    let made = world.created("ada@example.com").await;
    let mut stranger = world.as_user(STRANGER);
    let get = stranger
        .get_user(GetUserRequest { id: made.id.clone() })
        .await
        .unwrap_err();
    let change = stranger
        .update_user(UpdateUserRequest {
            name: "Mine".to_owned(),
            ..update(&made.id)
        })
        .await;
    let delete = stranger
        .delete_user(DeleteUserRequest {
            id: made.id.clone(),
            etag: String::new(),
        })
        .await;
    for refused in [get, change.unwrap_err(), delete.unwrap_err()] {
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::NotFound, "USER_NOT_FOUND")
        );
    }
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn an_address_in_either_composition_is_one() {
    let world = World::new().await;
    world.created("ren\u{e9}@example.com").await;
    let taken = world
        .as_staff()
        .create_user(new_user("Rene\u{301}@EXAMPLE.com"))
        .await
        .unwrap_err();
    assert_eq!(
        (taken.code(), reason(&taken).as_str()),
        (Code::AlreadyExists, "EMAIL_TAKEN")
    );
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn only_staff_deactivate_and_services_are_told() {
    let world = World::new().await;
    let made = world.created("ada@example.com").await;
    let off = UpdateUserRequest {
        active: Some(false),
        ..update(&made.id)
    };
    let refused = world.as_user(&made.id).update_user(off.clone()).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::PermissionDenied, "NOT_ALLOWED")
    );

    let mut service = world.as_service("users:validate");
    let ask = |id: &str| ValidateUserRequest { user_id: id.to_owned() };
    let valid = service.validate_user(ask(&made.id)).await.unwrap().into_inner();
    assert!(valid.is_valid && valid.reason.is_empty() && valid.user.is_some());
    world.as_staff().update_user(off).await.unwrap();
    let inactive = service.validate_user(ask(&made.id)).await.unwrap().into_inner();
    assert_eq!((inactive.is_valid, inactive.reason.as_str()), (false, "USER_INACTIVE"));
    let unknown = service.validate_user(ask(STRANGER)).await.unwrap().into_inner();
    assert_eq!(
        (unknown.is_valid, unknown.reason.as_str(), unknown.user),
        (false, "USER_NOT_FOUND", None)
    );
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_listing_streams_all_profiles_newest_first() {
    let world = World::new().await;
    let mut expected = Vec::new();
    for n in 0..230 {
        expected.push(world.created(&format!("user{n}@example.com")).await.id);
    }
    expected.reverse();
    let mut stream = world
        .as_staff()
        .list_users(ListUsersRequest {})
        .await
        .unwrap()
        .into_inner();
    let mut seen = Vec::new();
    while let Some(answer) = stream.message().await.unwrap() {
        seen.push(answer.user.unwrap().id);
    }
    assert_eq!(seen, expected);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_registration_meets_its_own_profile_again() {
    let world = World::new().await;
    let mut registration = world.as_service("users:write");
    let mut request = new_user("ada@example.com");
    request.user_id = STRANGER.to_owned();
    let first = registration
        .create_user(request.clone())
        .await
        .unwrap()
        .into_inner()
        .user
        .unwrap();
    assert_eq!(first.id, STRANGER);
    let again = registration
        .create_user(request.clone())
        .await
        .unwrap()
        .into_inner()
        .user
        .unwrap();
    assert_eq!(again, first);
    let by_staff = world.as_staff().create_user(request).await.unwrap_err();
    assert_eq!(by_staff.code(), Code::PermissionDenied);
}
