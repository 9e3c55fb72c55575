#!/bin/sh
# Builds the documentation of the public modules into .build/docs. Any warning is an error: a link that leads nowhere, a
# parameter that does not exist. Served by any web server; start at documentation/opensensewebhooks.
# SCRATCH_PATH names another folder than .build for the build.
set -eu
cd "$(dirname "$0")/.."
scratch=${SCRATCH_PATH:-.build}
docs=$scratch/docs
docc=$(command -v docc || echo "$(dirname "$(readlink -f "$(command -v swift)")")/docc")
if [ ! -x "$docc" ]; then
    echo "docc is needed and not found beside swift; it is part of the toolchain of swift.org." >&2
    exit 69
fi

swift build --scratch-path "$scratch"
scripts/symbol-graphs.sh "$(swift build --scratch-path "$scratch" --show-bin-path)" "$docs/symbols"

# convert MODULE [ARGUMENT …]: its catalogue, when it has one, and its symbols.
convert() {
    module=$1
    shift
    if [ -d "Sources/$module/$module.docc" ]; then set -- "Sources/$module/$module.docc" "$@"; fi
    "$docc" convert "$@" --additional-symbol-graph-dir "$docs/symbols/$module" \
        --fallback-display-name "$module" --fallback-bundle-identifier "opensense-relay.$module" \
        --fallback-default-module-kind Library --enable-experimental-external-link-support \
        --warnings-as-errors --output-path "$docs/$module.doccarchive"
}

# In this order, because the later ones link to the earlier ones.
convert HeaderFields
convert OpenSenseWebhooks
library=$docs/OpenSenseWebhooks.doccarchive
convert AdapterKit --dependency "$library"
kit=$docs/AdapterKit.doccarchive
for module in SQLiteLedger PostgreSQLLedger LedgerTesting OpShiftClient; do convert "$module" --dependency "$library"; done
convert AdapterTesting --dependency "$library" --dependency "$kit"
convert VendorSandbox
sandbox=$docs/VendorSandbox.doccarchive
for adapter in Adapters/*/; do
    name=$(basename "$adapter")
    convert "${name}Adapter" --dependency "$library" --dependency "$kit"
    convert "${name}Emulator" --dependency "$sandbox"
done
for module in StandardAdapters OpenSenseRelay; do
    convert "$module" --dependency "$library" --dependency "$kit" --dependency "$sandbox"
done
rm -rf "$docs/site"
"$docc" merge "$docs"/*.doccarchive --synthesized-landing-page-name opensense-relay \
    --synthesized-landing-page-kind Package --output-path "$docs/site"
echo "The documentation is in $docs/site."
