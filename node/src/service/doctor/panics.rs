//! Whether a program that had the profile open met with a fault of its own, and left a report.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::subject::Subject;
use super::{finding, ill};
use crate::api::{Check, Span};
use crate::panic_reports::PanicReports;

/// How long a report is told of.
pub(super) const RECENT_TIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

const SUBJECT: Subject = Subject::Panics;

/// The check, if there is anything to tell.
pub(super) async fn check(directory: Option<PathBuf>) -> Option<Check> {
    let reports = PanicReports::new(directory?);
    let newest = tokio::task::spawn_blocking(move || reports.newest());
    let (path, at) = newest.await.ok()??;
    told(&path.file_name()?.to_string_lossy(), at, SystemTime::now())
}

fn told(file: &str, at: SystemTime, now: SystemTime) -> Option<Check> {
    // One from ahead of the clock is as new as can be.
    let age = now.duration_since(at).unwrap_or_default();
    (age <= RECENT_TIME).then(|| {
        let found = finding::panicked(Span(age), file);
        ill(SUBJECT, found, finding::hand_report_over())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_told_of_for_a_week_and_not_after_that() {
        let now = SystemTime::UNIX_EPOCH + 10 * RECENT_TIME;
        let told = |at| told("panic-1.txt", at, now);
        let check = told(now - RECENT_TIME).unwrap();
        assert!(
            !check.ok && check.detail.contains("panic-1.txt"),
            "{check:?}"
        );
        assert!(told(now + RECENT_TIME).is_some(), "a clock may be set back");
        assert_eq!(told(now - RECENT_TIME - Duration::from_secs(1)), None);
    }

    #[tokio::test]
    async fn where_there_is_no_report_nothing_is_told() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(check(None).await, None);
        assert_eq!(check(Some(home.path().into())).await, None);
        let reports = PanicReports::new(home.path());
        reports.keep("20260801T120000Z", "a fault").unwrap();
        assert!(check(Some(home.path().into())).await.is_some());
    }
}
