# interface.toml에서 잘못된 것.

faults-title = { $path }에 이해할 수 없는 내용이 있습니다
fault = { $line }번째 줄: { $what }
fault-unread = 파일을 읽을 수 없습니다: { $why }.
fault-too-large = 파일이 { $most }바이트를 넘습니다. 줄이세요.
fault-no-toml = { $column }번째 글자부터 TOML이 아닙니다: { $why }.
fault-no-setting = `{ $name }` 설정은 없습니다. 설정의 이름은 `man tidings`에 있습니다.
fault-no-value = `{ $name }` 설정은 다음 가운데 하나입니다: { $possible }.
fault-no-table = `keys`는 테이블입니다. [keys.messages] 같은 줄을 쓰고 그 아래에 키를 쓰세요.
fault-no-layer = `{ $name }`에는 키가 없습니다. 다음 가운데 하나를 쓰세요: { $known }.
fault-no-action = `{ $name }` 명령은 없습니다. 명령의 이름은 `man tidings`에 있습니다.
fault-not-there = `{ $action }` 명령은 `{ $layer }`에서 할 수 없습니다. 할 수 있는 곳은 `man tidings`에 있습니다.
fault-no-keys = `{ $action }`에는 따옴표로 묶은 키나 그런 키의 목록을 쓰세요.
fault-only-alt = `{ $action }`에는 Alt를 쓰는 키뿐입니다. Alt를 알리지 않는 터미널도 있으니 다른 키를 더하세요.
fault-taken = 이제 `{ $keys }` 키로 `{ $by }` 명령을 하고, `{ $layer }`에서 `{ $from }` 명령에는 키가 없습니다. 다른 키나 []를 주세요.
fault-no-key = `{ $action }`: `{ $key }` 키는 없습니다. ctrl-k, shift-enter, f1, pageup, ?처럼 쓰세요.
fault-same-key = `{ $action }`: 터미널이 보내는 `{ $key }` 키와 `{ $other }` 키는 같습니다. 다른 키를 쓰세요.
fault-key-count = `{ $action }`: `{ $keys }` 대신 키 하나에서 { $most }개까지를 차례로 쓰세요.
fault-alike = `{ $action }`: `{ $keys }` 키와 `{ $other }` 키는 처음이 같아 둘 가운데 하나는 누를 수 없습니다. 하나를 바꾸세요.
