//! The line editor: a thread of its own, since it waits for keys.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use rustyline::completion::Completer;
use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, ExternalPrinter, Helper};
use tokio::sync::mpsc;

use super::update::{Event, is_command};
use crate::chat::{Slash, slashes};
use crate::failure::{self, Exit, Failure};
use crate::origin::Origin;
use crate::output::Output;

/// Lines kept in memory for the arrow keys.
const HISTORY_LINES_MAX: usize = 500;

/// Prompts on their way to the editor: it takes one at a time.
const PROMPTS_MAX: usize = 1;

/// The names that Tab completes, shared with the chat.
pub(super) type Names = Arc<Mutex<Vec<String>>>;

/// The chat's end of the editor.
pub(super) struct Terminal {
    prompts: mpsc::Sender<String>,
    printer: Box<dyn FnMut(String) -> bool + Send>,
    names: Names,
    /// Whether the prompt is drawn again below what is printed.
    is_redrawn: bool,
    /// Whether the cursor stands behind a prompt.
    is_prompted: bool,
    /// Whether a line was entered since something was last printed.
    entered: Arc<AtomicBool>,
    /// Whether it was told that something was typed.
    told: Arc<AtomicBool>,
}

impl Terminal {
    /// Starts the editor; what is typed becomes events.
    pub(super) fn start(
        output: Output,
        events: mpsc::Sender<Event>,
        origin: Origin,
    ) -> Result<Self, Failure> {
        let failed = |error: String| Failure::saying(Exit::Failed, failure::no_terminal(&error));
        let names = Names::default();
        let (config, history) = settings().map_err(|error| failed(error.to_string()))?;
        let mut editor: Editor<Completion, MemHistory> =
            Editor::with_history(config, history).map_err(|error| failed(error.to_string()))?;
        let (entered, told) = (Arc::default(), Arc::default());
        editor.set_helper(Some(Completion {
            names: Arc::clone(&names),
            told: Arc::clone(&told),
            events: events.clone(),
            origin,
        }));
        let (printer, is_redrawn) = printer(&mut editor, output);
        let (prompts, next) = mpsc::channel(PROMPTS_MAX);
        let entering = Arc::clone(&entered);
        std::thread::Builder::new()
            .name("editor".to_owned())
            .spawn(move || read_lines(&mut editor, next, &events, &entering))
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            prompts,
            printer,
            names,
            is_redrawn,
            is_prompted: false,
            entered,
            told,
        })
    }

    /// Lets the next line be typed.
    pub(super) fn prompt(&mut self, prompt: String) {
        self.is_prompted = true;
        if !self.is_redrawn {
            self.entered.store(false, Ordering::Release);
        }
        // The editor takes one prompt for each line it gave, so there is room.
        let _ = self.prompts.try_send(prompt);
    }

    /// Shows lines above the prompt; `false` if the terminal is gone.
    pub(super) fn print(&mut self, text: &str) -> bool {
        let mut text = format!("{text}\n");
        let entered = self.entered.swap(false, Ordering::AcqRel);
        if std::mem::take(&mut self.is_prompted) && !self.is_redrawn && !entered {
            // The row that the prompt is in has no end yet.
            text.insert(0, '\n');
        }
        (self.printer)(text)
    }

    /// Tells again when something is typed.
    pub(super) fn listen(&self) {
        self.told.store(false, Ordering::Release);
    }

    /// Changes the names that Tab completes.
    pub(super) fn complete(&self, names: Vec<String>) {
        if let Ok(mut present) = self.names.lock() {
            *present = names;
        }
    }
}

/// Prints above the prompt; and whether that is drawn again below.
fn printer(
    editor: &mut Editor<Completion, MemHistory>,
    output: Output,
) -> (Box<dyn FnMut(String) -> bool + Send>, bool) {
    match editor.create_external_printer() {
        Ok(mut printer) => (Box::new(move |text| printer.print(text).is_ok()), true),
        // A terminal that cannot draw above the prompt gets its lines where the cursor is.
        Err(_) => (Box::new(move |text| output.line(&text).is_ok()), false),
    }
}

/// How the editor behaves, and its memory. A history made without the settings has a limit of its
/// own.
fn settings() -> rustyline::Result<(Config, MemHistory)> {
    let mut config = Config::builder()
        .max_history_size(HISTORY_LINES_MAX)?
        .completion_type(CompletionType::List)
        .auto_add_history(true);
    config.enable_synchronized_output(false);
    let config = config.build();
    let history = MemHistory::with_config(&config);
    Ok((config, history))
}

/// Reads a line for each prompt, until one side is done.
fn read_lines(
    editor: &mut Editor<Completion, MemHistory>,
    mut prompts: mpsc::Receiver<String>,
    events: &mpsc::Sender<Event>,
    entered: &AtomicBool,
) {
    while let Some(prompt) = prompts.blocking_recv() {
        let line = editor.readline(&prompt);
        entered.store(true, Ordering::Release);
        let event = match line {
            Ok(line) => Event::Line(line),
            Err(ReadlineError::Interrupted) => Event::Interrupted,
            Err(_) => Event::Closed,
        };
        let last = matches!(event, Event::Closed);
        if events.blocking_send(event).is_err() || last {
            return;
        }
    }
}

/// Completes commands, names and paths; tells that something is typed.
struct Completion {
    names: Names,
    told: Arc<AtomicBool>,
    events: mpsc::Sender<Event>,
    origin: Origin,
}

impl Helper for Completion {}

/// There are no hints: whoever would give them sees what is typed as it is.
impl Hinter for Completion {
    type Hint = String;

    fn hint(&self, line: &str, _position: usize, _context: &Context<'_>) -> Option<String> {
        if is_message(line) && !self.told.swap(true, Ordering::AcqRel) {
            // Where there is no room there is much to do, and the next key tells it.
            let _ = self.events.try_send(Event::Typed);
        }
        None
    }
}

/// Whether a line, as far as it is typed, is for others.
fn is_message(line: &str) -> bool {
    let line = line.trim();
    !matches!(line, "" | "/") && !is_command(line)
}

impl Validator for Completion {}

impl Highlighter for Completion {}

impl Completer for Completion {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = line.get(..position).unwrap_or(line);
        let names = self
            .names
            .lock()
            .map(|names| names.clone())
            .unwrap_or_default();
        Ok(candidates(typed, &names, &self.origin))
    }
}

/// Where the completed word begins, and what it could be.
fn candidates(typed: &str, names: &[String], origin: &Origin) -> (usize, Vec<String>) {
    if !typed.starts_with('/') {
        return (0, Vec::new());
    }
    match typed.split_once(' ') {
        None => {
            let verbs = slashes().map(|slash| slash.verb);
            (
                0,
                verbs
                    .filter(|verb| verb.starts_with(typed))
                    .map(|verb| format!("{verb} "))
                    .collect(),
            )
        }
        Some((verb, start)) if is_typed(verb, Slash::takes_path) => {
            (verb.len() + 1, origin.ways_on(start))
        }
        Some((verb, start)) if is_typed(verb, Slash::takes_name) => {
            let start = start.to_lowercase();
            let fitting = names
                .iter()
                .filter(|name| name.to_lowercase().starts_with(&start));
            (verb.len() + 1, fitting.cloned().collect())
        }
        Some(_) => (0, Vec::new()),
    }
}

/// Whether what follows a command is of a kind.
fn is_typed(verb: &str, kind: fn(&Slash) -> bool) -> bool {
    slashes().any(|slash| slash.verb == verb && kind(&slash))
}

#[cfg(test)]
mod tests {
    use rustyline::history::{History, SearchDirection};

    use super::*;

    #[test]
    fn the_most_lines_are_kept_and_one_more_drops_the_oldest() {
        let (_, mut history) = settings().unwrap();
        let oldest = |history: &MemHistory| {
            let line = history.get(0, SearchDirection::Forward).unwrap().unwrap();
            (history.len(), line.entry.into_owned())
        };
        for line in 1..=HISTORY_LINES_MAX {
            history.add(&line.to_string()).unwrap();
        }
        assert_eq!(oldest(&history), (HISTORY_LINES_MAX, "1".to_owned()));
        history.add("one more").unwrap();
        assert_eq!(oldest(&history), (HISTORY_LINES_MAX, "2".to_owned()));
    }

    #[test]
    fn a_command_is_not_typed_to_anybody_and_neither_is_nothing() {
        let messages = ["h", " hi", "//", "//he", "/etc/h", "/2nd", "/ he"];
        for line in messages {
            assert!(is_message(line), "{line}");
        }
        for line in ["", " ", "/", " / ", "/he", "/join A", "/q", "/2"] {
            assert!(!is_message(line), "{line}");
        }
    }

    #[test]
    fn commands_names_and_paths_are_completed() {
        let origin = Origin::default();
        let names = ["Ben".to_owned(), "Bea".to_owned(), "Ann".to_owned()];
        assert_eq!(
            candidates("/con", &names, &origin),
            (0, vec!["/contacts ".to_owned()])
        );
        assert_eq!(
            candidates("/chat be", &names, &origin),
            (6, vec!["Ben".to_owned(), "Bea".to_owned()])
        );
        assert_eq!(candidates("hello /con", &names, &origin), (0, Vec::new()));
        let stick = tempfile::tempdir().unwrap();
        std::fs::write(stick.path().join("my bundle"), "").unwrap();
        let start = format!("{}/my", stick.path().display());
        assert_eq!(
            candidates(&format!("/export {start}"), &names, &origin),
            (8, vec![format!("{start} bundle")])
        );
    }
}
