//! Tells the desktop, beside everything else.
//!
//! Invariants
//! - Nobody waits for a desktop: each notification is a task of its own with a time limit, and a later one takes its place.
//! - That it cannot be told is said once.

use tokio::task::JoinSet;

use super::Notification;
use crate::safe_text::Safe;
use crate::texts::Texts;

/// How long the desktop has to take one.
#[cfg(feature = "desktop")]
const TAKEN_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// Why the desktop cannot be told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    dead_code,
    reason = "which of them there are depends on what the program was built with"
)]
pub(in crate::tui) enum Untold {
    /// What it says itself, in words of its own.
    Refused(String),
    /// It does not answer.
    Silent,
    /// A fault of ours.
    Broke,
    /// The program was built without it.
    Absent,
}

impl Untold {
    /// In one's own language.
    pub(in crate::tui) fn words(&self, texts: &Texts) -> Safe {
        match self {
            Self::Refused(words) => Safe::line(words),
            Self::Silent => texts.desktop_silent(),
            Self::Broke => texts.desktop_broke(),
            Self::Absent => texts.desktop_absent(),
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(in crate::tui) struct Desktop {
    tasks: JoinSet<Result<u32, Untold>>,
    /// The one that is shown, to be replaced by the next.
    shown: Option<u32>,
    has_failed: bool,
}

impl Desktop {
    /// Has it shown. Needs a runtime.
    pub(in crate::tui) fn show(&mut self, notification: Notification) {
        self.tasks.abort_all();
        self.tasks.spawn(shown(notification, self.shown));
    }

    /// Why it cannot be told; waits for that, for ever if it can or it was said before. Nothing is lost if it is dropped.
    pub(in crate::tui) async fn failed(&mut self) -> Untold {
        while let Some(ended) = self.tasks.join_next().await {
            let why = match ended {
                Ok(Ok(id)) => {
                    self.shown = Some(id);
                    continue;
                }
                Ok(Err(why)) => why,
                Err(error) if error.is_cancelled() => continue,
                Err(_) => Untold::Broke,
            };
            if !std::mem::replace(&mut self.has_failed, true) {
                return why;
            }
        }
        std::future::pending().await
    }
}

/// Shows it in place of another; by which number it is known.
#[cfg(feature = "desktop")]
async fn shown(notification: Notification, before: Option<u32>) -> Result<u32, Untold> {
    let mut told = notify_rust::Notification::new();
    told.appname("Tidings")
        .summary(notification.summary.as_str())
        .body(&notification.markup());
    taken(told, before).await
}

#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
async fn taken(mut told: notify_rust::Notification, before: Option<u32>) -> Result<u32, Untold> {
    if let Some(id) = before {
        told.id(id);
    }
    match tokio::time::timeout(TAKEN_TIMEOUT, told.show_async()).await {
        Ok(Ok(shown)) => Ok(shown.id()),
        Ok(Err(error)) => Err(Untold::Refused(error.to_string())),
        Err(_) => Err(Untold::Silent),
    }
}

#[cfg(all(feature = "desktop", not(all(unix, not(target_os = "macos")))))]
async fn taken(told: notify_rust::Notification, _: Option<u32>) -> Result<u32, Untold> {
    let show = tokio::task::spawn_blocking(move || told.show().map(drop));
    match tokio::time::timeout(TAKEN_TIMEOUT, show).await {
        Ok(Ok(Ok(()))) => Ok(0),
        Ok(Ok(Err(error))) => Err(Untold::Refused(error.to_string())),
        Ok(Err(_)) => Err(Untold::Broke),
        Err(_) => Err(Untold::Silent),
    }
}

#[cfg(not(feature = "desktop"))]
async fn shown(_: Notification, _: Option<u32>) -> Result<u32, Untold> {
    std::future::ready(Err(Untold::Absent)).await
}
