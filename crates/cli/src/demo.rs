//! `counterfoil demo`: a month between a health plan, a hospital and a small practice, played
//! with generated people and claims through the same commands that a person would type.

mod month;
mod summary;

use crate::Outcome;
use crate::arguments::DemoOptions;
use crate::console::Console;
use crate::error::CommandError;
use month::Play;

pub(crate) fn run(
    options: &DemoOptions,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let mut play = Play::prepare(options, console)?;
    while play.next_file(console)? {}
    play.decide_pended(console)?;
    play.month_end(console)?;
    let story = play.finish()?;
    if options.json {
        console.print_json(&summary::to_json(&story));
    } else {
        summary::print(&story, console);
    }
    Ok(Outcome::Done)
}
