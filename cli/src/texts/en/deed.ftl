# What was done to a conversation, as it is said between its messages.

deed-by = { $name }
deed-by-you = you
deed-whom = { $name }
deed-whom-you = you
deed-created = { $by } made the room “{ $title }”
deed-created-untitled = { $by } made the room
deed-added = { $by } let { $whom } in
deed-added-as-admin = { $by } let { $whom } in as an admin
deed-removed = { $by } removed { $whom }
deed-left = { $by } left
deed-admin = { $by } made { $whom } an admin
deed-admin-own = { $by } became an admin
deed-member = { $by } took the rights of an admin from { $whom }
deed-renamed = { $by } called the room “{ $title }”
deed-renamed-untitled = { $by } gave the room another title
deed-disappearing = { $by } set messages to disappear after { $span }
deed-staying = { $by } set messages to stay
deed-unknown = { $by } did something that needs a newer version of Tidings
deeds-earlier = earlier changes are left out
