# 지나가는 말: 화면과 데스크톱에 알리는 것.

interrupt-again = Ctrl-C를 한 번 더 누르면 나갑니다. 대기 중인 글은 그대로 남습니다.
nothing-unread = 더 읽지 않은 것이 없습니다.
too-long = 한 메시지로는 너무 깁니다. 나누어 보내세요.
verified = { $name } 님을 확인했습니다.
not-here = 그 메시지는 더 이상 여기에 없습니다.
met = 이제 { $name } 님이 연락처에 있습니다.
used = { $name } 님이 코드를 썼고 이제 연락처에 있습니다. 다른 사람은 쓸 수 없습니다.
met-elsewhere = 이제 { $name } 님이 연락처에 있습니다. { $people } 키로 연락처를 보고 글을 쓸 수 있습니다.
room-there = 이제 { $name } 대화방이 목록에 있습니다.
joining = 코드를 만든 사람을 찾는 중…
join-pending = 아직 답이 없습니다. 저절로 계속되며, 닿는 대로 연락처에 들어옵니다.
nobody-found = 아직 아무도 찾지 못했습니다. 걸릴 만한 것은 다음과 같습니다.
nobody-reached = 아직 아무에게도 닿지 않았습니다. { $doctor } 키로 까닭을 살펴봅니다.
not-yours = 내가 쓴 메시지만 고칠 수 있습니다.
copied = 터미널이 허락하면 복사됩니다.
mouse-on = 마우스로 대화와 메시지를 고릅니다.
mouse-off = 마우스를 터미널에 돌려주었습니다. 글을 선택할 수 있습니다.
not-here-now = 여기서는 할 수 없습니다.
not-here-verify = 단어는 한 사람과 비교합니다. { $members } 키로 구성원을 보고 한 사람을 고르세요.
not-here-rename = 여기서는 할 수 없습니다. 할 수 있는 것: { $rename }.
choose-message = 메시지를 먼저 고르세요.
no-contact = 그런 이름의 연락처가 없습니다.
no-lifetime = 예: 1d, 8h, 30m 또는 off
ended = 아무 키나 누르면 나갑니다: { $why }
ended-outside = `tidings daemon stop` 같은 명령이 밖에서 Tidings를 끝냈습니다.
not-sent = 보내지 못함 ({ $to }): { $text }
locked-title = 프로필이 잠겨 있습니다
locked-why = 프로필을 열고 있던 노드가 끝났습니다. 암호 문구를 입력하고 Enter를 누르세요. 입력한 것은 보이지 않습니다.
unlocking = 여는 중…
wrong-passphrase = 이 프로필의 암호 문구가 아닙니다. 다시 입력하세요.
locked-keys = enter 열기    ctrl-u 다시 쓰기    esc 나가기
unlocked = 프로필이 다시 열렸습니다.
left-out = 전체 화면을 쓰는 동안 나온 말 가운데 { $count }줄은 생략했습니다.
notify-messages = { $count ->
    [1] 새 메시지
   *[other] 새 메시지 { $count }개
}
notify-invitation = 방 초대
notify-several = { $name } 님과 다른 사람들
no-desktop = 데스크톱에 알릴 수 없습니다: { $why }. 터미널의 벨로 알립니다.
desktop-silent = 답하지 않습니다
desktop-broke = Tidings 스스로의 결함으로 알리지 못했습니다
desktop-absent = 이 프로그램에는 그 기능이 들어 있지 않습니다
