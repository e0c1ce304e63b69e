# What is said in passing, on the screen and to the desktop.

interrupt-again = Ctrl-C again leaves; what is queued stays queued.
nothing-unread = Nothing else is unread.
too-long = That is too long for one message. Send it in parts.
verified = { $name } is verified.
not-here = That message is not here any more.
met = { $name } is your contact now.
used = { $name } used the code and is your contact now. Nobody else can use it.
met-elsewhere = { $name } is your contact now. { $people } shows your contacts, to write to them.
room-there = { $name } is there now: it is in the list.
joining = Looking for whoever made the code…
join-pending = Nobody answered yet. It goes on by itself, and they become your contact as soon as they are reached.
nobody-found = Nobody was found yet: this is what may be in the way.
nobody-reached = Nobody was reached yet; { $doctor } looks why.
not-yours = Only your own messages can be edited.
copied = Copied, if the terminal lets a program do that.
mouse-on = The mouse chooses conversations and messages.
mouse-off = The mouse is the terminal's again: it selects text.
not-here-now = That is not possible here.
not-here-verify = Words are compared with one person: { $members } shows who is in the room; choose somebody there.
not-here-rename = That is not possible here; this is: { $rename }.
choose-message = Choose a message first.
no-contact = You have no contact of that name.
no-lifetime = Write for example 1d, 8h or 30m, or off.
ended = Any key leaves: { $why }
ended-outside = Tidings was ended from outside, as `tidings daemon stop` does.
not-sent = Not sent to { $to }: { $text }
locked-title = The profile is locked
locked-why = The node that had it open has ended. Type the passphrase and press Enter; nothing of it is shown.
unlocking = Opening it…
wrong-passphrase = That is not the passphrase of this profile. Try again.
locked-keys = enter opens it    ctrl-u begins anew    esc leaves
unlocked = The profile is open again.
left-out = { $count ->
    [one] of what was said while it had the screen, one line is left out.
   *[other] of what was said while it had the screen, { $count } lines are left out.
}
notify-messages = { $count ->
    [one] New message
   *[other] { $count } new messages
}
notify-invitation = Invitation into a room
notify-several = { $name } and others
no-desktop = The desktop cannot be told of messages: { $why }. The terminal's bell tells of them.
desktop-silent = it does not answer
desktop-broke = telling it failed by a fault of Tidings
desktop-absent = this program was built without it
