# What stands above a conversation: the node's paths, and how the conversation is set.

offline = offline
offline-set = offline, as set
offline-because = { $why }
lan-off = LAN off
internet-off = internet off
alone = nobody reached
paths-lan = LAN { $count }
paths-internet = internet { $count }
paths-relayed = relayed { $count }
messages-carried = { $count } carried
messages-queued = { $count } queued
held-off = held off: compare safety words
verified-mark = verified
room-mark = room
muted = muted
receipts-off = receipts off
needs-newer = needs a newer version
not-shown = { $count } not shown
disappear-after = disappear after { $span }
