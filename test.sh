#!/usr/bin/env bash
# The set-up and every check; the last line is "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
scripts/setup.sh --tests
results="$(mktemp -d)"
trap 'rm -rf "$results"' EXIT
status=0

dotnet build UnetSpikes.sln -c Release -v quiet --nologo
dotnet format UnetSpikes.sln --verify-no-changes --no-restore --exclude node_modules/ || { echo "error: dotnet format would change files" >&2; status=1; }
dotnet test UnetSpikes.sln -c Release --no-build --nologo --logger "trx;LogFileName=tests.trx" --results-directory "$results" || status=1

counters="$(grep -o '<Counters [^>]*>' "$results/tests.trx")" || { echo "error: the tests left no results" >&2; exit 1; }
count() { sed -E "s/.* $1=\"([0-9]+)\".*/\1/" <<< "$counters"; }
total=$(count total) executed=$(count executed) passed=$(count passed)
[ "$passed" = "$executed" ] || status=1
echo "$passed passed, $((executed - passed)) failed, $((total - executed)) skipped"
exit $status
