# What is around a run: paths with blanks and letters of all kinds, little memory, a small stack, few descriptors, no home, a
# folder that goes away. The results are the same, or one sentence says what is missing; nothing crashes, hangs or grows.
. tests/e2e/lib.sh

photos="$work/phötos of 猫 & 'dogs'"
mlprun tests/e2e/pictures.lua "$photos" 12
cat >"$work/net.lua" <<'L'
-- What does a run need around it?
local ml = require "mlprun"
local nn, optim = ml.nn, ml.optim
local activity = ml.experiment { name = "net" }
activity:trial("a", function(run)
  run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, 8), nn.ReLU(), nn.Linear(8, run.num_classes) }
  run.optimizer = optim.Adam(run.model:parameters(), { lr = 0.01 })
  run:on("step", function() print("a step") end)
  if os.getenv("CHANGE") then
    run:on("end", function() os.execute(os.getenv("CHANGE")) end)
  end
  if os.getenv("GOES") then run:on("epoch", function() os.execute("rm -rf " .. os.getenv("GOES")) end) end
  run:fit()
end)
activity:report()
L
tiny="--image_size=8 --epochs=2 --patience=0 --batch_size=16 --seeds=1 --augment --no-pictures"
run=net/a/seed-42
# around COMMAND...: a run started by a command
around() {
    # shellcheck disable=SC2086
    "$@" "$MLPRUN" "$work/net.lua" "--data=$photos" $tiny --out="$out" >"$work/out" 2>"$work/err"
    status=$?
}
out="$work/rüns of mine"
around env
ok "blanks, quotes and other letters in paths are only letters" status_is 0
whole=$out
same() { # the same answers; its weights are what best.safetensors has behind the header
    cmp "$whole/$run/predictions.npz" "$out/$run/predictions.npz" &&
        [ "$(cut -d, -f1-6 "$whole/net/results.csv")" = "$(cut -d, -f1-6 "$out/net/results.csv")" ]
}
in_shell() { sh -c "$1; shift; exec \"\$@\"" sh "$@"; }
for what in "unset HOME" "unset TERM" "TERM=dumb COLUMNS=20" "LC_ALL=C" "LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8" "TZ=Pacific/Apia" \
    "ulimit -n 64" "ulimit -s 256" "exec <&-"; do
    case $what in [A-Z]*) what="export $what" ;; esac
    out=$work/same
    rm -rf "$out"
    around in_shell "$what"
    ok "the same results after: $what" eval 'status_is 0 && same'
done

echo "in the way" >"$work/file"
out=$work/file
around env
ok "a place that cannot be written to is an error before the first batch" eval '[ $status -ne 0 ] && err_has "$work/file" && ! out_has "a step"'
out=$work/goes
around env GOES="$work/goes/$run"
ok "a run whose folder goes is an error that names it" eval 'status_is 1 && err_has "$work/goes/$run"'

out=$work/changed
cp -r "$photos" "$work/copies"
usual=$photos
photos=$work/copies
around env CHANGE="rm '$photos/plum/01.png'; echo more >>'$photos/apple/02.png'"
ok "pictures that change while a run trains are reported" eval 'status_is 0 && tr "\n" " " <"$work/out" | tr -s " " | grep -q "have changed since this began"'
photos=$usual
ok "those that do not are not" eval '! grep -rq "have changed" "$whole/net/results.md" "$whole/net/report.html"'

# ---- the clock ----

cat >"$work/clock.lua" <<'L'
local ml = require "mlprun"
local w <close> = ml.writers.SummaryWriter(arg[1])
for i = 1, 20 do
  if i == 10 then os.getenv("faults: clock -86400") end
  if i == 15 then os.getenv("faults: clock 3600") end
  w:add_scalar("loss", i, i)
end
L
# The times are the doubles at the front of events: tag 1 of type 64 bits, behind 12 bytes of frame.
cat >"$work/times.lua" <<'L'
local core = require "mlprun.core"
local last, count = 0, 0
for _, name in ipairs(core.sys.list(arg[1])) do
  local bytes, at = core.sys.read_file(arg[1] .. "/" .. name), 1
  while at < #bytes do
    local length = ("<I8"):unpack(bytes, at)
    assert(bytes:byte(at + 12) == 9)
    local time = ("<d"):unpack(bytes, at + 13)
    assert(time >= last, ("event %d is %g s before the one in front of it"):format(count, last - time))
    last, count, at = time, count + 1, at + length + 16
  end
end
assert(count >= 21, count)
L
if sanitized || ! ${CC:-cc} -shared -fPIC -O1 -w -o "$work/faults.so" tests/faults/faults.c -ldl -pthread; then
    skip "times of events do not go back with the clock" "no library can be preloaded here"
else
    LD_PRELOAD=$work/faults.so "$MLPRUN" "$work/clock.lua" "$work/events"
    mlprun "$work/times.lua" "$work/events"
    ok "times of events do not go back with the clock" eval 'status_is 0 && silent'
fi

# ---- limits ----

for limit in "-v 60000" "-v 90000" "-v 150000" "-v 250000" "-v 400000" "-v 600000" "-d 30000" "-d 100000"; do
    out=$work/limited
    rm -rf "$out"
    if sanitized; then
        skip "with ulimit $limit a run ends, or says what is missing" "a sanitizer needs more"
        continue
    fi
    around in_shell "ulimit $limit; ulimit -t 60"
    ok "with ulimit $limit a run ends, or says what is missing" \
        eval 'status_is 0 && same || { [ $status -lt 128 ] && grep -qi "memory\|shared object\|temporarily" "$work/err"; }'
done

# ---- other processors ----

product='local a = ml.full({ 40, 40 }, 0.5) print(a:matmul(a):sum():item())'
for cpu in qemu64 Opteron_G1 Nehalem Haswell qemu64,-pni; do
    if sanitized || ! command -v qemu-x86_64 >/dev/null; then
        skip "on a processor $cpu products are right, or what it lacks is said" "no qemu-x86_64, or a sanitizer"
        continue
    fi
    qemu-x86_64 -cpu $cpu "$MLPRUN" -e "$product" >"$work/out" 2>"$work/err"
    status=$?
    ok "on a processor $cpu products are right, or what it lacks is said" \
        eval 'status_is 0 && out_has 16000 || { status_is 1 && err_has "no SSE3 instructions"; }'
done

# deep WHAT CODE: status 0 or 1 and no signal, with the usual stack and with a small one
deep() {
    what=$1
    for stack in 8192 256; do
        (ulimit -s $stack && exec "$MLPRUN" -e "$2") >"$work/out" 2>"$work/err"
        status=$?
        [ "$status" -le 1 ] || break
    done
    ok "$what is an error, with a small stack too" [ "$status" -le 1 ]
}
(ulimit -s 128 && exec "$MLPRUN" -e "print(1)") >"$work/out" 2>"$work/err"
status=$?
ok "a stack below the least is said" eval 'status_is 1 && err_has "the stack is limited to 128 kB (ulimit -s), expected at least 256"'
deep "recursion without an end" 'local function f() return 1 + f() end f()'
deep "a text of 100,000 brackets" 'assert(load("return " .. ("("):rep(100000)))'
deep "a Sequential of 1,000 levels" 'local m = nn.Linear(2, 2) for _ = 1, 1000 do m = nn.Sequential { m } end
    print(#m:parameters()) m(ml.randn(1, 2)):sum():backward()'
deep "a table that holds itself, printed, compared and written" 'local t = {} t.t = t print(t) print(t == { t = t })
    print(pcall(ml.save, t, "/dev/null")) print(pcall(require("mlprun.core").json.encode, t))'
deep "100,000 tables in each other, printed and written" 'local t = {} for _ = 1, 100000 do t = { t } end
    print(#tostring(t)) print(pcall(ml.save, t, "/dev/null")) print(pcall(require("mlprun.core").json.encode, t))'
deep "JSON of 100,000 brackets" 'print(pcall(require("mlprun.core").json.decode, ("["):rep(100000)))'

# ---- long ----

cat >"$work/long.lua" <<'L'
local ml = require "mlprun"
local set = ml.data.TensorDataset(ml.randn(64, 10), ml.randint(1, 3, { 64 }))
local model = ml.nn.Sequential { ml.nn.Linear(10, 8), ml.nn.BatchNorm1d(8), ml.nn.ReLU(), ml.nn.Linear(8, 2) }
local optimizer = ml.optim.Adam(model:parameters())
local function epochs(n)
  for _ = 1, n do
    for x, y in ml.data.DataLoader(set, { batch_size = 16, shuffle = true, workers = 1 }):batches() do
      optimizer:zero_grad()
      ml.nn.functional.cross_entropy(model(x), y):backward()
      optimizer:step()
    end
  end
  for _ = 1, 3 do collectgarbage() end
  for line in io.lines("/proc/self/status") do
    if line:find("VmRSS") then return tonumber(line:match("%d+")) end
  end
end
epochs(100)
local least = math.huge
for _ = 1, 3 do -- what stays grows each time; what the allocator keeps does not
  local before = epochs(1)
  least = math.min(least, epochs(200) - before)
end
print(("%d KB in 200 epochs"):format(least))
os.exit(least < 200)
L
if [ -r /proc/self/status ]; then
    if sanitized; then
        skip "memory does not grow with epochs" "a sanitizer keeps what is freed"
    else
        mlprun "$work/long.lua"
        ok "memory does not grow with epochs" status_is 0
        sed 's/^/# /' "$work/out"
    fi
    cat >"$work/spawn.lua" <<'L'
local ml = require "mlprun"
local core = require "mlprun.core"
local process, folder = core.process, "/proc/" .. core.sys.pid()
local function count(command)
  local n = 0
  local pipe <close> = io.popen(command)
  for _ in pipe:lines() do n = n + 1 end
  return n
end
local a = ml.randn { 300, 300 }
local set = ml.data.TensorDataset(ml.randn(64, 10), ml.randint(1, 3, { 64 }))
-- The least of some: while this process is kept from going on, it has both ends of the pipe of that command.
local function descriptors()
  local least = math.huge
  for _ = 1, 10 do least = math.min(least, count("ls " .. folder .. "/fd")) end
  return least
end
local before = descriptors()
for _ = 1, 25 do
  for x in ml.data.DataLoader(set, { batch_size = 16, workers = 2 }):batches() do -- the workers live meanwhile
    a:matmul(a)
    local child <close> = process.spawn(function(send)
      local sum = 0
      for y in ml.data.DataLoader(set, { batch_size = 16, workers = 2 }):batches() do sum = sum + #y end
      assert(#a:matmul(a) == 300 and #x == 16)
      send(tostring(sum))
    end)
    local said
    repeat
      process.wait({ child }, 5)
      said = said or child:messages()[1]
    until child:ended()
    said = said or child:messages()[1]
    assert(said and said.text == "64", said and said.text)
  end
end
assert(descriptors() <= before, "descriptors stay")
assert(count("ps -o stat= --ppid " .. core.sys.pid() .. " | grep Z") == 0, "processes stay")
L
    mlprun "$work/spawn.lua"
    ok "100 processes started beside threads and workers leave neither processes nor descriptors" status_is 0
fi

finish
