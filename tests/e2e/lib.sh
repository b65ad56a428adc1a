# lib.sh - what the end-to-end tests share; sourced by them. They run $MLPRUN and print TAP lines.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

ok() { # ok NAME CONDITION... : the condition is a command that succeeds
    name=$1
    shift
    if "$@" >/dev/null 2>&1; then
        echo "ok $name"
    else
        echo "not ok $name"
        echo "# failed: $*"
        for f in "$work/out" "$work/err"; do [ -s "$f" ] && sed 's/^/#   /' "$f"; done
        failures=$((failures + 1))
    fi
}

skip() { # skip NAME WHY
    echo "ok $1 # skip $2"
}

# Runs the program; its output is in $work/out and $work/err, its exit status in $status.
mlprun() {
    "$MLPRUN" "$@" >"$work/out" 2>"$work/err"
    status=$?
}

status_is() { [ "$status" -eq "$1" ]; }
# Whether a text is in a file, also where it was broken into lines.
holds() { grep -qF -- "$2" "$1" || tr -s '\n ' '  ' <"$1" | grep -qF -- "$2"; }
out_has() { holds "$work/out" "$1"; }
err_has() { holds "$work/err" "$1"; }
silent() { [ ! -s "$work/err" ]; }

# Whether a Python with these packages is there: $PYTHON, or python3.
python_has() {
    PYTHON=${PYTHON:-python3}
    for module in "$@"; do "$PYTHON" -c "import $module" >/dev/null 2>&1 || return 1; done
}

# Whether the program is built with sanitizers: slow, and with an allocator of its own.
sanitized() { nm "$MLPRUN" 2>/dev/null | grep -q "__[at]san_init"; }

# Makes FILE of tests/faults/faults.c, to be preloaded; false where that cannot be, for the reason in $why.
faults_library() { # faults_library FILE
    why=""
    if sanitized; then
        why="a sanitizer has an allocator of its own"
    elif ! ${CC:-cc} -shared -fPIC -O1 -w -o "$1" tests/faults/faults.c -ldl -pthread; then
        why="there is no C compiler"
    fi
    [ -z "$why" ]
}

finish() { [ "$failures" -eq 0 ]; }
