# What the line chat says of commands.

## What commands want

give-the-code = Give the code: { $usage }
give-a-number = Give a number: { $usage }
which-room = Which room? { $usage }
whom = Whom? { $usage }
what-title = What is it to be called? { $usage }
search-for-what = For what? { $usage }
reply-to-what = Which message, and with what? { $usage }
edit-to-what = Which message, and to what? { $usage }, without a number your last one
react-how = To which message, and how? { $usage }
which-message = Which message? { $usage }
which-join = Which? { $usage }
which-transfer = Which? { $usage }
write-where = Where to? { $usage }, a directory or a file
take-from-where = From where? { $usage }, a directory or a file
open-first = Open a conversation first: { $usage }
open-room-first = Open the room first: { $usage }
to-whom = To whom? /contacts shows everyone, { $usage } opens a conversation.
no-command = there is no { $verb }. /help shows what there is; // sends a line that begins with /.
looks-like-code = That looks like an invite code. /join and the code uses it; // before it sends it as a message.
nobody-called = you have no contact and no room called { $name }. /contacts
no-member-called = nobody in the room { $room } is called { $name }. /members
several-called = Several are called that. Take the number:

## What cannot be done

is-contact = That is a contact; { $usage } writes to them.
is-no-room = That is a contact, and no room.
no-words-of-room = That is a room; people have safety words.
no-room-in-room = That is a room; contacts can be let in.
no-block-of-room = That is a room; contacts can be blocked.
that-is-you = That is you; /leave leaves the room.
not-in-room = You are not in the room { $room }.
in-room-already = { $name } is in the room { $room } already.
nothing-queued = Nothing of yours is queued here.
no-join-waits = No code that you used waits for its maker.
join-cancelled = Nobody is waited for any more: the code counts for nothing here.
no-message = No message { $number } was shown here. /read shows the last ones with their numbers.
message-deleted = Message { $number } is deleted.
nothing-of-yours = Nothing of yours was shown here. /read shows more.
only-own = Only your own messages can be edited, not { $said }

## What is done, or asked about

no-text = (no text)
editing-it = Editing { $said }
deleting-it = Deleting { $said }
reacting-to = Reacting to { $said }
unreacting-to = Taking the reaction off { $said }
pinning = Pinning { $said }
unpinning = Unpinning { $said }
for-nobody-else = It is for nobody else.
turning-down = To take part in the room { $room } later, you have to be invited again.
leaving = Nothing new comes from the room { $room } then, and to come back you have to be invited again.
removing = { $name } gets nothing new from the room { $room } then.
letting-in = Letting { $name } into the room { $room }, with all that was written in it.
letting-in-new = Letting { $name } into the room { $room }, with what is written from now on.
lets-in = { $usage } lets somebody in.
unchanged = Nothing has changed.
yes-or-no-again = { $yes } or { $no }? Ctrl-C leaves it as it is.
same-again = Answer { $yes } or { $no }, or type all 12 words that you hear. Ctrl-C leaves it for later.
yes-words = y yes
no-words = n no

## Help

help-line = A line of text goes to whoever is open.
help-numbers = N is the number that stands before a message. A message keeps it for as long as its conversation is open.
argument-code = CODE
argument-name = NAME
argument-title = TITLE
argument-room = ROOM
argument-contact = CONTACT
argument-member = MEMBER
argument-text = TEXT
argument-emoji = EMOJI
argument-path = PATH
argument-words = WORDS

## Of each command

slash-invite = make a code that one person can use to become your contact
slash-join = use somebody's code
slash-cancel-join = wait no longer for whoever made a code that you used; of several, without a number, it says which wait
slash-contacts = whom you know, and rooms, with a number each
slash-chat = write to somebody else, or in a room; a number does too: /2
slash-mute = let nothing in what is open notify, or let it again
slash-archive = put what is open away until something new is in it, or take it back
slash-receipts = let nobody learn what you read in what is open, or let them again
slash-pinned = what is pinned in what is open
slash-lifetime = have what is written from now on disappear after that time, or stay
slash-create = make a room, and open it
slash-accept = take part in a room that you are invited to
slash-members = who is in a room
slash-add = let a contact into the open room, with all that was written in it
slash-add-new = let a contact into the open room, with what is written from now on
slash-remove = take a member out of the open room
slash-role = make a member of the open room an admin of it, or no longer
slash-rename = give the open room another title, or the open contact another name
slash-leave = take part in a room no longer, or turn its invitation down
slash-read = show the last messages again
slash-reply = answer a message
slash-edit = give a message of yours another text, without a number your last one
slash-delete = delete a message, without a number the last one: for everybody if it is yours
slash-delete-for-me = delete a message on this device alone
slash-react = put an emoji on a message; the same again takes it off
slash-pin = hold a message up for everybody, or no longer
slash-cancel = give up delivering your last message that is still queued
slash-details = when a message was written, and how far it has come with whom
slash-search = find messages, in all conversations
slash-verify = compare safety words
slash-block = take nothing more from the open contact, or again
slash-export = write all that you carry into a file or directory, such as a stick
slash-import = take in what lies in a file or directory, such as a stick
slash-cancel-transfer = stop what is being written or taken in; of several, without a number, it says which there are
slash-id = who you are
slash-status = how your node does
slash-doctor = whether all is well, and what would help
slash-help = what you can do
slash-quit = leave; what is queued stays queued
