//! Texts that try a sink: hostile ones, and ordinary ones that are hard to cut and to measure.
//!
//! It depends on nothing, so that tests of any sink can use it.

/// What each tries, and the text as a peer sends it.
pub(crate) const CORPUS: &[(&str, &str)] = &[
    ("nothing", ""),
    ("blanks", "   \t  "),
    ("line ends alone", "\n\n\n"),
    ("CSI: clear the screen", "\u{1b}[2J\u{1b}[Hgone"),
    ("CSI: a colour that stays", "\u{1b}[31;1mred"),
    ("CSI: the alternate screen", "\u{1b}[?1049h"),
    ("CSI: the mouse", "\u{1b}[?1003h\u{1b}[?1006h"),
    ("CSI: the end of a paste", "\u{1b}[201~rm -rf ~\r"),
    (
        "CSI: a question that the terminal answers",
        "\u{1b}[6n\u{1b}[c",
    ),
    ("OSC 0: the title", "\u{1b}]0;root@host\u{7}"),
    (
        "OSC 8: a link",
        "\u{1b}]8;;https://evil.example\u{1b}\\bank\u{1b}]8;;\u{1b}\\",
    ),
    ("OSC 9: a notification", "\u{1b}]9;You won\u{7}"),
    ("OSC 52: the clipboard", "\u{1b}]52;c;cm0gLXJmIH4K\u{7}"),
    ("DCS: a question for settings", "\u{1b}P$q\"p\u{1b}\\"),
    ("DCS: sixel", "\u{1b}Pq#0;2;0;0;0~~@@\u{1b}\\"),
    ("APC: kitty graphics", "\u{1b}_Ga=T,f=24;AAAA\u{1b}\\"),
    ("PM and SOS", "\u{1b}^hidden\u{1b}\\\u{1b}Xhidden\u{1b}\\"),
    ("a reset", "\u{1b}c"),
    ("an escape that is cut off", "text\u{1b}["),
    ("C1: CSI", "\u{9b}2J"),
    ("C1: OSC and ST", "\u{9d}0;title\u{9c}"),
    ("C1: DCS", "\u{90}q\u{9c}"),
    ("C1: next line and index", "a\u{85}b\u{84}c\u{8d}d"),
    (
        "C0: bell, backspace, delete",
        "pass\u{8}\u{8}\u{8}\u{8}fail\u{7}\u{7f}",
    ),
    ("C0: back to the start of the line", "hello\rmallory: hi"),
    ("C0: other character sets", "\u{e}lqqk\u{f}"),
    ("C0: null", "a\0b"),
    ("C0: tabs, vertical too", "a\tb\u{b}c\u{c}d"),
    (
        "a line that looks like the next message",
        "hi\n12:00  abcdefgh  Ben       yes",
    ),
    ("line and paragraph separators", "a\u{2028}b\u{2029}c"),
    ("bidi: an override", "invoice\u{202e}gpj.exe"),
    ("bidi: embeddings", "\u{202a}a\u{202b}b\u{202c}\u{202d}c"),
    (
        "bidi: isolates that stay open",
        "\u{2066}a\u{2067}b\u{2068}c",
    ),
    ("bidi: an isolate that closes ours", "a\u{2069}b"),
    ("bidi: marks", "\u{200e}a\u{200f}b\u{61c}c"),
    ("bidi: Hebrew beside English", "שלום, Ann (עד 5)"),
    ("zero width: blanks", "pay\u{200b}pal\u{feff}\u{2060}"),
    (
        "zero width: joiners with nothing to join",
        "a\u{200d}b\u{200c}c\u{200d}",
    ),
    (
        "zero width: joiners one after the other",
        "😀\u{200d}\u{200d}😀",
    ),
    (
        "zero width: a joiner behind what is no picture",
        "\u{23ce}\u{200d}😀",
    ),
    ("zero width: soft hyphens", "so\u{ad}ft\u{34f}"),
    ("zero width: operators", "f\u{2061}x\u{2062}y\u{2064}"),
    (
        "zero width: fillers",
        "\u{3164}\u{115f}\u{1160}\u{ffa0}\u{2800}",
    ),
    (
        "zero width: a vowel that follows nothing",
        "\u{1161}\u{11a8} a\u{1161}",
    ),
    ("zero width: a prefix of nothing", "a\u{d4e}"),
    (
        "zero width: a prefix of a mark",
        "\u{d4e}\u{301}b\u{605}\u{301}",
    ),
    (
        "zero width: hieroglyph controls",
        "\u{13000}\u{13430}\u{13000}",
    ),
    ("annotations", "\u{fff9}shown\u{fffa}hidden\u{fffb}"),
    (
        "zalgo",
        "H\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}\u{30b}e\u{316}\u{317}\u{318}\u{319}\u{31c}\u{31d}\u{31e}\u{31f}\u{320}\u{321}",
    ),
    ("zalgo: on a blank", "a \u{301}\u{302}\u{303}"),
    ("zalgo: on nothing", "\u{301}\u{302}"),
    (
        "zalgo: of marks with a width",
        "क\u{93e}\u{93e}\u{93e}\u{93e}\u{93e}\u{93e}\u{93e}\u{93e}\u{93e}\u{93e}\u{93e}\u{93e}",
    ),
    (
        "zalgo: that encloses",
        "a\u{20dd}\u{20de}\u{20df}\u{20e0}\u{20e2}\u{20e3}\u{20e4}\u{20dd}",
    ),
    (
        "tags: hidden words",
        "hi\u{e0001}\u{e0068}\u{e0069}\u{e007f}",
    ),
    (
        "tags: a flag with a tail",
        "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    ),
    (
        "variation selectors: hidden bytes",
        "😀\u{e0100}\u{e0101}\u{fe00}\u{fe01}\u{fe02}\u{fe03}\u{fe04}\u{fe05}\u{fe06}",
    ),
    ("a family", "👨\u{200d}👩\u{200d}👧\u{200d}👦"),
    ("two who kiss", "👩🏽\u{200d}❤\u{fe0f}\u{200d}💋\u{200d}👨🏿"),
    ("a trade", "👩\u{200d}🚒 🧑🏻\u{200d}💻"),
    (
        "joined without end",
        "😀\u{200d}😀\u{200d}😀\u{200d}😀\u{200d}😀\u{200d}😀\u{200d}😀\u{200d}😀\u{200d}😀\u{200d}😀",
    ),
    ("a skin tone alone", "🏽 👋🏽"),
    ("flags", "🇰🇷🇯🇵🇩🇪"),
    ("a flag and a half", "🇰🇷🇯"),
    (
        "keycaps",
        "1\u{fe0f}\u{20e3}2\u{fe0f}\u{20e3}#\u{fe0f}\u{20e3}",
    ),
    ("a picture and a sign", "❤\u{fe0f}☎\u{fe0e}❤⌚\u{fe0e}"),
    ("Korean", "안녕하세요, 내일 학교에서 만나요"),
    (
        "Hangul jamo",
        "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}",
    ),
    ("Hangul jamo on a syllable", "가\u{11a8}나\u{11ab}"),
    ("Hangul jamo for keys", "ㅋㅋㅋ ㅠㅠ"),
    (
        "jamo without end",
        "\u{1100}\u{1100}\u{1100}\u{1100}\u{1100}\u{1100}\u{1100}\u{1100}\u{1161}\u{1161}\u{1161}\u{1161}\u{1161}\u{1161}\u{1161}\u{1161}\u{1161}",
    ),
    ("Japanese", "明日、学校で会いましょう。ガギグ か\u{3099}"),
    ("Japanese at half width", "ｱｶﾞｻﾞﾊﾟ ﾞ"),
    ("Chinese", "我们明天在学校见面。「好」"),
    ("full width", "ｆｕｌｌ　ｗｉｄｔｈ"),
    ("ideographs with variants", "葛\u{fe00}飾区"),
    ("Arabic ligatures", "السلام عليكم لا إله"),
    (
        "Arabic prefixes",
        "\u{600}123 \u{6dd}\u{6dd}\u{6dd}\u{6dd}\u{6dd}\u{6dd}\u{6dd}\u{6dd}\u{6dd}\u{6dd}4",
    ),
    ("Persian with joiners", "می\u{200c}خواهم"),
    ("Devanagari", "नमस्ते क्षत्रिय र्त्स्न्य"),
    ("conjuncts without end", "क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क"),
    ("Thai", "น้ำ กำลัง ภาษาไทย"),
    ("Khmer", "ភាសាខ្មែរ ក្ក"),
    ("Tibetan", "བསྒྲུབས"),
    ("Kirat Rai", "\u{16d63}\u{16d67}\u{16d67}"),
    ("composed and decomposed", "é e\u{301} Å A\u{30a}"),
    ("words that look alike", "раураl pаypal"),
    (
        "a word without a blank",
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    ),
    (
        "private and unassigned",
        "\u{e000}\u{f8ff}\u{378}\u{fdd0}\u{10ffff}",
    ),
];

/// Has a sink let out each text: what comes out may hold no more than a terminal is to show.
#[track_caller]
pub(crate) fn walk(sink: impl Fn(&str) -> String) {
    for (name, text) in CORPUS {
        let out = sink(text);
        assert_eq!(first_hostile(&out), None, "{name}: {out:?}");
    }
}

/// The first character of a text that no sink may let out, but for line ends and for what the
/// sink writes itself, such as colours.
pub(crate) fn first_hostile(text: &str) -> Option<char> {
    text.chars().find(|character| match character {
        '\n' => false,
        character if character.is_control() => true,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{3164}' => {
            true
        }
        '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' => true,
        '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    })
}
