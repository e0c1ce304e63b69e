//! A terminal that shows nothing of what is typed: from the first prompt for a passphrase until it is known to be right.
//!
//! Invariants
//! - It is as before however that ends: by Ctrl-C and by the signals that nobody types, too.
//! - What was typed in between and answered no prompt goes to nobody: the next program would show it.

use std::io;

use zeroize::Zeroizing;

/// See the module.
#[derive(Debug)]
pub(crate) struct Unseen {
    #[cfg(unix)]
    hidden: Option<unix::Hidden>,
}

impl Unseen {
    /// Hides from now on, for as long as this is held, if there is a terminal.
    pub(crate) fn now() -> Self {
        Self {
            #[cfg(unix)]
            hidden: unix::Hidden::begin(),
        }
    }

    /// Asks for a line.
    ///
    /// # Errors
    /// Of the kind [`Interrupted`](io::ErrorKind::Interrupted) at Ctrl-C; another if there is no terminal.
    pub(crate) fn ask(&self, prompt: &str) -> io::Result<Zeroizing<String>> {
        #[cfg(unix)]
        if let Some(hidden) = &self.hidden {
            return hidden.ask(prompt);
        }
        rpassword::prompt_password(prompt).map(Zeroizing::new)
    }
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{self, Read, Write as _};
    use std::sync::Arc;

    use rustix::termios::{
        LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr,
        tcsetattr,
    };
    use tokio::runtime::Handle;
    use tokio::task::JoinHandle;
    use zeroize::Zeroizing;

    use crate::signals::Signals;

    /// The terminal that this process belongs to, wherever its text comes from and goes to.
    const TERMINAL: &str = "/dev/tty";

    /// Ctrl-C, where the terminal makes no signal of it.
    const INTERRUPT: u8 = 3;

    /// What hides, and puts the terminal back once it is dropped.
    #[derive(Debug)]
    pub(super) struct Hidden {
        terminal: Arc<Terminal>,
        /// Puts it back if a signal ends the process.
        watch: Option<JoinHandle<()>>,
    }

    impl Hidden {
        pub(super) fn begin() -> Option<Self> {
            let terminal = Arc::new(Terminal::open().ok()?);
            // Heard before anything is hidden.
            let signals = Handle::try_current()
                .ok()
                .and_then(|runtime| Some((runtime, Signals::unattended().ok()?)));
            terminal.hide().ok()?;
            let watched = Arc::clone(&terminal);
            let watch = signals.map(|(runtime, mut signals)| {
                runtime.spawn(async move {
                    let code = signals.arrived().await;
                    watched.restore();
                    std::process::exit(code);
                })
            });
            Some(Self { terminal, watch })
        }

        pub(super) fn ask(&self, prompt: &str) -> io::Result<Zeroizing<String>> {
            let config = rpassword::ConfigBuilder::new()
                .input_reader(Keys(self.terminal.device.try_clone()?))
                .build();
            let answer = rpassword::prompt_password_with_config(prompt, config);
            // The end of the line was not shown either.
            (&self.terminal.device).write_all(b"\n")?;
            answer.map(Zeroizing::new)
        }
    }

    impl Drop for Hidden {
        fn drop(&mut self) {
            if let Some(watch) = &self.watch {
                watch.abort();
            }
            self.terminal.restore();
        }
    }

    #[derive(Debug)]
    struct Terminal {
        device: File,
        before: Termios,
    }

    impl Terminal {
        fn open() -> io::Result<Self> {
            let device = File::options().read(true).write(true).open(TERMINAL)?;
            let before = tcgetattr(&device)?;
            Ok(Self { device, before })
        }

        fn hide(&self) -> io::Result<()> {
            let mut hiding = self.before.clone();
            let shown = LocalModes::ECHO | LocalModes::ECHONL;
            // A signal would end the process before the terminal is put back.
            hiding.local_modes -= shown | LocalModes::ICANON | LocalModes::ISIG;
            hiding.special_codes[SpecialCodeIndex::VMIN] = 1;
            hiding.special_codes[SpecialCodeIndex::VTIME] = 0;
            Ok(tcsetattr(&self.device, OptionalActions::Now, &hiding)?)
        }

        fn restore(&self) {
            // A terminal that is gone needs nothing.
            let _ = tcflush(&self.device, QueueSelector::IFlush);
            let _ = tcsetattr(&self.device, OptionalActions::Now, &self.before);
        }
    }

    /// What is typed, until Ctrl-C.
    struct Keys(File);

    impl Read for Keys {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            let read = self.0.read(bytes)?;
            let typed = bytes.get(..read).unwrap_or_default();
            if typed.contains(&INTERRUPT) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            Ok(read)
        }
    }
}
