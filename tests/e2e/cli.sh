# The command line: what it runs, what it prints where, and its exit status.
. tests/e2e/lib.sh

mlprun --version
ok "--version prints one line" grep -qE '^mlprun [0-9]+\.[0-9]+\.[0-9]+$' "$work/out"
ok "--version has status 0" status_is 0
mlprun --help
ok "--help goes to standard output" out_has "mlprun SCRIPT"
ok "--help has status 0 and no errors" eval 'status_is 0 && silent'

mlprun --frobnicate
ok "an unknown option has status 2" status_is 2
ok "an unknown option is named" err_has "unknown option '--frobnicate'"
mlprun nothing.lua
ok "a missing script has status 2" status_is 2
ok "a missing script is named" err_has "no such script: 'nothing.lua'"
mlprun dta fetch emoji
ok "a misspelt command is corrected" err_has "did you mean 'data'?"

mkdir -p "$work/near/experiments"
echo 'print("ran")' | tee "$work/near/dropout.lua" >"$work/near/experiments/depth.lua"
for pair in drpout.lua=dropout.lua dropout=dropout.lua dropot=dropout.lua depth.lua=experiments/depth.lua \
    dpth.lua=experiments/depth.lua experiments/deph.lua=experiments/depth.lua; do
    (cd "$work/near" && "$MLPRUN" "${pair%%=*}") >"$work/out" 2>"$work/err"
    status=$?
    ok "instead of ${pair%%=*} ${pair#*=} was meant" eval 'status_is 2 && err_has "no script or command '"'${pair%%=*}': did you mean '${pair#*=}'"'?"'
done
(cd "$work/near" && "$MLPRUN" check drpout.lua) >"$work/out" 2>"$work/err"
status=$?
ok "so it is for check" eval 'status_is 2 && err_has "no such script: '"'drpout.lua': did you mean 'dropout.lua'"'?"'

mlprun -e '1 + 1'
ok "-e prints the value of an expression" grep -qx 2 "$work/out"
mlprun -e 'print("said")'
ok "-e runs a statement" grep -qx said "$work/out"
mlprun -e
ok "-e without code has status 2" status_is 2

mlprun -e 'package.loaded["mlprun.nn"]' -e 'nn.Linear ~= nil' -e 'package.loaded["mlprun.nn"] ~= nil'
ok "a part of the library is loaded when it is used" eval '[ "$(tr "\n" " " <"$work/out")" = "nil true true " ]'
mlprun -e '{ 1, "two", { a = 1 } }'
ok "-e prints a table as the prompt shows it" out_has '{ 1, "two", { a = 1 } }'
mlprun -e 'ml.zeros { 2, 3 }.shape'
ok "-e prints a shape" grep -qx '{ 2, 3 }' "$work/out"
mlprun -e 'x = 20' -e 'x + 1' -e 'arg[1]' last
ok "one -e after the other runs" eval 'grep -qx 21 "$work/out" && grep -qx last "$work/out"'
mlprun -e 'error("first")' -e 'print("second")'
ok "a failing -e is the last" eval 'status_is 1 && ! out_has second'
mlprun -e 'x = 1' -e
ok "a second -e without code has status 2" status_is 2
if [ -w /dev/full ]; then
    "$MLPRUN" -e 'print(1)' >/dev/full 2>"$work/err"
    status=$?
    ok "a full disk is an error" eval 'status_is 1 && err_has "could not be written"'
fi
"$MLPRUN" -e 'print(1)' >&- 2>"$work/err"
status=$?
ok "a closed output is an error" eval 'status_is 1 && err_has "could not be written"'

cat >"$work/script.lua" <<'L'
print(arg[0], arg[1], ...)
L
mlprun "$work/script.lua" one two
ok "a script gets its arguments" out_has "$work/script.lua	one	one	two"
echo 'print("from stdin", ...)' | "$MLPRUN" - a >"$work/out" 2>"$work/err"
ok "- runs standard input" out_has "from stdin	a"
echo '1 + 1, { 3 }' | "$MLPRUN" >"$work/out" 2>"$work/err"
ok "an expression on standard input shows its value" eval 'grep -qx "2	{ 3 }" "$work/out" && silent'
echo 'n += 1' | "$MLPRUN" - >"$work/out" 2>"$work/err"
status=$?
ok "a wrong script on standard input is shown" eval 'status_is 1 && err_has "stdin:1:" && err_has "Lua | n = n + 1"'
printf 'print(1)\0' | "$MLPRUN" - >"$work/out" 2>"$work/err"
status=$?
ok "a byte 0 on standard input is an error" eval 'status_is 1 && err_has "there is a byte 0 in it"'
echo 'print("piped")' | "$MLPRUN" >"$work/out" 2>"$work/err"
ok "without a terminal standard input is a script" out_has "piped"

cat >"$work/globals.lua" <<'L'
meant = 0
local function count() meant = meant + 1 counter = (rawget(_G, "counter") or 0) + 1 end
count() count()
counter = nil
count()
local function other() counter = nil another = true end
other()
warn "my own"
warn "@off"
local function quiet() third = 1 end
quiet()
print(meant, another, third)
L
mlprun "$work/globals.lua"
ok "a global that a function makes is said, once for each place" eval 'status_is 0 && [ "$(grep -c warning: "$work/err")" = 3 ] &&
    err_has "globals.lua:2: '"'counter'"' is a new global, made in a function" && err_has "globals.lua:6: '"'another'"' is a new" &&
    err_has "warning: my own" && out_has "3	true	1"'
"$MLPRUN" - <"$work/globals.lua" >"$work/out" 2>"$work/err"
ok "so it is of a script on standard input" err_has "stdin:2: 'counter' is a new global"
mlprun -e 'function f() made = 1 end f()' -e 'made'
ok "not in one-liners" eval 'out_has 1 && silent'

mlprun -e "w = writers.CSV('$work/left.csv', { 'a' }) w:write { a = 1 }"
ok "a writer that was left open ends without a word" silent

mkdir -p "$work/lib"
echo 'return { answer = 42 }' >"$work/lib/helper.lua"
echo 'print(require("helper").answer)' >"$work/lib/main.lua"
mlprun "$work/lib/main.lua"
ok "a script finds modules beside it" grep -qx 42 "$work/out"

cat >"$work/bad.lua" <<'L'
local function inner()
  error("the reason")
end
inner()
L
mlprun "$work/bad.lua"
ok "a failing script has status 1" status_is 1
ok "the message names the line" err_has "bad.lua:2: the reason"
ok "the traceback shows the user's frames" err_has "bad.lua:4"
mlprun "$work/lib"
ok "a folder as script is an error, not a crash" status_is 1
echo 'x = = 1' >"$work/syntax.lua"
mlprun "$work/syntax.lua"
ok "a syntax error names the line" err_has "syntax.lua:1:"

echo 'import torch' >"$work/python.lua"
mlprun "$work/python.lua"
ok "a script in another language is told so" eval 'status_is 1 && err_has "nothing is imported"'
mlprun check "$work/python.lua"
ok "check tells it too, with the line in Lua" eval 'status_is 1 && err_has "Lua | ml = require"'

mlprun -e 'pritn(1)'
ok "an undefined global is an error with a suggestion" err_has "undefined global 'pritn': did you mean 'print'?"
mlprun -e 'require("mlprun").options_'
ok "an unknown field of the library has a suggestion" err_has "did you mean 'options'?"

# compiled chunks are refused wherever they come from
printf '\033Lua' >"$work/compiled.lua"
mlprun "$work/compiled.lua"
ok "a compiled script is refused" eval 'status_is 1 && err_has "attempt to load a binary chunk"'
mlprun -e 'load(string.dump(function() end))'
ok "load refuses compiled text" eval 'status_is 0 || err_has binary'
mlprun -e 'print(load(string.dump(function() end)))'
ok "load says why" out_has "attempt to load a binary chunk"
mlprun -e 'load("return 1", "x", "b")'
ok "load refuses the binary mode" err_has "compiled chunks are refused"
cp "$work/compiled.lua" "$work/lib/compiled.lua"
echo 'require "compiled"' >"$work/lib/main.lua"
mlprun "$work/lib/main.lua"
ok "require refuses compiled modules" err_has "attempt to load a binary chunk"

echo 'while true do end' >"$work/loop.lua"
"$MLPRUN" "$work/loop.lua" >"$work/out" 2>"$work/err" &
pid=$!
sleep 0.5
kill -INT $pid
wait $pid
status=$?
ok "Ctrl-C ends a loop with status 130" status_is 130
ok "Ctrl-C is said in one line" eval '[ "$(wc -l <"$work/err")" -eq 1 ] && err_has "stopped by Ctrl-C"'

finish
