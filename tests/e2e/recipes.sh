# The recipe of docs/pytorch.md for rates per step and averages of weights: stopped anywhere, it goes on to the same bits.
. tests/e2e/lib.sh

mlprun tests/e2e/pictures.lua "$work/photos" 12
sed -n '/saved as rates.lua/,/^```$/p' docs/pytorch.md | sed '1,2d; $d' >"$work/rates.lua"
ok "the recipe is there" grep -q "run:keep" "$work/rates.lua"
# the same with a stop at a step, counted over the process
sed 's/run:on("step", function() average:update() end)/run:on("step", function()\
  average:update()\
  rawset(_G, "n", (rawget(_G, "n") or 0) + 1)\
  if n == tonumber(os.getenv("STOP_AT")) then os.execute("kill -TERM " .. require("mlprun.core").sys.pid()) end\
end)/' "$work/rates.lua" >"$work/stopping.lua"
ok "it can be stopped" grep -q STOP_AT "$work/stopping.lua"
options="--data=$work/photos --image_size=8 --epochs=3 --batch_size=8 --seeds=1"
# shellcheck disable=SC2086
mlprun "$work/stopping.lua" $options --out="$work/whole"
ok "it runs" eval 'status_is 0 && err_has "one cycle: OneCycleLR is stepped after each training step"'
for at in 2 7; do # in each of its trials, again and again
    STOP_AT=$at "$MLPRUN" "$work/stopping.lua" $options --out="$work/at$at" >"$work/out" 2>"$work/err"
    status=$?
    ok "stopped at step $at" status_is 143
    n=0
    while [ "$status" -ne 0 ] && [ $n -lt 12 ]; do
        STOP_AT=$at "$MLPRUN" "$work/stopping.lua" $options --out="$work/at$at" --resume >"$work/out" 2>"$work/err"
        status=$?
        n=$((n + 1))
    done
    [ "$status" -eq 0 ] || mlprun "$work/stopping.lua" $options --out="$work/at$at" --resume
    ok "step $at: it comes to its end" status_is 0
    for trial in constant one_cycle warm-up,_cosine; do
        ok "step $at: $trial has the same bits" cmp "$work/whole/rates/$trial/seed-42/best.safetensors" "$work/at$at/rates/$trial/seed-42/best.safetensors"
    done
    ok "step $at: and the same averages" [ "$(sed 's/.*,//' "$work/whole/rates/results.csv")" = "$(sed 's/.*,//' "$work/at$at/rates/results.csv")" ]
done
ok "rates are no trick of one trial" [ "$(sort -u "$work"/whole/rates/*/seed-42/metrics.jsonl | grep -c '"lr"')" -ge 7 ]

finish
