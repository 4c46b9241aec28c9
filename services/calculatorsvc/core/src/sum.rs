//! A running sum whose error does not grow with the number of terms.

use crate::arithmetic::ArithmeticError;

/// A sum of doubles with Neumaier's compensation (Neumaier 1974, *Rundungsfehleranalyse einiger
/// Verfahren zur Summation endlicher Summen*).
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum {
    total: f64,
    compensation: f64,
    terms: i64,
}

impl Sum {
    /// Adds a term.
    ///
    /// # Errors
    /// The term is not finite, or the sum overflows; the sum is then what it was.
    pub fn add(&mut self, term: f64) -> Result<(), ArithmeticError> {
        if !term.is_finite() {
            return Err(ArithmeticError::NotFinite("value"));
        }
        let total = self.total + term;
        if !total.is_finite() {
            return Err(ArithmeticError::Overflow);
        }
        self.compensation += if self.total.abs() >= term.abs() {
            (self.total - total) + term
        } else {
            (term - total) + self.total
        };
        self.total = total;
        self.terms += 1;
        Ok(())
    }

    /// The sum so far; 0 of nothing.
    pub fn value(self) -> f64 {
        self.total + self.compensation
    }

    /// How many terms were added.
    pub fn terms(self) -> i64 {
        self.terms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_terms_survive_beside_large_ones() {
        let mut sum = Sum::default();
        for term in [1.0, 1e100, 1.0, -1e100] {
            sum.add(term).unwrap();
        }
        assert_eq!(sum.value(), 2.0);
    }

    #[test]
    fn nothing_sums_to_zero() {
        assert_eq!(Sum::default().value(), 0.0);
    }

    #[test]
    fn a_refused_term_leaves_the_sum_alone() {
        let mut sum = Sum::default();
        sum.add(f64::MAX).unwrap();
        assert_eq!(sum.add(f64::NAN), Err(ArithmeticError::NotFinite("value")));
        assert_eq!(sum.add(f64::MAX), Err(ArithmeticError::Overflow));
        assert_eq!((sum.value(), sum.terms()), (f64::MAX, 1));
    }
}
