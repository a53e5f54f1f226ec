//! Where an answer goes: standard output, or a file that is there as a whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::failure::Failure;

/// The file that is being written, to be removed if that is interrupted.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Removes what is half written.
pub(crate) fn remove_unfinished() {
    let path = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(path) = path {
        // There is nobody left to tell.
        let _ = fs::remove_file(path);
    }
}

/// Refuses a file in a folder that does not exist, before anything is worked out.
pub(crate) fn check(output: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = output else { return Ok(()) };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let exists = folder.map_or(Ok(()), |folder| fs::metadata(folder).map(|_| ()));
    let is_folder = if path.is_dir() { Err(io::Error::from(ErrorKind::IsADirectory)) } else { Ok(()) };
    exists.and(is_folder).map_err(|error| cannot_write(path, &error))
}

/// Writes an answer.
pub(crate) fn write(output: Option<&Path>, text: &str) -> Result<(), Failure> {
    if let Some(path) = output {
        return write_file(path, text).map_err(|error| cannot_write(path, &error));
    }
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // The reader has seen enough, as `head` has.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|error| Failure::input(format!("cannot write to standard output: {error}"))),
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::input(format!("cannot write {}: {error}", path.display()))
}

/// Writes a file beside, and gives it the name in the end. What is no regular file, a pipe or a device, and where no
/// file beside can be made, is written to directly.
fn write_file(path: &Path, text: &str) -> io::Result<()> {
    let before = match fs::symlink_metadata(path) {
        Ok(link) if link.is_symlink() => Some(fs::canonicalize(path).and_then(fs::metadata)),
        Ok(file) => Some(Ok(file)),
        Err(_) => None,
    };
    let permissions = match before {
        Some(Ok(file)) if file.is_file() => Some(file.permissions()),
        Some(_) => return fs::write(path, text),
        None => None,
    };
    // A link goes on to point where it points.
    let target = if permissions.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
    let Some(name) = target.file_name() else { return fs::write(path, text) };
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}.unfinished", std::process::id()));
    let beside = target.with_file_name(beside);
    let Ok(mut file) = OpenOptions::new().write(true).create_new(true).open(&beside) else {
        return fs::write(path, text);
    };
    *UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner) = Some(beside.clone());
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| permissions.map_or(Ok(()), |permissions| file.set_permissions(permissions)))
        .and_then(|()| fs::rename(&beside, &target));
    match written {
        Ok(()) => *UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner) = None,
        Err(_) => remove_unfinished(),
    }
    written
}
