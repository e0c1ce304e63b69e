# 번들을 쓰고 가져오는 동안, 그리고 그 결과에 대한 말.

## 하는 동안

exporting = { $name } 쓰는 중
importing = { $name } 가져오는 중
moving = { $name } 처리 중
done-percent = { $percent } %
more-transfers = 외 { $count }개
transfer-at = { $doing }: { $done }
transfers-title = 쓰거나 가져오는 중인 것
no-transfers = 쓰거나 가져오는 중인 것이 없습니다.
transfers-keys = { $accept } 멈추기    { $close } 닫기
cancelling = 멈추고 있습니다.
cancelling-this = 멈춥니다: { $doing }
ended-before = 멈추기 전에 이미 끝났습니다.
ended-already = 이미 끝났습니다: { $name }

## 시작할 때

export-begun = 옮길 것을 쓰고 있습니다: { $path }
import-begun = 가져오고 있습니다: { $path }

## 결과

exported = 봉투 { $count }개({ $size })를 썼습니다: { $path }
exported-nothing = 지금은 옮길 것이 없습니다. { $path }에는 이미 도착한 것의 표시만 있습니다.
exported-new-file = (그런 이름의 디렉터리가 없어 새 파일을 만들었습니다)
exported-part = 자리 부족: 봉투 { $all }개 가운데 급한 것부터 { $count }개를 썼습니다. 자리를 비우거나 다른 USB 메모리에 다시 쓰세요. 한 사람 것만 쓰려면 `tidings bundle export --for` (쓴 곳: { $name })
imported = { $path }에서 봉투 { $count }개를 가져왔습니다. 새것 { $new }개, 나에게 온 것 { $mine }개입니다.
imported-nothing = { $path }에 새것이 없습니다.
damaged = 손상된 파일: { $name }. 다시 복사하거나 새로 써 달라고 하세요.
damaged-several = 손상된 파일: { $name }. 그 밖에 읽을 수 없는 파일 { $more }개. 다시 복사하거나 새로 써 달라고 하세요.
foreign = Tidings의 번들이 아닌 파일: { $name }
foreign-several = Tidings의 번들이 아닌 파일: { $name }. 그 밖에 읽을 수 없는 파일 { $more }개.

## 나갈 때

export-goes-on = 노드가 계속 씁니다: { $path }
import-goes-on = 노드가 계속 가져옵니다: { $path }
export-broken-off = 쓰기가 중간에 끊겼습니다. 다시 쓰세요: { $path }
import-broken-off = 가져오기가 중간에 끊겼습니다. 다시 가져오세요. 그래도 해가 없습니다: { $path }
