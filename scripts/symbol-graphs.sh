#!/bin/sh
# Writes the symbol graphs of the public modules of a debug build: what is public, and how it is documented.
#   symbol-graphs.sh PRODUCTS FOLDER     PRODUCTS is what `swift build --show-bin-path` says
set -eu
cd "$(dirname "$0")/.."
products=$1
folder=$2
modules="HeaderFields OpenSenseWebhooks AdapterKit AdapterTesting SQLiteLedger PostgreSQLLedger LedgerTesting
    OpShiftClient OpenSenseRelay StandardAdapters VendorSandbox"
for adapter in Adapters/*/; do
    name=$(basename "$adapter")
    modules="$modules ${name}Adapter ${name}Emulator"
done

clang=""
for flag in $(pkg-config --cflags-only-I libcrypto sqlite3 libpq libcurl); do clang="$clang -Xcc $flag"; done
maps=""
for library in Sources/C*/module.modulemap; do maps="$maps -I ${library%/module.modulemap}"; done
target=$(swift -print-target-info | sed -n 's/.*"triple": "\([^"]*\)".*/\1/p' | head -n 1)
rm -rf "$folder"
for module in $modules; do
    mkdir -p "$folder/$module"
    # shellcheck disable=SC2086  # the flags are meant to be split
    swift symbolgraph-extract -module-name "$module" -target "$target" -I "$products/Modules" $maps $clang \
        -minimum-access-level public -skip-inherited-docs -output-dir "$folder/$module"
done
