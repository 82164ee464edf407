//! `counterfoil claim`: check, adjudicate, decide, pay, show.

pub(crate) mod adjudicate;
pub(crate) mod check;
mod decide;
pub(crate) mod pay;
mod show;
mod submit;

use crate::Outcome;
use crate::arguments::ClaimCommand;
use crate::console::Console;
use crate::error::CommandError;

pub(crate) fn run(
    command: ClaimCommand,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    match command {
        ClaimCommand::Check {
            file,
            rules,
            rates,
            members,
            accumulators,
            payer_data,
            tables,
            on,
            book,
            clean,
            json,
        } => {
            let on = on.unwrap_or_else(|| console.today());
            let request = check::CheckRequest {
                file,
                rules,
                rates,
                members,
                accumulators,
                payer_data,
                tables,
                on,
                book,
                clean,
            };
            check::run(&request, json, console)
        }
        ClaimCommand::Submit { file, data, rules, on, json } => {
            let on = on.unwrap_or_else(|| console.today());
            submit::run((&file, rules), &data.data, (on, json), console)
        }
        ClaimCommand::Adjudicate { file, desk, out, data, no_pay, json } => {
            let data = data.unwrap_or_else(|| out.join("data"));
            adjudicate::run(&file, &desk, (&out, &data), (no_pay, json), console)
        }
        ClaimCommand::Pay { data, rates, out, on, json } => {
            let on = on.unwrap_or_else(|| console.today());
            pay::run(&data.data, &rates, (&out, on), json, console)
        }
        ClaimCommand::RewriteFile { names, data, out, json } => {
            pay::rewrite(&names, (&data.data, &out), json, console)
        }
        ClaimCommand::Pended { data, json } => decide::pended(&data.data, json, console),
        ClaimCommand::Decide {
            claim_control_number,
            data,
            desk,
            by,
            verdict,
            reason,
            carc,
            rarc,
            json,
        } => {
            let codes = (carc.as_deref().unwrap_or(""), rarc.as_deref().unwrap_or(""));
            let words = decide::Words { verdict, by: &by, reason: &reason, codes };
            decide::run(&claim_control_number, (&data.data, &desk), &words, json, console)
        }
        ClaimCommand::Show { number, data, json } => show::run(&number, &data.data, json, console),
    }
}
