//! Invented names, places and identifiers with right check digits.

/// The check digit of an NPI: Luhn over the nine digits after the prefix 80840
/// (45 CFR 162.406; ISO/IEC 7812-1 annex B).
#[must_use]
pub fn npi_check_digit(nine: &[u8; 9]) -> u8 {
    // The prefix 80840 adds 24.
    let mut sum = 24u32;
    for (index, digit) in nine.iter().enumerate() {
        let value = u32::from(digit.wrapping_sub(b'0') % 10);
        let doubled = if index % 2 == 0 { value * 2 } else { value };
        sum += doubled / 10 + doubled % 10;
    }
    b'0' + ((10 - sum % 10) % 10) as u8
}

/// The invented NPI of a number: ten digits that begin with 1 and pass the check.
#[must_use]
pub fn npi(number: u64) -> String {
    let nine = format!("1{:08}", number % 100_000_000);
    let digits: &[u8; 9] = nine.as_bytes().try_into().expect("nine digits by its format");
    let check = npi_check_digit(digits);
    format!("{nine}{}", char::from(check))
}

/// A place whose ZIP code lies in its state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub city: &'static str,
    pub state: &'static str,
    pub zip: &'static str,
}

const fn place(city: &'static str, state: &'static str, zip: &'static str) -> Place {
    Place { city, state, zip }
}

pub(crate) const PLACES: [Place; 10] = [
    place("DENVER", "CO", "80202"),
    place("DENVER", "CO", "80210"),
    place("BOULDER", "CO", "80301"),
    place("AURORA", "CO", "80012"),
    place("FORT COLLINS", "CO", "80521"),
    place("COLORADO SPRINGS", "CO", "80903"),
    place("PUEBLO", "CO", "81003"),
    place("GREELEY", "CO", "80631"),
    place("CHEYENNE", "WY", "82001"),
    place("LINCOLN", "NE", "68508"),
];

pub(crate) const STREETS: [&str; 8] = [
    "MILL STREET",
    "OAK LANE",
    "RIVER ROAD",
    "CEDAR AVENUE",
    "HILL STREET",
    "PARK PLACE",
    "STATION ROAD",
    "MEADOW DRIVE",
];

pub(crate) const LAST_NAMES: [&str; 28] = [
    "ALDERTON",
    "BRAMBLE",
    "CASTLEWOOD",
    "DUNMORE",
    "ELLERBY",
    "FAIRLEIGH",
    "GARNET",
    "HOLLOWAY",
    "IVESON",
    "JESSOP",
    "KINGSLEY",
    "LARKIN",
    "MERIDEW",
    "NETHERBY",
    "OAKDEN",
    "PEMBERTON",
    "QUILLER",
    "RAVENSCAR",
    "SILVERTON",
    "THORNBURY",
    "UPHAM",
    "VESEY",
    "WAINSCOTT",
    "YARDLEY",
    "ZELLER",
    "MARCHETTI",
    "OKONJO",
    "SANDOVAR",
];

pub(crate) const FEMALE_NAMES: [&str; 12] = [
    "ADA", "BEATRIX", "CLARA", "DELIA", "EDITH", "FLORA", "GRETA", "HELEN", "IRIS", "JUNE",
    "LUCIA", "NORA",
];

pub(crate) const MALE_NAMES: [&str; 12] = [
    "ALBERT", "BRUNO", "CASPAR", "DEXTER", "EMIL", "FELIX", "GILBERT", "HUGO", "IVAN", "JASPER",
    "LEON", "OSCAR",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_the_published_example() {
        // The example of the NPI check-digit instructions (CMS): 123456789 takes 3.
        assert_eq!(npi_check_digit(b"123456789"), b'3');
        assert_eq!(npi(23_456_789), "1234567893");
        for number in [0, 1, 17, 99_999_999] {
            assert_eq!(npi(number).len(), 10);
        }
    }
}
