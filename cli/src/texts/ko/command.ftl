# 줄 대화가 명령에 대해 말하는 것.

## 명령이 바라는 것

give-the-code = 코드를 쓰세요: { $usage }
give-a-number = 수를 쓰세요: { $usage }
which-room = 어느 방입니까? { $usage }
whom = 누구입니까? { $usage }
what-title = 무엇이라고 부를까요? { $usage }
search-for-what = 무엇을 찾을까요? { $usage }
reply-to-what = 어느 메시지에 무엇을 쓸까요? { $usage }
edit-to-what = 어느 메시지를 무엇으로 고칠까요? { $usage } (번호가 없으면 내 마지막 글)
react-how = 어느 메시지에 어떻게 반응할까요? { $usage }
which-message = 어느 메시지입니까? { $usage }
which-join = 어느 것입니까? { $usage }
which-transfer = 어느 것입니까? { $usage }
write-where = 어디에 쓸까요? { $usage } (디렉터리나 파일)
take-from-where = 어디에서 가져올까요? { $usage } (디렉터리나 파일)
open-first = 먼저 대화를 여세요: { $usage }
open-room-first = 먼저 방을 여세요: { $usage }
to-whom = 누구에게 쓸까요? /contacts 명령으로 모두 보고, { $usage } 명령으로 대화를 엽니다.
no-command = 그런 명령이 없습니다: { $verb }. 있는 것은 /help 명령으로 보고, /로 시작하는 글은 //로 보냅니다.
looks-like-code = 초대 코드 같습니다. 쓰려면 /join 뒤에 코드를 넣고, 메시지로 보내려면 앞에 //를 붙이세요.
nobody-called = 그런 이름의 연락처나 방이 없습니다: { $name }. /contacts
no-member-called = { $room } 방에 그런 이름의 사람이 없습니다: { $name }. /members
several-called = 그런 이름이 여럿입니다. 번호를 쓰세요.

## 할 수 없는 일

is-contact = 연락처입니다. { $usage } 명령으로 글을 씁니다.
is-no-room = 연락처이고 방이 아닙니다.
no-words-of-room = 방입니다. 안전 단어는 사람에게 있습니다.
no-room-in-room = 방입니다. 연락처만 들일 수 있습니다.
no-block-of-room = 방입니다. 연락처만 차단할 수 있습니다.
that-is-you = 나 자신입니다. 방에서 나가려면 /leave
not-in-room = { $room } 방에 있지 않습니다.
in-room-already = { $name } 님은 이미 { $room } 방에 있습니다.
nothing-queued = 여기에 대기 중인 내 글이 없습니다.
no-join-waits = 쓴 코드 가운데 만든 사람을 기다리는 것이 없습니다.
join-cancelled = 이제 그 코드를 만든 사람을 기다리지 않습니다.
no-message = 여기에 보인 메시지 가운데 { $number }번이 없습니다. 마지막 메시지와 번호는 /read 명령으로 봅니다.
message-deleted = { $number }번 메시지는 삭제되었습니다.
nothing-of-yours = 여기에 보인 내 글이 없습니다. /read 명령으로 더 봅니다.
only-own = 내가 쓴 메시지만 고칠 수 있습니다. 이것은 아닙니다: { $said }

## 하는 일과 묻는 일

no-text = (글 없음)
editing-it = 수정: { $said }
deleting-it = 삭제: { $said }
reacting-to = 반응: { $said }
unreacting-to = 반응 없애기: { $said }
pinning = 고정: { $said }
unpinning = 고정 풀기: { $said }
for-nobody-else = 다른 사람에게 가는 글이 아닙니다.
turning-down = 나중에 { $room } 방에 들어가려면 다시 초대받아야 합니다.
leaving = 나가면 { $room } 방의 새 글이 오지 않고, 돌아오려면 다시 초대받아야 합니다.
removing = 내보내면 { $name } 님은 { $room } 방의 새 글을 받지 않습니다.
letting-in = { $name } 님을 { $room } 방에 들입니다. 지금까지의 글도 모두 봅니다.
letting-in-new = { $name } 님을 { $room } 방에 들입니다. 앞으로 쓰는 글만 봅니다.
lets-in = 사람 들이기: { $usage }
unchanged = 바뀐 것이 없습니다.
yes-or-no-again = { $yes } 또는 { $no }로 답하세요. 그대로 두려면 Ctrl-C
same-again = { $yes } 또는 { $no }로 답하거나 들리는 단어 12개를 모두 입력하세요. 나중에 하려면 Ctrl-C
yes-words = y yes 예 네 ㅛ
no-words = n no 아니요 아니오 아뇨 ㅜ

## 도움말

help-line = 글 한 줄은 열린 대화로 갑니다.
help-numbers = N은 메시지 앞의 번호입니다. 대화가 열려 있는 동안 바뀌지 않습니다.
argument-code = 코드
argument-name = 이름
argument-title = 제목
argument-room = 방
argument-contact = 연락처
argument-member = 구성원
argument-text = 글
argument-emoji = 이모지
argument-path = 경로
argument-words = 낱말

## 명령마다

slash-invite = 한 사람이 써서 연락처가 될 수 있는 코드를 만듭니다
slash-join = 다른 사람의 코드를 씁니다
slash-cancel-join = 쓴 코드를 만든 사람을 더 기다리지 않습니다. 여럿이면 번호 없이 써서 기다리는 것을 봅니다
slash-contacts = 아는 사람과 방을 번호와 함께 봅니다
slash-chat = 다른 사람이나 방에 글을 씁니다. 번호로도 됩니다: /2
slash-mute = 열린 대화의 알림을 끄거나 켭니다
slash-archive = 열린 대화를 새 글이 올 때까지 치워 두거나 다시 꺼냅니다
slash-receipts = 열린 대화에서 읽은 것을 알리지 않거나 다시 알립니다
slash-pinned = 열린 대화에 고정된 글을 봅니다
slash-lifetime = 앞으로 쓰는 글이 그 시간 뒤에 사라지거나 남게 합니다
slash-create = 방을 만들어 엽니다
slash-accept = 초대받은 방에 들어갑니다
slash-members = 방의 구성원을 봅니다
slash-add = 연락처를 열린 방에 들이고 지금까지의 글도 보입니다
slash-add-new = 연락처를 열린 방에 들이고 앞으로 쓰는 글만 보입니다
slash-remove = 구성원을 열린 방에서 내보냅니다
slash-role = 열린 방의 구성원을 관리자로 하거나 그만두게 합니다
slash-rename = 열린 방의 제목이나 열린 연락처의 이름을 바꿉니다
slash-leave = 방에서 나가거나 초대를 거절합니다
slash-read = 마지막 메시지를 다시 봅니다
slash-reply = 메시지에 답장합니다
slash-edit = 내 메시지를 고칩니다. 번호가 없으면 마지막 것입니다
slash-delete = 메시지를 삭제합니다. 번호가 없으면 마지막 것이고, 내 것은 모두에게서 삭제합니다
slash-delete-for-me = 이 기기에서만 메시지를 삭제합니다
slash-react = 메시지에 이모지를 붙입니다. 같은 것을 다시 쓰면 없앱니다
slash-pin = 메시지를 모두에게 고정하거나 풉니다
slash-cancel = 아직 대기 중인 내 마지막 메시지의 전달을 그만둡니다
slash-details = 메시지를 언제 썼고 누구에게 어디까지 갔는지 봅니다
slash-search = 모든 대화에서 메시지를 찾습니다
slash-verify = 안전 단어를 비교합니다
slash-block = 열린 연락처를 차단하거나 풉니다
slash-export = 옮길 것을 모두 파일이나 USB 메모리 같은 디렉터리에 씁니다
slash-import = 파일이나 USB 메모리 같은 디렉터리에 있는 것을 가져옵니다
slash-cancel-transfer = 쓰거나 가져오는 것을 멈춥니다. 여럿이면 번호 없이 써서 있는 것을 봅니다
slash-id = 내 정보를 봅니다
slash-status = 내 노드의 상태를 봅니다
slash-doctor = 모두 괜찮은지, 무엇이 도움이 될지 봅니다
slash-help = 할 수 있는 일을 봅니다
slash-quit = 나갑니다. 대기 중인 글은 그대로 남습니다
