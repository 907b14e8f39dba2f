//! Which messages: the options that every subcommand about messages has.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::moment::{Moment, Span, Unsettled};
use crate::model::System;
use crate::report::document::{FailureKind, Outcome, State};
use crate::report::query::address::Address;
use crate::report::query::fail_on::FailOn;
use crate::report::query::filter::Filter;
use crate::report::query::id_range::IdRange;
use crate::report::query::selection::{Selection, Window};
use crate::report::words::human;
use crate::report::words::zone::Zone;

/// Arguments that select messages. Values of one option are alternatives, different options all hold.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Selection")]
pub struct SelectionArgs {
    /// Messages by their numbers in the table: 3, or 3-9
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = IdRange::parse)]
    pub id: Vec<IdRange>,
    /// Messages that this frame belongs to
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub frame: Vec<u64>,
    /// Messages with this verdict
    #[arg(long, value_name = "OUTCOME", value_delimiter = ',',
          value_parser = one_of(Outcome::ALL, |word| word.as_str()))]
    pub outcome: Vec<Outcome>,
    /// Messages that came this far, as a whole or for one recipient
    #[arg(long, value_name = "STATE", value_delimiter = ',', hide_possible_values = true,
          value_parser = one_of(State::ALL, |word| word.as_str()))]
    pub state: Vec<State>,
    /// Messages with this failure, such as `retrieve_http_error`
    #[arg(long, value_name = "KIND", value_delimiter = ',', hide_possible_values = true,
          value_parser = one_of(FailureKind::ALL, |word| word.as_str()))]
    pub failure: Vec<FailureKind>,
    /// Messages that this system explains: identity, charging, routing, directory, transcoding or transport
    #[arg(long, value_name = "SYSTEM", value_delimiter = ',', hide_possible_values = true,
          value_parser = one_of(System::ALL, |word| word.name()))]
    pub cause: Vec<System>,
    /// Messages from this number or address; `*` stands for anything
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub from: Vec<Address>,
    /// Messages to this number or address; `*` stands for anything
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub to: Vec<Address>,
    /// Messages with this Message-ID
    #[arg(long, value_name = "ID")]
    pub message_id: Vec<String>,
    /// Messages that were active at this time or later: 2026-11-20T10:00:00Z, '2026-11-20 10:00' in the zone of --tz, 10:00
    /// where the captures are of one day, -15m before their end, or seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = Moment::parse, allow_hyphen_values = true)]
    pub since: Option<Moment>,
    /// Messages that were active before this time
    #[arg(long, value_name = "TIME", value_parser = Moment::parse, allow_hyphen_values = true)]
    pub until: Option<Moment>,
    /// Messages that began at this time or later
    #[arg(long, value_name = "TIME", value_parser = Moment::parse, allow_hyphen_values = true)]
    pub started_since: Option<Moment>,
    /// Messages that began before this time
    #[arg(long, value_name = "TIME", value_parser = Moment::parse, allow_hyphen_values = true)]
    pub started_until: Option<Moment>,
    /// Messages for which this holds, over the fields of the JSON output:
    /// 'outcome == failure and size > 100000', 'deliveries.retrievals.http_status in (404, 410)'; see `mmsmate help filter`
    #[arg(long, value_name = "EXPRESSION", value_parser = filter)]
    pub filter: Vec<Filter>,
}

impl SelectionArgs {
    /// What they mean in a zone, of captures of that span. `Ok(None)` where only the captures can tell: `span` is none before
    /// they were read.
    ///
    /// # Errors
    /// Says which time was never or twice, or may be of several days, and which window is none.
    pub(in crate::cli) fn selection(
        &self,
        zone: &Zone,
        span: Option<Span>,
    ) -> Result<Option<Selection>, String> {
        let filters = self.filter.iter().cloned().map(|filter| filter.in_zone(zone));
        let filters = filters
            .collect::<Result<_, _>>()
            .map_err(|error| format!("--filter: {error}"))?;
        let active = window([("--since", &self.since), ("--until", &self.until)], zone, span)?;
        let started = window(
            [
                ("--started-since", &self.started_since),
                ("--started-until", &self.started_until),
            ],
            zone,
            span,
        )?;
        let (Some(active), Some(started)) = (active, started) else {
            return Ok(None);
        };
        Ok(Some(Selection {
            ids: self.id.clone(),
            frames: self.frame.clone(),
            places: Vec::new(),
            outcomes: self.outcome.clone(),
            states: self.state.clone(),
            failures: self.failure.clone(),
            causes: self.cause.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            message_ids: self.message_id.clone(),
            active,
            started,
            filters,
        }))
    }
}

/// From one time to another, as they were typed behind the options named. `Ok(None)` where only the captures can tell.
fn window(
    ends: [(&str, &Option<Moment>); 2],
    zone: &Zone,
    span: Option<Span>,
) -> Result<Option<Window>, String> {
    let settled = ends.map(|(option, moment)| match moment {
        None => Ok(None),
        Some(moment) => match moment.settle(zone, span) {
            Ok(time) => Ok(Some(time)),
            Err(error) => Err((option, error)),
        },
    });
    let mut open = false;
    let mut times = [None; 2];
    for (time, settled) in times.iter_mut().zip(settled) {
        match settled {
            Ok(settled) => *time = settled,
            Err((_, Unsettled::ByCaptures)) => open = true,
            Err((option, error)) => return Err(format!("{option}: {error}")),
        }
    }
    let [since, until] = times;
    if let (Some(from), Some(to)) = (since, until)
        && from >= to
    {
        let [from, to] = [from, to].map(|time| human::instant(time, zone));
        let [(first, _), (last, _)] = ends;
        return Err(format!("nothing lies between {first} ({from}) and {last} ({to})"));
    }
    Ok((!open).then_some(Window { since, until }))
}

/// Arguments of every subcommand that can fail a CI job.
#[derive(Clone, Debug, Default, Args)]
pub struct FailOnArgs {
    /// Exit with status 1 where a message of these outcomes is selected, a PDU is malformed, or a capture is cut
    #[arg(long, value_name = "WHAT", value_delimiter = ',',
          value_parser = one_of(FailOn::ALL, |word| word.as_str()))]
    pub fail_on: Vec<FailOn>,
}

/// A parser for one of some words.
fn one_of<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(|word| name(*word))).try_map(move |typed| {
        let found = all.iter().copied().find(|word| name(*word) == typed);
        found.ok_or("there is no such word")
    })
}

fn address(typed: &str) -> Result<Address, std::convert::Infallible> {
    Ok(Address::new(typed))
}

fn filter(typed: &str) -> Result<Filter, crate::report::query::filter::FilterError> {
    Filter::parse(typed)
}
