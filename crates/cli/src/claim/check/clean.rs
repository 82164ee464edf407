//! The claims that nothing holds back, written as they will be sent while the check goes on.

use crate::error::CommandError;
use crate::files::PartialFile;
use counterfoil_base::Date;
use counterfoil_claim::Claim;
use counterfoil_operations::OperationsError;
use counterfoil_operations::provider::{NumbersOfFile, OutgoingClaims};
use counterfoil_x12::Interchange;
use std::path::Path;

/// The file that takes its place when it is whole.
pub(super) struct CleanFile {
    file: PartialFile,
    claims: OutgoingClaims,
    numbers: NumbersOfFile,
}

impl CleanFile {
    pub(super) fn create(path: &Path, on: Date) -> Result<CleanFile, CommandError> {
        Ok(CleanFile {
            file: PartialFile::create(path)?,
            claims: OutgoingClaims::new(on),
            numbers: NumbersOfFile::default(),
        })
    }

    /// The claims that follow belong to this interchange.
    pub(super) fn interchange(&mut self, source: Interchange) -> Result<(), CommandError> {
        self.claims.interchange(source).map_err(unwritable)?;
        self.file.write(&self.claims.take_output())
    }

    pub(super) fn add(&mut self, claim: &Claim) -> Result<(), CommandError> {
        self.claims.add(claim, &mut self.numbers).map_err(unwritable)?;
        self.file.write(&self.claims.take_output())
    }

    /// Writes what is waiting and the trailers of the open interchange.
    pub(super) fn close(&mut self) -> Result<(), CommandError> {
        self.claims.close().map_err(unwritable)?;
        self.file.write(&self.claims.take_output())
    }

    /// Puts the whole file in its place.
    pub(super) fn finish(mut self) -> Result<(), CommandError> {
        self.close()?;
        self.file.finish()
    }
}

fn unwritable(error: OperationsError) -> CommandError {
    CommandError::operator(
        error,
        "nothing was written or booked; send the claims of this file without --clean",
    )
}
