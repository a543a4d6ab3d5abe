//! ISO 3166-1 countries: found by code or name, answered as codes and Okta's name.
//!
//! Codes come from `rust_iso3166`. Its names are ISO's present short names (`United States of America`);
//! Okta prints `United States`, which is how Java's usual country list names it. [`NAMES`] holds what that
//! list names differently, so that a claim carries the text an Okta administrator expects.

use rust_iso3166::CountryCode;

/// A country of ISO 3166-1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Country(CountryCode);

impl Country {
    /// Finds a country by alpha-2 code, alpha-3 code, numeric code or name.
    ///
    /// Letters match in either case. A numeric code may be written with or without its leading zeros
    /// (`004` and `4`), for profiles often hold it as a number. A name may be Okta's, ISO's or a usual short
    /// one (`South Korea`). No match is `None`: what Okta does then is not documented.
    pub(crate) fn parse(text: &str) -> Option<Country> {
        let all = || rust_iso3166::ALL.iter().copied();
        let ascii = text.len();
        if (1..=3).contains(&ascii) && text.bytes().all(|b| b.is_ascii_digit()) {
            let number: u16 = text.parse().ok()?;
            return all().find(|c| c.numeric == number).map(Country);
        }
        match ascii {
            2 => all().find(|c| c.alpha2.eq_ignore_ascii_case(text)).map(Country),
            3 => all().find(|c| c.alpha3.eq_ignore_ascii_case(text)).map(Country),
            _ => Self::by_name(text),
        }
    }

    fn by_name(text: &str) -> Option<Country> {
        let same = |name: &&str| name.eq_ignore_ascii_case(text);
        let own = NAMES.iter().find(|(_, name, others)| same(name) || others.iter().any(same));
        let all = || rust_iso3166::ALL.iter().copied();
        match own {
            Some((alpha2, ..)) => all().find(|c| c.alpha2 == *alpha2),
            None => all().find(|c| c.name.eq_ignore_ascii_case(text)),
        }
        .map(Country)
    }

    /// `US`
    pub(crate) fn alpha2(self) -> &'static str {
        self.0.alpha2
    }

    /// `USA`
    pub(crate) fn alpha3(self) -> &'static str {
        self.0.alpha3
    }

    /// `840`; always three digits, as ISO 3166 writes it.
    pub(crate) fn numeric(self) -> String {
        format!("{:03}", self.0.numeric)
    }

    /// `United States`
    pub(crate) fn name(self) -> &'static str {
        let own = NAMES.iter().find(|(alpha2, ..)| *alpha2 == self.0.alpha2);
        own.map_or(self.0.name, |(_, name, _)| name)
    }
}

/// Alpha-2 code, the name to print, further names to accept. ISO's own name is always accepted.
const NAMES: &[(&str, &str, &[&str])] = &[
    ("AX", "Åland Islands", &["Aland Islands"]),
    ("BL", "Saint Barthélemy", &["Saint Barthelemy"]),
    ("BN", "Brunei Darussalam", &["Brunei"]),
    ("BO", "Bolivia, Plurinational State of", &["Bolivia"]),
    ("CD", "Congo, the Democratic Republic of the", &["Democratic Republic of the Congo"]),
    ("CI", "Côte d'Ivoire", &["Cote d'Ivoire", "Ivory Coast"]),
    ("CV", "Cape Verde", &[]),
    ("CW", "Curaçao", &["Curacao"]),
    ("CZ", "Czech Republic", &[]),
    ("FK", "Falkland Islands (Malvinas)", &["Falkland Islands"]),
    ("FM", "Micronesia, Federated States of", &["Micronesia"]),
    ("GB", "United Kingdom", &["Great Britain"]),
    ("IR", "Iran, Islamic Republic of", &["Iran"]),
    ("KP", "Korea, Democratic People's Republic of", &["North Korea"]),
    ("KR", "Korea, Republic of", &["South Korea"]),
    ("LA", "Lao People's Democratic Republic", &["Laos"]),
    ("MD", "Moldova, Republic of", &["Moldova"]),
    ("MK", "North Macedonia, Republic of", &[]),
    ("MO", "Macao", &["Macau"]),
    ("NL", "Netherlands", &["The Netherlands"]),
    ("PS", "Palestine, State of", &["Palestine"]),
    ("RE", "Réunion", &["Reunion"]),
    ("RU", "Russian Federation", &["Russia"]),
    ("SY", "Syrian Arab Republic", &["Syria"]),
    ("SZ", "Eswatini", &["Swaziland"]),
    ("TR", "Turkey", &["Turkiye"]),
    ("TW", "Taiwan, Province of China", &["Taiwan"]),
    ("TZ", "Tanzania, United Republic of", &["Tanzania"]),
    ("US", "United States", &[]),
    ("VA", "Holy See (Vatican City State)", &["Vatican City"]),
    ("VE", "Venezuela, Bolivarian Republic of", &["Venezuela"]),
    ("VG", "Virgin Islands, British", &["British Virgin Islands"]),
    ("VI", "Virgin Islands, U.S.", &["U.S. Virgin Islands"]),
    ("VN", "Viet Nam", &["Vietnam"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_country_finds_it() {
        for text in ["US", "us", "USA", "840", "United States", "united states", "United States of America"] {
            assert_eq!(Country::parse(text).unwrap().alpha2(), "US", "{text}");
        }
        for text in ["AF", "4", "04", "004"] {
            assert_eq!(Country::parse(text).unwrap().numeric(), "004", "{text}");
        }
        assert_eq!(Country::parse("South Korea").unwrap().alpha3(), "KOR");
        assert_eq!(Country::parse("Türkiye").unwrap().name(), "Turkey");
        assert_eq!(Country::parse("IND").unwrap().name(), "India");
    }

    #[test]
    fn what_is_no_country_is_none() {
        for text in ["", " ", "XX", "XXX", "999", "0840", "1000", "-1", "U", "Atlantis", "Ü", "ÜS", "٣٥٦"]
        {
            assert_eq!(Country::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_a_country_prints_finds_it_again() {
        for entry in rust_iso3166::ALL {
            let country = Country(*entry);
            for text in [country.alpha2(), country.alpha3(), country.name(), entry.name, &country.numeric()] {
                assert_eq!(Country::parse(text), Some(country), "{text}");
            }
        }
        for (alpha2, name, others) in NAMES {
            for text in [alpha2, name].into_iter().chain(*others) {
                assert_eq!(Country::parse(text).unwrap().alpha2(), *alpha2, "{text}");
            }
        }
    }
}
