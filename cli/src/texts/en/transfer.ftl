# What is said of bundles while they are written and taken, and of what came of it.

## While it lasts

exporting = Writing { $name }
importing = Taking in { $name }
moving = Busy with { $name }
done-percent = { $percent } %
more-transfers = { $count } more
transfer-at = { $doing }: { $done }
transfers-title = What is being written and taken in
no-transfers = Nothing is being written or taken in.
transfers-keys = { $accept } stops it    { $close } closes
cancelling = Stopping it.
cancelling-this = Stopping this: { $doing }
ended-before = It had ended before it could be stopped.
ended-already = That has ended already: { $name }

## As it begins

export-begun = Writing what you carry to { $path }.
import-begun = Taking in what is in { $path }.

## What came of it

exported = { $count ->
    [one] Wrote { $count } envelope ({ $size }) to { $path }.
   *[other] Wrote { $count } envelopes ({ $size }) to { $path }.
}
exported-nothing = There is nothing to carry now; { $path } notes at most what has arrived.
exported-new-file = That is a new file: no directory of that name was there.
exported-part = Full: wrote { $count } of { $all } envelopes, the most urgent ones. Make room or take another stick, and write again; `tidings bundle export --for` writes what is for one person. They are in { $name }.
imported = { $count ->
    [one] Took { $count } envelope from { $path }: { $new } new, { $mine } for you.
   *[other] Took { $count } envelopes from { $path }: { $new } new, { $mine } for you.
}
imported-nothing = Nothing new in { $path }.
damaged = { $name } is damaged. Copy it again, or have it written anew.
damaged-several = { $more ->
    [one] { $name } is damaged, and { $more } more file cannot be read. Copy them again, or have them written anew.
   *[other] { $name } is damaged, and { $more } more files cannot be read. Copy them again, or have them written anew.
}
foreign = { $name } is not a bundle of Tidings.
foreign-several = { $more ->
    [one] { $name } is not a bundle of Tidings, and { $more } more file cannot be read.
   *[other] { $name } is not a bundle of Tidings, and { $more } more files cannot be read.
}

## Said to whoever leaves

export-goes-on = The node goes on writing to { $path }.
import-goes-on = The node goes on taking in { $path }.
export-broken-off = Writing to { $path } was broken off. Write it again.
import-broken-off = Taking in { $path } was broken off. Take it in again, which does no harm.
