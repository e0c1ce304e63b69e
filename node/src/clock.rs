//! The one place that reads clocks.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tidings_protocol::time::{Monotonic, Now, WallTime};
use tokio::time::Instant;

/// Time since the node was opened, and the time of day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    opened: Instant,
}

impl Clock {
    /// Starts to count.
    pub(crate) fn start() -> Self {
        Self {
            opened: Instant::now(),
        }
    }

    /// The present moment.
    pub(crate) fn now(self) -> Now {
        Now {
            wall: wall_time(),
            monotonic: Monotonic::from_millis(millis(self.opened.elapsed())),
        }
    }

    /// The runtime's instant of an engine's time.
    pub(crate) fn instant(self, at: Monotonic) -> Instant {
        self.opened + Duration::from_millis(at.as_millis())
    }
}

/// What this device's clock shows; the epoch itself if it shows a time before that.
pub(crate) fn wall_time() -> WallTime {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    WallTime::from_millis(millis(since))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
