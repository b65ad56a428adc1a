# The benchmarks work: everything once, as short as can be. How fast it is, only `make bench` asks.
. tests/e2e/lib.sh

if [ ! -x "$TEST_BUILD/bench/limits" ]; then
    skip "the benchmarks run" "make bench builds what they need"
    finish
    exit
fi
case $(basename "$TEST_BUILD") in
*-*)
    skip "the benchmarks run" "not in a build with sanitizers, whose steps take long"
    finish
    exit
    ;;
esac
mlprun tests/e2e/pictures.lua "$work/photos" 8
SMOKE=1 PHOTOS="$work/photos" PEERS="$work/none" ONLY="step input activity start" \
    tests/bench/run.sh "$TEST_BUILD" >"$work/out" 2>"$work/err"
status=$?
ok "the benchmarks end with status 0" status_is 0
ok "no part failed" eval '! grep -qi "failed\|wrong" "$work/err"'
for row in "step/12288-512-256-9 batch 32/Adam, dropout ms" "step/784-64-10 batch 32/SGD ms" "input/cold decode" \
    "activity/seconds" "activity, --jobs=2/seconds" "start, prompt/seconds" "start, one line/processor seconds" \
    "start, prompt/processor seconds" "size/executable MB"; do
    ok "there is a row for $row" grep -qE "^\| $row.* \| [0-9]" "$TEST_BUILD/bench/bench.md"
done
ok "bench.json is JSON" "$MLPRUN" -e "assert(#require('mlprun.core').json.decode(require('mlprun.core').sys.read_file('$TEST_BUILD/bench/bench.json')).rows > 20)"
ok "the peers are said to be absent" err_has "the peers (PyTorch, Albumentations, OpenCV, Pillow) are absent"

finish
