#!/usr/bin/env bash
# Builds everything and runs every test project, one after another. Works from any directory and needs the .NET SDK only:
# what the tests use besides, programs of other people to compare ours with, is installed here when it is missing.
# The last line is "N passed, N failed" (and ", N skipped" when there are any); the exit status is 0 only when nothing failed.
set -uo pipefail
exec </dev/null
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Servers that outlive the build would hold its output pipe open.
export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1

third_party=tests/PushGateway.Simulator.Tests/ThirdParty

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1; then
    sudo -n "$@"
  else
    return 1
  fi
}

# Debian's own Python: another one that comes first in PATH does not see Debian's packages.
imports() { /usr/bin/python3 -c "import $1" >/dev/null 2>&1; }

# npm as a command; or the copy that comes with node in most packages of it, though nothing in PATH leads there.
run_npm() {
  if command -v npm >/dev/null 2>&1; then
    npm "$@"
  else
    node "$(own_npm)" "$@"
  fi
}

own_npm() {
  local script
  script=$(dirname "$(readlink -f "$(command -v node)")")/../lib/node_modules/npm/bin/npm-cli.js
  [ -f "$script" ] && echo "$script"
}

has_npm() { command -v npm >/dev/null 2>&1 || { command -v node >/dev/null 2>&1 && own_npm >/dev/null; }; }

# Debian's npm wants Debian's nodejs: beside another one it cannot be installed, or would put itself in its place.
npm_fits_beside() {
  local plan here='^Remv nodejs '
  ! command -v node >/dev/null 2>&1 || here='^(Remv|Inst) nodejs '
  plan=$(apt-get install --simulate --no-install-recommends npm "$@" 2>/dev/null) && ! grep -qE "$here" <<<"$plan"
}

install_tools() {
  local packages=()
  command -v node >/dev/null 2>&1 || packages+=(nodejs)
  imports aioapns || packages+=(python3-aioapns)
  imports hpack || packages+=(python3-hpack)
  [ -x /usr/sbin/nghttpd ] || [ -x /usr/bin/nghttpd ] || packages+=(nghttp2-server)
  [ -x /usr/sbin/nginx ] || packages+=(nginx-light)
  [ -x /usr/sbin/haproxy ] || packages+=(haproxy)
  # For its programs: the tests start a server of their own, on a free port, and leave the one that the package may start alone.
  ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || packages+=(postgresql)
  # The same: a broker of the tests' own.
  ls /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server >/dev/null 2>&1 || packages+=(rabbitmq-server)
  command -v chromium-headless-shell >/dev/null 2>&1 || command -v chromium >/dev/null 2>&1 || packages+=(chromium)
  # For promtool. Where services are started with their packages, the server would be too.
  command -v promtool >/dev/null 2>&1 || packages+=(prometheus)
  command -v systemd-analyze >/dev/null 2>&1 || packages+=(systemd)
  if [ ${#packages[@]} -gt 0 ] || ! has_npm; then
    command -v apt-get >/dev/null 2>&1 || return 1
    as_root apt-get update -qq || return 1
    # Without the parts that only a screen needs, where there is one.
    if apt-cache show chromium-headless-shell >/dev/null 2>&1; then
      for index in "${!packages[@]}"; do
        [ "${packages[index]}" != chromium ] || packages[index]=chromium-headless-shell
      done
    fi
    # Where it does not fit, the nodejs to come brings its own.
    if ! has_npm && npm_fits_beside "${packages[@]}"; then packages+=(npm); fi
  fi
  if [ ${#packages[@]} -gt 0 ]; then
    echo "Installing ${packages[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null || return 1
  fi
  # npm ci begins by deleting what is there, so it runs only when the lock has changed since.
  if [ ! "$third_party/node_modules/.package-lock.json" -nt "$third_party/package-lock.json" ]; then
    if ! has_npm; then
      echo "There is a node without npm here, $(command -v node) $(node --version), and Debian's npm does not fit beside it."
      echo "Install the npm that belongs to it (NodeSource's nodejs brings it: apt-get install --reinstall nodejs), or remove this node."
      return 1
    fi
    (cd "$third_party" && run_npm ci --no-audit --no-fund --loglevel=error) || return 1
  fi
}

if install_tools; then
  export PUSHGATEWAY_REQUIRE_TOOLS=1
elif [ "${CI:-}" = true ]; then
  # In CI a test that cannot run is a failure.
  export PUSHGATEWAY_REQUIRE_TOOLS=1
  echo "Not everything the tests use could be installed."
else
  echo "Not everything the tests use could be installed; the tests that need it are skipped and say so."
fi

fail() {
  echo "$1"
  echo "0 passed, 1 failed"
  exit 1
}

dotnet tool restore || fail "dotnet tool restore failed."
dotnet build PushGateway.sln -c Release -v quiet --nologo || fail "The build failed."

passed=0 failed=0 skipped=0
log=$(mktemp) failures=$(mktemp)
trap 'rm -f "$log" "$failures"' EXIT

count() { sed -nE "s/^ *$1: ([0-9]+).*/\1/p" "$log" | tail -n 1; }

for project in tests/*Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  echo
  echo "== $name"
  "tests/$name/bin/Release/net10.0/$name" --no-ansi --progress off 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  run_passed=$(count succeeded) run_failed=$(count failed) run_skipped=$(count skipped)
  passed=$((passed + ${run_passed:-0}))
  failed=$((failed + ${run_failed:-0}))
  skipped=$((skipped + ${run_skipped:-0}))
  grep -aE '^(failed|skipped) ' "$log" >>"$failures"
  if [ "$status" != 0 ] && [ "${run_failed:-0}" = 0 ]; then
    echo "$name ended with status $status."
    failed=$((failed + 1))
  elif [ "$((${run_passed:-0} + ${run_failed:-0}))" = 0 ]; then
    echo "$name ran no test."
    failed=$((failed + 1))
  fi
done

echo
# Once more by name: what was said of them is far above.
cat "$failures"
if [ "$skipped" -gt 0 ]; then
  echo "$passed passed, $failed failed, $skipped skipped"
else
  echo "$passed passed, $failed failed"
fi
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
