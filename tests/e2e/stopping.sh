# Whatever a script does, Ctrl-C and SIGTERM end it.
. tests/e2e/lib.sh

# Waits for $pid at most 10 s; its $status.
ended() {
    (sleep 10 && kill -KILL $pid) 2>/dev/null &
    guard=$!
    wait $pid
    status=$?
    kill $guard
}

# stops NAME SIGNAL STATUS CODE: the signal is sent to the script once, half a second after it began.
stops() {
    echo "$4" >"$work/script.lua"
    "$MLPRUN" "$work/script.lua" <"$work/keys" >"$work/out" 2>"$work/err" &
    pid=$!
    sleep 0.5
    kill "-$2" $pid
    ended
    ok "$1" status_is "$3"
}

mkfifo "$work/keys"
sleep 100 >"$work/keys" & # somebody who types nothing
typist=$!
stops "Ctrl-C ends a loop in a coroutine" INT 130 'coroutine.wrap(function() while true do end end)()'
stops "Ctrl-C ends coroutines that take turns" INT 130 'while true do
  coroutine.resume(coroutine.create(function() coroutine.yield() while true do end end)) end'
stops "Ctrl-C ends pcall in a loop" INT 130 'while true do pcall(function() while true do end end) end'
stops "Ctrl-C ends a handler that never ends" INT 130 'xpcall(function() while true do end end, function() while true do end end)'
stops "Ctrl-C ends __close that never ends" INT 130 'while true do pcall(function()
  local _ <close> = setmetatable({}, { __close = function() while true do end end }) while true do end end) end'
stops "Ctrl-C ends io.read" INT 130 'while true do pcall(io.read) end'
stops "SIGTERM ends pcall in a coroutine" TERM 143 'coroutine.wrap(function() while true do pcall(error) end end)()'
stops "SIGTERM ends io.read" TERM 143 'io.read()'
kill $typist

echo 'return (("a"):rep(60)):find((".-"):rep(40) .. "b")' >"$work/script.lua" # centuries, in one call
for name in INT TERM HUP; do
    # the suite may run under nohup, which the program would respect
    env --default-signal=HUP "$MLPRUN" "$work/script.lua" >"$work/out" 2>"$work/err" &
    pid=$!
    sleep 0.5
    kill -$name $pid
    sleep 0.5
    kill -$name $pid
    ended
    ok "$name twice ends any call" eval '[ $status -gt 128 ] && [ $status -lt 137 -o $status -eq 143 ]'
done

echo 'for i = 1, 3e7 do end print("done")' >"$work/script.lua"
nohup "$MLPRUN" "$work/script.lua" >"$work/out" 2>"$work/err" &
pid=$!
sleep 0.1
kill -HUP $pid
wait $pid
status=$?
ok "nohup keeps a script from the end of its terminal" eval 'status_is 0 && out_has done'

finish
