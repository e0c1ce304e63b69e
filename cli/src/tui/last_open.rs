//! Which conversation was open last, for the next start: a file in the profile's directory.
//!
//! Invariants
//! - It holds no id, but a number made of the conversation's and of the device's, which is in the locked profile: of those who
//!   have the file alone, only a contact, who knows the device, can try ids against it.
//! - Whoever wrote it last is believed, and whatever cannot be read, found or written is no matter.

use std::fs::File;
use std::hash::{DefaultHasher, Hasher as _};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use tidings_node::DeviceId;

use crate::chat::Place;

/// Its name.
const FILE: &str = "last-open";

/// See the module.
#[derive(Debug)]
pub(super) struct LastOpen {
    home: PathBuf,
    device: DeviceId,
    /// What this interface wrote last.
    kept: Option<Place>,
}

impl LastOpen {
    /// That of a profile, on this device.
    pub(super) fn of(home: &Path, device: DeviceId) -> Self {
        Self {
            home: home.to_owned(),
            device,
            kept: None,
        }
    }

    /// Which of these was open last.
    pub(super) fn find(&self, places: &[Place]) -> Option<Place> {
        let mut text = String::new();
        let file = File::open(self.home.join(FILE)).ok()?;
        file.take(64).read_to_string(&mut text).ok()?;
        let mut places = places.iter().copied();
        places.find(|place| self.number(*place) == text)
    }

    /// Has this one be it, if it is open.
    pub(super) fn keep(&mut self, open: Option<Place>) {
        if let Some(place) = open.filter(|_| open != self.kept) {
            // Once: what cannot be written now could not be a second later.
            self.kept = open;
            let _ = self.write(&self.number(place));
        }
    }

    /// Puts it in place of what is there, as a whole.
    fn write(&self, number: &str) -> std::io::Result<()> {
        let mut file = NamedTempFile::new_in(&self.home)?;
        file.write_all(number.as_bytes())?;
        file.persist(self.home.join(FILE))?;
        Ok(())
    }

    fn number(&self, place: Place) -> String {
        let mut hasher = DefaultHasher::new();
        hasher.write(self.device.to_string().as_bytes());
        hasher.write_u8(u8::from(matches!(place, Place::Room(_))));
        hasher.write(place.who().0.as_bytes());
        format!("{:016x}", hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample;

    fn person(letter: char) -> Place {
        Place::Person(sample::id(letter))
    }

    #[test]
    fn what_was_open_last_is_found_again_whoever_wrote_it_and_on_this_device_alone() {
        let home = tempfile::tempdir().unwrap();
        let device = |letter| LastOpen::of(home.path(), sample::id(letter));
        let (mut first, mut second) = (device('a'), device('a'));
        let all = [person('b'), Place::Room(sample::id('b')), person('c')];
        assert_eq!(first.find(&all), None);
        for place in all {
            first.keep(Some(place));
            assert_eq!(second.find(&all), Some(place));
        }
        second.keep(Some(all[0]));
        first.keep(None);
        first.keep(Some(all[2]));
        assert_eq!(first.find(&all), Some(all[0]), "the last who wrote it");
        assert_eq!(device('z').find(&all), None);
        assert_eq!(first.find(&all[1..]), None);
    }

    #[test]
    fn the_file_has_nothing_of_an_id_and_none_is_left_beside_it() {
        let home = tempfile::tempdir().unwrap();
        LastOpen::of(home.path(), sample::id('a')).keep(Some(person('b')));
        let files: Vec<_> = std::fs::read_dir(home.path()).unwrap().flatten().collect();
        assert_eq!(files.len(), 1);
        let text = std::fs::read_to_string(files[0].path()).unwrap();
        assert_eq!(text.len(), 16, "{text}");
        let id = person('b').who().0;
        assert!(!id.contains(&text[..4]), "{text} of {id}");
    }

    #[test]
    fn where_nothing_can_be_written_nothing_was_open() {
        let home = tempfile::tempdir().unwrap();
        let mut last = LastOpen::of(&home.path().join("gone"), sample::id('a'));
        last.keep(Some(person('b')));
        assert_eq!(last.find(&[person('b')]), None);
    }
}
