//! Unix seconds for people: calendar dates in UTC, durations, and the moments a command accepts.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds of a day.
const DAY: u32 = 86_400;

/// Why a text names no moment or duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is neither a duration (90s, 30m, 12h, 7d), a date (2027-01-31, 2027-01-31T18:00Z) nor Unix seconds")]
pub struct TimeError(String);

/// Now, by the system's clock, in Unix seconds.
#[must_use]
pub fn now() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}

/// `2026-11-23`, in UTC.
#[must_use]
pub fn date(at: u32) -> String {
    let (year, month, day) = civil(at / DAY);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `2026-11-23 14:05 UTC`.
#[must_use]
pub fn moment(at: u32) -> String {
    let second = at % DAY;
    format!("{} {:02}:{:02} UTC", date(at), second / 3600, second / 60 % 60)
}

/// `2 days`, `3 hours`, `5 minutes`, `1 second`: the largest unit that fits, rounded down.
#[must_use]
pub fn duration(seconds: u32) -> String {
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..DAY => (seconds / 3_600, "hour"),
        _ => (seconds / DAY, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// A length of time as typed: `90s`, `30m`, `12h`, `7d`.
///
/// # Errors
/// [`TimeError`], repeating the text.
pub fn parse_duration(text: &str) -> Result<u32, TimeError> {
    let error = || TimeError(text.to_owned());
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => DAY,
        _ => return Err(error()),
    };
    let count: u32 = text.get(..text.len() - 1).and_then(|digits| digits.parse().ok()).ok_or_else(error)?;
    count.checked_mul(unit).ok_or_else(error)
}

/// A moment as typed: a duration from `now`, a date, a date and time in UTC, or Unix seconds.
///
/// # Errors
/// [`TimeError`], repeating the text.
pub fn parse_moment(text: &str, now: u32) -> Result<u32, TimeError> {
    let error = || TimeError(text.to_owned());
    if text == "now" {
        return Ok(now);
    }
    if let Ok(after) = parse_duration(text) {
        return now.checked_add(after).ok_or_else(error);
    }
    if let Ok(seconds) = text.parse() {
        return Ok(seconds);
    }
    let (day, time) = match text.split_once(['T', ' ']) {
        Some((day, time)) => (day, time.strip_suffix('Z').unwrap_or(time)),
        None => (text, "00:00"),
    };
    let day = parse_date(day).ok_or_else(error)?;
    let second = parse_time(time).ok_or_else(error)?;
    day.checked_mul(DAY).and_then(|day| day.checked_add(second)).ok_or_else(error)
}

fn parse_date(text: &str) -> Option<u32> {
    let mut parts = text.split('-').map(str::parse::<u32>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    if parts.next().is_some() || !(1970..=2105).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let days = days_before_year(year) + (1..month).map(|month| days_of_month(year, month)).sum::<u32>();
    (1..=days_of_month(year, month)).contains(&day).then(|| days + day - 1)
}

fn parse_time(text: &str) -> Option<u32> {
    let mut parts = text.split(':').map(str::parse::<u32>);
    let (hour, minute) = (parts.next()?.ok()?, parts.next()?.ok()?);
    let second = parts.next().map_or(Some(0), Result::ok)?;
    (parts.next().is_none() && hour < 24 && minute < 60 && second < 60).then_some(hour * 3_600 + minute * 60 + second)
}

const fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_of_month(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 to the first of January of `year`.
fn days_before_year(year: u32) -> u32 {
    (1970..year).map(|year| 365 + u32::from(is_leap(year))).sum()
}

/// Year, month and day of a day counted from 1970-01-01. u32 seconds end in 2106, so counting up is quick enough.
fn civil(mut day: u32) -> (u32, u32, u32) {
    let mut year = 1970;
    while day >= 365 + u32::from(is_leap(year)) {
        day -= 365 + u32::from(is_leap(year));
        year += 1;
    }
    let mut month = 1;
    while day >= days_of_month(year, month) {
        day -= days_of_month(year, month);
        month += 1;
    }
    (year, month, day + 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (at, expected) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_795_444_000, "2026-11-23 14:26 UTC"),
            (u32::MAX, "2106-02-07 06:28 UTC"),
        ] {
            assert_eq!(moment(at), expected);
        }
    }

    #[test]
    fn accepts_durations_dates_times_and_seconds() {
        assert_eq!(parse_moment("30m", 100), Ok(1_900));
        assert_eq!(parse_moment("2000-02-29", 0), Ok(951_782_400));
        assert_eq!(parse_moment("2000-02-29T01:02:03Z", 0), Ok(951_782_400 + 3_723));
        assert_eq!(parse_moment("1234", 0), Ok(1_234));
        assert_eq!(parse_moment("now", 7), Ok(7));
    }

    #[test]
    fn refuses_what_is_no_moment() {
        for text in ["", "d", "2001-02-29", "2026-13-01", "2026-01-01T24:00", "tomorrow", "99999999999d", "-1"] {
            assert!(parse_moment(text, 0).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_use_the_largest_unit() {
        assert_eq!(duration(1), "1 second");
        assert_eq!(duration(7_200), "2 hours");
        assert_eq!(duration(3 * DAY + 5), "3 days");
    }
}
