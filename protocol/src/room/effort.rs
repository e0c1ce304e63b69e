//! How much is done to resolve rooms on this thread: tests count it, as time tells nothing.

use std::cell::Cell;

thread_local! {
    static RESOLUTIONS: Cell<usize> = const { Cell::new(0) };
    static STEPS: Cell<usize> = const { Cell::new(0) };
}

/// Notes that a room, or a past in one, is resolved.
pub(super) fn resolution() {
    RESOLUTIONS.set(RESOLUTIONS.get() + 1);
}

/// Notes that so much of a set of places is looked at.
pub(super) fn steps(count: usize) {
    STEPS.set(STEPS.get() + count);
}

/// How often something was resolved, and in how many steps, while `run` ran.
pub(crate) fn of<T>(run: impl FnOnce() -> T) -> (T, usize, usize) {
    let before = (RESOLUTIONS.get(), STEPS.get());
    let result = run();
    let (resolutions, steps) = (RESOLUTIONS.get() - before.0, STEPS.get() - before.1);
    (result, resolutions, steps)
}
