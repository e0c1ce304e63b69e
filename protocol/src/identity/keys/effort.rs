//! How many of the operations that take time were done on this thread: tests count them, as time tells nothing.

use std::cell::Cell;

thread_local! {
    static AGREEMENTS: Cell<usize> = const { Cell::new(0) };
    static SIGNATURES: Cell<usize> = const { Cell::new(0) };
}

/// Notes a key agreement.
pub(super) fn agreement() {
    AGREEMENTS.set(AGREEMENTS.get() + 1);
}

/// Notes that a signature is checked.
pub(super) fn signature() {
    SIGNATURES.set(SIGNATURES.get() + 1);
}

/// How many agreements were made, and signatures checked, while `run` ran.
pub(crate) fn of<T>(run: impl FnOnce() -> T) -> (T, [usize; 2]) {
    let before = [AGREEMENTS.get(), SIGNATURES.get()];
    let result = run();
    let [agreements, signatures] = before;
    let done = [AGREEMENTS.get() - agreements, SIGNATURES.get() - signatures];
    (result, done)
}
