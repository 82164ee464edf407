//! The people, families, providers and days of a generated month.

use crate::identity::{FEMALE_NAMES, LAST_NAMES, MALE_NAMES, PLACES, Place, STREETS, npi};
use crate::random::Random;
use crate::services::{Service, professional};
use counterfoil_base::{Date, add_days};

/// What kind of month is to be generated.
#[derive(Clone, Debug)]
pub struct WorldConfig {
    /// Chooses everything that chance decides.
    pub seed: u64,
    /// First day of the month in which services are given. ICD-10-CM and HCPCS codes of the
    /// generator hold from October 2024; July 2025 lies safely within the tables of that year.
    pub month: Date,
    /// Claims of the month.
    pub claims: u32,
    /// Batches (days on which files are sent) in the month, 1 to 28.
    pub batches: u32,
    /// Small practices beside the one hospital, 1 to 5,000.
    pub practices: u32,
    /// Share of claims that are the hospital's (837I), in percent.
    pub hospital_percent: u8,
    /// Further professional services, with codes that the caller may use.
    pub extra_services: Vec<Service>,
    /// Share of claims with a planted error, in percent.
    pub planted_percent: u8,
    /// The number that the payer gives to a claim, from the billing provider's NPI and control
    /// number; it is what replacements and voids name in REF F8.
    pub payer_claim_number: fn(&str, &str) -> String,
}

impl Default for WorldConfig {
    /// Ten thousand claims of July 2025 between one hospital and one practice, sent in twenty
    /// batches, with an error in twelve of a hundred.
    fn default() -> WorldConfig {
        WorldConfig {
            seed: 1,
            month: Date::constant(2025, 7, 1),
            claims: 10_000,
            batches: 20,
            practices: 1,
            hospital_percent: 20,
            extra_services: Vec::new(),
            planted_percent: 12,
            payer_claim_number: |_, number| format!("PAY{number}"),
        }
    }
}

/// Why a world cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// No practice, or more than 5,000.
    #[error("practices must be 1 to 5000")]
    Practices,
    /// No batch, or more than 28.
    #[error("batches must be 1 to 28")]
    Batches,
    /// More than a hundred percent.
    #[error("planted_percent and hospital_percent must be 0 to 100")]
    Percent,
    /// A month too near the ends of the calendar.
    #[error("month must lie between the years 1950 and 2200")]
    Month,
}

/// A billing provider: the hospital or a practice.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Name of the organization.
    pub name: String,
    /// Organization's NPI.
    pub npi: String,
    /// Employer's tax number, digits only.
    pub tax_id: String,
    /// Taxonomy code.
    pub taxonomy: &'static str,
    /// Number and street.
    pub street: String,
    pub(crate) place: Place,
    /// Identifier as a sender of files.
    pub sender_id: String,
    /// Clinicians who render services: last name, first name, NPI.
    pub clinicians: Vec<(&'static str, &'static str, String)>,
    /// True for the hospital.
    pub hospital: bool,
}

/// How a family stands with the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Covered for the whole month, no other payer.
    Active,
    /// Coverage ended two months before.
    Ended,
    /// Covered, and another payer is primary.
    OtherPrimary,
}

/// A person of a family.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Position in the family, the subscriber being 0.
    pub position: u8,
    /// Individual relationship code: `18`, `01`, `19`.
    pub relationship: &'static str,
    pub(crate) first_name: &'static str,
    pub(crate) birth: (u16, u8, u8),
    pub(crate) sex: &'static str,
}

/// A family under one subscriber.
#[derive(Clone, Debug)]
pub struct Family {
    /// Number of the family, from 0.
    pub number: u32,
    /// How it stands with the plan.
    pub coverage: Coverage,
    /// Plan: 0 silver, 1 bronze.
    pub plan: usize,
    pub(crate) last_name: &'static str,
    pub(crate) house: u64,
    pub(crate) street: &'static str,
    pub(crate) place: Place,
    members: [Member; 4],
    size: u8,
}

impl Family {
    /// The people, subscriber first.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members[..usize::from(self.size)]
    }

    /// The identifier on a person's card.
    #[must_use]
    pub fn member_id(&self, position: u8) -> String {
        format!("FX{:07}{:02}", self.number, position + 1)
    }
}

/// Days of the generated time, written once.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    first: Date,
    texts: Vec<[u8; 8]>,
}

/// The calendar begins this many days before the month.
const DAYS_BEFORE: i32 = 450;
const DAYS_AFTER: i32 = 120;

impl Calendar {
    fn new(month: Date) -> Result<Calendar, ConfigError> {
        if !(1950..=2200).contains(&month.year()) {
            return Err(ConfigError::Month);
        }
        let mut texts = Vec::new();
        for offset in -DAYS_BEFORE..=DAYS_AFTER {
            let day = add_days(month, i64::from(offset)).ok_or(ConfigError::Month)?;
            let text = counterfoil_base::format_ccyymmdd(day);
            texts.push(text.as_bytes().try_into().map_err(|_| ConfigError::Month)?);
        }
        Ok(Calendar { first: month, texts })
    }

    /// The day so many days after the first of the month, as CCYYMMDD.
    pub(crate) fn text(&self, day: i32) -> &[u8; 8] {
        let index = (day.clamp(-DAYS_BEFORE, DAYS_AFTER) + DAYS_BEFORE) as usize;
        &self.texts[index]
    }

    /// The day so many days after the first of the month.
    pub(crate) fn date(&self, day: i32) -> Date {
        let offset = i64::from(day.clamp(-DAYS_BEFORE, DAYS_AFTER));
        add_days(self.first, offset).unwrap_or(self.first)
    }
}

/// The plan, its members and its providers.
#[derive(Clone, Debug)]
pub struct World {
    pub(crate) config: WorldConfig,
    pub(crate) calendar: Calendar,
    /// The practices, then the hospital as the last.
    pub providers: Vec<Provider>,
    /// Number of families.
    pub families: u32,
    pub(crate) services: Vec<Service>,
}

/// Of each hundred families: coverage ended for the first three, other payer for the next three.
const ENDED: u32 = 3;
const OTHER_PRIMARY: u32 = 3;

pub(crate) const TOPIC_FAMILY: u64 = 1;
pub(crate) const TOPIC_PROVIDER: u64 = 2;
pub(crate) const TOPIC_ROLE: u64 = 3;
pub(crate) const TOPIC_CLAIM: u64 = 4;
pub(crate) const TOPIC_BANK: u64 = 5;
pub(crate) const TOPIC_REMITTANCE: u64 = 6;

impl World {
    /// Sets up providers and days; people are made when they are asked for.
    pub fn new(config: WorldConfig) -> Result<World, ConfigError> {
        if !(1..=5_000).contains(&config.practices) {
            return Err(ConfigError::Practices);
        }
        if !(1..=28).contains(&config.batches) {
            return Err(ConfigError::Batches);
        }
        if config.planted_percent > 100 || config.hospital_percent > 100 {
            return Err(ConfigError::Percent);
        }
        let calendar = Calendar::new(config.month)?;
        let mut services = professional();
        services.extend(config.extra_services.iter().cloned());
        let providers = (0..=config.practices).map(|n| provider(&config, n)).collect();
        let per_batch = config.claims.div_ceil(config.batches);
        // One visit per family and batch keeps clean claims from looking like duplicates.
        let families = (per_batch / 90 + 2).saturating_mul(100);
        Ok(World { config, calendar, providers, families, services })
    }

    /// Claims of a batch (the last batch may have fewer).
    #[must_use]
    pub fn claims_per_batch(&self) -> u32 {
        self.config.claims.div_ceil(self.config.batches)
    }

    /// The family of a number below [`World::families`].
    #[must_use]
    pub fn family(&self, number: u32) -> Family {
        let mut random = Random::of(self.config.seed, TOPIC_FAMILY, u64::from(number));
        let coverage = match number % 100 {
            rest if rest < ENDED => Coverage::Ended,
            rest if rest < ENDED + OTHER_PRIMARY => Coverage::OtherPrimary,
            _ => Coverage::Active,
        };
        let year = i64::from(self.config.month.year());
        let size = 1 + random.below(4) as u8;
        let name_offset = random.below(12) as usize;
        let mut members = [SUBSCRIBER; 4];
        for (position, member) in members.iter_mut().enumerate() {
            let child = position >= 2;
            let age = if child { random.between(1, 17) } else { random.between(24, 63) };
            let female = random.chance(1, 2);
            let names = if female { &FEMALE_NAMES } else { &MALE_NAMES };
            *member = Member {
                position: position as u8,
                relationship: ["18", "01", "19", "19"][position],
                // Each position has its own first name, so that a family's people differ.
                first_name: names[(name_offset + position) % names.len()],
                birth: (
                    (year - age) as u16,
                    1 + random.below(12) as u8,
                    1 + random.below(28) as u8,
                ),
                sex: if female { "F" } else { "M" },
            };
        }
        Family {
            number,
            coverage,
            plan: usize::from(random.chance(4, 10)),
            last_name: random.pick::<&str>(&LAST_NAMES),
            house: 1 + random.below(980),
            street: random.pick::<&str>(&STREETS),
            place: *random.pick(&PLACES),
            members,
            size,
        }
    }

    /// The family that is seen in a slot of a batch: covered, and another for each slot.
    pub(crate) fn covered_family(&self, batch: u32, slot: u32) -> Family {
        let usable = u64::from(self.families / 100 * (100 - ENDED));
        // 7,919 is prime and `usable` is a multiple of 97 that it rarely divides; where it
        // does, 7,907 (prime too) does not.
        let step = if usable % 7_919 == 0 { 7_907 } else { 7_919 };
        let place = (u64::from(slot) * step + u64::from(batch) * 104_729) % usable;
        let per_hundred = u64::from(100 - ENDED);
        let number = place / per_hundred * 100 + u64::from(ENDED) + place % per_hundred;
        self.family(number as u32)
    }

    /// A family whose coverage has ended.
    pub(crate) fn ended_family(&self, slot: u32) -> Family {
        let hundreds = self.families / 100;
        self.family(slot % hundreds * 100 + slot / hundreds % ENDED)
    }

    /// The hospital.
    #[must_use]
    pub fn hospital(&self) -> &Provider {
        &self.providers[self.providers.len() - 1]
    }
}

const SUBSCRIBER: Member =
    Member { position: 0, relationship: "18", first_name: "", birth: (1980, 1, 1), sex: "F" };

fn provider(config: &WorldConfig, number: u32) -> Provider {
    let mut random = Random::of(config.seed, TOPIC_PROVIDER, u64::from(number));
    let hospital = number == config.practices;
    let place = PLACES[number as usize % 8];
    let base = 10_000_000 + u64::from(number) * 16;
    let clinicians = (0..4)
        .map(|k| {
            let female = random.chance(1, 2);
            let names = if female { &FEMALE_NAMES } else { &MALE_NAMES };
            (*random.pick(&LAST_NAMES), *random.pick(names), npi(base + 1 + k))
        })
        .collect();
    let name = if hospital {
        "LAKESIDE GENERAL HOSPITAL".to_owned()
    } else {
        let family = LAST_NAMES[number as usize % LAST_NAMES.len()];
        match number as usize / LAST_NAMES.len() {
            0 => format!("{family} FAMILY PRACTICE"),
            round => format!("{family} FAMILY PRACTICE {}", round + 1),
        }
    };
    Provider {
        name,
        npi: npi(base),
        tax_id: format!("84{:07}", 1_000_001 + number * 13),
        taxonomy: if hospital { "282N00000X" } else { "207Q00000X" },
        street: format!("{} {}", 1 + random.below(900), random.pick(&STREETS)),
        place,
        sender_id: format!("FXS{number:06}"),
        clinicians,
        hospital,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(claims: u32) -> WorldConfig {
        WorldConfig { claims, ..WorldConfig::default() }
    }

    #[test]
    fn no_family_is_seen_twice_in_a_batch() {
        for claims in [1, 100, 10_000, 300_000] {
            let world = World::new(config(claims)).unwrap();
            let mut seen = std::collections::BTreeSet::new();
            for slot in 0..world.claims_per_batch() {
                let family = world.covered_family(3, slot);
                assert!(family.coverage != Coverage::Ended);
                assert!(family.number < world.families);
                assert!(seen.insert(family.number), "{claims} claims, slot {slot}");
            }
        }
    }

    #[test]
    fn a_config_out_of_range_is_refused() {
        let refused = |change: fn(&mut WorldConfig)| {
            let mut config = config(10);
            change(&mut config);
            World::new(config).err()
        };
        assert_eq!(refused(|c| c.practices = 0), Some(ConfigError::Practices));
        assert_eq!(refused(|c| c.batches = 29), Some(ConfigError::Batches));
        assert_eq!(refused(|c| c.planted_percent = 101), Some(ConfigError::Percent));
        assert_eq!(refused(|c| c.month = Date::constant(9999, 12, 1)), Some(ConfigError::Month));
    }
}
