//! Adding and multiplying.

use kernel::{Classify, ErrorKind, Violation};

/// The result does not fit a double, or an operand is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ArithmeticError {
    /// An operand is NaN or infinite.
    #[error("{0} must be a finite number")]
    NotFinite(&'static str),
    /// The result is larger than any double.
    #[error("the result is larger than a double can hold")]
    Overflow,
}

impl Classify for ArithmeticError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
    fn reason(&self) -> &str {
        match self {
            ArithmeticError::NotFinite(_) => "INVALID_INPUT",
            ArithmeticError::Overflow => "RESULT_OVERFLOW",
        }
    }
    fn violations(&self) -> Vec<Violation> {
        match self {
            ArithmeticError::NotFinite(field) => vec![Violation::new(*field, "must be a finite number")],
            ArithmeticError::Overflow => Vec::new(),
        }
    }
}

/// a + b.
///
/// # Errors
/// An operand is not finite, or the sum overflows.
pub fn add(a: f64, b: f64) -> Result<f64, ArithmeticError> {
    operate(a, b, |a, b| a + b)
}

/// a × b.
///
/// # Errors
/// An operand is not finite, or the product overflows.
pub fn multiply(a: f64, b: f64) -> Result<f64, ArithmeticError> {
    operate(a, b, |a, b| a * b)
}

fn operate(a: f64, b: f64, operation: impl Fn(f64, f64) -> f64) -> Result<f64, ArithmeticError> {
    for (operand, name) in [(a, "a"), (b, "b")] {
        if !operand.is_finite() {
            return Err(ArithmeticError::NotFinite(name));
        }
    }
    let result = operation(a, b);
    if result.is_finite() {
        Ok(result)
    } else {
        Err(ArithmeticError::Overflow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_products_are_exact() {
        assert_eq!(add(2.0, 3.5), Ok(5.5));
        assert_eq!(multiply(-4.0, 2.5), Ok(-10.0));
    }

    #[test]
    fn what_is_not_finite_is_refused_by_name() {
        assert_eq!(add(f64::NAN, 1.0), Err(ArithmeticError::NotFinite("a")));
        assert_eq!(multiply(1.0, f64::INFINITY), Err(ArithmeticError::NotFinite("b")));
    }

    #[test]
    fn overflow_is_an_error_not_an_infinity() {
        assert_eq!(add(f64::MAX, f64::MAX), Err(ArithmeticError::Overflow));
        assert_eq!(multiply(f64::MAX, -2.0), Err(ArithmeticError::Overflow));
    }
}
