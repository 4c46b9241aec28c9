//! Rows and what they say; a row that breaks the domain's rules is a bug.

use kernel::{UserId, text::Email};
use platform::postgres::StoreError;
use sqlx::{Row, postgres::PgRow};
use user_core::{Name, Phone, User, UserRecord};
use uuid::Uuid;

pub(super) fn user(row: &PgRow) -> Result<User, StoreError> {
    let phone: Option<String> = row.try_get("phone")?;
    let phone = Phone::parse(phone.as_deref().unwrap_or_default()).map_err(StoreError::undecodable)?;
    Ok(User::restore(UserRecord {
        id: UserId::new(row.try_get("id")?),
        name: Name::parse(row.try_get("name")?).map_err(StoreError::undecodable)?,
        email: Email::parse(row.try_get("email")?).map_err(StoreError::undecodable)?,
        phone,
        active: row.try_get("active")?,
        version: row.try_get("version")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    }))
}

/// The profile of a row of an outer join.
pub(super) fn maybe_user(row: &PgRow) -> Result<Option<User>, StoreError> {
    match row.try_get::<Option<Uuid>, _>("id")? {
        Some(_) => user(row).map(Some),
        None => Ok(None),
    }
}
