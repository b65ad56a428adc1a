#!/bin/sh
# run.sh BUILD [NAME...] - runs every test of every kind (or those whose file name contains a NAME) and ends with one
# line that counts them. BUILD is the folder that make built in; its mlprun is put on the PATH of the tests.
#
# C tests print Check's summary ("NN%: Checks: N, Failures: N, Errors: N"), the others TAP lines ("ok", "not ok", "# skip").
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1
shift
MLPRUN=$PWD/$build/mlprun
TEST_BUILD=$PWD/$build
export MLPRUN TEST_BUILD
export LSAN_OPTIONS="suppressions=$PWD/tests/lsan.supp:print_suppressions=0"
export ASAN_OPTIONS="detect_stack_use_after_return=1:allocator_may_return_null=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0

wanted() {
    [ $# -eq 1 ] && return 0
    file=$1
    shift
    for name in "$@"; do case $file in *"$name"*) return 0 ;; esac; done
    return 1
}

# run FILE COMMAND...: adds up what it prints; a program that dies without saying so is one failure.
run() {
    file=$1
    shift
    start=$(date +%s)
    "$@" >"$log" 2>&1
    status=$?
    set -- $(awk '
        /^[0-9]+%: Checks: / { gsub(",", ""); p += $3 - $5 - $7; f += $5 + $7 }
        /^ok .*# skip/ { s++; next }
        /^ok / { p++ }
        /^not ok / { f++ }
        END { print p + 0, f + 0, s + 0 }' "$log")
    if [ "$status" -ne 0 ] && [ "$2" -eq 0 ]; then set -- "$1" 1 "$3"; fi
    if [ $(($1 + $2 + $3)) -eq 0 ]; then set -- 0 1 0; fi
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
    printf '%-44s %4d passed %3d failed %3d skipped  %3ds\n' "$file" "$1" "$2" "$3" $(($(date +%s) - start))
    if [ "$2" -ne 0 ]; then
        echo "---- $file, exit status $status:"
        grep -v '^ok ' "$log" | tail -n 60
        echo "----"
    else
        grep '# skip' "$log" | sed 's/^ok /     skipped: /'
    fi
}

for f in tests/c/test_*.c; do
    wanted "$f" "$@" && run "$f" "$build/tests/$(basename "$f" .c)"
done
for f in tests/lua/*.lua; do
    [ "$f" = tests/lua/harness.lua ] && continue
    wanted "$f" "$@" && run "$f" "$MLPRUN" "$f"
done
for f in tests/e2e/*.sh; do
    [ "$f" = tests/e2e/lib.sh ] && continue
    [ -e "$f" ] && wanted "$f" "$@" && run "$f" sh "$f"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
