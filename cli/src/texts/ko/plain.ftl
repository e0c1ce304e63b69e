# 줄마다 알리는 것.

## 줄 대화의 시작과 입력 줄

hello = { $name } 님, 안녕하세요. 무엇을 할 수 있는지는 /help 명령으로 봅니다.
prompt-to = { $name } 님에게:
prompt-in = { $name }에:
asked = { $question } [{ $yes }/{ $no }]
ask-same = 같습니까? [{ $yes }/{ $no } 또는 단어]
interrupt-or-quit = Ctrl-C를 한 번 더 누르거나 /quit 명령을 쓰면 나갑니다.
problem = 문제: { $what }
unsent = 보내지 못함: { $text }
cut-off = { $start } (이하 줄임)
node-ended-locked = 노드가 끝났고 프로필이 잠겼습니다.
enter-unlocks = Enter를 누르고 암호 문구를 입력하세요.
enter-leaves = Enter를 누르면 나갑니다.
unreached = 지금은 { $name } 님에게 닿지 않습니다. 메시지는 보관되었다가 저절로 나갑니다.
unreached-in = 지금은 { $name }의 누군가에게 닿지 않습니다. 메시지는 보관되었다가 저절로 나갑니다.

## 그 앞: 프로필과 처음 시작

passphrase = 암호 문구:
making-keys = 키를 만들고 있습니다.
words-written = 다 적었으면 Enter를 누르세요.
words-above = 단어들은 이 터미널을 지우거나 닫을 때까지 위에 남아 있습니다. 시작한 뒤에는 다시 볼 수 없고, 그 전에는 Enter만 누르면 다시 보여 줍니다.
nothing-made = 아무것도 만들지 않았습니다. 다시 시작하려면 `tidings`
profile-kept = 프로필은 { $place }에 있습니다. 복구 단어는 다시 볼 수 없습니다.
words-unconfirmed = 이 프로필의 복구 단어를 적어 두었는지 아직 확인되지 않았습니다. 단어는 다시 볼 수 없습니다.
ask-anew = 프로필과 그 안의 모든 것을 지우고 새로 만들려면 `anew`를 입력하고, 단어 없이 계속하려면 Enter를 누르세요:
alone-offline = 여기서는 Tidings가 `offline` 모드여서 네트워크를 쓰지 않습니다. 그렇게 설정되어 있는지는 `tidings status`, 되돌리기는 `tidings config set network.mode auto` 명령입니다.
alone-because = 여기서는 Tidings가 네트워크를 쓰지 않습니다: { $why }

## 소리 내어 읽는 메시지

conversation = 대화: { $name }
changed = 바뀜
gone = 없어짐
was = 전: { $text }
in-reply-to = (답장: { $said })
missing-message = 여기에 없는 메시지
disappears-at = ({ $time }에 사라짐)
delivered-to = { $outcome }, { $people }명 중 { $reached }명에게 전달됨
date = { $month } { $day }일
date-with-year = { $year }년 { $month } { $day }일
some-time = 알 수 없는 때
many = 메시지 { $count }개 { $outcome }
elsewhere = 다른 대화, { $who }: { $said }   (안 읽음 { $count }, { $open })
author-in = { $room }의 { $name } 님
nothing-yet = 아직 글이 없습니다. 한 줄을 입력하면 보냅니다: { $name }
begun = 쓰던 글: { $draft }   (모두 보려면 `tidings draft`)
cancelled = 취소됨: { $said }
not-cancelled = { $outcome }, 취소되지 않음: { $said }

## 사람

give-code = 이 코드를 한 사람에게, 그 사람만 볼 수 있게 주세요. 받은 사람은 `/join` 뒤에 코드를 입력합니다.
code-until = { $until }까지 쓸 수 있고, 여기서 Tidings가 실행되는 동안 응답합니다.
looking-for-maker = 코드를 만든 사람을 찾고 있습니다.
maker-unreached = 코드를 만든 사람에게 아직 닿지 않았습니다. 양쪽에서 Tidings가 실행되는 동안 저절로 계속됩니다.
now-contact = 이제 { $name } 님이 연락처에 있습니다.
already-contact = { $name } 님은 이미 연락처에 있습니다.
to-write = 글쓰기: { $open }
held-off-now = { $name } 님이 알던 것과 다릅니다. 다른 기기이거나 단어가 다른 사람의 손에 있습니다. 안전 단어를 다시 비교할 때까지 아무것도 오가지 않습니다: { $verify }
words-of = 이 기기가 아는 { $name } 님의 안전 단어:
words-how = { $name } 님에게 통화하거나 만나서 /id 명령이 보여 주는 단어를 읽어 달라고 하세요.
words-why = 안전 단어를 서로 비교하면 둘 사이에 끼어든 사람이 없음을 확인할 수 있습니다.
renamed = { $before } 님의 이름이 이제 { $name }입니다.
now-blocked = { $name } 님을 차단했습니다.
now-unblocked = { $name } 님의 차단을 풀었습니다.
newer-version = { $name } 님의 Tidings가 더 새로워 통하지 않습니다. 여기를 새 버전으로 바꾸세요. 쓴 글은 기다립니다.
older-version = { $name } 님의 Tidings가 오래되어 통하지 않습니다. 새 버전으로 바꿔 달라고 하세요. 쓴 글은 기다립니다.
status-more = 자세히 보려면 `tidings status`

## 목록

held-off-verify = 보류됨: /verify 명령으로 다시 비교
online = 접속 중
is-open = 열림
unread = 안 읽음 { $count }
is-put-away = 치워 둠
room-invited = 방: 초대받음, /accept
room-we-left = 나온 방
room-removed = 제외된 방
no-contacts = 아직 연락처가 없습니다.
code-waits-meanwhile = 쓴 코드가 아직 만든 사람을 기다립니다. 그동안:
codes-wait = 다른 사람의 코드 { $count }개가 아직 만든 사람을 기다립니다.
list-opens = { $open } 또는 /번호로 대화를 엽니다.
own-member = { $name } (나)

## 방, 메시지가 남는 시간

and-more = 그 밖에 { $count }건: /members
room-renamed = { $before } 방의 이름이 이제 { $room }입니다.
you-rose = 이제 { $room } 방의 관리자입니다.
you-fell = 이제 { $room } 방의 관리자가 아닙니다.
room-invites = { $room } 방에 초대받았습니다. 들어가기 { $accept }, 거절 { $leave }
room-invites-by = { $name } 님이 { $room } 방에 초대했습니다. 들어가기 { $accept }, 거절 { $leave }
room-joined = 이제 { $room } 방에 있습니다. 글쓰기: { $open }
room-joined-by = { $name } 님의 초대로 이제 { $room } 방에 있습니다. 글쓰기: { $open }
room-turned-down = { $room } 방의 초대를 거절했습니다.
you-left = { $room } 방에서 나왔습니다.
you-were-removed = { $room } 방에서 제외되었습니다.
member-came = 이제 { $name } 님이 { $room } 방에 있습니다.
member-rose = 이제 { $name } 님이 { $room } 방의 관리자입니다.
member-fell = 이제 { $name } 님이 { $room } 방의 관리자가 아닙니다.
member-went = { $name } 님이 { $room } 방에서 나갔거나 제외되었습니다.
expires-in = 앞으로 { $room }에 쓰는 글은 도착하고 { $span } 뒤에 사라집니다.
expires-with = 앞으로 { $name } 님과 주고받는 글은 도착하고 { $span } 뒤에 사라집니다.
stays-in = 앞으로 { $room }에 쓰는 글은 남습니다.
stays-with = 앞으로 { $name } 님과 주고받는 글은 남습니다.
weeks = { $count }주
days = { $count }일
hours = { $count }시간
minutes = { $count }분
seconds = { $count }초
now-muted = 알림 끔: { $name }. 새 글이 와도 알리지 않습니다.
now-unmuted = 알림 다시 켬: { $name }
now-put-away = 치워 둠: { $name }. 새 글이 오면 돌아옵니다.
now-taken-back = 다시 꺼냄: { $name }
now-told = { $name }에서 읽은 것과 글을 쓰고 있음을 알립니다.
now-untold = 읽음 알림 끔: { $name }. 여기에서 무엇을 읽는지, 글을 쓰는지 이제 아무도 모릅니다.

## 찾고 살펴본 것

found-count = 메시지 { $count }개를 찾았습니다.
found-more = 마지막에 온 { $count }개이고 더 있습니다. 낱말을 더해 보세요.
found-in = 찾음 { $number }, { $place }
another-conversation = 다른 대화
pinned-number = 고정 { $number }
nothing-pinned = 고정된 글이 없습니다: { $name }.
checking = 모두 괜찮은지 살펴보고 있습니다.
check-well = 좋음, { $name }: { $detail }
check-ill = 나쁨, { $name }: { $detail }
check-ill-since = 나쁨, { $name }: { $detail } ({ $since }부터)
check-helps = 도움이 되는 것: { $hint }
all-well = 모두 좋습니다.
not-all-well = { $all }가지 가운데 { $ill }가지가 좋지 않습니다.
