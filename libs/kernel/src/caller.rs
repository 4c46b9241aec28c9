use std::{collections::BTreeSet, fmt, str::FromStr};

use crate::{Classify, ErrorKind};

crate::typed_id!(
    /// A user of the platform; a customer is a user who orders.
    UserId
);

/// What a user may be. A user has any number of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Orders and pays; every registered user.
    Customer,
    /// Works for the shop: sees and moves everybody's orders.
    Staff,
    /// Grants roles, and is staff too.
    Admin,
}

impl Role {
    /// Every role, in the order of the contract.
    pub const ALL: [Role; 3] = [Role::Customer, Role::Staff, Role::Admin];

    /// The name used in tokens and contracts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Customer => "customer",
            Role::Staff => "staff",
            Role::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a role: expected customer, staff or admin")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Role::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

/// What a service may do at another one: `users:validate`.
pub type Permission = String;

/// Who is calling, as the interceptors established it. Use cases decide with it; they never see a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Nobody signed in; only PUBLIC methods are reached so.
    Anonymous,
    /// A signed-in user.
    User {
        /// Who it is.
        id: UserId,
        /// What this user may be.
        roles: BTreeSet<Role>,
        /// The session the token belongs to.
        session: uuid::Uuid,
    },
    /// Another service of this installation.
    Service {
        /// Its name: `ordersvc`.
        name: String,
        /// What it may do here.
        permissions: BTreeSet<Permission>,
    },
}

/// The caller may not do that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the caller may not do that")]
pub struct NotAllowed;

impl Classify for NotAllowed {
    fn kind(&self) -> ErrorKind {
        ErrorKind::NotAllowed
    }
    fn reason(&self) -> &str {
        "NOT_ALLOWED"
    }
}

impl Caller {
    /// A user with exactly these roles; for tests and token adapters.
    pub fn user(id: UserId, roles: impl IntoIterator<Item = Role>, session: uuid::Uuid) -> Self {
        Caller::User {
            id,
            roles: roles.into_iter().collect(),
            session,
        }
    }

    /// A service with exactly these permissions.
    pub fn service(name: impl Into<String>, permissions: impl IntoIterator<Item = Permission>) -> Self {
        Caller::Service {
            name: name.into(),
            permissions: permissions.into_iter().collect(),
        }
    }

    /// The signed-in user, if it is one.
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Caller::User { id, .. } => Some(*id),
            Caller::Anonymous | Caller::Service { .. } => None,
        }
    }

    /// Has this role. Admins are staff.
    pub fn has_role(&self, role: Role) -> bool {
        match self {
            Caller::User { roles, .. } => {
                roles.contains(&role) || (role == Role::Staff && roles.contains(&Role::Admin))
            }
            Caller::Anonymous | Caller::Service { .. } => false,
        }
    }

    /// Staff, or a service that holds the permission: sees everybody's objects.
    pub fn sees_everyone(&self) -> bool {
        self.has_role(Role::Staff) || matches!(self, Caller::Service { .. })
    }

    /// May read and change what belongs to `owner`.
    pub fn may_act_for(&self, owner: UserId) -> bool {
        self.sees_everyone() || self.user_id() == Some(owner)
    }

    /// Whose objects a request is about that names `asked`, or nobody: a customer's own whether named or
    /// not, anybody's or everybody's (`None`) for staff and services.
    ///
    /// # Errors
    /// A customer names somebody else, whether that somebody exists or not; nobody is signed in.
    pub fn subject(&self, asked: Option<UserId>) -> Result<Option<UserId>, NotAllowed> {
        if self.sees_everyone() {
            return Ok(asked);
        }
        match (self.user_id(), asked) {
            (Some(own), None) => Ok(Some(own)),
            (Some(own), Some(named)) if own == named => Ok(Some(own)),
            _ => Err(NotAllowed),
        }
    }
}

/// The caller as events and idempotency keys name it, without personal data: `user:<id>`,
/// `service:<name>`, `anonymous`.
impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Caller::Anonymous => f.write_str("anonymous"),
            Caller::User { id, .. } => write!(f, "user:{id}"),
            Caller::Service { name, .. } => write!(f, "service:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn user(n: u128, roles: &[Role]) -> Caller {
        Caller::user(UserId::new(Uuid::from_u128(n)), roles.iter().copied(), Uuid::nil())
    }

    #[test]
    fn a_customer_is_the_subject_named_or_not_and_nobody_else_is() {
        let me = user(1, &[Role::Customer]);
        let own = UserId::new(Uuid::from_u128(1));
        let other = UserId::new(Uuid::from_u128(2));
        assert_eq!(me.subject(None), Ok(Some(own)));
        assert_eq!(me.subject(Some(own)), Ok(Some(own)));
        assert_eq!(me.subject(Some(other)), Err(NotAllowed));
        assert_eq!(Caller::Anonymous.subject(None), Err(NotAllowed));
    }

    #[test]
    fn staff_admins_and_services_name_anybody_or_everybody() {
        let other = UserId::new(Uuid::from_u128(2));
        for caller in [
            user(1, &[Role::Staff]),
            user(1, &[Role::Admin]),
            Caller::service("ordersvc", []),
        ] {
            assert_eq!(caller.subject(None), Ok(None));
            assert_eq!(caller.subject(Some(other)), Ok(Some(other)));
        }
    }
}
