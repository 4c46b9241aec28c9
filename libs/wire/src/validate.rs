use kernel::Violation;

/// Where in a message a rule looks: a chain of names and indexes that is only spelled out when
/// something is wrong.
#[derive(Debug, Clone, Copy)]
pub enum Field<'a> {
    /// The message itself.
    Root,
    /// A field of a message.
    Name(&'a Field<'a>, &'a str),
    /// An element of a repeated field.
    Index(&'a Field<'a>, usize),
    /// A value of a map.
    Key(&'a Field<'a>, &'a str),
}

impl Field<'_> {
    /// `items[2].quantity`.
    pub fn path(&self) -> String {
        match self {
            Field::Root => String::new(),
            Field::Name(Field::Root, name) => (*name).to_owned(),
            Field::Name(parent, name) => format!("{}.{name}", parent.path()),
            Field::Index(parent, index) => format!("{}[{index}]", parent.path()),
            Field::Key(parent, key) => format!("{}[\"{key}\"]", parent.path()),
        }
    }
}

/// Checks a message against the rules of its contract. Implementations are generated.
pub trait Validate {
    /// Adds everything that is wrong, not only the first.
    fn validate(&self, at: &Field<'_>, found: &mut Vec<Violation>);
}

/// Types of other crates that generated services use carry no rules of ours.
impl Validate for () {
    fn validate(&self, _at: &Field<'_>, _found: &mut Vec<Violation>) {}
}

/// The rules that generated validators call.
pub mod rules {
    use kernel::Violation;

    use super::Field;

    /// Records a violation unless `ok`.
    pub fn require(ok: bool, at: &Field<'_>, expected: &str, found: &mut Vec<Violation>) {
        if !ok {
            found.push(Violation::new(at.path(), expected));
        }
    }

    /// Lower-case hyphenated UUID.
    pub fn uuid(value: &str, at: &Field<'_>, found: &mut Vec<Violation>) {
        if let Err(error) = kernel::BadId::check(value) {
            found.push(Violation::new(at.path(), error.to_string()));
        }
    }

    /// No control characters: every text of every request, whether the contract says so or not.
    pub fn printable(value: &str, at: &Field<'_>, found: &mut Vec<Violation>) {
        require(
            !value.chars().any(char::is_control),
            at,
            "must not contain control characters",
            found,
        );
    }

    /// Between `min` and `max` characters.
    pub fn length(value: &str, min: usize, max: usize, at: &Field<'_>, found: &mut Vec<Violation>) {
        let length = value.chars().count();
        if length < min || length > max {
            let expected = match (min, max) {
                (0, max) => format!("must be at most {max} characters long"),
                (min, usize::MAX) => format!("must be at least {min} characters long"),
                (min, max) if min == max => format!("must be exactly {min} characters long"),
                (min, max) => format!("must be {min} to {max} characters long"),
            };
            found.push(Violation::new(at.path(), expected));
        }
    }
}
