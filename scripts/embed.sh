#!/bin/sh
# embed.sh FILE... - writes the C file that builds the Lua library into the executable (see bindings/host/host.h).
set -eu
echo '#include "host/host.h"'
i=0
for f in "$@"; do
    i=$((i + 1))
    printf 'static const unsigned char text%d[] = {' $i
    od -An -v -tx1 "$f" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'
    echo '0};'
done
echo 'const mlpl_script mlpl_scripts[] = {'
i=0
for f in "$@"; do
    i=$((i + 1))
    path=${f#scripts/}
    name=mlprun.$(echo "${path%.lua}" | tr / .)
    name=${name%.init}
    printf '    { "%s", "mlprun/%s", text%d, sizeof text%d - 1 },\n' "$name" "$path" $i $i
done
echo '    { 0, 0, 0, 0 },'
echo '};'
