#!/usr/bin/env bash
# Checks the page's code, and plays with pages in a browser. With PICTURE, a file, it draws
# the page of a controller that is killed into that instead.
set -euo pipefail
cd "$(dirname "$0")"
edgesim=$1
export CHROMIUM="${CHROMIUM:-$(command -v chromium || command -v google-chrome || true)}"
if ! command -v npm >/dev/null || [ -z "$CHROMIUM" ]; then
	echo "SKIPPED: the page is not tested, since npm or Chromium is missing (Debian: apt-get install npm chromium)" >&2
	exit 0
fi
if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
	echo "SKIPPED: the page is not tested, since its tests need Node.js 20, and here is $(node --version)" >&2
	exit 0
fi
PAGES=$(mktemp -d)
export PAGES
trap 'rm -rf "$PAGES"' EXIT
npm ci --silent --no-audit --no-fund
"$edgesim" replay --html "$PAGES/killed.html" controller-killed-mid-transfer >/dev/null
if [ -n "${PICTURE:-}" ]; then
	node picture.js "$PAGES/killed.html" "$PICTURE"
	exit
fi
"$edgesim" replay --html "$PAGES/big.html" the-long-haul >/dev/null
sed 's/^run$/run\nexpect devicedeployment\/press-01 absent/' ../../../scenarios/controller-killed-mid-transfer.txt >"$PAGES/broken.txt"
! "$edgesim" replay --html "$PAGES/broken.html" "$PAGES/broken.txt" >/dev/null 2>&1
printf '# People.\n\ndevice press-01\ndeploy press-01 image=fw:2\nrun\nedit press-01 image=fw:3\nrun\ndelete press-01\nrun\n----\n' >"$PAGES/people.txt"
! "$edgesim" replay --html "$PAGES/people.html" "$PAGES/people.txt" >/dev/null 2>&1
printf '# Nothing.\n\ndevice press-01\n----\n' >"$PAGES/nothing.txt"
"$edgesim" replay --html "$PAGES/nothing.html" "$PAGES/nothing.txt" >/dev/null 2>&1
! "$edgesim" diff --html "$PAGES/apart.html" fails-then-recovers fails-permanently >/dev/null 2>&1
npm run --silent check
npm test --silent
