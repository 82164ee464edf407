//! Valid remittance files, generated: every file differs, every amount balances.

use std::fmt::Write as _;

/// A small generator of numbers (SplitMix64), so that every run has the same files.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }
}

/// A segment as its elements, the identifier first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece(pub Vec<String>);

impl Piece {
    pub fn id(&self) -> &str {
        &self.0[0]
    }

    pub fn get(&self, element: usize) -> &str {
        self.0.get(element).map_or("", String::as_str)
    }

    pub fn set(&mut self, element: usize, value: impl Into<String>) {
        while self.0.len() <= element {
            self.0.push(String::new());
        }
        self.0[element] = value.into();
    }
}

/// A file as segments; index 0 is ISA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub pieces: Vec<Piece>,
    element: char,
    component: char,
    end: &'static str,
}

impl File {
    /// The bytes, with nothing recounted.
    pub fn bytes(&self) -> Vec<u8> {
        let mut text = String::new();
        for piece in &self.pieces {
            let mut first = true;
            for element in &piece.0 {
                if !first {
                    text.push(self.element);
                }
                first = false;
                let keep = piece.id() == "ISA";
                text.extend(element.chars().map(|c| match c {
                    ':' if !keep => self.component,
                    other => other,
                }));
            }
            if piece.id() == "ISA" {
                text.pop();
                text.push(self.component);
            }
            text.push_str(self.end);
        }
        text.into_bytes()
    }

    /// Index of the first segment that satisfies the condition.
    pub fn find(&self, condition: impl Fn(&Piece) -> bool) -> Option<usize> {
        self.pieces.iter().position(condition)
    }

    /// Writes the counts of SE, GE and IEA anew.
    pub fn recount(&mut self) {
        let (mut st, mut sets) = (0, 0);
        for index in 0..self.pieces.len() {
            match self.pieces[index].id() {
                "GS" => sets = 0,
                "ST" => (st, sets) = (index, sets + 1),
                "SE" => self.pieces[index].set(1, (index - st + 1).to_string()),
                "GE" => self.pieces[index].set(1, sets.to_string()),
                _ => {}
            }
        }
    }
}

/// `BPR*I*...` as a segment.
pub fn piece(text: &str) -> Piece {
    Piece(text.split('*').map(str::to_owned).collect())
}

/// Cents as X12 writes them.
fn dollars(cents: i64) -> String {
    counterfoil_base::Cents(cents).to_x12()
}

struct Builder {
    dice: Dice,
    pieces: Vec<Piece>,
    /// Sum of CLP04 of the present transaction set.
    paid: i64,
    claim: u64,
}

/// A valid file; another one for every seed.
pub fn parent(seed: u64) -> File {
    let mut dice = Dice::new(seed);
    let odd = dice.chance(20);
    let (element, component, end) =
        if odd { ('|', '>', "\r\n") } else { ('*', ':', dice.pick(&["~", "~\n", "~\r\n"])) };
    let end = if odd { "!\r\n" } else { end };
    let mut build = Builder { dice, pieces: Vec::new(), paid: 0, claim: seed * 100 };
    let control = format!("{:09}", seed + 1);
    build.put(&format!(
        "ISA*00*          *00*          *ZZ*PAYER          *ZZ*PROVIDER       *240213*1200*^*00501*\
         {control}*0*P*:"
    ));
    build.put(&format!("GS*HP*PAYER*PROVIDER*20240213*1200*{}*X*005010X221A1", seed + 1));
    let sets = 1 + build.dice.below(3);
    for set in 0..sets {
        build.transaction(seed, set);
    }
    build.put(&format!("GE*{sets}*{}", seed + 1));
    build.put(&format!("IEA*1*{control}"));
    let mut file = File { pieces: build.pieces, element, component, end };
    file.recount();
    file
}

impl Builder {
    fn put(&mut self, text: &str) {
        self.pieces.push(piece(text));
    }

    fn maybe(&mut self, percent: u64, text: &str) {
        if self.dice.chance(percent) {
            self.put(text);
        }
    }

    fn transaction(&mut self, seed: u64, set: u64) {
        self.paid = 0;
        self.put(&format!("ST*835*{:04}", set + 1));
        let bpr = self.pieces.len();
        self.put("BPR");
        self.put(&format!("TRN*1*T{seed}X{set}*1512345678"));
        self.maybe(50, "REF*EV*RECEIVER");
        self.maybe(20, "REF*F2*4.1");
        self.put("DTM*405*20240213");
        self.parties();
        for group in 0..1 + self.dice.below(3) {
            self.put(&format!("LX*{}", group + 1));
            let summary = self.pieces.len();
            let is_summed = self.dice.chance(25);
            if is_summed {
                self.put("TS3");
                self.maybe(50, "TS2*100.5*20");
            }
            for _ in 0..1 + self.dice.below(3) {
                self.claim();
            }
            if is_summed {
                self.summarize(summary);
            }
        }
        let withheld = self.provider_adjustments();
        self.payment_order(bpr, self.paid - withheld);
        self.put(&format!("SE*0*{:04}", set + 1));
    }

    /// Fills in TS3 with the number and charges of the claims after it.
    fn summarize(&mut self, at: usize) {
        let claims = self.pieces[at..].iter().filter(|p| p.id() == "CLP");
        let charges: Vec<i64> =
            claims.map(|p| counterfoil_base::Cents::parse(p.get(3)).unwrap().0).collect();
        let sum = dollars(charges.iter().sum());
        self.pieces[at] = piece(&format!("TS3*1234567893*11*20241231*{}*{sum}", charges.len()));
    }

    fn payment_order(&mut self, at: usize, cents: i64) {
        let amount = dollars(cents);
        let text = match (cents, self.dice.below(3)) {
            (0, _) => "BPR*H*0*C*NON************20240215".to_owned(),
            (_, 0) => format!("BPR*I*{amount}*C*CHK************20240215"),
            _ => format!(
                "BPR*I*{amount}*C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999988880*DA*98765*\
                 20240215"
            ),
        };
        self.pieces[at] = piece(&text);
    }

    fn parties(&mut self) {
        self.put("N1*PR*GOOD HEALTH PLAN");
        self.put("N3*1 MAIN STREET");
        self.put("N4*ANCHORAGE*AK*99501");
        self.maybe(40, "REF*2U*99999");
        self.maybe(40, "PER*CX**TE*8005550100");
        self.put("PER*BL*TECHNICAL HELP*TE*8005550101");
        self.maybe(40, "PER*IC**UR*WWW.EXAMPLE.COM");
        if self.dice.chance(60) {
            self.put("N1*PE*RIVER CLINIC*XX*1234567893");
            self.put("N3*2 RIVER ROAD");
            self.put("N4*ALBANY*NY*12207");
            self.put("REF*TJ*123456789");
        } else {
            self.put("N1*PE*RIVER CLINIC*FI*123456789");
        }
        self.maybe(10, "RDM*OL**WWW.EXAMPLE.COM");
    }

    fn claim(&mut self) {
        self.claim += 1;
        match self.dice.below(9) {
            0 => self.inpatient(),
            1 => self.reversal_and_correction(),
            2 => self.denied(),
            3 => self.secondary(),
            4 => self.forwarded(),
            5 => self.outpatient(),
            _ => self.professional(),
        }
    }

    fn person(&mut self) {
        let number = self.claim;
        let name = self.dice.pick(&["DOE", "ROE", "LOE", "SMITH"]);
        self.put(&format!("NM1*QC*1*{name}*JANE****MI*M{number:08}"));
        self.maybe(20, "NM1*IL*1*DOE*JOHN****MI*S00000001");
        self.maybe(20, "NM1*82*2*RIVER CLINIC*****XX*1234567893");
    }

    /// A claim that is paid line by line.
    fn professional(&mut self) {
        let number = self.claim;
        let lines: Vec<Line> = (0..1 + self.dice.below(4)).map(|_| self.line("HC:J", "")).collect();
        self.claim_with_lines("1", &lines, &format!("12*C{number}*19*1"));
    }

    fn outpatient(&mut self) {
        let number = self.claim;
        let lines: Vec<Line> = (0..1 + self.dice.below(4)).map(|_| self.line("NU:", "")).collect();
        self.claim_with_lines("1", &lines, &format!("12*C{number}*13*1"));
    }

    fn line(&mut self, kind: &str, extra: &str) -> Line {
        let charge = 1_000 + self.dice.below(50_000) as i64;
        let contractual = self.dice.below(charge as u64 / 2) as i64;
        let patient = self.dice.below((charge - contractual) as u64) as i64;
        let code = if kind == "NU:" {
            format!("NU:0{}", 300 + self.dice.below(20))
        } else {
            format!("{kind}{}{extra}", 1000 + self.dice.below(50))
        };
        Line { code, charge, contractual, patient }
    }

    fn claim_with_lines(&mut self, status: &str, lines: &[Line], tail: &str) {
        let charge: i64 = lines.iter().map(|line| line.charge).sum();
        let patient: i64 = lines.iter().map(|line| line.patient).sum();
        let paid: i64 = lines.iter().map(Line::paid).sum();
        self.paid += paid;
        let number = self.claim;
        self.put(&format!(
            "CLP*A{number}*{status}*{}*{}*{}*{tail}",
            dollars(charge),
            dollars(paid),
            dollars(patient)
        ));
        self.person();
        self.maybe(30, "REF*EA*99887766");
        self.maybe(50, "DTM*050*20240205");
        self.maybe(30, "PER*CX**TE*8005550100");
        self.maybe(30, &format!("AMT*AU*{}", dollars(charge)));
        for (index, line) in lines.iter().enumerate() {
            self.service(index + 1, line);
        }
    }

    fn service(&mut self, number: usize, line: &Line) {
        let units = 1 + self.dice.below(3);
        let (code, paid) = (&line.code, dollars(line.paid()));
        self.put(&format!("SVC*{code}*{}*{paid}**{units}", dollars(line.charge)));
        if self.dice.chance(70) {
            self.put("DTM*472*20240201");
        } else {
            self.put("DTM*150*20240201");
            self.put("DTM*151*20240202");
        }
        if line.contractual != 0 {
            self.put(&format!("CAS*CO*45*{}", dollars(line.contractual)));
        }
        if line.patient > 200 {
            let rest = dollars(line.patient - 150);
            self.put(&format!("CAS*PR*1*{rest}**3*1.5"));
        } else if line.patient != 0 {
            self.put(&format!("CAS*PR*2*{}", dollars(line.patient)));
        }
        self.maybe(70, &format!("REF*6R*{number}"));
        self.maybe(40, &format!("AMT*B6*{}", dollars(line.charge - line.contractual)));
        self.maybe(20, "LQ*HE*N130");
    }

    /// A stay that is paid as a whole, with its adjustment at the claim.
    fn inpatient(&mut self) {
        let charge = 100_000 + self.dice.below(5_000_000) as i64;
        let adjusted = self.dice.below(charge as u64) as i64;
        let paid = charge - adjusted;
        self.paid += paid;
        let number = self.claim;
        self.put(&format!(
            "CLP*A{number}*1*{}*{}**MA*C{number}*11*1**871*1.5",
            dollars(charge),
            dollars(paid)
        ));
        if adjusted != 0 {
            self.put(&format!("CAS*CO*45*{}", dollars(adjusted)));
        }
        self.person();
        self.put("MIA*0");
        self.put("DTM*232*20240110");
        self.put("DTM*233*20240115");
        self.put("QTY*CA*5");
    }

    fn reversal_and_correction(&mut self) {
        let number = self.claim;
        let before = self.line("HC:J", ":25");
        let turned = Line {
            code: before.code.clone(),
            charge: -before.charge,
            contractual: -before.contractual,
            patient: -before.patient,
        };
        self.paid += turned.paid();
        self.put(&format!(
            "CLP*A{number}*22*{}*{}**12*C{number}*19*1",
            dollars(turned.charge),
            dollars(turned.paid())
        ));
        self.person();
        self.put(&format!(
            "SVC*{}*{}*{}",
            turned.code,
            dollars(turned.charge),
            dollars(turned.paid())
        ));
        self.put("DTM*472*20240105");
        if turned.contractual != 0 {
            self.put(&format!("CAS*CO*45*{}", dollars(turned.contractual)));
        }
        if turned.patient != 0 {
            self.put(&format!("CAS*PR*1*{}", dollars(turned.patient)));
        }
        let patient = before.patient / 2;
        let after = Line { patient, ..before };
        self.claim_with_lines("1", &[after], &format!("12*C{number}*19*7"));
    }

    fn denied(&mut self) {
        let number = self.claim;
        let charge = dollars(1_000 + self.dice.below(90_000) as i64);
        self.put(&format!("CLP*A{number}*4*{charge}*0**12*C{number}*19*1"));
        self.person();
        self.put(&format!("SVC*HC:J1100*{charge}*0**1"));
        self.put("DTM*472*20240201");
        self.put(&format!("CAS*CO*16*{charge}"));
        self.put("LQ*HE*N130");
        self.maybe(30, "LQ*HE*M15");
    }

    /// A claim that another payer paid first.
    fn secondary(&mut self) {
        let number = self.claim;
        let charge = 10_000 + self.dice.below(90_000) as i64;
        let before = self.dice.below(charge as u64) as i64;
        let paid = charge - before;
        self.paid += paid;
        self.put(&format!(
            "CLP*A{number}*2*{}*{}**12*C{number}*13*1",
            dollars(charge),
            dollars(paid)
        ));
        if before != 0 {
            self.put(&format!("CAS*OA*23*{}", dollars(before)));
        }
        self.person();
        self.put("MOA***MA130");
        self.put("DTM*232*20240120");
    }

    /// Paid and sent on to the next payer.
    fn forwarded(&mut self) {
        let number = self.claim;
        let line = self.line("HC:J", "");
        let start = self.pieces.len();
        self.claim_with_lines("19", &[line], &format!("MB*C{number}*19*1"));
        let patient = start + 1;
        self.pieces.insert(patient + 1, piece("NM1*TT*2*NEXT PLAN*****PI*54321"));
    }

    /// Money outside the claims; a negative net is carried forward, so that nothing is owed.
    fn provider_adjustments(&mut self) -> i64 {
        let mut pairs = String::new();
        let mut total = 0;
        for reason in ["WO:C1", "L6:INTEREST", "72:RETURN"] {
            if self.dice.chance(25) {
                let cents = 1 + self.dice.below(4_000) as i64;
                let cents = if reason.starts_with('L') { -cents } else { cents };
                total += cents;
                let _ = write!(pairs, "*{reason}*{}", dollars(cents));
            }
        }
        if self.paid - total < 0 {
            let forward = self.paid - total;
            total += forward;
            let _ = write!(pairs, "*FB:NEXT*{}", dollars(forward));
        }
        if !pairs.is_empty() {
            self.put(&format!("PLB*1234567893*20241231{pairs}"));
        }
        total
    }
}

/// A service line's money in cents.
struct Line {
    code: String,
    charge: i64,
    contractual: i64,
    patient: i64,
}

impl Line {
    fn paid(&self) -> i64 {
        self.charge - self.contractual - self.patient
    }
}
