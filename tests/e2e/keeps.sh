# What a script hangs on a run goes on with it: schedules stepped by hand, averages of weights, counters.
. tests/e2e/lib.sh

mlprun tests/e2e/pictures.lua "$work/photos" 12
tiny="--data=$work/photos --image_size=8 --epochs=4 --patience=0 --batch_size=8 --seeds=1"
cat >"$work/net.lua" <<'L'
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim
local at, asked = tonumber(os.getenv("STOP_AT")), os.getenv("KEEP")
local activity = ml.experiment { name = "net" }
activity:trial("a", function(run)
  run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }
  run.optimizer = optim.SGD(run.model:parameters(), { lr = 0.01 })
  local cycle = optim.lr_scheduler.OneCycleLR(run.optimizer, 0.01, { epochs = 4, steps_per_epoch = 4 })
  local ema, counter, steps = optim.EMA(run.model, { decay = 0.9 }), { steps = 0 }, 0
  if asked then
    run:keep("ema", ema)
    assert(run:keep("counter", counter) == counter)
  end
  local drawn = run:keep("drawn", {})
  run:on("step", function()
    drawn[#drawn + 1] = math.random()
    cycle:step()
    ema:update()
    counter.steps, steps = counter.steps + 1, steps + 1
    if steps == at then os.execute("kill -TERM " .. require("mlprun.core").sys.pid()) end
  end)
  for _, row in ipairs(run:fit()) do print(row.epoch, ("%.17g"):format(row.lr)) end
  ema:apply(function() print("average", ("%.17g"):format(run:norm()), ("%.17g"):format(run:evaluate().loss)) end)
  if asked then print("counted", counter.steps) end
  print("drawn", #drawn, ("%.17g"):format(drawn[#drawn]), ("%.17g"):format(math.random()))
end)
L
try() { # try VARIABLES OPTION...
    variables=$1
    shift
    # shellcheck disable=SC2086
    env $variables "$MLPRUN" "$work/net.lua" $tiny "$@" >"$work/out" 2>"$work/err"
    status=$?
}
lines() { grep -E '^([0-9]|average|counted|drawn)' "$work/out"; }
for keep in "" KEEP=1; do
    rm -rf "$work/runs"
    try "$keep" --out="$work/runs"
    ok "$keep: it runs" status_is 0
    lines >"$work/whole"
    rm -rf "$work/runs"
    try "$keep STOP_AT=7" --out="$work/runs"
    ok "$keep: it is stopped" status_is 143
    ok "$keep: what changes and cannot be kept is named" \
        err_has "a, seed 42: the variable 'steps' of a function at \"step\" changes and is not kept"
    if [ -z "$keep" ]; then
        ok "and a table" err_has "a, seed 42: the table 'counter' of a function at \"step\" changes and is not kept"
    fi
    counted=$(grep -c "'counter'" "$work/err")
    ok "$keep: what is kept is not named" [ "$counted" -eq "$([ -z "$keep" ] && echo 1 || echo 0)" ]
    try "$keep" --out="$work/runs" --resume
    ok "$keep: it goes on to the same rates, average, count and draws of math.random" eval 'status_is 0 && lines | diff - "$work/whole"'
done
ok "drawn is every step" grep -q "^drawn.16" "$work/whole"
ok "counted is every step" grep -q "^counted.16" "$work/whole"

cat >"$work/closed.lua" <<'L'
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim
local activity = ml.experiment { name = "closed" }
local names = { "a", "b" }
activity:trial("a", function(run)
  run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }
  run.optimizer = optim.SGD(run.model:parameters(), { lr = 0.1 })
  local n, losses, still, kept = 0, {}, { 1, x = { 2 } }, run:keep("kept", {})
  local function count() n = n + 1 end
  run:on("step", function(_, _, loss) losses[#losses + 1], kept[1] = loss, loss end)
  run:on("epoch", function() count() return still[1] + #names > 0 end)
  run:fit()
end)
L
# shellcheck disable=SC2086
mlprun "$work/closed.lua" $tiny --seeds=2 --out="$work/runs"
ok "what an ended run cannot keep is said at its save, once for a trial" eval 'status_is 0 && [ "$(grep -c "is not kept" "$work/err")" -eq 2 ]'
ok "a table that grows" err_has "a, seed 42: the table 'losses' of a function at \"step\" changes and is not kept: --resume begins it anew"
ok "a variable of a function that is called" err_has "a, seed 42: the variable 'n' of a function at \"epoch\" changes and is not kept"

cat >"$work/loop.lua" <<'L'
local ml = require "mlprun"
local nn, optim, data = ml.nn, ml.optim, ml.data
local at = tonumber(os.getenv("STOP_AT"))
require("mlprun.experiment.checkpoint").EVERY = 0
local activity = ml.experiment { name = "loop" }
activity:trial("a", function(run)
  local body, head = nn.Linear(run.in_features, 8), nn.Linear(8, run.num_classes)
  local net, criterion = nn.Sequential { nn.Flatten(), body, nn.ReLU(), head }, nn.CrossEntropyLoss()
  local optimizer, second = optim.SGD(body:parameters(), { lr = 0.01 }), optim.Adam(head:parameters())
  run.model, run.optimizer = net, optimizer
  local sched = optim.lr_scheduler.CosineAnnealingLR(optimizer, 4)
  local train = data.DataLoader(run.train:with(run.train_transform), { batch_size = 8, shuffle = true, seed = run.seed })
  local passes = 0
  local function pass()
    local order
    for images, labels, samples in train do
      second:zero_grad()
      optimizer:zero_grad()
      criterion(head(nn.functional.relu(body(images:flatten(2)))), labels):backward()
      second:step()
      optimizer:step()
      order = samples:tolist()
    end
    return table.concat(order, " ")
  end
  local function sched_of_its_own() return sched end
  run:fit { epoch = function(epoch)
    net:train()
    local last = pass()
    passes = passes + 1
    sched_of_its_own():step()
    local measured = run:evaluate()
    print(epoch, last, ("%.17g"):format(optimizer.param_groups[1].lr), ("%.17g"):format(measured.loss))
    if epoch == at then os.execute(("kill -%s %d"):format(os.getenv "SIGNAL" or "TERM", require("mlprun.core").sys.pid())) end
    return { train_loss = 1, train_accuracy = 0, val_loss = measured.loss, val_accuracy = measured.accuracy }
  end }
end)
L
loop() { # loop VARIABLES OPTION...: what it printed of its epochs
    variables=$1
    shift
    # shellcheck disable=SC2086
    env $variables "$MLPRUN" "$work/loop.lua" $tiny --out="$work/loops" "$@" >"$work/out" 2>"$work/err"
    status=$?
    grep -E '^[0-9]	' "$work/out"
}
loop "" >"$work/whole"
rm -rf "$work/loops"
loop "STOP_AT=2" >"$work/parts"
ok "a loop of its own is stopped" status_is 143
ok "what it cannot keep is named" err_has "a, seed 42: the variable 'passes' of the function for an epoch changes and is not kept"
ok "and nothing that need not be kept" eval '[ "$(grep -c "not kept" "$work/err")" -eq 1 ]'
loop "" --resume >>"$work/parts"
ok "it goes on with its schedule, its second optimizer and the order of its pictures" eval \
    '[ "$(wc -l <"$work/parts")" -eq 4 ] && diff "$work/parts" "$work/whole"'
rm -rf "$work/loops"
loop "STOP_AT=4" >"$work/parts"
loop "" --resume >"$work/rest"
ok "one that was stopped in its last epoch goes on with the measuring" eval \
    'err_has "goes on with the last measurements" && diff "$work/parts" "$work/whole" && [ ! -s "$work/rest" ]'
rm -rf "$work/loops"
loop "STOP_AT=3 SIGNAL=KILL" >"$work/parts"
ok "it is killed" status_is 137
loop "" --resume | tee "$work/rest" >>"$work/parts"
ok "and goes on behind the last whole epoch" eval '[ "$(wc -l <"$work/rest")" -eq 2 ] && sort -u "$work/parts" | diff - "$work/whole"'

# Whatever a run is made of: whole, and stopped and gone on with, it prints the same of its epochs.
cat >"$work/parts.lua" <<'L'
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim
local what, at = os.getenv "WHAT", os.getenv "STOP_AT"
local Scaled = nn.Module:subclass "Scaled"
function Scaled:__init() self.scale = nn.Parameter(ml.ones { 1 }) end
function Scaled:forward(scores, labels) return nn.functional.cross_entropy(scores * self.scale, labels) end
local activity = ml.experiment { name = "parts" }
activity:trial("a", function(run)
  local drop = nn.Dropout(0.1)
  run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, 8), nn.ReLU(), drop, nn.Linear(8, run.num_classes) }
  if what == "shown" then
    run.model = nn.Sequential { nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, run.num_classes) }
    run:on("epoch", function() run.model:summary { 3, 6, 6 } end)
  end
  if what == "loss" then run.criterion = Scaled() end
  run.optimizer = optim.SGD({ { params = run.model:parameters() },
                              { params = what == "loss" and run.criterion:parameters() or {} } }, { lr = what == "breaks" and 1e9 or 0.05 })
  local body, optimizer = run.model[2], run.optimizer
  if what == "own" then
    run.optimizer = { step = function() optimizer:step() end, zero_grad = function() optimizer:zero_grad() end }
  end
  if what == "thaws" then
    for _, p in ipairs(body:parameters()) do p:requires_grad_(false) end
    run:on("epoch", function() for _, p in ipairs(body:parameters()) do p:requires_grad_(true) end end)
  elseif what == "sums" then
    run.zero_grad = false
  elseif what == "changes" then
    run:on("epoch", function(epoch) if epoch == 1 then drop.p = 0.8 end end)
  end
  run:on("step", function(epoch, step)
    if at == epoch .. ":" .. step then os.execute("kill -TERM " .. require("mlprun.core").sys.pid()) end
  end)
  for _, row in ipairs(run:fit()) do print(row.epoch, ("%.17g %.17g"):format(row.train_loss, row.val_loss)) end
  print("end", run:norm())
end)
activity:report()
L
parts() { # parts WHAT STOP_AT OPTION...: what it printed of its epochs
    what=$1 at=$2
    shift 2
    # shellcheck disable=SC2086
    WHAT=$what STOP_AT=$at "$MLPRUN" "$work/parts.lua" $tiny --out="$work/parts$what" "$@" >"$work/out" 2>"$work/err"
    status=$?
    grep -E '^([0-9]|end)	' "$work/out"
}
same() { # same NAME WHAT STOP_AT OPTION...
    case=$1 kind=$2 stop=$3
    shift 3
    parts "$kind" "" "$@" >"$work/whole"
    cp "$work/parts$kind/parts/a/seed-42/best.safetensors" "$work/best"
    rm -rf "$work/parts$kind"
    parts "$kind" "$stop" "$@" >"$work/first"
    ok "$case: it is stopped" status_is 143
    cp "$work/err" "$work/said"
    parts "$kind" "" --resume "$@" >"$work/rest"
    ok "$case: it goes on" err_has "goes on in epoch"
    ok "$case: to the same" eval 'diff "$work/rest" "$work/whole" && cmp "$work/best" "$work/parts$kind/parts/a/seed-42/best.safetensors"'
}
same "a loss with weights of its own" loss 2:3
same "layers that learn from the second epoch on" thaws 2:2
ok "which is kept" eval '! grep -q "not kept" "$work/said"'
same "a net that is shown for other pictures" shown 2:2
ok "which does not change the net" eval '! grep -q "not kept" "$work/said"'
same "gradients that are not set to zero" sums 2:2
same "a step that is the last one" plain 2:3 --max_steps=7
same "a net that breaks in its first epoch" breaks 1:3
parts own 2:2 >"$work/first"
ok "an optimizer that cannot be saved is named" err_has "a: run.optimizer has no state_dict, so that nothing can be saved"
parts changes 2:2 >"$work/first"
ok "a layer's setting that changes is named" err_has "a, seed 42: run.model was changed while it trained, beside its weights, and that is not kept"

cat >"$work/recorded.lua" <<'L'
local ml = require "mlprun"
local activity = ml.experiment { name = "recorded" }
for _, name in ipairs { "a", "b" } do
  activity:trial(name, function(run)
    run.model = ml.nn.Sequential { ml.nn.Flatten(), ml.nn.Linear(run.in_features, run.num_classes) }
    run.optimizer = ml.optim.SGD(run.model:parameters(), { lr = 0.1 })
    run:fit()
    run:record("ratio", 0 / 0)
    run:record("high", math.huge)
  end)
end
activity:report()
L
recorded() { # recorded OPTION...: its table
    # shellcheck disable=SC2086
    mlprun "$work/recorded.lua" $tiny --out="$work/recorded" "$@"
    sed -n '/^trial/,/^$/p' "$work/out"
}
recorded >"$work/whole"
ok "what is not finite is recorded" eval 'status_is 0 && grep -q "NaN *infinite" "$work/whole"'
for again in --resume --no-train; do
    recorded $again >"$work/rest"
    ok "and read again with $again" eval 'status_is 0 && diff "$work/rest" "$work/whole"'
done
mlprun report "$work/recorded/recorded"
ok "and for the report" status_is 0

cat >"$work/wrong.lua" <<'L'
local ml = require "mlprun"
local activity = ml.experiment { name = "wrong" }
activity:trial("a", function(run)
  for _, given in ipairs { { 3 }, { "a", print }, { "a", ml.zeros { 2 } } } do
    print(select(2, pcall(run.keep, run, given[1], given[2])))
  end
  run:keep("a", {})
  print(select(2, pcall(run.keep, run, "a", {})))
end)
L
try "" --out="$work/runs"
# shellcheck disable=SC2086
mlprun "$work/wrong.lua" $tiny --out="$work/runs"
ok "a name is needed" out_has "run:keep: expected a name first"
ok "a function cannot be kept" out_has "run:keep: 'a' is a function, expected an object with state_dict and load_state_dict, or a plain table"
ok "nor twice the same name" out_has "run:keep: there is a 'a' already"

finish
