#!/usr/bin/env bash
# Runs what a seed decides in the fault suite (crashes, network faults, power loss) with many seeds, and prints what came of it.
#
#   bash tests/faults.sh [runs] [first seed]        20 runs from seed 1 unless told otherwise
#   bash tests/faults.sh soak [minutes] [first seed]
#   bash tests/faults.sh nodes [runs] [first seed]  several gateways on one PostgreSQL
#   bash tests/faults.sh live [runs] [first seed]   clients of every live transport: of one gateway that is killed again and again, and of two that share a PostgreSQL
#
# PUSHGATEWAY_FAULT_SCALE=N makes every run N times as long: larger audiences, more crashes and cuts.
# The exit status is 0 only when every invariant held in every run; what failed is printed with the command that repeats it.
set -uo pipefail
exec </dev/null
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1

suite=tests/PushGateway.FaultTests
dotnet build "$suite" -c Release -v quiet --nologo || exit 1
report=$(mktemp)
trap 'rm -f "$report"' EXIT
export PUSHGATEWAY_FAULT_REPORT=$report
failed=0

if [ "${1:-}" = nodes ]; then
  PUSHGATEWAY_FAULT_RUNS=${2:-20} PUSHGATEWAY_FAULT_SEED=${3:-1} \
    "$suite/bin/Release/net10.0/PushGateway.FaultTests" --no-ansi --progress off --filter-class "*.SeededNodesTests" || failed=1
  # Columns: see NodesReport.cs.
  awk -F '\t' '
    { kills += $2; freezes += $3; outages += $4; stops += $5; lapses += $6; devices += $7; extra += $8; bound += $9; unknown += $10; if ($11 > slowest) slowest = $11 }
    END { printf "\n%d runs without a finding: %d kills, %d freezes and %d outages that may cost a lease, %d orderly stops, %d leases that were over unasked, %d devices, %d sent again (bound %d), %d unknown; at most %.1f s from the last fault to the end\n",
      NR, kills, freezes, outages, stops, lapses, devices, extra, bound, unknown, slowest / 1000 }' "$report"
  [ "$failed" = 0 ]
  exit
fi

if [ "${1:-}" = live ]; then
  PUSHGATEWAY_FAULT_RUNS=${2:-20} PUSHGATEWAY_FAULT_SEED=${3:-1} \
    "$suite/bin/Release/net10.0/PushGateway.FaultTests" --no-ansi --progress off --filter-class "*.SoleLiveFaultTests" "*.LiveFaultTests" || failed=1
  printf '\nRuns without a finding:\n\n'
  cat "$report"
  [ "$failed" = 0 ]
  exit
fi

run() {
  PUSHGATEWAY_FAULT_RUNS=$1 PUSHGATEWAY_FAULT_SEED=$2 \
    "$suite/bin/Release/net10.0/PushGateway.FaultTests" --no-ansi --progress off --filter-class "*.SeededRunTests" "*.PowerLossTests" || failed=1
}

if [ "${1:-}" = soak ]; then
  ends=$((SECONDS + 60 * ${2:-60}))
  for ((seed = ${3:-1}; SECONDS < ends; seed++)); do
    run 1 "$seed"
  done
else
  run "${1:-20}" "${2:-1}"
fi

# Columns: see FaultReport.cs.
quantiles() {
  cut -f "$1" "$report" | sort -n | awk -v name="$2" '
    { value[NR] = $1; sum += $1 }
    function at(share,  index_) { index_ = int(share * NR + 0.999999); return value[index_ < 1 ? 1 : index_] }
    END { if (NR) printf "%-28s mean %10.1f   median %8s   p90 %8s   p99 %8s   most %8s\n", name, sum / NR, at(0.5), at(0.9), at(0.99), value[NR] }'
}

echo
awk -F '\t' '
  { kills += $2; stops += $3; devices += $5; twice += $6; bound += $8
    if ($4 == 0 && $8 > 0 && $6 / $8 > share) share = $6 / $8 }
  END { printf "%d runs without a finding: %d kills, %d orderly stops, %d leases that were over unasked, %d devices, %d of them sent to twice (bound %d; nearest to it %.0f %%)\n",
    NR, kills, stops, devices, twice, bound, share * 100 }' "$report"
quantiles 2 "kills in a run"
quantiles 6 "devices sent to twice"
quantiles 8 "bound for the kills"
quantiles 9 "attempts repeated"
quantiles 12 "slowest start, ms"
quantiles 13 "run, s"
[ "$failed" = 0 ]
