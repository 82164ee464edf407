//! Files that a person sends: streamed to disk with a limit, named by their digest, and handed
//! to the desk whole or not at all.

use super::gate::Context;
use super::{Failure, Served, Shared, redirect};
use crate::session::hex;
use crate::view::{Received, Target, Upload};
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, Extension, FromRequest, Multipart, Request, State};
use axum::http::{StatusCode, header};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

/// What a form adds to its file in bytes at most: boundaries, names, the token.
const FORM_OVERHEAD_MAX: u64 = 64 << 10;
/// Bytes of the token's field.
const TOKEN_BYTES_MAX: usize = 200;
/// Characters of a file's name that are kept.
const NAME_CHARACTERS_MAX: usize = 120;

/// Takes one file; the token of the form comes before it.
pub(crate) async fn upload(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    request: Request,
) -> Served {
    let limit = web.settings().upload_bytes_max;
    let length = request.headers().get(header::CONTENT_LENGTH);
    let announced: Option<u64> = length.and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    if announced.is_some_and(|bytes| bytes > limit.saturating_add(FORM_OVERHEAD_MAX)) {
        return Err(too_large(limit, &context));
    }
    let name = format!("upload-{}", hex(&web.random::<12>()));
    let taken = Taken { path: web.settings().upload_folder.join(name) };
    let upload = receive(request, &taken.path, limit, &context).await?;
    let viewer = context.viewer()?;
    let received = web.ask(viewer, move |desk, viewer| desk.receive(viewer, &upload)).await?;
    let (id, known) = match received {
        Received::New { id } => (id, ""),
        Received::Known { id } => (id, "?known=1"),
    };
    Ok(redirect(&format!("{}{known}", Target::File(id).path())))
}

/// Removes the file again when the desk has not taken it over.
struct Taken {
    path: PathBuf,
}

impl Drop for Taken {
    fn drop(&mut self) {
        // Absent is what is wanted: the desk has moved it, or it was never made.
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn receive(
    mut request: Request,
    path: &Path,
    limit: u64,
    context: &Context,
) -> Result<Upload, Failure> {
    // A second bound beneath the count below: whatever the form is made of, no more is read.
    let whole = limit.saturating_add(FORM_OVERHEAD_MAX);
    DefaultBodyLimit::max(usize::try_from(whole).unwrap_or(usize::MAX)).apply(&mut request);
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|_| cut_short(context))?;
    let mut has_token = false;
    while let Some(mut field) = form.next_field().await.map_err(|e| broken(&e, limit, context))? {
        if field.name() == Some("token") {
            let mut token = Vec::new();
            while let Some(chunk) = field.chunk().await.map_err(|e| broken(&e, limit, context))? {
                if token.len() + chunk.len() > TOKEN_BYTES_MAX {
                    return Err(Failure::Forged(context.request.clone()));
                }
                token.extend_from_slice(&chunk);
            }
            has_token = token == context.form_token.as_bytes();
        } else if field.name() == Some("file") {
            if !has_token {
                return Err(Failure::Forged(context.request.clone()));
            }
            let name = file_name(field.file_name().unwrap_or(""));
            let mut file = File::create_new(path).await.map_err(|_| no_room(context))?;
            let (mut bytes, mut digest) = (0u64, Sha256::new());
            while let Some(chunk) = field.chunk().await.map_err(|e| broken(&e, limit, context))? {
                bytes = bytes.saturating_add(chunk.len() as u64);
                if bytes > limit {
                    return Err(too_large(limit, context));
                }
                digest.update(&chunk);
                file.write_all(&chunk).await.map_err(|_| no_room(context))?;
            }
            file.sync_all().await.map_err(|_| no_room(context))?;
            if bytes == 0 {
                return Err(nothing(context));
            }
            let digest = hex(&digest.finalize());
            return Ok(Upload { name, path: path.to_owned(), bytes, digest });
        }
    }
    if has_token { Err(nothing(context)) } else { Err(Failure::Forged(context.request.clone())) }
}

/// The last part of a name, without what could lead elsewhere or hide its ending.
fn file_name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or("");
    let is_plain = |c: &char| !c.is_control() && !('\u{200b}'..='\u{206f}').contains(c);
    let name: String = last.chars().filter(is_plain).take(NAME_CHARACTERS_MAX).collect();
    let name = name.trim().trim_start_matches('.').to_owned();
    if name.is_empty() { "unnamed".to_owned() } else { name }
}

fn limit_failure(status: StatusCode, says: [String; 3], context: &Context) -> Failure {
    Failure::Limit(status, Box::new(says), context.request.clone())
}

/// Bytes in the largest unit that has no fraction.
fn size_words(bytes: u64) -> String {
    let units = [(1u64 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")];
    let unit = units.iter().find(|(size, _)| bytes >= *size && bytes.is_multiple_of(*size));
    unit.map_or(format!("{bytes} bytes"), |(size, name)| format!("{} {name}", bytes / size))
}

fn too_large(limit: u64, context: &Context) -> Failure {
    let says = [
        "The file was refused. Nothing of it was kept.".to_owned(),
        format!("It is larger than the node takes through a page: {}.", size_words(limit)),
        "Put it into the node's inbox folder, or split it into several files. An administrator \
         can raise the limit."
            .to_owned(),
    ];
    limit_failure(StatusCode::PAYLOAD_TOO_LARGE, says, context)
}

/// What broke the reading of a form: a limit, or the connection.
fn broken(error: &MultipartError, limit: u64, context: &Context) -> Failure {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        too_large(limit, context)
    } else {
        cut_short(context)
    }
}

fn cut_short(context: &Context) -> Failure {
    let says = [
        "The file did not arrive whole. Nothing of it was kept.".to_owned(),
        "The connection was cut, or what was sent is not a form with a file.".to_owned(),
        "Send the file again.".to_owned(),
    ];
    limit_failure(StatusCode::BAD_REQUEST, says, context)
}

fn nothing(context: &Context) -> Failure {
    let says = [
        "No file was sent.".to_owned(),
        "The form arrived without a file, or the file is empty.".to_owned(),
        "Choose a file and send it again.".to_owned(),
    ];
    limit_failure(StatusCode::UNPROCESSABLE_ENTITY, says, context)
}

fn no_room(context: &Context) -> Failure {
    let says = [
        "The file could not be kept. Nothing of it is left.".to_owned(),
        "The node cannot write to its folder for uploads: the disk may be full.".to_owned(),
        "Tell your administrator, and send the file again later.".to_owned(),
    ];
    limit_failure(StatusCode::INSUFFICIENT_STORAGE, says, context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere() {
        for (sent, kept) in [
            ("claims.837", "claims.837"),
            ("C:\\claims\\may.837", "may.837"),
            ("../../etc/passwd", "passwd"),
            ("..", "unnamed"),
            ("", "unnamed"),
            ("a\u{202e}837.txt\n", "a837.txt"),
        ] {
            assert_eq!(file_name(sent), kept);
        }
        assert_eq!(file_name(&"x".repeat(500)).len(), NAME_CHARACTERS_MAX);
    }

    #[test]
    fn sizes_are_said_in_whole_units() {
        for (bytes, words) in [(1 << 30, "1 GB"), (5 << 20, "5 MB"), (1000, "1000 bytes")] {
            assert_eq!(size_words(bytes), words);
        }
    }
}
