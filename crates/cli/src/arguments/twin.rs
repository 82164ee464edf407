//! The commands of the twin record.

use super::DataOption;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum TwinCommand {
    /// Print this organization's public key, made at first use.
    #[command(before_help = "Examples:\n  \
        counterfoil twin key --data office")]
    Key {
        #[command(flatten)]
        data: DataOption,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Begin a twin record with a partner whose key and random number you were given.
    #[command(before_help = "Examples:\n  \
        counterfoil twin open --data plan --role payer --partner Clinic --name Plan \\\n      \
        --partner-key KEY --nonce NUMBER --identifier 1234567893\n  \
        counterfoil twin open --data office --role provider --partner Plan --name Clinic \\\n      \
        --partner-key KEY --nonce NUMBER --identifier PLAN1")]
    Open {
        #[command(flatten)]
        data: DataOption,
        #[command(flatten)]
        terms: TermsOptions,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Sign what has to be said to a partner and write your half to a file.
    #[command(before_help = "Examples:\n  \
        counterfoil twin export --data plan --partner Clinic --out payer.half")]
    Export {
        #[command(flatten)]
        data: DataOption,
        #[command(flatten)]
        partner: PartnerOption,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Take in the partner's half from a file, after checking every event.
    #[command(
        before_help = "Examples:\n  \
        counterfoil twin import payer.half --data office --partner Plan",
        after_help = "Exit code 1: the half does not hold; the finding names the first event."
    )]
    Import {
        /// The half file.
        file: PathBuf,
        #[command(flatten)]
        data: DataOption,
        #[command(flatten)]
        partner: PartnerOption,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Check exported halves: every signature, hash, proof and rule. No database is needed.
    #[command(
        before_help = "Examples:\n  \
        counterfoil twin verify payer.half provider.half\n  \
        counterfoil twin verify payer.half provider.half --payer-key KEY --provider-key KEY",
        after_help = "Exit code 1: a half does not hold, or belongs to other keys."
    )]
    Verify {
        /// One half file, or both.
        #[arg(required = true, num_args = 1..=2, value_name = "HALF")]
        files: Vec<PathBuf>,
        /// The payer's first public key as you know it, 64 hexadecimal digits.
        #[arg(long, value_name = "KEY")]
        payer_key: Option<String>,
        /// The provider's first public key as you know it, 64 hexadecimal digits.
        #[arg(long, value_name = "KEY")]
        provider_key: Option<String>,
        /// Print one JSON object a half.
        #[arg(long)]
        json: bool,
    },
    /// Lay two nodes' halves side by side: equal, or the first events and the claims that differ.
    #[command(
        before_help = "Examples:\n  \
        counterfoil twin match --data plan --data office",
        after_help = "Exit code 1: something differs."
    )]
    Match {
        /// The two data folders.
        #[arg(long, required = true, num_args = 1, value_name = "DIR")]
        data: Vec<PathBuf>,
        /// Print one JSON object a relationship.
        #[arg(long)]
        json: bool,
    },
    /// One claim over both halves: where it stands and who said what, in plain words.
    #[command(before_help = "Examples:\n  \
        counterfoil twin show PATIENT-1 --data office\n  \
        counterfoil twin show 001234567890101 --data plan --json")]
    Show {
        /// The payer's or the provider's number, or the subject.
        claim: String,
        #[command(flatten)]
        data: DataOption,
        /// Print one JSON object a claim.
        #[arg(long)]
        json: bool,
    },
    /// Prove one event about a claim, or some of its fields, and show nothing else.
    #[command(before_help = "Examples:\n  \
        counterfoil twin prove 001234567890101 --data plan --field allowed_cents \\\n      \
        --out allowed.proof")]
    Prove {
        /// The payer's or the provider's number, or the subject.
        claim: String,
        #[command(flatten)]
        data: DataOption,
        /// A field to show; the others stay hidden.
        #[arg(long = "field", value_name = "NAME")]
        fields: Vec<String>,
        /// The kind of event; the last one with the fields when absent.
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Check a proof: who said it, when, and what is shown. No database is needed.
    #[command(
        before_help = "Examples:\n  \
        counterfoil twin verify-proof allowed.proof",
        after_help = "Exit code 1: the proof does not hold."
    )]
    VerifyProof {
        /// The proof file.
        file: PathBuf,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Kept promises: days to acknowledge, decide and pay, from the shared record alone.
    #[command(before_help = "Examples:\n  \
        counterfoil twin scorecard --data office --partner Plan")]
    Scorecard {
        #[command(flatten)]
        data: DataOption,
        #[command(flatten)]
        partner: PartnerOption,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// With whom.
#[derive(Clone, Debug, Args)]
pub(crate) struct PartnerOption {
    /// The partner's name; may be left out when there is one partner.
    #[arg(long, value_name = "NAME")]
    pub(crate) partner: Option<String>,
}

/// What two organizations agree on.
#[derive(Clone, Debug, Args)]
pub(crate) struct TermsOptions {
    /// What this organization is.
    #[arg(long, value_enum)]
    pub(crate) role: RoleWord,
    /// What to call the partner here.
    #[arg(long, value_name = "NAME")]
    pub(crate) partner: String,
    /// This organization's own name.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// The partner's public key, 64 hexadecimal digits.
    #[arg(long, value_name = "KEY")]
    pub(crate) partner_key: String,
    /// The random number that both use, 64 hexadecimal digits; made and printed when absent.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) nonce: Option<String>,
    /// For a payer: an NPI or tax number of the provider. For a provider: an identifier by which
    /// claims name the payer. May be given several times.
    #[arg(long = "identifier", value_name = "ID", required = true)]
    pub(crate) identifiers: Vec<String>,
}

/// What an organization is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum RoleWord {
    /// Pays claims.
    Payer,
    /// Delivers care.
    Provider,
}
