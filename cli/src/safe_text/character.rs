//! What a single character may do to a text it stands in.

pub(super) const JOINER: char = '\u{200d}';
pub(super) const NON_JOINER: char = '\u{200c}';

/// Whether a character steers, hides or reorders rather than shows.
pub(super) fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{180b}'..='\u{180f}'
            // Fillers: letters that show nothing.
            | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}'
            | '\u{2800}'
            // Zero width, bidi marks, separators, bidi embeddings and isolates, invisible operators.
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            // Tags and supplementary variation selectors can carry hidden text.
            | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character may be part of a joined emoji.
pub(super) fn is_emoji(character: char) -> bool {
    matches!(character, '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}'
        | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Whether a letter belongs to a script in which joiners choose letter forms.
pub(super) fn is_cursive(character: char) -> bool {
    matches!(character, '\u{0600}'..='\u{07bf}' | '\u{0840}'..='\u{08ff}'
        | '\u{0900}'..='\u{0dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{18af}'
        | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}')
        && !is_hostile(character)
}
