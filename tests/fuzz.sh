#!/usr/bin/env bash
# Fuzzes the HTTP/2 connection for some minutes, 10 unless another number is given: bash tests/fuzz.sh [minutes]
# Three programs run side by side, each for that long: whole connections in memory, a server over TLS, and the HPACK decoder.
# Each says at its end how many cases it ran, or what failed and how to repeat it. The exit status is 0 only when nothing failed.
set -uo pipefail
exec </dev/null
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1

minutes=${1:-10}
if ! [[ "$minutes" =~ ^[1-9][0-9]{0,3}$ ]]; then
  echo "Usage: bash tests/fuzz.sh [minutes]" >&2
  exit 2
fi

project=PushGateway.Http2.Tests
dotnet build "tests/$project" -c Release -v quiet --nologo || exit 1

logs=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; rm -rf "$logs"' EXIT

names=()
start() {
  local name=$1
  shift
  "tests/$project/bin/Release/net10.0/$project" --no-ansi --progress off --show-live-output on "$@" >"$logs/$name" 2>&1 &
  pids+=($!)
  names+=("$name")
}

export PUSHGATEWAY_FUZZ_MINUTES=$minutes
start connections --filter-class '*.ConnectionFuzzTests'
start tls --filter-class '*.Frames.FuzzTests'
start hpack --filter-method '*.HpackDecoderPropertyTests.Decode_AnyBytes_StaysWithinItsBounds'

failed=0
for index in "${!pids[@]}"; do
  wait "${pids[$index]}" || failed=1
  echo
  echo "== ${names[$index]}"
  cat "$logs/${names[$index]}"
done

[ "$failed" = 0 ]
