# 대화 자체에 한 일. 메시지 사이에 보입니다.

deed-by = { $name } 님이
deed-by-you = 내가
deed-whom = { $name } 님을
deed-whom-you = 나를
deed-created = { $by } “{ $title }” 방을 만들었습니다
deed-created-untitled = { $by } 방을 만들었습니다
deed-added = { $by } { $whom } 초대했습니다
deed-added-as-admin = { $by } { $whom } 관리자로 초대했습니다
deed-removed = { $by } { $whom } 내보냈습니다
deed-left = { $by } 나갔습니다
deed-admin = { $by } { $whom } 관리자로 정했습니다
deed-admin-own = { $by } 관리자가 되었습니다
deed-member = { $by } { $whom } 관리자에서 뺐습니다
deed-renamed = { $by } 방 이름을 바꿨습니다: “{ $title }”
deed-renamed-untitled = { $by } 방 이름을 바꿨습니다
deed-disappearing = { $by } 메시지를 { $span } 뒤에 사라지게 설정했습니다
deed-staying = { $by } 메시지를 사라지지 않게 설정했습니다
deed-unknown = { $by } 한 일을 보려면 더 새로운 Tidings가 필요합니다
deeds-earlier = 그 전의 변경은 생략했습니다
