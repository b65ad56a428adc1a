#!/bin/sh
# run.sh BUILD [NAME...] - runs every test of every kind (or those whose file name contains a NAME) and ends with one
# line that counts them. BUILD is the folder that make built in; its mlprun is put on the PATH of the tests. As many
# files run at once as there are processors, or TEST_JOBS; those that take longest, whole runs, begin.
#
# C tests print Check's summary ("NN%: Checks: N, Failures: N, Errors: N"), the others TAP lines ("ok", "not ok", "# skip").
# With FIGURES=1 what the tests counted is shown, too. UNDER names a program, with options, that runs those of another
# processor (aarch64.sh).
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1
shift

# run_one BUILD FOLDER FILE: adds a line to FOLDER/counts; a program that dies without saying so is one failure.
run_one() {
    build=$1 folder=$2 file=$3
    log=$(mktemp "$folder/XXXXXX")
    case $file in
    # shellcheck disable=SC2086
    *.c) set -- ${UNDER:-} "$build/tests/$(basename "$file" .c)" ;;
    *.lua) set -- "$MLPRUN" "$file" ;;
    *) set -- sh "$file" ;;
    esac
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
    echo "$1 $2 $3" >>"$folder/counts"
    {
        printf '%-44s %4d passed %3d failed %3d skipped  %3ds\n' "$file" "$1" "$2" "$3" $(($(date +%s) - start))
        if [ "$2" -ne 0 ]; then
            echo "---- $file, exit status $status:"
            # what failed, which long messages may push out of what is shown
            grep -aE '^not ok|^[^ ]+\.[ch]:[0-9]+:[FE]:' "$log" | cut -c1-300
            grep -av '^ok ' "$log" | tail -n 60
            echo "----"
        else
            grep '# skip' "$log" | sed 's/^ok /     skipped: /'
            [ -z "${FIGURES:-}" ] || grep '^# ' "$log" | sed 's/^# /     /'
        fi
    } >"$log.said"
    flock "$folder/counts" cat "$log.said"
    rm -f "$log"
}

if [ "$build" = --one ]; then
    run_one "$@"
    exit 0
fi

case $build in /*) ;; *) build=$PWD/$build ;; esac
TEST_BUILD=$build
export TEST_BUILD
export LSAN_OPTIONS="suppressions=$PWD/tests/lsan.supp:print_suppressions=0"
export ASAN_OPTIONS="detect_stack_use_after_return=1:allocator_may_return_null=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
: >"$folder/counts"
MLPRUN=$build/mlprun
if [ -n "${UNDER:-}" ]; then
    printf '#!/bin/sh\nexec %s %s "$@"\n' "$UNDER" "$MLPRUN" >"$folder/mlprun"
    chmod +x "$folder/mlprun"
    MLPRUN=$folder/mlprun
fi
export MLPRUN

wanted() {
    [ $# -eq 1 ] && return 0
    file=$1
    shift
    for name in "$@"; do case $file in *"$name"*) return 0 ;; esac; done
    return 1
}

for f in tests/e2e/*.sh tests/lua/*.lua tests/c/test_*.c; do
    case $f in tests/lua/harness.lua | tests/e2e/lib.sh) continue ;; esac
    [ -e "$f" ] && wanted "$f" "$@" && echo "$f"
done | xargs -r -P "${TEST_JOBS:-$(nproc)}" -n 1 sh tests/run.sh --one "$build" "$folder"
awk '{ p += $1; f += $2; s += $3 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 || p == 0 }' "$folder/counts"
