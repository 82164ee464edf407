//! The generated claims, payments, files and entries, as plain amounts.

use counterfoil_base::{Cents, Date, add_days};

/// Partners by opaque id and name.
pub const PARTNERS: [(&str, &str); 2] =
    [("harbor", "Harbor Hospital"), ("maple", "Maple Street Practice")];

const NAMES: [&str; 8] = [
    "Ada Fern",
    "Ben Alder",
    "Cleo Birch",
    "Dan Cedar",
    "Eve Elm",
    "Finn Hazel",
    "Gwen Ivy",
    "Hal Juniper",
];
// HCPCS level II codes, which are public.
const SERVICES: [&str; 5] = ["G0438", "G0463", "J1885", "A0428 HH", "G0008"];

/// One generated claim.
pub struct Claim {
    pub id: String,
    pub number: String,
    pub patient: &'static str,
    pub partner: usize,
    pub day: Date,
    pub state: &'static str,
    pub reason: &'static str,
    pub lines: Vec<Line>,
    pub payment: Option<usize>,
    pub file: usize,
}

/// One generated line: billed = reduced + share + paid.
pub struct Line {
    pub service: &'static str,
    pub units: u64,
    pub billed: Cents,
    pub allowed: Cents,
    pub share: Cents,
    pub paid: Cents,
}

/// One generated payment.
pub struct Payment {
    pub id: String,
    pub trace: String,
    pub partner: usize,
    pub day: Date,
    pub claims: Vec<usize>,
    pub outcome: &'static str,
}

/// One generated file.
pub struct File {
    pub id: String,
    pub name: String,
    pub kind: &'static str,
    pub is_incoming: bool,
    pub partner: usize,
    pub day: Date,
    pub standing: &'static str,
    pub claims: Vec<usize>,
}

/// Everything.
pub struct World {
    pub claims: Vec<Claim>,
    pub payments: Vec<Payment>,
    pub files: Vec<File>,
}

struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn of<T: Copy>(&mut self, among: &[T]) -> T {
        among[usize::try_from(self.below(among.len() as u64)).expect("small")]
    }
}

impl Claim {
    /// Sum over the lines.
    pub fn sum(&self, of: impl Fn(&Line) -> Cents) -> Cents {
        self.lines.iter().map(of).sum()
    }

    /// True when amounts were decided.
    pub fn is_decided(&self) -> bool {
        ["paid", "approved", "denied"].contains(&self.state)
    }
}

impl World {
    /// Nothing at all.
    pub fn empty() -> World {
        World { claims: Vec::new(), payments: Vec::new(), files: Vec::new() }
    }

    /// A month.
    pub fn generate(seed: u64, count: usize) -> World {
        let mut chance = Chance(seed);
        let first = Date::constant(2026, 6, 1);
        let mut world = World::empty();
        for day in 0..20 {
            for partner in 0..PARTNERS.len() {
                world.files.push(claim_file(first, day, partner));
            }
        }
        for at in 0..count {
            let claim = claim(&mut chance, first, at, world.files.len());
            world.files[claim.file].claims.push(at);
            world.claims.push(claim);
        }
        world.pay(first);
        world
    }

    /// One payment a partner and five days, with its 835.
    fn pay(&mut self, first: Date) {
        for at in 0..8usize {
            let (partner, from) = (at % 2, at / 2 * 7);
            let day = add_days(first, from as i64 + 7).expect("in June");
            let outcome = match at {
                5 => "leftover",
                6 => "awaited",
                _ => "balanced",
            };
            let is_in_it = |claim: &Claim| {
                claim.state == "paid" && claim.partner == partner && claim.file / 10 == at / 2
            };
            let claims: Vec<usize> =
                (0..self.claims.len()).filter(|c| is_in_it(&self.claims[*c])).collect();
            for claim in &claims {
                self.claims[*claim].payment = Some(at);
            }
            let id = format!("p{:05x}", 7_919 * (at + 11));
            let trace = format!("LHP2606{:04}", 100 + at);
            self.files.push(File {
                id: format!("f{:05x}", 3_571 * (at + 301)),
                name: format!("{trace}.835"),
                kind: "835",
                is_incoming: false,
                partner,
                day,
                standing: "delivered",
                claims: claims.clone(),
            });
            self.payments.push(Payment { id, trace, partner, day, claims, outcome });
        }
    }
}

fn claim_file(first: Date, day: i64, partner: usize) -> File {
    let at = usize::try_from(day).expect("small") * 2 + partner;
    let standing = match at {
        17 => "partly refused",
        38 => "being read",
        39 => "waiting",
        _ => "accepted",
    };
    File {
        id: format!("f{:05x}", 3_571 * (at + 17)),
        name: format!("{}-{:02}.837", PARTNERS[partner].0, day + 1),
        kind: if partner == 0 { "837I" } else { "837P" },
        is_incoming: true,
        partner,
        day: add_days(first, day).expect("in June"),
        standing,
        claims: Vec::new(),
    }
}

fn claim(chance: &mut Chance, first: Date, at: usize, files: usize) -> Claim {
    let file = usize::try_from(chance.below(files as u64)).expect("small");
    let (state, reason) = match chance.below(100) {
        0..=71 => ("paid", ""),
        72..=79 => ("approved", "Waits for the next payment run"),
        80..=86 => ("denied", "Not covered by the plan (CO-96)"),
        87..=92 => ("pended", "Coverage of another plan is not known (CO-22)"),
        93..=95 => ("received", ""),
        _ => ("rejected", "Subscriber is not known (A7:164)"),
    };
    let lines = (0..=chance.below(3)).map(|_| line(chance, state)).collect();
    Claim {
        id: format!("c{:06x}", 104_729 * (at + 3) % 16_777_213),
        number: format!("LHP26-{:06}", 100_000 + at),
        patient: chance.of(&NAMES),
        partner: file % 2,
        day: add_days(first, (file / 2) as i64).expect("in June"),
        state,
        reason,
        lines,
        payment: None,
        file,
    }
}

fn line(chance: &mut Chance, state: &str) -> Line {
    let billed = Cents(i64::try_from(2_000 + chance.below(90_000)).expect("small"));
    let allowed = match state {
        "denied" => Cents::ZERO,
        _ => Cents(billed.0 * i64::try_from(55 + chance.below(40)).expect("small") / 100),
    };
    let share = Cents(if chance.below(3) == 0 { allowed.0.min(2_500) } else { 0 });
    Line {
        service: chance.of(&SERVICES),
        units: 1 + chance.below(3),
        billed,
        allowed,
        share,
        paid: allowed - share,
    }
}
