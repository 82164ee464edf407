//! Shared by the tests: generated claim files read into the claim model.

use counterfoil_claim::{Claim, ClaimKind, LossReport, SourcePosition, read_claim};
use counterfoil_x12::{Segment, SegmentBuffer, SegmentMeta, Separators};

/// The loop of each segment as the generator writes them.
#[derive(Default)]
struct Placer {
    loop_id: &'static str,
    instance: u32,
    other_payer: u32,
}

type Placed<'a> = (&'static str, u32, u32, &'a str);

impl Placer {
    fn place<'a>(&mut self, text: &'a str) -> Placed<'a> {
        let parts: Vec<&str> = text.split('*').collect();
        let other = matches!(self.loop_id, "2320" | "2330A" | "2330B");
        let next = match (parts[0], parts.get(1).copied().unwrap_or("")) {
            ("ST" | "BHT", _) => "",
            ("NM1", "41") => "1000A",
            ("NM1", "40") => "1000B",
            ("HL", _) => match parts[3] {
                "20" => "2000A",
                "22" => "2000B",
                _ => "2000C",
            },
            ("NM1", "85") => "2010AA",
            ("NM1", "IL") if other => "2330A",
            ("NM1", "PR") if other => "2330B",
            ("NM1", "IL") => "2010BA",
            ("NM1", "PR") => "2010BB",
            ("NM1", "QC") => "2010CA",
            ("CLM", _) => "2300",
            ("NM1", "DN" | "71") => "2310A",
            ("NM1", "82") => "2310B",
            ("NM1", "77") => "2310C",
            ("SBR", _) if self.loop_id.starts_with("23") => "2320",
            ("LX", _) => "2400",
            ("LIN", _) => "2410",
            ("SVD", _) => "2430",
            _ => {
                let parent = if other { self.other_payer } else { 0 };
                return (self.loop_id, self.instance, parent, text);
            }
        };
        self.instance += 1;
        self.loop_id = next;
        if next == "2320" {
            self.other_payer = self.instance;
        }
        let parent = if next.starts_with("233") { self.other_payer } else { 0 };
        (next, self.instance, parent, text)
    }
}

/// The claims of a file, read by the claim crate.
pub fn claims(file: &str) -> Vec<Claim> {
    let mut claims = Vec::new();
    let mut placer = Placer::default();
    let mut kind = ClaimKind::Professional;
    let (mut above, mut own): (Vec<Placed<'_>>, Vec<Placed<'_>>) = (Vec::new(), Vec::new());
    for text in file.split_terminator("~\n") {
        let id = text.split('*').next().unwrap_or("");
        if matches!(id, "HL" | "SE" | "CLM") && !own.is_empty() {
            claims.push(read(kind, above.iter().chain(&own)));
            own.clear();
        }
        if matches!(id, "ISA" | "GS" | "GE" | "IEA" | "SE") {
            continue;
        }
        if id == "ST" {
            let institutional = text.contains("X223");
            kind = if institutional { ClaimKind::Institutional } else { ClaimKind::Professional };
            above.clear();
            placer = Placer::default();
        }
        let placed = placer.place(text);
        if id == "HL" {
            let level = placed.0;
            let same = |one: &Placed<'_>| one.3.starts_with("HL") && one.0 >= level;
            let keep = above.iter().position(same);
            above.truncate(keep.unwrap_or(above.len()));
        }
        if own.is_empty() && id != "CLM" { above.push(placed) } else { own.push(placed) }
    }
    claims
}

fn read<'a>(kind: ClaimKind, placed: impl Iterator<Item = &'a Placed<'a>>) -> Claim {
    let mut buffer = SegmentBuffer::new();
    let mut ends = Vec::new();
    for (index, &(loop_id, instance, parent, text)) in placed.enumerate() {
        let number = index as u32 + 1;
        let mut meta = SegmentMeta::unplaced(u64::from(number), number, u64::from(number));
        (meta.loop_id, meta.loop_path) = (loop_id, loop_id);
        (meta.loop_instance, meta.parent_instance) = (instance, parent);
        buffer.push(Segment::parse(text.as_bytes(), Separators::default(), &mut ends), meta);
    }
    let mut loss = LossReport::default();
    read_claim(kind, SourcePosition::default(), buffer.iter(), &mut loss).claim
}
