//! Paths, as they go to whoever asks.

use std::path::Path;

use serde::Serializer;

/// Tells a path as text. What of it is none, as a name on a stick may have it, is told as U+FFFD: one such file would
/// else take the whole reply from everybody who asks.
pub(super) fn as_text<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    use super::super::{Bundle, DamagedFile, Transfer, TransferKind, TransferUnit};

    #[test]
    fn what_of_a_path_is_no_text_is_marked_and_the_rest_is_told() {
        let path = || OsStr::from_bytes(b"/stick/\xff.tidings").into();
        let transfer = Transfer {
            id: 1,
            request: None,
            what: TransferKind::Import,
            path: path(),
            done: 0,
            total: None,
            unit: TransferUnit::Bytes,
        };
        let damaged = DamagedFile {
            path: path(),
            reason: "not a bundle of Tidings".to_owned(),
            foreign: true,
        };
        let bundle = Bundle {
            path: path(),
            envelopes: 0,
            bytes: 0,
            purges: 0,
            damaged: vec![damaged],
            left_out: None,
            new_file: None,
            new: None,
            for_me: None,
        };
        let transfer = serde_json::to_value(transfer).unwrap();
        let bundle = serde_json::to_value(bundle).unwrap();
        for told in [
            &transfer["path"],
            &bundle["path"],
            &bundle["damaged"][0]["path"],
        ] {
            assert_eq!(told, "/stick/\u{fffd}.tidings");
        }
    }
}
