//! The style sheet, the script and the icon, with their digest in the name so that they may be
//! kept by the browser; nothing in them is about anybody.

use super::answer::{Failure, gzip};
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, Response, header};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

struct Asset {
    path: String,
    kind: &'static str,
    bytes: &'static [u8],
    zipped: Vec<u8>,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    [
        ("page.css", "text/css; charset=utf-8", include_bytes!("../../assets/page.css").as_slice()),
        ("page.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/page.js")),
        ("icon.svg", "image/svg+xml", include_bytes!("../../assets/icon.svg")),
    ]
    .into_iter()
    .map(|(name, kind, bytes)| {
        let digest = crate::session::hex(&Sha256::digest(bytes)[..6]);
        let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
        let path = format!("/assets/{stem}.{digest}.{ending}");
        Asset { path, kind, bytes, zipped: gzip(bytes) }
    })
    .collect()
});

/// The address of an asset by the beginning and end of its name.
pub(crate) fn asset_path(stem: &str, ending: &str) -> &'static str {
    let found = ASSETS.iter().find(|asset| {
        asset.path.strip_prefix("/assets/").is_some_and(|name| name.starts_with(stem))
            && asset.path.ends_with(ending)
    });
    found.map_or("", |asset| asset.path.as_str())
}

/// Serves one.
pub(crate) async fn asset(
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response<Body>, Failure> {
    let path = format!("/assets/{name}");
    let asset = ASSETS.iter().find(|asset| asset.path == path).ok_or(Failure::NotFound)?;
    let takes_gzip = super::answer::takes_gzip(&headers);
    let body = if takes_gzip { asset.zipped.clone() } else { asset.bytes.to_vec() };
    let mut response = Response::new(Body::from(body));
    let set = response.headers_mut();
    set.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(asset.kind));
    set.insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    set.insert(header::VARY, header::HeaderValue::from_static("accept-encoding"));
    if takes_gzip {
        set.insert(header::CONTENT_ENCODING, header::HeaderValue::from_static("gzip"));
    }
    Ok(response)
}
