//! Risk scores as functions of SQL: the same models that `counterfoil risk score` uses.

use counterfoil_risk::{
    DiagnosisCode, Dual, Entitlement, Explanation, ModelName, Person, RiskModel, Sex, Thousandths,
};
use datafusion::arrow::array::{
    ArrayRef, AsArray, BooleanArray, Decimal128Builder, Int64Array, ListArray, StringBuilder,
    StringViewArray, StructArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, Field, Fields, Int64Type};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use std::sync::{Arc, OnceLock};

const COEFFICIENT: DataType = DataType::Decimal128(18, 6);
/// Steps of a coefficient's six decimals in a thousandth.
const STEPS: i128 = 1000;

/// The two functions: the score, and what it is made of.
pub(super) fn functions() -> [ScalarUDF; 2] {
    let of = |answers| ScalarUDF::from(CmsHcc { answers, signature: signature() });
    [of(Answers::Score), of(Answers::Addends)]
}

/// Model, age, sex, original and current entitlement, dual status, new enrollee, institution,
/// diagnoses with blanks between.
fn signature() -> Signature {
    let text = DataType::Utf8View;
    let types = vec![
        text.clone(),
        DataType::Int64,
        text.clone(),
        text.clone(),
        text.clone(),
        text.clone(),
        DataType::Boolean,
        DataType::Boolean,
        text,
    ];
    Signature::exact(types, Volatility::Immutable)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Answers {
    /// One struct: segment, score, demographic part, categories; empty for people whom the model
    /// is not about.
    Score,
    /// A list of structs: variable, coefficient, diagnoses behind it.
    Addends,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CmsHcc {
    answers: Answers,
    signature: Signature,
}

impl ScalarUDFImpl for CmsHcc {
    fn name(&self) -> &'static str {
        match self.answers {
            Answers::Score => "cms_hcc_score",
            Answers::Addends => "cms_hcc_addends",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(match self.answers {
            Answers::Score => DataType::Struct(score_fields()),
            Answers::Addends => DataType::List(addend_item()),
        })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&arguments.args)?;
        let people = People::of(&columns)?;
        let array = match self.answers {
            Answers::Score => scores(&people),
            Answers::Addends => addends(&people),
        };
        Ok(ColumnarValue::Array(array))
    }
}

fn score_fields() -> Fields {
    let field = |name: &str, kind| Field::new(name, kind, true);
    Fields::from(vec![
        field("segment", DataType::Utf8),
        field("score", COEFFICIENT),
        field("demographic_score", COEFFICIENT),
        field("categories", DataType::Utf8),
    ])
}

fn addend_fields() -> Fields {
    let field = |name: &str, kind| Field::new(name, kind, true);
    Fields::from(vec![
        field("variable", DataType::Utf8),
        field("coefficient", COEFFICIENT),
        field("diagnosis_codes", DataType::Utf8),
    ])
}

fn addend_item() -> Arc<Field> {
    Arc::new(Field::new_list_field(DataType::Struct(addend_fields()), true))
}

/// The columns that describe people.
struct People<'a> {
    texts: Vec<&'a StringViewArray>,
    ages: &'a Int64Array,
    flags: [&'a BooleanArray; 2],
    rows: usize,
}

impl<'a> People<'a> {
    fn of(columns: &'a [ArrayRef]) -> Result<People<'a>> {
        let column = |at: usize| {
            columns.get(at).ok_or_else(|| exec_datafusion_err!("a risk score takes nine columns"))
        };
        let text = |at| Ok(column(at)?.as_string_view());
        Ok(People {
            texts: [0, 2, 3, 4, 5, 8].into_iter().map(text).collect::<Result<_>>()?,
            ages: column(1)?.as_primitive::<Int64Type>(),
            flags: [column(6)?.as_boolean(), column(7)?.as_boolean()],
            rows: column(0)?.len(),
        })
    }

    fn text(&self, column: usize, row: usize) -> &'a str {
        self.texts.get(column).map_or("", |texts| texts.value(row))
    }

    /// The model, person and diagnoses of a row; none when the models cannot be asked.
    fn row(&self, row: usize) -> Option<(&'static RiskModel, Person, Vec<DiagnosisCode>)> {
        let model = model(self.text(0, row))?;
        let person = Person {
            age_years: u8::try_from(self.ages.value(row)).ok()?,
            sex: if self.text(1, row) == "M" { Sex::Male } else { Sex::Female },
            original_entitlement: Entitlement::from_code(self.text(2, row))?,
            current_entitlement: Entitlement::from_code(self.text(3, row))?,
            dual: Dual::from_code(self.text(4, row)).unwrap_or(Dual::None),
            is_new_enrollee: self.flags[0].value(row),
            in_special_needs_plan: false,
            is_long_term_institutional: self.flags[1].value(row),
            graft_months: None,
        };
        let codes = self.text(5, row).split(' ').filter_map(DiagnosisCode::parse);
        Some((model, person, codes.collect()))
    }
}

/// A model by its word, its tables read once.
fn model(word: &str) -> Option<&'static RiskModel> {
    static MODELS: [OnceLock<Option<RiskModel>>; 4] =
        [OnceLock::new(), OnceLock::new(), OnceLock::new(), OnceLock::new()];
    let place = ["v22", "v24", "v28", "e21"].iter().position(|known| *known == word)?;
    let load = || ModelName::from_word(word).ok().and_then(|name| RiskModel::load(name).ok());
    MODELS.get(place)?.get_or_init(load).as_ref()
}

fn decimals() -> Decimal128Builder {
    Decimal128Builder::new().with_data_type(COEFFICIENT)
}

fn steps(coefficient: Thousandths) -> i128 {
    i128::from(coefficient.0) * STEPS
}

fn scores(people: &People<'_>) -> ArrayRef {
    let (mut segments, mut categories) = (StringBuilder::new(), StringBuilder::new());
    let (mut raw, mut demographic) = (decimals(), decimals());
    let mut is_scored = Vec::with_capacity(people.rows);
    for row in 0..people.rows {
        let told = people.row(row);
        let told = told.and_then(|(model, person, codes)| {
            model.score(&person, &codes).map(|score| (model, score))
        });
        is_scored.push(told.is_some());
        segments.append_option(told.as_ref().map(|(_, score)| score.segment.word()));
        raw.append_option(told.as_ref().map(|(_, score)| steps(score.raw)));
        demographic.append_option(told.as_ref().map(|(_, score)| steps(score.demographic)));
        categories.append_option(told.map(|(model, score)| {
            let numbers = model.category_numbers(score.categories);
            numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(" ")
        }));
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(segments.finish()),
        Arc::new(raw.finish()),
        Arc::new(demographic.finish()),
        Arc::new(categories.finish()),
    ];
    Arc::new(StructArray::new(score_fields(), columns, Some(NullBuffer::from(is_scored))))
}

fn addends(people: &People<'_>) -> ArrayRef {
    let (mut variables, mut behind) = (StringBuilder::new(), StringBuilder::new());
    let mut coefficients = decimals();
    let mut lengths = Vec::with_capacity(people.rows);
    for row in 0..people.rows {
        let told = people.row(row);
        let told = told.and_then(|(model, person, codes)| model.explain(&person, &codes));
        lengths.push(told.as_ref().map_or(0, |told| told.addends.len()));
        for addend in told.iter().flat_map(|told| &told.addends) {
            variables.append_value(&addend.variable);
            coefficients.append_value(steps(addend.coefficient));
            behind.append_value(
                told.as_ref().map_or_else(String::new, |told| diagnoses_of(told, &addend.variable)),
            );
        }
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(variables.finish()),
        Arc::new(coefficients.finish()),
        Arc::new(behind.finish()),
    ];
    let items = StructArray::new(addend_fields(), columns, None);
    let offsets = OffsetBuffer::from_lengths(lengths);
    Arc::new(ListArray::new(addend_item(), offsets, Arc::new(items), None))
}

/// The diagnoses of a category; a variable of another kind has none of its own.
fn diagnoses_of(told: &Explanation, variable: &str) -> String {
    let number = variable.strip_prefix("HCC").and_then(|number| number.parse().ok());
    let codes = number.and_then(|number: u16| told.diagnoses.get(&number));
    let codes = codes.into_iter().flatten().map(ToString::to_string);
    codes.collect::<Vec<_>>().join(" ")
}
