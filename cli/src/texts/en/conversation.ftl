# What stands in a conversation: its days, and its messages with how far they have come.

you = you
named-you = { $name } (a contact)
no-name = (no name)
new-messages = new messages
answers-missing = ↪ a message that is not here
answers = ↪ { $who }: { $said }
deleted = (deleted)
disappeared = (disappeared before everyone had it)
hidden = (shown no longer: whoever wrote it had been removed from the room, or is blocked)
unsupported = (needs a newer version of Tidings)
edited = (edited)
pinned = (pinned)
urgent = (priority)
disputed = (disputed: others may have been shown something else)
mentions-you = (mentions you)
disappears-in-days = disappears in { $count } days
disappears-in-hours = disappears in { $count } hours
disappears-in-minutes = disappears in { $count } minutes
disappears-in-seconds = { $count ->
    [one] disappears in { $count } second
   *[other] disappears in { $count } seconds
}
state-failed = failed
state-failed-for = failed: { $reason }
queued = queued
carried = carried
delivered = delivered
for-nobody = kept; nobody else was in this room
read = read
reached-of = ({ $reached } of { $people })
today = Today
yesterday = Yesterday
day-of-year = { $weekday }, { $day } { $month }
day-with-year = { $weekday }, { $day } { $month } { $year }
weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
missing = { $count ->
    [one] Missing: { $count } message of { $name }; it comes once somebody who has it is met
   *[other] Missing: { $count } messages of { $name }; they come once somebody who has them is met
}
fetching = { $percent } %: { $count } more of { $name } to come from { $from }
