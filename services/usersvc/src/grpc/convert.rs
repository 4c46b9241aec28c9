//! Messages of `user.v1` and the words of the domain. Messages come in validated; what the contract
//! cannot say is checked by the domain.

use api::user::v1 as proto;
use kernel::{BadId, Etag, InvalidInput, UserId, Violation, text::Email};
use prost_types::Timestamp;
use time::OffsetDateTime;
use user_core::{Name, NewUser, Phone, User, UserPatch, UserRecord, Validity};

/// A profile as it travels.
pub(crate) fn user(user: &User) -> proto::User {
    let record = user.record();
    proto::User {
        id: record.id.to_string(),
        name: record.name.as_str().to_owned(),
        email: record.email.as_str().to_owned(),
        phone: record
            .phone
            .as_ref()
            .map(|phone| phone.as_str().to_owned())
            .unwrap_or_default(),
        active: record.active,
        created_at: Some(timestamp(record.created_at)),
        updated_at: Some(timestamp(record.updated_at)),
        etag: Etag::of_version(record.version).to_string(),
    }
}

/// A profile that was kept as it travelled does not read back.
#[derive(Debug, thiserror::Error)]
#[error("a kept profile does not read back")]
pub(crate) struct NotAProfile;

/// A profile out of what was kept of it; only ever of our own writing.
pub(crate) fn kept_user(message: &proto::User) -> Result<User, NotAProfile> {
    let version = message.etag.strip_prefix('v').and_then(|version| version.parse().ok());
    Ok(User::restore(UserRecord {
        id: message.id.parse().map_err(|_| NotAProfile)?,
        name: Name::parse(&message.name).map_err(|_| NotAProfile)?,
        email: Email::parse(&message.email).map_err(|_| NotAProfile)?,
        phone: Phone::parse(&message.phone).map_err(|_| NotAProfile)?,
        active: message.active,
        version: version.ok_or(NotAProfile)?,
        created_at: instant(message.created_at.as_ref()).ok_or(NotAProfile)?,
        updated_at: instant(message.updated_at.as_ref()).ok_or(NotAProfile)?,
    }))
}

pub(crate) fn user_id(field: &str, text: &str) -> Result<UserId, InvalidInput> {
    text.parse()
        .map_err(|error: BadId| InvalidInput(vec![Violation::new(field, error.to_string())]))
}

pub(crate) fn new_user(request: proto::CreateUserRequest) -> Result<NewUser, InvalidInput> {
    let chosen = Some(request.user_id.as_str()).filter(|id| !id.is_empty());
    Ok(NewUser {
        id: chosen.map(|id| user_id("user_id", id)).transpose()?,
        name: request.name,
        email: request.email,
        phone: request.phone,
    })
}

/// What the mask names; without one, every field that is set.
pub(crate) fn patch(request: proto::UpdateUserRequest) -> Result<UserPatch, InvalidInput> {
    let Some(mask) = request.update_mask.filter(|mask| !mask.paths.is_empty()) else {
        let set = |text: String| Some(text).filter(|text| !text.is_empty());
        return Ok(UserPatch {
            name: set(request.name),
            email: set(request.email),
            phone: set(request.phone),
            active: request.active,
        });
    };
    let mut patch = UserPatch::default();
    let mut found = Vec::new();
    for path in &mask.paths {
        match path.as_str() {
            "name" => patch.name = Some(request.name.clone()),
            "email" => patch.email = Some(request.email.clone()),
            "phone" => patch.phone = Some(request.phone.clone()),
            "active" if request.active.is_some() => patch.active = request.active,
            "active" => found.push(Violation::new("active", "must be set when the mask names it")),
            _ => {
                let expected = "must name only `name`, `email`, `phone` and `active`";
                found.push(Violation::new("update_mask", expected));
            }
        }
    }
    InvalidInput::unless_empty(found)?;
    Ok(patch)
}

pub(crate) fn validity(validity: &Validity) -> proto::ValidateUserResponse {
    proto::ValidateUserResponse {
        is_valid: validity.is_valid(),
        reason: validity.reason().unwrap_or_default().to_owned(),
        user: match validity {
            Validity::Valid(found) | Validity::Inactive(found) => Some(user(found)),
            Validity::Unknown => None,
        },
    }
}

fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: at.unix_timestamp(),
        nanos: i32::try_from(at.nanosecond()).unwrap_or_default(),
    }
}

fn instant(timestamp: Option<&Timestamp>) -> Option<OffsetDateTime> {
    let timestamp = timestamp?;
    let nanos = u32::try_from(timestamp.nanos).ok()?;
    OffsetDateTime::from_unix_timestamp(timestamp.seconds)
        .ok()?
        .replace_nanosecond(nanos)
        .ok()
}

#[cfg(test)]
mod tests {
    use prost_types::FieldMask;

    use super::*;

    fn request(paths: &[&str]) -> proto::UpdateUserRequest {
        proto::UpdateUserRequest {
            name: "Ada".to_owned(),
            update_mask: Some(FieldMask {
                paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            }),
            ..proto::UpdateUserRequest::default()
        }
    }

    #[test]
    fn a_mask_names_what_changes_and_without_one_what_is_set_does() {
        let named = patch(request(&["phone"])).unwrap();
        assert_eq!((named.name, named.phone.as_deref()), (None, Some("")));
        let set = patch(request(&[])).unwrap();
        assert_eq!((set.name.as_deref(), set.phone), (Some("Ada"), None));
    }

    #[test]
    fn a_mask_that_names_something_else_is_refused() {
        for paths in [&["id"][..], &["name", "created_at"], &["active"], &[""]] {
            assert!(patch(request(paths)).is_err(), "{paths:?}");
        }
    }

    #[test]
    fn a_kept_profile_reads_back() {
        let record = UserRecord {
            id: UserId::new(uuid::Uuid::from_u128(7)),
            name: Name::parse("Ada Lovelace").unwrap(),
            email: Email::parse("ada@example.com").unwrap(),
            phone: Phone::parse("+4912345").unwrap(),
            active: true,
            version: 12,
            created_at: OffsetDateTime::UNIX_EPOCH + std::time::Duration::from_micros(1_234_567),
            updated_at: OffsetDateTime::UNIX_EPOCH + std::time::Duration::from_micros(7_654_321),
        };
        let stored = User::restore(record);
        assert_eq!(kept_user(&user(&stored)).unwrap(), stored);
        assert!(kept_user(&proto::User::default()).is_err());
    }
}
