# What is wrong in interface.toml.

faults-title = Not all of { $path } is understood
fault = Line { $line }: { $what }
fault-unread = It cannot be read: { $why }.
fault-too-large = It has over { $most } bytes: shorten it.
fault-no-toml = from column { $column } on it is no TOML: { $why }.
fault-no-setting = there is no setting `{ $name }`: `man tidings` has their names.
fault-no-value = `{ $name }` is one of: { $possible }.
fault-no-table = `keys` is a table: write keys below a line such as [keys.messages].
fault-no-layer = there are no keys for `{ $name }`: write one of { $known }.
fault-no-action = there is no action `{ $name }`: `man tidings` has their names.
fault-not-there = `{ $action }` is not possible in `{ $layer }`: `man tidings` says where it is.
fault-no-keys = `{ $action }` needs a key in quotes, or a list of such.
fault-only-alt = `{ $action }` has only keys with Alt, which not every terminal tells of: add another.
fault-taken = `{ $keys }` is `{ $by }` now, and `{ $from }` has no key in `{ $layer }` any more: give it one, or [].
fault-no-key = `{ $action }`: there is no key `{ $key }`: write for example ctrl-k, shift-enter, f1, pageup or ?.
fault-same-key = `{ $action }`: terminals send the same for `{ $key }` as for `{ $other }`: take another.
fault-key-count = `{ $action }`: `{ $keys }` is no sequence of one to { $most } keys.
fault-alike = `{ $action }`: `{ $keys }` and `{ $other }` begin alike, so one of them could never be pressed: change one.
