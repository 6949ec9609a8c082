#!/bin/sh
# Adds a migration of the given name for every database: what the model says now against what it said at the last migration.
set -eu
if [ $# -ne 1 ]; then
  echo "usage: migrations/add-migration.sh NAME" >&2
  exit 2
fi

cd "$(dirname "$0")/.."
dotnet tool restore
for project in migrations/PushGateway.Migrations.*; do
  dotnet restore "$project"
  dotnet ef migrations add "$1" --project "$project" --startup-project "$project" --output-dir Generated
done
