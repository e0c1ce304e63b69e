# 대화 위에 있는 것: 노드의 길, 대화의 설정.

offline = 오프라인
offline-set = 오프라인(설정)
offline-because = { $why }
lan-off = LAN 꺼짐
internet-off = 인터넷 꺼짐
alone = 연결된 사람 없음
paths-lan = LAN { $count }
paths-internet = 인터넷 { $count }
paths-relayed = 중계 { $count }
messages-carried = 맡김 { $count }
messages-queued = 대기 { $count }
held-off = 보류됨: 안전 단어를 비교하세요
verified-mark = 확인됨
room-mark = 방
muted = 알림 끔
receipts-off = 읽음 표시 끔
needs-newer = 더 새로운 버전 필요
not-shown = 표시 안 함 { $count }
disappear-after = { $span } 뒤 사라짐
