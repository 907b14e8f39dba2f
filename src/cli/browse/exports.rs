//! What is written of messages: their frames, their parts, all that is known of them.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::BrowseArgs;
use crate::{
    browse::{Data, Export, Written},
    cli::{
        exit::{Exit, Failure, holding},
        parts::Parts,
        slice::{Form, Slicing},
    },
    report::{
        document::Message,
        render::{file, json},
    },
};

/// Writes messages. Nothing is overwritten, and where `stop` becomes true, nothing is left that is not whole.
pub(super) fn write(
    what: Export,
    messages: &[Message],
    path: &Path,
    data: &Data,
    arguments: &BrowseArgs,
    stop: &Arc<AtomicBool>,
) -> Written {
    let (result, mut told) = holding(|| match what {
        Export::Slice | Export::Parts if is_any_gone(messages, arguments) => Err(Failure::Usage(
            "a capture that frames of it lie in is not there any more".to_owned(),
        )),
        Export::Slice => slice(messages, path, data, arguments, stop),
        Export::Parts => Parts {
            input: &arguments.input,
            messages,
            directory: path,
            types: &[],
        }
        .write(Arc::clone(stop)),
        Export::Json => write_new(path, stop, |out| json::write(&mut &mut *out, &messages, true)),
    });
    let whole = matches!(result, Ok(Exit::Ran));
    match result {
        Ok(_) if whole => told.insert(0, format!("written: {}", path.display())),
        Ok(_) => {}
        Err(failure) => told.push(failure.to_string()),
    }
    Written {
        whole,
        told: told.join("; "),
    }
}

/// Whether inputs that were followed and hold frames of messages are gone.
fn is_any_gone(messages: &[Message], arguments: &BrowseArgs) -> bool {
    let Some(found) = &arguments.input.found else {
        return false;
    };
    let events = messages.iter().flat_map(|message| &message.events);
    let mut places = events.map(|event| found.get(event.seen.capture as usize));
    places.any(|place| !matches!(place, Some(Some(_))))
}

fn slice(
    messages: &[Message],
    path: &Path,
    data: &Data,
    arguments: &BrowseArgs,
    stop: &Arc<AtomicBool>,
) -> Result<Exit, Failure> {
    let slicing = Slicing {
        input: &arguments.input,
        messages,
        operations: &data.document.operations,
        captures: &data.document.captures,
        with_connections: false,
        with_secrets: false,
    };
    let Some((found, opened_with)) = slicing.find(stop) else {
        return Ok(Exit::Unusable);
    };
    let written = write_new(path, stop, |out| found.write(Form::of(path), out))?;
    slicing.read_back(path, &opened_with, &arguments.verdict, &mut str::to_owned);
    Ok(written)
}

/// Writes a file that must not be there yet, whole or not at all.
fn write_new(
    path: &Path,
    stop: &AtomicBool,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> Result<Exit, Failure> {
    file::write_new(path, |out| {
        write(out)?;
        match stop.load(Ordering::Relaxed) {
            true => Err(io::ErrorKind::Interrupted.into()),
            false => Ok(()),
        }
    })
    .map_err(|error| Failure::File(path.to_owned(), error))?;
    Ok(Exit::Ran)
}
