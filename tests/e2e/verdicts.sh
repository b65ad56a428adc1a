# What an experiment says, recomputed from what its runs left by a program of its own (tests/bench/verdicts.py).
. tests/e2e/lib.sh

python=${PYTHON:-python3}
if ! "$python" -c 'import numpy, pandas, scipy.stats' >/dev/null 2>&1; then
    skip "tables and sentences, recomputed" "$python has no numpy, pandas and scipy"
    exit 0
fi
mlprun tests/e2e/pictures.lua "$work/photos" 40
tiny="--data=$work/photos --image_size=8 --epochs=3 --batch_size=16 --out=$work/runs"
again() { "$python" tests/bench/verdicts.py "$work/runs/$1" >"$work/out" 2>&1; }
# tells of SCRIPT WORDS OPTION...: runs it and recomputes what it says.
tells() {
    script=$1
    what=$2
    shift 2
    # shellcheck disable=SC2086
    mlprun "experiments/$script.lua" $tiny "$@"
    ok "$script, $what: it runs" status_is 0
    ok "$script, $what: every number is what the runs say" again "$script"
    ok "$script, $what: many were looked at" eval '[ "$(sed -n "s/.* experiments, \([0-9]*\) numbers.*/\1/p" "$work/out")" -gt 40 ]'
}
tells dropout "2 seeds" --seeds=2
tells zero_grad "1 seed" --seeds=1
tells imbalance "balanced accuracy" --seeds=3
tells initialization "a test" --seeds=2 --test=0.2 --no-histograms
tells loss "folds" --seeds=2 --folds=3
tells few_images "named pairs" --seeds=2 --counts=4,8

# a run that is stopped before its end counts for nothing
# shellcheck disable=SC2016  # Lua's words
sed 's/^    run:fit()/    run:on("step", function(epoch) if epoch == 2 and run.trial == "dropout=0.1" and run.seed == 43 then os.execute("kill -TERM $PPID") end end)\n&/' \
    experiments/dropout.lua >"$work/stopped.lua"
# shellcheck disable=SC2086
mlprun "$work/stopped.lua" $tiny --seeds=2 --out="$work/part"
ok "a run is stopped" eval 'status_is 143 && out_has "dropout=0.1  (1 of 2 runs stopped)"'
mv "$work/part/dropout" "$work/runs/stopped"
ok "what is said is what the others say" again stopped

# nor does a deal without one of its folds
# shellcheck disable=SC2016  # Lua's words
sed 's/^    run:fit()/    if run.trial == "dropout=0.1" and run.seed == 47 then error("no luck") end\n&/' experiments/dropout.lua >"$work/broken.lua"
# shellcheck disable=SC2086
mlprun "$work/broken.lua" $tiny --seeds=2 --folds=3 --out="$work/part"
ok "a deal is broken" eval 'status_is 1 && out_has "dropout=0.1, deal 2: seeds 45 and 46"'
mv "$work/part/dropout" "$work/runs/broken"
ok "its runs are left out" again broken

# shellcheck disable=SC2086
mlprun experiments/errors.lua $tiny --seeds=2
ok "errors: mistakes, macro F1 and how sure are counted anew" again errors
sed -i 's/macro F1 is 0\.[0-9]*/macro F1 is 0.987/' "$work/runs/errors/results.json"
ok "another macro F1 is found" eval '! again errors'

# shellcheck disable=SC2086
mlprun experiments/search.lua $tiny --trials=3 --seeds=2
ok "search: its best trial and that one's fresh seeds are looked up anew" again search
sed -i 's/^\(Chosen.* it had \)[0-9.]*/\11.2/' "$work/runs/search/results.md"
ok "another accuracy of the best is found" eval '! again search && grep -q "^.*search: chosen: said 1.2" "$work/out"'

# A number or a direction that is not what the runs say is found.
spoil() { # spoil FROM TO: in what dropout said
    cp "$work/dropout.json" "$work/runs/dropout/results.json"
    sed -i "s/$1/$2/" "$work/runs/dropout/results.json"
    ! cmp -s "$work/dropout.json" "$work/runs/dropout/results.json" && ! again dropout
}
cp "$work/runs/dropout/results.json" "$work/dropout.json"
ok "another accuracy in the table is found" spoil '"[0-9]*\.[0-9] %"' '"12.3 %"'
ok "another end of an interval is found" spoil '"[0-9.]* to ' '"1.7 to '
ok "another p is found" spoil '"p": [0-9.e-]*' '"p": 0.0123'
ok "another p in a line is found" spoil ', p[^a-z0-9]*=[^a-z0-9]*[0-9.]*)' ', p = 0.77)'
ok "a claim in a clause of its own is found" spoil '"conclusion": "' '"conclusion": "dropout=0.1 and dropout=0.2 are worse, '
ok "a claim without support is found" spoil '"conclusion": "' '"conclusion": "dropout=0.5 is worse than dropout=0.2 by 3 points, '

finish
