/// What the contract says of one RPC. Tables of these are generated from the descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// As on the wire: `/order.v1.OrderService/CreateOrder`.
    pub path: &'static str,
    /// Which side streams.
    pub kind: CallKind,
    /// Who may call it. `None` when the contract does not say; such a method keeps a server from starting.
    pub access: Option<Access>,
    /// What an idempotency key means here.
    pub idempotency: Idempotency,
}

impl Method {
    /// The method of this name: `CreateOrder`. Made for constants, where a name that the contract does not
    /// have does not compile: `const CREATE: &Method = Method::named(METHODS, "CreateOrder");`.
    ///
    /// # Panics
    /// No method has the name.
    #[expect(clippy::panic, reason = "in a constant it is an error of the compiler")]
    pub const fn named(methods: &'static [Method], name: &str) -> &'static Method {
        let mut at = 0;
        while at < methods.len() {
            if ends_with_name(methods[at].path.as_bytes(), name.as_bytes()) {
                return &methods[at];
            }
            at += 1;
        }
        panic!("the contract has no method of this name")
    }

    /// `order.v1.OrderService/CreateOrder`: the name that keys and logs use.
    pub fn full_name(&self) -> &'static str {
        self.path.trim_start_matches('/')
    }

    /// `order.v1.OrderService` and `CreateOrder`.
    pub fn service_and_name(&self) -> (&'static str, &'static str) {
        self.full_name().split_once('/').unwrap_or((self.full_name(), ""))
    }
}

/// `/order.v1.OrderService/CreateOrder` ends with `/` and `CreateOrder`.
const fn ends_with_name(path: &[u8], name: &[u8]) -> bool {
    if path.len() <= name.len() {
        return false;
    }
    let start = path.len() - name.len();
    let mut at = 0;
    while at < name.len() {
        if path[start + at] != name[at] {
            return false;
        }
        at += 1;
    }
    path[start - 1] == b'/'
}

/// The four kinds of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// One request, one response.
    Unary,
    /// Many requests, one response.
    ClientStream,
    /// One request, many responses.
    ServerStream,
    /// Many of both.
    Bidirectional,
}

impl CallKind {
    /// The label `grpc_type` of the metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            CallKind::Unary => "unary",
            CallKind::ClientStream => "client_stream",
            CallKind::ServerStream => "server_stream",
            CallKind::Bidirectional => "bidi_stream",
        }
    }
}

/// Who may call a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The level that people need.
    pub level: AccessLevel,
    /// A permission that admits services; with [`AccessLevel::Service`] the only way in.
    pub permission: Option<&'static str>,
}

/// Levels of access, from the contract's option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessLevel {
    /// Anybody, signed in or not.
    Public,
    /// Any signed-in user, for their own objects; which those are is decided by the use case.
    Own,
    /// Staff and admins.
    Staff,
    /// Admins.
    Admin,
    /// Services that hold the permission; no person.
    Service,
}

/// What an idempotency key means for a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idempotency {
    /// The method changes nothing (`NO_SIDE_EFFECTS`): it may always be repeated.
    Read,
    /// A key may be given; without one the call is not safe to repeat.
    Optional,
    /// A key must be given.
    Required,
    /// A key is ignored, because request or response hold secrets that must not be kept.
    NeverStored,
}

#[cfg(test)]
mod tests {
    use super::*;

    const METHODS: &[Method] = &[method("/a.v1.A/GetThing"), method("/a.v1.A/Thing")];

    const fn method(path: &'static str) -> Method {
        Method {
            path,
            kind: CallKind::Unary,
            access: None,
            idempotency: Idempotency::Read,
        }
    }

    #[test]
    fn a_method_is_found_by_its_whole_name() {
        const THING: &Method = Method::named(METHODS, "Thing");
        assert_eq!(THING.full_name(), "a.v1.A/Thing");
    }
}
