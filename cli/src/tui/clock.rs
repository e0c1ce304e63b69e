//! What time it is where the screen is, and how times are said there.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::safe_text::Safe;

/// The present moment, and the zone in which it is told.
///
/// What is shown is told by the system's clock, which somebody may set back; what is due, by the time that has
/// passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct Clock {
    /// Milliseconds since the Unix epoch.
    now: u64,
    /// Milliseconds since the beginning.
    passed: u64,
    zone: TimeZone,
}

impl Clock {
    /// A clock at a moment.
    pub(in crate::tui) fn at(now: u64, zone: TimeZone) -> Self {
        Self {
            now,
            passed: 0,
            zone,
        }
    }

    /// What it shows, in milliseconds since the Unix epoch.
    pub(in crate::tui) const fn now(&self) -> u64 {
        self.now
    }

    /// How much time has passed since the beginning, in milliseconds; it never goes back.
    pub(in crate::tui) const fn passed(&self) -> u64 {
        self.passed
    }

    /// Sets it to what the system's clock shows, and to how much time has passed.
    pub(in crate::tui) fn set(&mut self, now: u64, passed: u64) {
        self.now = now;
        self.passed = self.passed.max(passed);
    }

    /// The day of a moment; nothing for what no calendar holds: a peer's clock may show anything.
    pub(in crate::tui) fn day(&self, millis: u64) -> Option<Date> {
        Some(self.local(millis)?.date())
    }

    /// Today.
    pub(in crate::tui) fn today(&self) -> Option<Date> {
        self.day(self.now)
    }

    /// The time of day of a moment.
    pub(in crate::tui) fn time(&self, millis: u64) -> String {
        self.local(millis).map_or_else(
            || "--:--".to_owned(),
            |time| time.strftime("%H:%M").to_string(),
        )
    }

    /// The day and time of a moment, the same in every language.
    pub(in crate::tui) fn moment(&self, millis: u64) -> Safe {
        let time = self.local(millis);
        let said = time.map(|time| time.strftime("%Y-%m-%d %H:%M").to_string());
        said.map_or_else(|| "--".into(), |said| Safe::line(&said))
    }

    fn local(&self, millis: u64) -> Option<jiff::Zoned> {
        let time = Timestamp::from_millisecond(i64::try_from(millis).ok()?).ok()?;
        Some(time.to_zoned(self.zone.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_no_calendar_holds_is_none() {
        let clock = Clock::at(0, TimeZone::UTC);
        assert_eq!(clock.time(60_000), "00:01");
        assert_eq!(clock.time(u64::MAX), "--:--");
        assert_eq!(clock.day(u64::MAX), None);
        assert_eq!(clock.moment(60_000).as_str(), "1970-01-01 00:01");
        assert_eq!(clock.moment(u64::MAX).as_str(), "--");
    }

    #[test]
    fn what_it_shows_goes_back_with_the_system_s_clock_and_what_has_passed_never_does() {
        let mut clock = Clock::at(5, TimeZone::UTC);
        clock.set(3, 7);
        assert_eq!((clock.now(), clock.passed()), (3, 7));
        clock.set(4, 6);
        assert_eq!((clock.now(), clock.passed()), (4, 7));
    }
}
