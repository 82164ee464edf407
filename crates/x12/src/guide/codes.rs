//! External code sets and built-in forms that guides name with `as`.

use counterfoil_base::Date;

/// Answers whether a code exists on a date; the tables are the caller's.
pub trait CodeLookup: Send + Sync {
    /// Looks `code` up; `on` is the date of service when it is known.
    fn lookup(&self, set: CodeSet, code: &str, on: Option<Date>) -> CodeAnswer;
}

/// What a table says about a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeAnswer {
    /// Exists and may be used on the date.
    Valid,
    /// Not in the table.
    Unknown,
    /// Comes into force later.
    NotYetEffective,
    /// No longer in force.
    Expired,
    /// A heading that needs more characters before it can be billed.
    NotBillable,
    /// There is no table for this set: the check did not run.
    NoTable,
}

/// No table at all: every answer is [`CodeAnswer::NoTable`].
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTables;

impl CodeLookup for NoTables {
    fn lookup(&self, _set: CodeSet, _code: &str, _on: Option<Date>) -> CodeAnswer {
        CodeAnswer::NoTable
    }
}

macro_rules! code_sets {
    ($($variant:ident $word:literal $plain:literal;)*) => {
        /// A code set that lives outside the standard.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum CodeSet {
            $(#[doc = $plain] $variant,)*
        }

        impl CodeSet {
            /// Every code set.
            pub const ALL: &[CodeSet] = &[$(CodeSet::$variant),*];

            /// The word that guides use for it.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(CodeSet::$variant => $word),* }
            }

            /// What a code of this set is, in plain words.
            #[must_use]
            pub fn plain(self) -> &'static str {
                match self { $(CodeSet::$variant => $plain),* }
            }
        }
    };
}

code_sets! {
    Icd10Cm "icd10cm" "ICD-10-CM diagnosis code";
    Icd10Pcs "icd10pcs" "ICD-10-PCS procedure code";
    Icd9Cm "icd9cm" "ICD-9-CM diagnosis code";
    Icd9Pcs "icd9pcs" "ICD-9-CM procedure code";
    Hcpcs "hcpcs" "HCPCS procedure code";
    Modifier "modifier" "procedure modifier";
    PlaceOfService "pos" "place of service code";
    Taxonomy "taxonomy" "provider taxonomy code";
    Revenue "revenue" "revenue code";
    BillType "billtype" "type of bill code";
    State "state" "state or province code";
    Zip "zip" "ZIP code";
    Country "country" "country code";
    Currency "currency" "currency code";
    Drg "drg" "diagnosis related group";
    Carc "carc" "claim adjustment reason code";
    Rarc "rarc" "remittance advice remark code";
    StatusCategory "statuscategory" "claim status category code";
    Status "status" "claim status code";
    Condition "condition" "condition code";
    Occurrence "occurrence" "occurrence code";
    OccurrenceSpan "occurrencespan" "occurrence span code";
    Value "value" "value code";
    PatientStatus "patientstatus" "patient discharge status code";
    AdmissionType "admissiontype" "admission type code";
    AdmissionSource "admissionsource" "point of origin code";
    Hipps "hipps" "HIPPS code";
    FilingIndicator "filingindicator" "claim filing indicator code";
}

/// A form that needs no table, or a code set that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Ten digits with the check digit of 45 CFR 162.406.
    Npi,
    /// Eight digits that are a real day.
    Date,
    /// A time of day.
    Time,
    /// A date, time or range in the form that the element before names (element 1250).
    DateByQualifier,
    /// Nine digits with the check digit of the American Bankers Association.
    Routing,
    /// Nine digits: employer or social security number.
    NineDigits,
    /// Eleven digits: National Drug Code in 5-4-2 form.
    Ndc,
    /// At most two decimals.
    Money,
    /// Ten digits.
    Phone,
    /// A code to be looked up.
    Code(CodeSet),
}

impl Form {
    /// The form that a guide names after `as`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Form> {
        Some(match word {
            "npi" => Form::Npi,
            "date" => Form::Date,
            "time" => Form::Time,
            "dtp" => Form::DateByQualifier,
            "routing" => Form::Routing,
            "ein" | "ssn" => Form::NineDigits,
            "ndc" => Form::Ndc,
            "money" => Form::Money,
            "phone" => Form::Phone,
            _ => Form::Code(*CodeSet::ALL.iter().find(|set| set.word() == word)?),
        })
    }
}
