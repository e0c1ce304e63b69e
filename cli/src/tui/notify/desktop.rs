//! Tells the desktop, beside everything else.
//!
//! Invariants
//! - Nobody waits for a desktop: each notification is a task of its own with a time limit, and a later one takes its place.
//! - That it cannot be told is said once.

use tokio::task::JoinSet;

use super::Notification;

/// How long the desktop has to take one.
#[cfg(feature = "desktop")]
const TAKEN_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// See the module.
#[derive(Debug, Default)]
pub(in crate::tui) struct Desktop {
    tasks: JoinSet<Result<u32, String>>,
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
    pub(in crate::tui) async fn failed(&mut self) -> String {
        while let Some(ended) = self.tasks.join_next().await {
            let why = match ended {
                Ok(Ok(id)) => {
                    self.shown = Some(id);
                    continue;
                }
                Ok(Err(why)) => why,
                Err(error) if error.is_cancelled() => continue,
                Err(_) => "it failed by a fault of its own".to_owned(),
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
async fn shown(notification: Notification, before: Option<u32>) -> Result<u32, String> {
    let mut told = notify_rust::Notification::new();
    told.appname("Tidings")
        .summary(notification.summary.as_str())
        .body(&notification.markup());
    taken(told, before).await
}

#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
async fn taken(mut told: notify_rust::Notification, before: Option<u32>) -> Result<u32, String> {
    if let Some(id) = before {
        told.id(id);
    }
    match tokio::time::timeout(TAKEN_TIMEOUT, told.show_async()).await {
        Ok(Ok(shown)) => Ok(shown.id()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("it does not answer".to_owned()),
    }
}

#[cfg(all(feature = "desktop", not(all(unix, not(target_os = "macos")))))]
async fn taken(told: notify_rust::Notification, _: Option<u32>) -> Result<u32, String> {
    let show = tokio::task::spawn_blocking(move || told.show().map(drop));
    match tokio::time::timeout(TAKEN_TIMEOUT, show).await {
        Ok(Ok(Ok(()))) => Ok(0),
        Ok(Ok(Err(error))) => Err(error.to_string()),
        Ok(Err(_)) => Err("it failed by a fault of its own".to_owned()),
        Err(_) => Err("it does not answer".to_owned()),
    }
}

#[cfg(not(feature = "desktop"))]
async fn shown(_: Notification, _: Option<u32>) -> Result<u32, String> {
    std::future::ready(Err("this program was built without it".to_owned())).await
}
