# What is told line by line.

## The line chat: where it begins, and its prompts

hello = Hello { $name }. /help shows what you can do.
prompt-to = to { $name }:
prompt-in = to { $name }:
asked = { $question } [{ $yes }/{ $no }]
ask-same = the same? [{ $yes }/{ $no }, or the words]
interrupt-or-quit = Ctrl-C again leaves; so does /quit.
problem = Problem: { $what }
unsent = not sent: { $text }
cut-off = { $start }, and so on
node-ended-locked = the node has ended, and the profile is locked.
enter-unlocks = Press Enter to give its passphrase.
enter-leaves = Press Enter to leave.
unreached = { $name } cannot be reached right now. Your messages are kept and go out by themselves.
unreached-in = Somebody in { $name } cannot be reached right now. Your messages are kept and go out by themselves.

## Before that: the profile, and the first run

passphrase = Passphrase:
making-keys = Making your keys.
words-written = Press Enter when you have written them down.
words-above = The words stay in this terminal until you clear or close it. Once you have begun nothing shows them again; until then Enter alone does.
nothing-made = nothing was made. Run `tidings` to begin again.
profile-kept = Your profile is in { $place }. Nothing shows its recovery words again.
words-unconfirmed = Nobody confirmed that the recovery words of this profile were written down, and nothing shows them again.
ask-anew = Type `anew` to remove the profile, with whatever is in it, and make another, or press Enter to go on without the words:
alone-offline = Tidings uses no network here, in the mode `offline`. `tidings status` says whether that is set, and `tidings config set network.mode auto` takes it back.
alone-because = Tidings uses no network here: { $why }.

## Messages, read out

conversation = Conversation: { $name }
changed = Changed
gone = Gone
was = was: { $text }
in-reply-to = (in reply to { $said })
missing-message = a message that is not here
disappears-at = (disappears { $time })
delivered-to = { $outcome }, delivered to { $reached } of { $people }
date = { $day } { $month }
date-with-year = { $day } { $month } { $year }
some-time = some time
many = { $count } messages { $outcome }
elsewhere = Elsewhere, { $who }: { $said }   ({ $count } unread, { $open })
author-in = { $name } in { $room }
nothing-yet = Nothing yet. Type a line to write to { $name }.
begun = You have begun to write: { $draft }   (`tidings draft` shows all of it)
cancelled = cancelled: { $said }
not-cancelled = { $outcome }, not cancelled: { $said }

## People

give-code = Give this code to one person, where only they can see it. They type `/join` and the code:
code-until = It is good until { $until }, and answered while Tidings runs here.
looking-for-maker = Looking for whoever made the code.
maker-unreached = Whoever made the code could not be reached yet. It goes on by itself while Tidings runs on both sides.
now-contact = { $name } is now your contact.
already-contact = { $name } is your contact.
to-write = { $open } to write.
held-off-now = { $name } is not as you knew them: another device, or words in other hands. Nothing goes to them or comes from them until you compare the safety words again: { $verify }
words-of = { $name }'s safety words, as this device knows them:
words-how = Let { $name } read out the words that /id shows there, over a call or face to face.
words-why = Contacts who compare your safety words know that nobody is in between.
renamed = { $before } is called { $name } now.
now-blocked = { $name } is blocked.
now-unblocked = { $name } is not blocked any more.
newer-version = { $name } runs a newer Tidings that this one cannot talk to: update this one. What you write to them waits.
older-version = { $name } runs an older Tidings that this one cannot talk to: ask them to update. What you write to them waits.
status-more = `tidings status` says more.

## The list

held-off-verify = held off: /verify again
online = online
is-open = open
unread = { $count } unread
is-put-away = put away
room-invited = room: you are invited, /accept
room-we-left = room that you left
room-removed = room that you were removed from
no-contacts = No contacts yet.
code-waits-meanwhile = A code you used is still waiting for its maker. Meanwhile:
codes-wait = { $count ->
    [one] { $count } code of somebody else's is still waiting for its maker.
   *[other] { $count } codes of others are still waiting for their makers.
}
list-opens = { $open }, or / and the number, opens a conversation.
own-member = { $name } (you)

## Rooms, and how long messages stay

and-more = and { $count } more: /members
room-renamed = The room { $before } is called { $room } now.
you-rose = You are an admin of the room { $room } now.
you-fell = You are no admin of the room { $room } any more.
room-invites = You are invited to the room { $room }. { $accept } takes part, { $leave } turns it down.
room-invites-by = You are invited to the room { $room } by { $name }. { $accept } takes part, { $leave } turns it down.
room-joined = You are in the room { $room } now. { $open } to write.
room-joined-by = You are in the room { $room } now, invited by { $name }. { $open } to write.
room-turned-down = You have turned down the invitation to the room { $room }.
you-left = You have left the room { $room }.
you-were-removed = You were removed from the room { $room }.
member-came = { $name } is in the room { $room } now.
member-rose = { $name } is an admin of the room { $room } now.
member-fell = { $name } is no admin of the room { $room } any more.
member-went = { $name } has left the room { $room }, or was removed from it.
expires-in = What is written in { $room } from now on disappears { $span } after it arrives.
expires-with = What is written with { $name } from now on disappears { $span } after it arrives.
stays-in = What is written in { $room } from now on stays.
stays-with = What is written with { $name } from now on stays.
weeks = { $count ->
    [one] { $count } week
   *[other] { $count } weeks
}
days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
now-muted = { $name } is muted: you are not told of what arrives there.
now-unmuted = { $name } is not muted any more.
now-put-away = { $name } is put away until something new is in it.
now-taken-back = { $name } is not put away any more.
now-told = What you read in { $name } is told, and that you type.
now-untold = Nobody learns any more what you read in { $name }, nor that you type.

## What is looked for

found-count = { $count ->
    [one] { $count } message found.
   *[other] { $count } messages found.
}
found-more = These { $count } came last, and there are more: search for more words.
found-in = Found { $number }, in { $place }
another-conversation = another conversation
pinned-number = Pinned { $number }
nothing-pinned = Nothing is pinned in { $name }.
checking = Looking whether all is well.
check-well = Well, { $name }: { $detail }
check-ill = Not well, { $name }: { $detail }
check-ill-since = Not well, { $name }: { $detail } (since { $since })
check-helps = What helps: { $hint }
all-well = All is well.
not-all-well = { $ill } of { $all } things are not well.
