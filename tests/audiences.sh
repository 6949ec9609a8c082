#!/usr/bin/env bash
# Compares random audiences and filters, 10,000 on each database unless another number is given, with a naive selection in memory: bash tests/audiences.sh [cases]
# Some hundred are part of the tests. The exit status is 0 only when every audience read was the one selected.
set -uo pipefail
exec </dev/null
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1

cases=${1:-10000}
if ! [[ "$cases" =~ ^[1-9][0-9]{0,6}$ ]]; then
  echo "Usage: bash tests/audiences.sh [cases]" >&2
  exit 2
fi

project=PushGateway.Storage.Tests
dotnet build "tests/$project" -c Release -v quiet --nologo || exit 1
export PUSHGATEWAY_AUDIENCE_CASES=$cases
exec "tests/$project/bin/Release/net10.0/$project" --no-ansi --progress off --show-live-output on --filter-class '*.AudienceSelectionOn*'
