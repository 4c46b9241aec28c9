//! What every adapter of [`Orders`] and [`OrderEvents`] must do, as functions that panic when it does not.
