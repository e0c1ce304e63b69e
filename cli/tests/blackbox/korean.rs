//! The chat line by line, and what is asked before it, where the system speaks Korean.

use crate::person::{Person, pair, send_signal};
use crate::screen::Screen;
use crate::wizard::numbered_words;

/// Columns of a screen on which no line is broken.
const SIZE: (u16, u16) = (200, 60);

/// The chat in somebody's name on a system that speaks Korean.
fn start(person: &Person) -> Screen {
    let environment = [
        ("LC_ALL", ""),
        ("LANG", "ko_KR.UTF-8"),
        ("TIDINGS_INTERFACE", "/dev/null"),
    ];
    Screen::start_sized(person, SIZE, &environment, &["--plain"])
}

/// Goes through the questions of a first run up to its words.
#[track_caller]
fn begins(person: &Person, passphrase: &str) -> (Screen, Vec<String>) {
    let mut screen = start(person);
    screen.shows("Tidings에 오신 것을 환영합니다");
    screen.shows("친구에게 보일 이름:");
    screen.types("앤");
    screen.shows("비워 두면 잠그지 않습니다");
    screen.shows("암호 문구:");
    screen.types(passphrase);
    screen.shows("한 번 더:");
    screen.types(passphrase);
    let text = screen.shows("다 적었으면 Enter를 누르세요.");
    let (_, words) = text.split_once("복구 단어").unwrap();
    let words = numbered_words(words);
    assert_eq!(words.len(), 24, "{text}");
    (screen, words)
}

#[test]
fn the_first_run_the_passphrase_and_the_chat_are_korean_where_the_system_is() {
    let ann = Person::nobody();
    let (mut screen, words) = begins(&ann, "correct horse");
    screen.types("");
    let text = screen.shows("번 단어:");
    let (before, _) = text.rsplit_once("번 단어:").unwrap();
    let number: usize = before.rsplit(' ').next().unwrap().parse().unwrap();
    screen.types(&words[number - 1]);
    screen.shows("앤 님, 안녕하세요.");
    screen.shows("아직 연락처가 없습니다.");
    screen.says("/quit");
    assert_eq!(screen.ends(), 0);
    let mut screen = start(&ann);
    screen.shows("암호 문구:");
    screen.types("wrong");
    screen.shows("이 프로필의 암호 문구가 아닙니다.");
    screen.until("the prompt again", |shown| {
        shown.matches("암호 문구:").count() == 2
    });
    screen.types("correct horse");
    screen.shows("앤 님, 안녕하세요.");
    screen.says("/없는명령");
    screen.shows("문제: 그런 명령이 없습니다: /없는명령.");
    screen.says("/help");
    screen.shows("/reply N 글");
    screen.says("/quit");
    assert_eq!(screen.ends(), 0);
}

#[test]
fn whoever_does_not_know_the_passphrase_is_told_in_korean_why_it_ended() {
    let ann = Person::nobody();
    let file = ann.file("passphrase", "correct horse\n");
    let file = file.to_str().unwrap();
    ann.run(&["--passphrase-file", file, "init", "--name", "앤"])
        .exits(0);
    let mut screen = start(&ann);
    for tries in 1..=3 {
        screen.until("a prompt", |shown| {
            shown.matches("암호 문구:").count() == tries
        });
        screen.types("wrong");
    }
    screen.shows("tidings: 이 프로필의 암호 문구가 아닙니다. 다시 해 보세요.");
    assert_eq!(screen.ends(), 3);
}

#[test]
fn words_that_nobody_confirmed_are_asked_about_in_korean() {
    let ann = Person::nobody();
    let (screen, _) = begins(&ann, "correct horse");
    assert!(send_signal(screen.pid(), "-KILL"));
    screen.ends();
    let mut screen = start(&ann);
    screen.shows("복구 단어를 적어 두었는지 아직 확인되지 않았습니다.");
    screen.shows("새로 만들려면 `anew`를 입력하고");
    screen.types("anew");
    screen.shows("친구에게 보일 이름:");
    screen.keys("\x04");
    screen.shows("아무것도 만들지 않았습니다.");
    assert_eq!(screen.ends(), 1);
    assert!(!ann.home.join("words-unseen").exists());
}

#[test]
fn two_people_chat_in_korean_while_what_commands_print_stays_english() {
    let (ann, ben) = (Person::online("Ann"), Person::online("Ben"));
    pair(&ann, &ben);
    let mut screen = start(&ben);
    screen.shows("대화: Ann");
    screen.shows("한 줄을 입력하면 보냅니다: Ann");
    screen.until("prompt", |shown| shown.trim_end().ends_with("Ann 님에게:"));
    screen.types("안녕");
    screen.shows("1. 전달됨");
    ann.tell("Ben", "잘 지내?");
    screen.shows("2. Ann: 잘 지내?, ");
    screen.types("/reply 2 응");
    screen.shows("Ann 님에게 답장: 잘 지내?");
    screen.shows("3. 전달됨");
    screen.types("/delete 1");
    screen.shows("이 메시지를 모두에게서 삭제할까요? [y/n]");
    screen.types("네");
    screen.shows("바뀜, 1. 나: (삭제됨), 전: 안녕");
    screen.types("/quit");
    assert_eq!(screen.ends(), 0);
    assert_eq!(ann.heard("Ben").last().map(String::as_str), Some("응"));
}

#[test]
fn what_the_system_says_of_a_path_is_korean_too() {
    let ann = Person::new("Ann");
    let file = ann.file("letter.txt", "Dear Ben");
    let mut screen = start(&ann);
    screen.shows("안녕하세요.");
    screen.says(&format!("/export {}/stick", file.display()));
    screen.shows("letter.txt/stick: 쓸 수 없습니다(디렉터리가 아님).");
    screen.says("/quit");
    assert_eq!(screen.ends(), 0);
}
