#!/bin/sh
# run.sh BUILD - measures mlprun, this machine's limits and, where they are installed, the peers, in turn: A B A B.
# Results: BUILD/bench/bench.md and bench.json; every number is the median of ROUNDS rounds (default 3).
#
#   ONLY="step input"   parts: limits, step, convolution, input, activity, start, scale (default: all)
#   PEERS=DIR           a Python virtual environment with the packages of tests/bench/peers/requirements.txt
#   PHOTOS=DIR          class folder of JPEG photos (default: the development photos where they are there)
#   FULL=1              the activity with all rows and seeds
#   SMOKE=1             everything once and as short as can be: whether it works, not how fast
set -eu
cd "$(dirname "$0")/../.."
build=$1
out=$build/bench
bench=tests/bench
mkdir -p "$out"
raw=$out/raw.tsv
: >"$raw"
rounds=${ROUNDS:-3}
smoke=
if [ "${SMOKE:-}" = 1 ]; then
    rounds=1
    smoke=smoke
fi
photos=${PHOTOS:-../shared/data/trashnet}
[ -d "$photos" ] || photos=
pictures=$("$build/mlprun" -e 'ml.data.default()')
[ -d "$pictures" ] || pictures=
python=${PEERS:-$build/peers}/bin/python
[ -x "$python" ] || python=
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

wanted() { [ -z "${ONLY:-}" ] || case " $ONLY " in *" $1 "*) true ;; *) false ;; esac; }
say() { echo "== $*" >&2; }
# note WHO COMMAND...: adds the lines that it prints
note() {
    who=$1
    shift
    "$@" >"$tmp/lines" || { say "$who failed: $*"; return 0; }
    sed "s/^/$who	/" "$tmp/lines" | grep -P '^[^\t]+\t[^\t]+\t' >>"$raw" || true
}
# alone COMMAND...: its rows are those of one thread
alone() { "$@" | sed 's#^\(convolution\|layer\)/#\1, one thread/#'; }
# as WHO PREFIX COMMAND...: a command measured from outside
as() {
    who=$1 prefix=$2
    shift 2
    "$out/limits" run "$@" >"$tmp/lines" 2>"$tmp/errors" || { say "failed: $*"; tail -n 5 "$tmp/errors" >&2; return 0; }
    sed "s|^|$who	$prefix/|" "$tmp/lines" >>"$raw"
}

[ -n "$python" ] || say "the peers (PyTorch, Albumentations, OpenCV, Pillow) are absent: make bench-peers installs them"
[ -n "$photos" ] || say "no photos: set PHOTOS to a class folder of JPEG files for the rows about photos"
# The kernels that mlprun chose: a library older than the processor does not know them by itself.
set -- env OPENBLAS_CORETYPE="$("$build/mlprun" -e 'print(require "mlprun.core".sys.host().blas)')" "$out/limits"
if wanted limits; then
    say "limits of this machine"
    note C "$@" peak
    [ -z "$photos" ] || note C "$out/limits" jpeg "$(find "$photos" -mindepth 1 -maxdepth 1 -type d | sort | head -n 1)"
fi
round=1
while [ "$round" -le "$rounds" ]; do
    if wanted step; then
        say "training steps, round $round of $rounds"
        note mlprun "$build/mlprun" $bench/step.lua $smoke
        [ -n "$smoke" ] || note C "$@" net
        if [ -n "$python" ]; then
            for threads in 1 2; do
                for how in plain foreach fused; do
                    note "PyTorch, $how, $threads threads" "$python" $bench/peers/step.py $threads $how $smoke
                done
            done
            [ -n "$smoke" ] || note "PyTorch, compiled, 2 threads" "$python" $bench/peers/step.py 2 compile
        fi
    fi
    if wanted convolution; then
        say "steps of convolutional nets, round $round of $rounds"
        note mlprun "$build/mlprun" $bench/convolution.lua $smoke
        note mlprun alone "$build/mlprun" $bench/convolution.lua $smoke --threads=1
        [ -n "$smoke" ] || note mlprun alone "$build/mlprun" $bench/convolution.lua layers --threads=1
        if [ -n "$python" ]; then
            for layout in nchw channels_last; do
                note "PyTorch, $layout" "$python" $bench/peers/convolution.py 2 $layout $smoke
                note "PyTorch, $layout" alone "$python" $bench/peers/convolution.py 1 $layout $smoke
                [ -n "$smoke" ] || note "PyTorch, $layout" alone "$python" $bench/peers/convolution.py 1 $layout layers
            done
        fi
    fi
    if wanted input && [ -n "$photos$pictures" ]; then
        say "input, round $round of $rounds"
        note mlprun "$build/mlprun" $bench/input.lua "${photos:-$pictures}" $smoke
        [ -z "$python" ] || note "Python" "$python" $bench/peers/input.py "${photos:-$pictures}" $smoke
    fi
    if wanted activity && [ -n "$photos$pictures" ]; then
        say "a whole activity, round $round of $rounds"
        short=
        [ -z "$smoke" ] || short="--epochs=1 --image_size=8"
        # shellcheck disable=SC2086
        as mlprun "activity" "$build/mlprun" $bench/activity.lua --data="${photos:-$pictures}" --out="$tmp/runs" $short
        # shellcheck disable=SC2086
        as mlprun "activity, one thread" "$build/mlprun" $bench/activity.lua --data="${photos:-$pictures}" --out="$tmp/one" --threads=1 --workers=0 $short
        # shellcheck disable=SC2086
        as mlprun "activity, --jobs=2" "$build/mlprun" $bench/activity.lua --data="${photos:-$pictures}" --out="$tmp/jobs" --jobs=2 $short
        cmp "$tmp"/runs/activity/dropout_0.2/seed-42/best.safetensors "$tmp"/jobs/activity/dropout_0.2/seed-42/best.safetensors ||
            say "WRONG: --jobs=2 gave other weights"
        awk -F, 'NR > 1 { sum += $4; n++ } END { if (n) printf "mlprun\tactivity/mean validation accuracy\t%.4f\n", sum / n }' \
            "$tmp/runs/activity/results.csv" >>"$raw"
        if [ -n "$python" ]; then
            for workers in 0 2; do
                as "PyTorch, workers $workers" "activity" "$python" $bench/peers/activity.py "${photos:-$pictures}" $workers "$tmp/accuracy" $smoke
                [ ! -s "$tmp/accuracy" ] || sed "s/^/PyTorch, workers $workers	/" "$tmp/accuracy" >>"$raw"
            done
            # the same with the records that mlprun keeps: curves, best weights, accuracy of the training pictures
            # shellcheck disable=SC2086
            as "PyTorch, workers 0, with records" "activity" "$python" $bench/peers/activity.py "${photos:-$pictures}" 0 \
                "$tmp/accuracy" $smoke records
        fi
    fi
    if wanted start; then
        say "start, round $round of $rounds"
        for _ in 1 2 3 4 5; do
            as mlprun "start, one line" "$build/mlprun" -e 1
            "$out/limits" prompt "$build/mlprun" | sed "s|^|mlprun	start, prompt/|" >>"$raw"
        done
        [ -z "$python" ] || as "Python, import torch" "start, one line" "$python" -c 'import torch; print(1)'
    fi
    round=$((round + 1))
done
if wanted start; then
    size=$(stat -L -c %s "$build/mlprun")
    libraries=$(ldd "$build/mlprun" | awk '/=> \// { print $3 }' | xargs stat -L -c %s | awk '{ s += $1 } END { print s }')
    echo "$size" | awk '{ printf "mlprun\tsize/executable MB\t%.2f\n", $1 / 1048576 }' >>"$raw"
    echo "$size $libraries" | awk '{ printf "mlprun\tsize/with all its libraries MB\t%.1f\n", ($1 + $2) / 1048576 }' >>"$raw"
fi
if wanted scale && [ -n "$pictures" ]; then
    picture=$(find "$pictures" -name '*.png' | sort | head -n 1)
    for n in ${smoke:+200} ${smoke:-6250 25000 100000}; do
        [ "$n" != smoke ] || continue
        say "scale: $n files"
        "$out/limits" links "$picture" "$tmp/many" "$n" 100
        note mlprun "$build/mlprun" $bench/scale.lua "$tmp/many"
        rm -rf "$tmp/many"
    done
fi
"$build/mlprun" $bench/summary.lua "$raw" "$out/bench"
say "written: $out/bench.md and $out/bench.json"
