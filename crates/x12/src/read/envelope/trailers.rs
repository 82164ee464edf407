//! SE, GE and IEA: counts and control numbers.

use super::{Envelopes, Level, Step, note, number, tell, trimmed};
use crate::check::Sink;
use crate::raw::Located;
use counterfoil_base::Acknowledgement;

impl Envelopes {
    pub(super) fn close_set(&mut self, at: &Located<'_>, sink: &mut Sink) -> Step {
        self.segment_count += 1;
        let answer =
            |code| Acknowledgement { transaction_error: Some(code), ..Acknowledgement::default() };
        if number(at.segment.element(1)) != Some(self.segment_count) {
            let message = format!(
                "SE01 does not count the {} segments of the transaction set",
                self.segment_count
            );
            let fix = "Count ST, SE and the segments between them";
            tell(sink, at.position(1, 0), ("X12-1-segment-count", &message, fix), answer("4"));
        }
        let opened = self.transaction.take();
        if opened.is_some_and(|st| st.control_number != trimmed(&at.segment, 2)) {
            let fix = "Repeat ST02 in SE02";
            let code = "X12-1-set-control-number";
            let message = "SE02 is not the control number of ST02";
            tell(sink, at.position(2, 0), (code, message, fix), answer("3"));
        }
        Step::Closed(Level::Transaction)
    }

    pub(super) fn close_group(&mut self, at: &Located<'_>, sink: &mut Sink) -> Step {
        let answer =
            |code| Acknowledgement { group_error: Some(code), ..Acknowledgement::default() };
        if number(at.segment.element(1)) != Some(self.set_count) {
            let message =
                format!("GE01 does not count the {} transaction sets of the group", self.set_count);
            let fix = "Count the transaction sets of the group";
            tell(sink, at.position(1, 0), ("X12-1-set-count", &message, fix), answer("5"));
        }
        let opened = self.group.take();
        if opened.is_some_and(|gs| gs.control_number != trimmed(&at.segment, 2)) {
            let message = "GE02 is not the control number of GS06";
            let code = "X12-1-group-control-number";
            tell(sink, at.position(2, 0), (code, message, "Repeat GS06 in GE02"), answer("4"));
        }
        Step::Closed(Level::Group)
    }

    pub(super) fn close_interchange(&mut self, at: &Located<'_>, sink: &mut Sink) -> Step {
        if number(at.segment.element(1)) != Some(self.group_count) {
            let message =
                format!("IEA01 does not count the {} groups of the interchange", self.group_count);
            let fix = "Count the functional groups of the interchange";
            tell(sink, at.position(1, 0), ("X12-1-group-count", &message, fix), note("021"));
        }
        let opened = self.interchange.take();
        if opened.is_some_and(|isa| isa.control_number != trimmed(&at.segment, 2)) {
            let message = "IEA02 is not the control number of ISA13";
            let code = "X12-1-interchange-control-number";
            tell(sink, at.position(2, 0), (code, message, "Repeat ISA13 in IEA02"), note("001"));
        }
        Step::Closed(Level::Interchange)
    }
}
