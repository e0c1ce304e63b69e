# 노드가 살펴본 것과 도움이 될 것. 영어 문장은 노드가 직접 말하고, 여기에는 다른 언어의 문장만 있다.

check-clock = 시계
check-disk = 디스크
check-database = 데이터베이스
check-interfaces = 네트워크 주소
check-node = 노드
check-listening = 연결받는 곳
check-reach = 밖에서 닿기
check-discovery = 로컬 네트워크에서 찾기
check-neighbours = 이웃
check-carrying = 맡은 것
check-watching = 지켜보는 디렉터리
check-dht = 잃은 연락처 찾기
check-documents = 문서
check-versions = 버전
check-joins = 코드의 답
check-queue = 대기
check-panics = 오류 보고서
check-contact = 연락처
check-room = 방
check-connection = 연결
check-under-way = 가는 중

failed-cancelled = 그만둠
failed-removed = 쓴 사람이 제외됨
failed-blocked = 차단한 사람
failed-too-large = 너무 큼
failed-expired = 기한이 지남

lasting-days = { $count }일
lasting-hours = { $count }시간
lasting-minutes = { $count }분
lasting-moment = 몇 초
items-and-more = { $items } 외 { $more }개

clock-right = 시각에 이상이 없습니다.
clock-before-2020 = 2020년 전의 시각을 가리킵니다.
clock-gone-back = 뒤로 갔습니다. 아직 오지 않은 시각에 연락처의 소식을 들었다고 되어 있습니다.
set-clock = 이 기기의 시계를 맞추세요. 그래도 메시지는 가지만 시각이 틀리게 적힙니다.

kept-in-memory = 이 프로필은 메모리에만 있습니다.
disk-takes = { $directory }에 { $room }를 더 쓸 수 있습니다.
disk-refuses = { $directory }에 더는 파일을 쓸 수 없습니다: { $error }.
make-room = 그 디스크를 비우거나 권한을 살펴보세요. 새로운 것을 보관할 수 없습니다.
database-sound = 전체를 읽었고 온전합니다.
database-damaged = 손상되었습니다: { $damage }.
database-damaged-more = 손상되었습니다: { $damage }, 그 밖에 { $more }가지.
copy-profile = 노드를 끝내고, 무엇보다 먼저 프로필 디렉터리를 복사한 다음, 디스크가 고장 나고 있지 않은지 살펴보세요.
watched-there = { $directory } 디렉터리가 있습니다.
watched-missing = { $directory } 디렉터리가 지금은 없습니다.
put-stick-in = USB 메모리를 꽂고, 그 자리에 연결되었는지 보세요.

carries-nothing = 이 노드는 아무것도 맡지 않습니다.
seals-nothing-either = 자리에 없는 연락처에게 봉하는 것도 없습니다.
carries = 다른 사람의 봉투 { $others }개를 맡아 두었습니다(맡을 수 있는 양의 { $percent } %). 내 봉투는 { $own }개입니다.
share-of-own-full = 내 것의 자리가 찼습니다.
share-of-contacts-full = 연락처의 자리가 찼습니다.
share-of-friends-full = 연락처의 친구를 위한 자리가 찼습니다.
share-of-strangers-full = 모르는 사람을 위한 자리가 찼습니다.
be-a-mailbox = 다음에 오는 것은 거절되거나 가장 덜 중요한 것을 밀어냅니다. `tidings daemon run --mailbox`로 자리가 훨씬 넓어집니다.

node-runs = 노드가 돌고 있습니다. 모드는 `{ $mode }`입니다.
node-runs-as-mailbox = 노드가 다른 사람을 위한 우편함으로 돌고 있습니다. 모드는 `{ $mode }`입니다.
node-idle = 노드가 돌고 있지만 네트워크를 쓰지 않습니다.
node-idle-as-mailbox = 노드가 다른 사람을 위한 우편함으로 돌고 있지만 네트워크를 쓰지 않습니다.
no-node = 도는 노드가 없습니다. 명령과 명령 사이에는 아무것도 오지 않습니다.
start-node = `tidings daemon run`은 이 프로필을 계속 온라인에 두고, `tidings daemon install`은 로그인할 때 시작하게 합니다.

no-address = 이 기기에 주소가 없습니다. 켜진 네트워크 인터페이스가 없습니다.
loopback-alone = 이 기기에는 루프백 주소뿐이고, 다른 기기는 거기에 닿을 수 없습니다.
addresses-local = 로컬 네트워크의 주소 { $count }개: { $addresses }.
addresses-internet = 인터넷의 주소 { $count }개: { $addresses }.
addresses-near = 바로 옆의 기기만 쓸 수 있는 주소 { $count }개: { $addresses }.
join-network = 네트워크에 연결하세요. 도는 노드는 1분 안에 저절로 거기서 연결을 받습니다. 네트워크가 없으면 `tidings bundle export PATH`로 메시지를 USB 메모리에 담아 옮깁니다.
nothing-gave-address = 이 기기에 주소를 준 것이 없습니다. 공유기가 켜져 있는지 보세요. 같은 Wi-Fi나 유선 네트워크의 기기끼리는 그래도 서로 찾습니다.
listens-nowhere = 연결을 받는 곳이 없습니다. 아무도 이 기기에 연결할 수 없습니다.
listens-at = 여기서 연결을 받습니다: { $addresses }.
no-ipv6 = 이 기기에는 IPv6이 없습니다.
no-ipv4 = 이 기기에는 IPv4가 없습니다.
look-in-a-minute = 저절로 다시 시도합니다. 1분 뒤에 다시 보세요.

for-networks = 네트워크를 쓰려면:
for-others-to-connect = 다른 기기는 이 주소에 연결할 수 없습니다. 연결하게 하려면:
for-contacts-elsewhere = 다른 곳의 연락처에 닿으려면:
for-others-to-find-it = 이 네트워크의 다른 사람이 찾을 수 있게 하려면:
for-finding-others = 이 네트워크의 다른 사람을 찾으려면:
for-finding-contacts = 다른 곳에 있는 연락처를 찾으려면:
run-without = `{ $flag }` 없이 실행하세요. 그렇게 설정되어 있으면 먼저 `tidings config set { $setting }`을 실행하세요.

reached-by-nobody = 다른 네트워크에서는 아무도 닿지 못합니다.
reached-near-alone = 다른 네트워크에서는 아무도 닿지 못합니다. 로컬 네트워크만 씁니다.
reached-by-nobody-known = 다른 네트워크에서 이 기기에 연결할 수 있다고 확인된 사람이 없습니다.
reached-at = 다른 네트워크에서 여기로 닿습니다: { $addresses }.
reached-through = 다른 네트워크에서 { $name } 님의 기기를 거쳐 닿습니다.
reached-through-somebody = 다른 네트워크에서 모르는 사람의 기기를 거쳐 닿습니다.
is-relay = 다른 사람들이 서로 닿는 것도 돕습니다.
nothing-between = 다른 네트워크와의 사이를 막는 것이 없습니다.
router-lets-meet = 사이에 있는 공유기는 그런 두 기기가 만나게 합니다.
router-keeps-apart = 사이에 있는 공유기가 상대마다 다른 포트를 보이므로, 그런 두 기기는 중계 없이 만날 수 없습니다.
router-maps = 공유기가 이 기기로 이어 준 포트에서 다른 사람을 들인다고 합니다.
router-inside = 공유기가 이 기기로 포트를 이어 주지만, 공유기 자신이 { $address }에서 다른 공유기 뒤에 있습니다.
router-maps-nothing = 공유기가 이 기기로 포트를 이어 주지 않습니다.
contact-lets-reach = 다른 사람이 닿을 수 있는 기기를 가진 연락처 한 명이면 됩니다. 그 기기가 이 기기에 닿게 해 줍니다.

hidden = 로컬 네트워크에서 자신을 알리는 사람을 찾고, 자신은 숨습니다.
looks-for-nobody = 로컬 네트워크에서 아무도 찾지 않습니다.
hears = 로컬 네트워크에서 다른 기기를 찾고 있으며 { $devices }대가 들립니다. 마지막은 { $ago } 전입니다.
hears-no-more = 로컬 네트워크에서 다른 기기를 찾고 있지만 더는 들리지 않습니다. 마지막은 { $ago } 전이었습니다.
begins-to-hear = 로컬 네트워크에서 막 찾기 시작했고 아직 아무도 들리지 않습니다.
hears-nobody = 로컬 네트워크에서 찾고 있지만 시작한 뒤로 { $time } 동안 아무도 들리지 않았습니다.
look-again = 1분 뒤에 다시 보세요.
use-one-network = 가까이에서 누가 Tidings를 쓰고 있다면 같은 Wi-Fi나 유선 네트워크를 쓰고, 손님용 네트워크는 피하세요(기기를 서로 떼어 놓는 곳이 많습니다). 두 기기의 방화벽에서 UDP 포트 5353과 29735를 여세요.

neighbours = 기기 { $devices }대와 연결됨. 그중 { $comparing }대와 맡은 것을 맞추어 봅니다.
no-neighbour = 연결된 기기가 없습니다.
join-others = 다른 사람이 Tidings를 쓰는 네트워크에 연결하거나, USB 메모리로 옮기세요: `tidings bundle export PATH`.

looked-for-nowhere = 잃은 연락처를 찾는 곳이 없습니다.
looked-for-nowhere-yet = 잃은 연락처를 찾는 곳이 아직 없습니다. 어디에 있는지 알려 줄 노드를 모릅니다.
looked-for-through = 잃은 연락처를 노드 { $nodes }개를 통해 찾습니다.
helps-others-find = 이 노드는 `--bootstrap { $address }`로 다른 사람들이 서로 찾는 것을 돕습니다.
said-nowhere = 이 기기가 어디에 있는지는 거기에 알리지 않았습니다. 이 기기에 연결할 수 있다고 확인된 사람이 없습니다.
said-for = 연락처의 기기 { $devices }대가 거기서 이 기기를 찾을 수 있습니다.
somebody-found = { $ago } 전에 누군가를 찾았습니다.
give-bootstrap = 다른 사람이 닿을 수 있는 기기를 가진 연락처 한 명이면 됩니다. 또는 `tidings daemon run --bootstrap MULTIADDR`.

document-unreadable = { $name }의 문서 하나를 저장된 것으로 다시 만들 수 없습니다: { $error }.
document-unreadable-more = { $name }의 문서 하나를 저장된 것으로 다시 만들 수 없습니다: { $error }. 그 밖에 { $more }개.
documents-differed = 열려 있던 { $names }의 내용이 저장된 메시지와 달랐습니다. 이제는 같습니다.
test-memory = 저절로 고쳐졌습니다. 다시 생기면 이 기기의 메모리를 검사하고 Tidings를 만드는 사람에게 알려 주세요.
no-documents = 아직 쓴 것이 없어 문서가 없습니다.
documents-sound = 대화 { $conversations }개의 문서 { $documents }개를 저장된 것으로 다시 만들었습니다. 끝은 { $heads }개이고, 모두 이상이 없습니다.
documents-left = 더 오래된 문서 { $documents }개는 다음으로 미루었습니다.
conversations-left = 대화 { $conversations }개는 다음으로 미루었습니다.
documents-digest = 모두 합한 값은 { $digest }입니다. 같은 메시지를 가진 기기에서는 같은 값이 나옵니다.

no-other-version = 다른 버전을 쓰는 사람을 만나지 않았습니다.
other-version = { $name } 님이 쓰는 버전과는 이야기할 수 없습니다.
update-this = 이 Tidings를 업데이트하세요. 상대가 더 새롭습니다.
ask-for-update = 상대에게 Tidings를 업데이트해 달라고 하세요. 상대가 더 오래되었습니다.
no-join = 답을 기다리는 코드가 없습니다.
joins-wait = 코드 { $joins }개가 답을 기다립니다. 가장 오래된 것은 { $time }째입니다.
join-together = 둘 다 같은 네트워크에서, 또는 사이에 친구를 두고 `tidings daemon run`을 실행하세요. 또는 USB 메모리로 오가며 옮기세요: `tidings bundle export PATH`. 그만두려면 `tidings contacts`에 보이는 id로 `tidings join --cancel ID`를 실행하세요.

panicked = { $ago } 전에 Tidings의 한 부분이 스스로의 결함으로 끝났습니다. 보고서가 프로필 디렉터리에 있습니다: { $file }.
hand-report-over = 저장된 것은 잃지 않았습니다. 보고서에는 메시지도 이름도 id도 없고, 저절로 보내지지 않습니다. 읽어 보고 Tidings를 돌보는 사람에게 건네세요. 그런 다음 파일을 지우세요.

contact-blocked = { $name } 님은 차단되어 있습니다.
contact-held-off = { $name } 님은 안전 단어를 다시 비교할 때까지 보류됩니다.
contact-verified = { $name } 님은 확인된 연락처입니다.
contact-unverified = { $name } 님은 확인하지 않은 연락처입니다.
verify = `tidings contacts verify { $who }`로 정말 그 사람인지 확인합니다.
room-joined = { $room }에 다른 구성원 { $others }명과 함께 있습니다.
room-not-joined = { $room }에 없거나 아직 들어가지 않았습니다.
accept-room = `tidings room list`로 내 자리를 보고, `tidings room accept`로 초대를 받아들입니다.

nothing-waits = 전달을 기다리는 것이 없습니다.
nothing-waits-for = { $name } 님을 기다리는 것이 없습니다.
nothing-waits-in-room = 이 방에서 기다리는 것이 없습니다.
waits = { $name } 님에게 갈 메시지 { $messages }개가 기다립니다.
waits-since = { $name } 님에게 갈 메시지 { $messages }개가 기다립니다. 가장 오래된 것은 { $time }째입니다.
waits-for-more = 그 밖에 { $people }명에게 갈 메시지가 기다립니다.
ask-of-each = `tidings doctor WHO`로 한 사람씩 자세히 볼 수 있습니다.

they-are-blocked = 차단되어 있어 아무것도 가지 않습니다.
they-are-held-off = 안전 단어를 다시 비교할 때까지 보류됩니다.
session-open = 세션이 열려 있어 지금 가고 있습니다.
they-are-newer = 상대의 버전이 더 새롭습니다.
they-are-older = 상대의 버전이 더 오래되었습니다.
no-device-known = 상대의 기기를 하나도 몰라 봉할 키가 없습니다.
last-heard = 연결되어 있지 않고, 마지막 소식은 { $ago } 전입니다.
never-heard = 연결되어 있지 않고, 아직 소식을 들은 적이 없습니다.
seals-nothing = 이 노드는 아무것도 봉하지 않습니다.
silent-too-long = { $limit } 넘게 소식이 없어 더는 아무것도 봉하지 않습니다.
no-secret = 한 번 만나기 전에는 봉투를 봉할 수 없습니다.
no-places = 한꺼번에 보낼 수 있는 만큼의 봉투가 이미 가고 있습니다.
nothing-sealed-yet = 아직 봉한 봉투가 없습니다.
paced = 기다리는 것이 많아, 지금 쓰는 것은 함께 갈 것을 { $time }까지 기다립니다. `send --priority`로 보내면 기다리지 않습니다.

unblock = `tidings contacts unblock { $who }`로 가게 합니다.
compare-words = `tidings contacts verify { $who }`로 안전 단어를 비교합니다.
meet-a-member = 그 사람을 만난 적이 있는 방의 구성원을 만나세요. 그러면 키가 옵니다.
meet = 둘 다 `tidings daemon run`을 실행하는 아무 네트워크에서나 한 번 만나세요.
or-wait = 또는 상대가 답할 때까지 기다리세요. 그러면 자리가 납니다.
or-carry = 또는 함께 아는 친구에게 `tidings daemon run --mailbox`를 실행해 달라고 하세요. 또는 USB 메모리로 옮기세요: `tidings bundle export PATH --for { $who }`.
sealed-soon = 노드가 돌고 있으면 10분 안에 봉합니다. `tidings daemon run`으로 계속 돌게 합니다.

nothing-under-way = 가고 있는 봉투가 없습니다.
under-way = 봉투 { $envelopes }개가 가고 있습니다. 맡아 주기로 한 사람이 없습니다.
under-way-kept = 봉투 { $envelopes }개가 가고 있고, 모두 맡겨져 있습니다.
under-way-partly-kept = 봉투 { $envelopes }개가 가고 있고, 그중 { $kept }개가 맡겨져 있습니다.
kept-by = 맡은 사람: { $name } 님(앞으로 { $time }).
kept-by-more = 그 밖에 { $people }명이 맡고 있습니다.

connected-near = { $name } 님이 이 네트워크에서 연결되어 있습니다.
connected-far = { $name } 님이 인터넷으로 연결되어 있습니다.
connected-through = { $name } 님이 { $relay } 님의 기기를 거쳐 연결되어 있습니다.
connected-through-somebody = { $name } 님이 모르는 사람의 기기를 거쳐 연결되어 있습니다.
connected-devices = 기기 { $all }대 가운데 { $connected }대입니다.
exchanged = 모두 주고받았습니다.
exchanging = 메시지를 주고받는 중입니다.
has-session = { $name } 님과 세션이 열려 있습니다.
no-session = 세션이 없습니다.
opens-by-itself = 상대가 나를 차단했거나 다른 버전을 쓰지 않는 한 저절로 열립니다.
not-connected = { $name } 님은 연결되어 있지 않습니다. 마지막 소식은 { $ago } 전입니다.
never-connected = { $name } 님은 연결되어 있지 않습니다. 소식을 들은 적이 없습니다.
nobody-else = 이 방에 다른 사람이 없습니다.
members-connected = 다른 구성원 { $all }명 가운데 { $connected }명이 연결되어 있습니다: { $names }.
no-member-connected = 다른 구성원 { $all }명 가운데 연결된 사람이 없습니다.
no-member-connected-since = 다른 구성원 { $all }명 가운데 연결된 사람이 없습니다. 그중 한 사람의 마지막 소식은 { $ago } 전입니다.

last-try = 마지막 시도({ $ago } 전): { $error }.
last-try-no-address = 마지막 시도({ $ago } 전): 상대의 주소를 하나도 몰랐습니다.
last-try-no-way = 마지막 시도({ $ago } 전): 상대가 있던 곳으로 가는 길이 없었습니다.
last-try-not-at-relay = 마지막 시도({ $ago } 전): 중계하는 기기를 거쳐 닿지 못했습니다.
last-try-no-answer = 마지막 시도({ $ago } 전): 상대가 있던 곳에서 답이 없었습니다.
last-try-refused = 마지막 시도({ $ago } 전): 상대가 있던 곳에서 연결을 받는 것이 없었습니다.
last-try-another = 마지막 시도({ $ago } 전): 상대가 있던 곳에서 다른 기기가 답했습니다.
last-try-silent = 마지막 시도({ $ago } 전): 제때 답하지 않았습니다.
last-try-not-spoken = 마지막 시도({ $ago } 전): 세션을 받지 않습니다.
last-try-broken = 마지막 시도({ $ago } 전): 세션이 시작되기 전에 연결이 끊겼습니다.
last-try-hung-up = 마지막 시도({ $ago } 전): 세션이 시작되기 전에 상대가 끊었습니다.
last-try-misbehaved = 마지막 시도({ $ago } 전): Tidings가 하지 않는 말을 해서 세션을 끝냈습니다.
no-address-told = 상대의 기기가 지금 어디에 있는지 알려 준 사람이 없습니다. 함께 아는 친구가 온라인이면 알려 줄 수 있습니다.
no-way-there = 이 기기가 네트워크에 있는지 보세요. 상대가 있던 곳으로 가는 길이 없습니다.
not-at-relay = 상대의 노드가 도는지(`tidings daemon run`) 물어보세요. 사이에 있는 기기에 상대의 기기가 없습니다.
no-answer = 상대의 기기가 켜져 있고 네트워크에 있는지 물어보세요. 상대의 방화벽이 막고 있을 수도 있습니다.
no-tidings-there = 상대의 노드가 도는지(`tidings daemon run`) 물어보세요. 거기에 무언가 있지만 Tidings는 아닙니다.
another-there = 이제 다른 곳에 있습니다. 그 주소에는 다른 기기가 있습니다.
tried-again = 저절로 다시 시도합니다. 1분 뒤에 다시 보세요.
update-theirs = 상대에게 Tidings를 업데이트해 달라고 하세요.
tried-unless-blocked = 저절로 다시 시도하지만, 상대가 나를 차단하거나 보류하는 동안은 되지 않습니다. 상대에게 물어보세요.
restore-theirs = 상대에게 Tidings를 업데이트하거나 새 기기에서 복원해 달라고 하세요.
