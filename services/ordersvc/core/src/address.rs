use std::fmt;

use kernel::{Violation, text};

/// ISO 3166-1 alpha-2 codes.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS \
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK \
FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM \
JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS \
MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW \
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM \
US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// The parts of an address as they travel and are kept, checked or not.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct AddressFields {
    /// Who receives it.
    pub recipient: String,
    /// Street and number.
    pub line1: String,
    /// What else the street needs.
    pub line2: String,
    /// City.
    pub city: String,
    /// State, province, county.
    pub region: String,
    /// Postal code.
    pub postal_code: String,
    /// ISO 3166-1 alpha-2.
    pub country_code: String,
    /// A phone number for the carrier.
    pub phone: String,
}

/// Where an order is shipped to: complete, clean, and personal, so that it shows itself to nobody who
/// prints it and stays out of every event.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(AddressFields);

impl Address {
    /// Checks an address as a person typed it.
    ///
    /// # Errors
    /// Everything that is wrong with it, as fields of `shipping_address`.
    pub fn try_new(raw: &AddressFields) -> Result<Self, Vec<Violation>> {
        let mut found = Vec::new();
        let mut part = |name: &str, raw: &str, min, max| {
            text::clean(raw, min, max).unwrap_or_else(|error| {
                found.push(Violation::new(format!("shipping_address.{name}"), error.to_string()));
                String::new()
            })
        };
        let fields = AddressFields {
            recipient: part("recipient", &raw.recipient, 1, 100),
            line1: part("line1", &raw.line1, 1, 200),
            line2: part("line2", &raw.line2, 0, 200),
            city: part("city", &raw.city, 1, 100),
            region: part("region", &raw.region, 0, 100),
            postal_code: part("postal_code", &raw.postal_code, 0, 20),
            country_code: part("country_code", &raw.country_code, 0, 100),
            phone: part("phone", &raw.phone, 0, 20),
        };
        if !COUNTRIES.split(' ').any(|known| known == fields.country_code) {
            found.push(Violation::new(
                "shipping_address.country_code",
                "must be an ISO 3166-1 alpha-2 country code in upper case",
            ));
        }
        if found.is_empty() { Ok(Self(fields)) } else { Err(found) }
    }

    /// Takes an address that was checked before it was kept.
    pub const fn restore(fields: AddressFields) -> Self {
        Self(fields)
    }

    /// Its parts.
    pub const fn fields(&self) -> &AddressFields {
        &self.0
    }

    /// Its parts, for good.
    pub fn into_fields(self) -> AddressFields {
        self.0
    }
}

impl fmt::Debug for AddressFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> AddressFields {
        AddressFields {
            recipient: "Ada".to_owned(),
            line1: "1 Main Street".to_owned(),
            city: "London".to_owned(),
            country_code: "GB".to_owned(),
            ..AddressFields::default()
        }
    }

    fn wrong(change: impl FnOnce(&mut AddressFields)) -> Vec<String> {
        let mut fields = good();
        change(&mut fields);
        match Address::try_new(&fields) {
            Ok(_) => Vec::new(),
            Err(found) => found.into_iter().map(|violation| violation.field).collect(),
        }
    }

    #[test]
    fn a_country_is_one_of_the_list_in_upper_case() {
        assert_eq!(COUNTRIES.split(' ').count(), 249);
        assert_eq!(wrong(|a| a.country_code = "DE".to_owned()), Vec::<String>::new());
        for bad in ["", "gb", "XX", "GBR", "G B"] {
            assert_eq!(
                wrong(|a| a.country_code = bad.to_owned()),
                ["shipping_address.country_code"],
                "{bad}"
            );
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        assert_eq!(
            wrong(|a| {
                a.recipient.clear();
                a.line1 = "x\n".repeat(2);
                a.city = "c".repeat(101);
            }),
            [
                "shipping_address.recipient",
                "shipping_address.line1",
                "shipping_address.city"
            ]
        );
    }

    #[test]
    fn an_address_does_not_show_itself() {
        let address = Address::try_new(&good()).unwrap();
        assert!(!format!("{address:?} {:?}", address.fields()).contains("Ada"));
    }
}
