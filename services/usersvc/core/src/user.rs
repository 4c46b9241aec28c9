use kernel::{
    UserId,
    text::{self, BadText, Email},
};
use time::OffsetDateTime;

use crate::event::{Stamp, UserEvent, UserEventKind};

/// A person's name: 2 to 50 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Reads a name as it was typed.
    ///
    /// # Errors
    /// Fewer than 2 or more than 50 characters, or control characters.
    pub fn parse(raw: &str) -> Result<Self, BadText> {
        text::clean(raw, 2, 50).map(Self)
    }
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A telephone number: 1 to 14 digits, perhaps with a leading `+`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone(String);

/// Text that is no telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 14 digits; a leading + is accepted")]
pub struct BadPhone;

impl Phone {
    /// Reads a number; empty text means that there is none.
    ///
    /// # Errors
    /// Anything but digits after an optional `+`, or too many of them.
    pub fn parse(raw: &str) -> Result<Option<Self>, BadPhone> {
        let text = raw.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let digits = text.strip_prefix('+').unwrap_or(text);
        if (1..=14).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Some(Self(text.to_owned())))
        } else {
            Err(BadPhone)
        }
    }
    /// The number as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A profile as it is stored; how adapters take one apart and put it together again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// Identity.
    pub id: UserId,
    /// Name.
    pub name: Name,
    /// Address, unique.
    pub email: Email,
    /// Telephone number.
    pub phone: Option<Phone>,
    /// May act.
    pub active: bool,
    /// Counts changes from 1.
    pub version: i64,
    /// Creation.
    pub created_at: OffsetDateTime,
    /// Last change.
    pub updated_at: OffsetDateTime,
}

/// A profile. Every change raises the version by one and leaves an event to be stored with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    record: UserRecord,
    stored_version: i64,
    events: Vec<UserEvent>,
}

impl User {
    pub(crate) fn create(id: UserId, name: Name, email: Email, phone: Option<Phone>, stamp: Stamp) -> Self {
        let mut user = Self {
            record: UserRecord {
                id,
                name,
                email,
                phone,
                active: true,
                version: 0,
                created_at: stamp.at,
                updated_at: stamp.at,
            },
            stored_version: 0,
            events: Vec::new(),
        };
        user.happened(UserEventKind::Created, stamp);
        user
    }

    /// A profile as storage has it.
    pub fn restore(record: UserRecord) -> Self {
        Self {
            stored_version: record.version,
            record,
            events: Vec::new(),
        }
    }

    /// Takes the given values; leaves no event when nothing changes.
    pub(crate) fn change(
        &mut self,
        name: Option<Name>,
        email: Option<Email>,
        phone: Option<Option<Phone>>,
        active: Option<bool>,
        stamp: Stamp,
    ) {
        let before = self.record.clone();
        if let Some(name) = name {
            self.record.name = name;
        }
        if let Some(email) = email {
            self.record.email = email;
        }
        if let Some(phone) = phone {
            self.record.phone = phone;
        }
        if let Some(active) = active {
            self.record.active = active;
        }
        if self.record != before {
            self.happened(UserEventKind::Updated, stamp);
        }
    }

    pub(crate) fn delete(&mut self, stamp: Stamp) {
        self.record.active = false;
        self.happened(UserEventKind::Deleted, stamp);
    }

    fn happened(&mut self, kind: UserEventKind, stamp: Stamp) {
        self.record.version += 1;
        self.record.updated_at = stamp.at;
        self.events.push(UserEvent {
            id: stamp.event_id,
            user_id: self.record.id,
            version: self.record.version,
            occurred_at: stamp.at,
            actor: stamp.actor,
            kind,
        });
    }

    /// Everything about the profile.
    pub fn record(&self) -> &UserRecord {
        &self.record
    }
    /// Identity.
    pub fn id(&self) -> UserId {
        self.record.id
    }
    /// May act.
    pub fn is_active(&self) -> bool {
        self.record.active
    }
    /// Current version.
    pub fn version(&self) -> i64 {
        self.record.version
    }
    /// The version storage had when this was read; 0 for a new one. A write is conditional on it.
    pub fn stored_version(&self) -> i64 {
        self.stored_version
    }
    /// What happened since this was read.
    pub fn events(&self) -> &[UserEvent] {
        &self.events
    }
    /// The profile as storage has it after a write.
    pub fn settled(&self) -> Self {
        Self::restore(self.record.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_one_to_fourteen_digits_with_an_optional_plus() {
        for good in ["1", "12345678901234", "+12345678901234", " +4930 ".trim()] {
            assert_eq!(Phone::parse(good).unwrap().unwrap().as_str(), good);
        }
        assert_eq!(Phone::parse("  "), Ok(None));
        for bad in ["+", "123456789012345", "12 34", "++1", "1-2", "١٢٣", "1a"] {
            assert_eq!(Phone::parse(bad), Err(BadPhone), "{bad}");
        }
    }

    #[test]
    fn a_name_is_two_to_fifty_characters() {
        assert!(Name::parse("Al").is_ok());
        assert!(Name::parse(&"é".repeat(50)).is_ok());
        assert!(Name::parse("A").is_err());
        assert!(Name::parse(&"é".repeat(51)).is_err());
    }
}
