use payment_core::{CardNumber, ports::Fingerprints};
use platform::tokens::KeyRing;

/// Fingerprints of cards by HMAC: the first key signs.
#[derive(Debug)]
pub(crate) struct HmacFingerprints(pub(crate) KeyRing);

impl Fingerprints for HmacFingerprints {
    fn of(&self, number: &CardNumber) -> String {
        self.0.mark("card number", number.expose().as_bytes())
    }
}
