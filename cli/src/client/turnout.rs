//! Following a poll's turnout: server-sent events, read as they come.

use std::io::{BufRead, BufReader, Read, Take};

use aiq_server::api::Turnout;
use aiq_verifier::poll::PollId;

use super::{Client, ClientError};

/// Longest line of an event that is read, in bytes.
const MAX_LINE: u64 = 4096;

/// An event: what it is called by, and what it says.
pub type TurnoutEvent = (String, Turnout);

/// The events of one connection; ends with it.
pub struct TurnoutEvents(BufReader<Box<dyn Read>>);

impl core::fmt::Debug for TurnoutEvents {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TurnoutEvents").finish_non_exhaustive()
    }
}

impl Client {
    /// Follows a poll's turnout from the event called `last` on, or from what is now. `None`: the poll is closed, and `last` said so.
    ///
    /// # Errors
    /// [`ClientError`]; not tried again here, for the caller knows the last event.
    pub fn watch_turnout(&self, poll: &PollId, last: Option<&str>) -> Result<Option<TurnoutEvents>, ClientError> {
        let stream = self.transport.get_events(&format!("/v1/polls/{poll}/turnout/events"), last)?;
        Ok(stream.map(|stream| TurnoutEvents(BufReader::new(Box::new(stream)))))
    }
}

impl Iterator for TurnoutEvents {
    type Item = TurnoutEvent;

    /// The next event. A broken connection ends the events; comments and events of other kinds are passed over.
    fn next(&mut self) -> Option<TurnoutEvent> {
        let (mut id, mut data) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            let mut bounded: Take<_> = self.0.by_ref().take(MAX_LINE);
            if bounded.read_line(&mut line).ok()? == 0 || !line.ends_with('\n') {
                return None;
            }
            let line = line.trim_end_matches(['\n', '\r']);
            if line.is_empty() {
                if let Ok(turnout) = serde_json::from_str(&data) {
                    return Some((id, turnout));
                }
                data.clear();
            } else if let Some(value) = line.strip_prefix("id:") {
                value.trim_start().clone_into(&mut id);
            } else if let Some(value) = line.strip_prefix("data:") {
                data.push_str(value.trim_start());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &'static str) -> Vec<TurnoutEvent> {
        TurnoutEvents(BufReader::new(Box::new(text.as_bytes()))).collect()
    }

    #[test]
    fn reads_events_and_nothing_else() {
        let text = ": a comment\n\nevent: turnout\nid: open.3.2\n\
            data: {\"phase\":\"open\",\"joined\":3,\"voted\":2,\"quorum\":2,\"quorum_reached\":true}\n\n\
            event: other\ndata: x\n\nid: cut\ndata: {\"phase\"";
        let [(id, turnout)] = &events(text)[..] else { panic!("one event") };
        assert_eq!((id.as_str(), turnout.joined, turnout.voted), ("open.3.2", 3, 2));
    }

    #[test]
    fn a_line_without_an_end_ends_the_events() {
        let endless: &'static str = Box::leak("x".repeat(10_000).into_boxed_str());
        assert!(events(endless).is_empty());
    }
}
