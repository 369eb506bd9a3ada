//! Cursors: `after` is the key of the last entry of the page before.

use std::str::FromStr;

use super::{Service, ServiceError};
use crate::api::Page;

impl Service {
    /// How many entries a page gets.
    pub(super) fn page_limit(&self, page: &Page) -> u32 {
        let most = self.0.config.limits.page_entries;
        page.limit.unwrap_or(most).clamp(1, most)
    }
}

impl Page {
    /// The cursor as a key.
    pub(super) fn cursor<K: FromStr>(&self) -> Result<Option<K>, ServiceError> {
        self.after.as_deref().map(|text| text.parse().map_err(|_| ServiceError::Cursor)).transpose()
    }

    /// The cursor as a pair of keys between which a dot stands.
    pub(super) fn cursor_pair<A: FromStr, B: FromStr>(&self) -> Result<Option<(A, B)>, ServiceError> {
        let Some(text) = self.after.as_deref() else { return Ok(None) };
        let pair = text.split_once('.').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        pair.map(Some).ok_or(ServiceError::Cursor)
    }
}

/// The cursor of the page after this one: there may be more if this one is full.
pub(super) fn next<T>(entries: &[T], limit: u32, key: impl Fn(&T) -> String) -> Option<String> {
    let is_full = entries.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    entries.last().filter(|_| is_full).map(key)
}
