//! What is said of bundles while they are written and taken, and of what came of it.

use std::path::Path;

use tidings_node::api::{Bundle, DamagedFile, Transfer, TransferKind};
use tidings_node::words::sized;

use super::Texts;
use crate::chat::Way;
use crate::safe_text::Safe;

texts! {
    /// What a transfer does.
    exporting(name: &Safe);
    /// What a transfer does.
    importing(name: &Safe);
    /// What a transfer of another kind does.
    moving(name: &Safe);
    /// How far a transfer is.
    done_percent(percent: u64);
    /// Behind a transfer: how many there are beside it.
    more_transfers(count: u64);
    /// How far a transfer is, in a line of its own.
    transfer_at(doing: &Safe, done: &Safe);
    /// A heading.
    transfers_title;
    /// Where there are none.
    no_transfers;
    /// Under transfers.
    transfers_keys(accept: &Safe, close: &Safe);
    /// Of a transfer.
    cancelling;
    /// Of a transfer that is named.
    cancelling_this(doing: &Safe);
    /// Of a transfer that was being stopped.
    ended_before;
    /// Of a transfer that was to be stopped.
    ended_already(name: &Safe);

    /// What was begun.
    export_begun(path: &Safe);
    /// What was begun.
    import_begun(path: &Safe);
    /// What was written.
    exported(count: u64, size: &Safe, path: &Safe);
    /// What was written, where there was nothing.
    exported_nothing(path: &Safe);
    /// Behind what was written, where whoever named a directory may have mistyped it.
    exported_new_file;
    /// What was written, where there was no room for all.
    exported_part(count: u64, all: u64, name: &Safe);
    /// What was taken.
    imported(count: u64, path: &Safe, new: u64, mine: u64);
    /// What was taken, where all of it was here.
    imported_nothing(path: &Safe);
    /// Of a file that was to be taken.
    damaged(name: &Safe);
    /// Of files that were to be taken, one of which is this.
    damaged_several(name: &Safe, more: u64);
    /// Of a file that was to be taken.
    foreign(name: &Safe);
    /// Of files that were to be taken, one of which is this.
    foreign_several(name: &Safe, more: u64);
    /// Said to whoever leaves.
    export_goes_on(path: &Safe);
    /// Said to whoever leaves.
    import_goes_on(path: &Safe);
    /// Said to whoever leaves.
    export_broken_off(path: &Safe);
    /// Said to whoever leaves.
    import_broken_off(path: &Safe);
}

impl Texts {
    /// What a transfer does with what is called so.
    pub(crate) fn doing(&self, what: TransferKind, name: &Safe) -> Safe {
        match what {
            TransferKind::Export => self.exporting(name),
            TransferKind::Import => self.importing(name),
            _ => self.moving(name),
        }
    }

    /// How far a transfer is; nothing while nobody knows how much there is.
    pub(crate) fn done(&self, transfer: &Transfer) -> Option<Safe> {
        percent(transfer).map(|percent| self.done_percent(percent))
    }

    /// What a transfer does and how far it is, in a line.
    pub(crate) fn transfer(&self, transfer: &Transfer) -> Safe {
        let doing = self.doing(transfer.what, &named(&transfer.path));
        match self.done(transfer) {
            Some(done) => self.transfer_at(&doing, &done),
            None => doing,
        }
    }

    /// That it is stopped, and which it is.
    pub(crate) fn cancelling_transfer(&self, transfer: &Transfer) -> Safe {
        let doing = self.doing(transfer.what, &named(&transfer.path));
        self.cancelling_this(&doing)
    }

    /// That it has ended by itself, and which it was.
    pub(crate) fn transfer_has_ended(&self, transfer: &Transfer) -> Safe {
        self.ended_already(&named(&transfer.path))
    }

    /// What was begun with a file or directory.
    pub(crate) fn bundle_begun(&self, way: Way, path: &Path) -> Safe {
        let path = shown(path);
        match way {
            Way::Export => self.export_begun(&path),
            Way::Import => self.import_begun(&path),
        }
    }

    /// What came of writing a bundle or taking one.
    pub(crate) fn came_of(&self, way: Way, bundle: &Bundle) -> Outcome {
        match way {
            Way::Export => self.came_of_export(bundle),
            Way::Import => self.came_of_import(bundle),
        }
    }

    fn came_of_export(&self, bundle: &Bundle) -> Outcome {
        let (count, path) = (bundle.envelopes, shown(&bundle.path));
        let left_out = bundle.left_out.unwrap_or(0);
        if left_out > 0 {
            let all = count.saturating_add(left_out);
            let said = self.exported_part(count, all, &named(&bundle.path));
            return Outcome::trouble(self.with_new_file(said, bundle));
        }
        let said = if count == 0 {
            self.exported_nothing(&path)
        } else {
            let size = Safe::line(&sized(bundle.bytes));
            self.exported(count, &size, &path)
        };
        Outcome::fine(self.with_new_file(said, bundle))
    }

    /// The same, and that no directory was written into where one may have been meant.
    fn with_new_file(&self, mut said: Safe, bundle: &Bundle) -> Safe {
        if bundle.new_file == Some(true) {
            said.push(&" ".into());
            said.push(&self.exported_new_file());
        }
        said
    }

    /// What is damaged comes first: something is to be done about it. Where nothing else was read, it is all.
    fn came_of_import(&self, bundle: &Bundle) -> Outcome {
        let (new, mine) = (bundle.new.unwrap_or(0), bundle.for_me.unwrap_or(0));
        let path = shown(&bundle.path);
        let taken = if (new, mine) == (0, 0) {
            self.imported_nothing(&path)
        } else {
            self.imported(bundle.envelopes, &path, new, mine)
        };
        let Some(mut said) = self.unsound(&bundle.damaged) else {
            return Outcome::fine(taken);
        };
        if bundle.bytes > 0 {
            said.push(&" ".into());
            said.push(&taken);
        }
        Outcome::trouble(said)
    }

    /// Which file could not be taken, and how many more could not.
    fn unsound(&self, damaged: &[DamagedFile]) -> Option<Safe> {
        let (first, rest) = damaged.split_first()?;
        let name = named(&first.path);
        let more = u64::try_from(rest.len()).unwrap_or(u64::MAX);
        Some(match (first.foreign, more) {
            (true, 0) => self.foreign(&name),
            (true, more) => self.foreign_several(&name, more),
            (false, 0) => self.damaged(&name),
            (false, more) => self.damaged_several(&name, more),
        })
    }

    /// What becomes of a transfer whose interface is left.
    pub(crate) fn left_behind(&self, way: Way, path: &Path, goes_on: bool) -> Safe {
        let path = shown(path);
        match (way, goes_on) {
            (Way::Export, true) => self.export_goes_on(&path),
            (Way::Import, true) => self.import_goes_on(&path),
            (Way::Export, false) => self.export_broken_off(&path),
            (Way::Import, false) => self.import_broken_off(&path),
        }
    }
}

/// What came of a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// In words.
    pub(crate) said: Safe,
    /// Whether somebody has to do something about it.
    pub(crate) is_trouble: bool,
}

impl Outcome {
    const fn fine(said: Safe) -> Self {
        Self {
            said,
            is_trouble: false,
        }
    }

    const fn trouble(said: Safe) -> Self {
        Self {
            said,
            is_trouble: true,
        }
    }
}

/// How far a transfer is, in whole hundredths; nothing while nobody knows how much there is.
pub(crate) fn percent(transfer: &Transfer) -> Option<u64> {
    let total = transfer.total.filter(|total| *total > 0)?;
    let done = u128::from(transfer.done.min(total)).saturating_mul(100);
    u64::try_from(done / u128::from(total)).ok()
}

/// What the file or directory of a transfer is called.
pub(crate) fn named(path: &Path) -> Safe {
    let name = path.file_name().map(|name| name.to_string_lossy());
    name.and_then(|name| Safe::name(&name))
        .unwrap_or_else(|| shown(path))
}

/// A path as a whole.
pub(crate) fn shown(path: &Path) -> Safe {
    Safe::line(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample::{bundle, transfer};
    use crate::safe_text::corpus;
    use crate::texts::Language;

    fn said(way: Way, bundle: &Bundle) -> [(String, bool); 2] {
        Language::ALL.map(|language| {
            let Outcome { said, is_trouble } = Texts::of(language).came_of(way, bundle);
            (said.into(), is_trouble)
        })
    }

    #[test]
    fn how_far_it_is_is_said_in_hundredths_of_the_total_once_that_is_known() {
        let english = Texts::of(Language::English);
        let mut half = transfer(1, TransferKind::Export, "/media/stick");
        (half.done, half.total) = (1, Some(2));
        assert_eq!(english.transfer(&half).as_str(), "Writing stick: 50 %");
        for (done, total, is) in [
            (0, Some(3), Some(0)),
            (2, Some(3), Some(66)),
            (3, Some(3), Some(100)),
            (4, Some(3), Some(100)),
            (u64::MAX, Some(u64::MAX), Some(100)),
            (0, Some(0), None),
            (7, None, None),
        ] {
            (half.done, half.total) = (done, total);
            assert_eq!(percent(&half), is, "{done} of {total:?}");
        }
        assert_eq!(english.transfer(&half).as_str(), "Writing stick");
    }

    #[test]
    fn what_was_written_says_how_much_and_where_and_what_had_no_room() {
        let mut written = bundle("/media/stick/a.tidings");
        (written.envelopes, written.bytes, written.left_out) = (12, 24_576, Some(0));
        let [(english, is_trouble), (korean, _)] = said(Way::Export, &written);
        assert_eq!(
            english,
            "Wrote 12 envelopes (24 KiB) to /media/stick/a.tidings."
        );
        assert!(korean.contains("봉투 12개") && !is_trouble, "{korean}");
        written.left_out = Some(3);
        for (said, is_trouble) in said(Way::Export, &written) {
            assert!(
                is_trouble && said.contains("12") && said.contains("15"),
                "{said}"
            );
        }
        (written.envelopes, written.left_out) = (0, None);
        let [(nothing, is_trouble), _] = said(Way::Export, &written);
        assert!(
            nothing.starts_with("There is nothing to carry") && !is_trouble,
            "{nothing}"
        );
    }

    #[test]
    fn what_was_written_where_no_directory_was_is_said_to_be_a_new_file() {
        let mut written = bundle("/media/stcik");
        (written.envelopes, written.bytes) = (12, 24_576);
        let plain = said(Way::Export, &written).map(|(said, _)| said);
        written.new_file = Some(false);
        assert_eq!(said(Way::Export, &written).map(|(said, _)| said), plain);
        written.new_file = Some(true);
        for envelopes in [0, 12] {
            written.envelopes = envelopes;
            let [(english, is_trouble), (korean, _)] = said(Way::Export, &written);
            assert!(english.contains("/media/stcik") && !is_trouble, "{english}");
            assert!(
                english.ends_with(" That is a new file: no directory of that name was there."),
                "{english}"
            );
            assert!(korean.ends_with("새 파일을 만들었습니다)"), "{korean}");
        }
        written.left_out = Some(3);
        let [(english, is_trouble), _] = said(Way::Export, &written);
        assert!(is_trouble && english.contains("new file"), "{english}");
    }

    #[test]
    fn what_was_taken_says_how_much_was_new_and_first_what_is_damaged() {
        let mut taken = bundle("/media/stick");
        (taken.envelopes, taken.bytes) = (12, 24_576);
        (taken.new, taken.for_me) = (Some(3), Some(2));
        let [(english, is_trouble), _] = said(Way::Import, &taken);
        let whole = "Took 12 envelopes from /media/stick: 3 new, 2 for you.";
        assert_eq!((english.as_str(), is_trouble), (whole, false));
        let damaged = |name: &str, foreign| DamagedFile {
            path: Path::new("/media/stick").join(name),
            reason: "cut short".to_owned(),
            foreign,
        };
        taken.damaged = vec![damaged("b.tidings", false), damaged("letter", true)];
        let [(english, is_trouble), (korean, _)] = said(Way::Import, &taken);
        assert!(
            english.starts_with("b.tidings is damaged, and 1 more file cannot be read."),
            "{english}"
        );
        assert!(english.ends_with(whole) && is_trouble, "{english}");
        assert!(korean.contains("b.tidings. 그 밖에"), "{korean}");
        (taken.bytes, taken.new, taken.for_me) = (0, Some(0), Some(0));
        taken.damaged = vec![damaged("letter", true)];
        let [(english, _), _] = said(Way::Import, &taken);
        assert_eq!(english, "letter is not a bundle of Tidings.");
        (taken.bytes, taken.damaged) = (100, Vec::new());
        let [(english, is_trouble), _] = said(Way::Import, &taken);
        assert_eq!(
            (english.as_str(), is_trouble),
            ("Nothing new in /media/stick.", false)
        );
    }

    #[test]
    fn what_becomes_of_a_transfer_whose_interface_is_left_is_said_as_it_is() {
        let texts = Texts::default();
        let said = |way, goes_on| {
            let said = texts.left_behind(way, Path::new("/media/stick"), goes_on);
            String::from(said)
        };
        for way in [Way::Export, Way::Import] {
            assert!(said(way, true).contains("goes on"));
            assert!(said(way, false).contains("broken off"));
        }
    }

    #[test]
    fn whatever_a_file_is_called_comes_out_as_plain_text_in_every_language() {
        let all = Language::ALL.map(Texts::of);
        corpus::walk(|text| {
            let path = Path::new("/media").join(text);
            let mut bundle = bundle("");
            bundle.path.clone_from(&path);
            bundle.bytes = 1;
            bundle.damaged = vec![DamagedFile {
                path: path.clone(),
                reason: text.to_owned(),
                foreign: false,
            }];
            let said = all.iter().flat_map(|texts| {
                let mut moved = transfer(1, TransferKind::Import, "");
                moved.path.clone_from(&path);
                let transfer = texts.transfer(&moved);
                let stopped = [
                    texts.cancelling_transfer(&moved),
                    texts.transfer_has_ended(&moved),
                ];
                let came = [Way::Export, Way::Import].map(|way| texts.came_of(way, &bundle).said);
                let left = texts.left_behind(Way::Export, &path, false);
                came.into_iter().chain([transfer, left]).chain(stopped)
            });
            said.map(String::from).collect::<String>()
        });
    }
}
