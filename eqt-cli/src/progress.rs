//! What takes more than a second says so, on one line of standard error, if that is a terminal.

use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use eqt_ir::progress::{Stage, observed};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output;

/// How long nothing is said.
const PATIENCE: Duration = Duration::from_secs(1);

/// The exit status of what was interrupted, by the convention of shells.
const INTERRUPTED: i32 = 130;

/// Does some work with a line of progress, which is gone when the work ends or is interrupted.
pub(crate) fn shown<R>(work: impl FnOnce() -> R) -> R {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    let of_handler = bar.clone();
    // Without a handler an interrupted command ends as well, only less tidily.
    let _ = ctrlc::set_handler(move || {
        of_handler.finish_and_clear();
        output::remove_unfinished();
        std::process::exit(INTERRUPTED);
    });
    if !std::io::stderr().is_terminal() {
        return work();
    }
    let style = ProgressStyle::with_template("{spinner} {elapsed_precise}  {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    let (end, ended) = channel::<()>();
    let of_thread = bar.clone();
    let waiting = thread::spawn(move || {
        if ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            of_thread.set_draw_target(ProgressDrawTarget::stderr());
            of_thread.enable_steady_tick(Duration::from_millis(120));
        }
    });
    let of_observer = bar.clone();
    let result = observed(move |stage| of_observer.set_message(message(stage)), work);
    drop(end);
    // The thread ends at once; if it panicked there is no line to clear.
    let _ = waiting.join();
    bar.finish_and_clear();
    result
}

fn message(stage: Stage) -> String {
    match stage.fraction() {
        Some((done, all)) => format!("{stage} ({done} of {all})"),
        None => stage.to_string(),
    }
}
