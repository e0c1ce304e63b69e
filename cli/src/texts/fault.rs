//! What is said of the file that says how the interface is wanted.

use super::Texts;
use crate::safe_text::Safe;

texts! {
    /// A heading of what is wrong in a file.
    faults_title(path: &Safe);
    /// Something that is wrong in it.
    fault(line: u64, what: &Safe);
    /// Of the file.
    fault_unread(why: &Safe);
    /// Of the file.
    fault_too_large(most: u64);
    /// Of the file from some place on.
    fault_no_toml(column: u64, why: &Safe);
    /// Of a name.
    fault_no_setting(name: &Safe);
    /// Of a setting.
    fault_no_value(name: &Safe, possible: &Safe);
    /// Of the keys.
    fault_no_table;
    /// Of the name of a part of the screen.
    fault_no_layer(name: &Safe, known: &Safe);
    /// Of the name of an action.
    fault_no_action(name: &Safe);
    /// Of an action.
    fault_not_there(action: &Safe, layer: &Safe);
    /// Of what stands where keys should.
    fault_no_keys(action: &Safe);
    /// Of an action's keys.
    fault_only_alt(action: &Safe);
    /// Of keys that were another action's last.
    fault_taken(keys: &Safe, by: &Safe, from: &Safe, layer: &Safe);
    /// Of one of an action's keys.
    fault_no_key(action: &Safe, key: &Safe);
    /// Of one of an action's keys.
    fault_same_key(action: &Safe, key: &Safe, other: &Safe);
    /// Of keys that are pressed one after the other.
    fault_key_count(action: &Safe, keys: &Safe, most: u64);
    /// Of keys that are pressed one after the other.
    fault_alike(action: &Safe, keys: &Safe, other: &Safe);
}
