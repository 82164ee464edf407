#!/usr/bin/env bash
# Looks at every screen in a real browser. Needs chromium, node and npm; axe-core is installed in a
# temporary folder. What is missing is named, and the test is then skipped.
#
# tests/browser/run.sh [FOLDER FOR PICTURES]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
skip() { echo "skipped: browser tests: $1"; exit 0; }
[ -n "$chromium" ] || skip "chromium not found"
command -v node >/dev/null || skip "node not found"
command -v npm >/dev/null || skip "npm not found"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --prefix "$work" axe-core@4.14.1 >/dev/null 2>&1 \
  || skip "axe-core could not be installed"
cd "$here/../.."
# The whole workspace is named so that nothing is built with other features than in `cargo test`.
cargo build --quiet --workspace --example gallery
gallery="${CARGO_TARGET_DIR:-target}/debug/examples/gallery"
node "$here/tasks.mjs" "$chromium" "$gallery"
node "$here/pages.mjs" "$chromium" "$gallery" "$work/node_modules/axe-core/axe.min.js" "$@"
