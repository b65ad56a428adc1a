# The commands of the program: new, check, help, completion, the man page, and what wrong command lines get.
. tests/e2e/lib.sh
root=$PWD

for command in new check help data runs report types completion; do
    mlprun $command --help
    ok "$command --help leads with an example, on standard output" eval 'status_is 0 && silent && head -n 1 "$work/out" | grep -q mlprun'
    ok "--help lists $command" eval '"$MLPRUN" --help | grep -q "mlprun $command"'
done
ok "--help fits 80 columns" eval '[ "$("$MLPRUN" --help | wc -L)" -le 80 ]'

# new
cd "$work" || exit 1
mlprun new width
ok "new writes a script" eval 'status_is 0 && [ -s width.lua ]'
ok "and what an editor needs to know the library" eval 'grep -q "\.mlprun" .luarc.json && grep -q "function Tensor:matmul(" .mlprun/mlprun.lua'
echo "-- mine" >>width.lua
mlprun new width
ok "new does not touch a file that is there" eval 'status_is 2 && err_has exists && grep -q mine width.lua'
mkdir -p own prefix/bin prefix/share/mlprun/types
echo '{"diagnostics.globals":["x"]}' >own/.luarc.json
mlprun new own/depth
ok "an editor's settings that are there stay, and new says what they need" eval 'out_has "is yours" && ! grep -q mlprun own/.luarc.json'
cp "$MLPRUN" prefix/bin/mlprun && "$MLPRUN" types >prefix/share/mlprun/types/mlprun.lua && mkdir installed
(cd installed && ../prefix/bin/mlprun new width) >out
ok "an installed program's annotations are found beside it" eval 'grep -q "prefix/share/mlprun/types" installed/.luarc.json && [ ! -e installed/.mlprun ]'
if command -v lua-language-server >/dev/null; then
    mkdir -p editor && (cd editor && "$MLPRUN" new right >/dev/null && cp right.lua wrong.lua)
    sed -i 's/{ lr = o.lr }/{ lrr = 0.1 }/; s/run.optimizer/run.optimiser/; s/nn.ReLU/nn.ReLu/' editor/wrong.lua
    lua-language-server --check="$PWD/editor" --checklevel=Warning --logpath="$PWD/editor/log" >out 2>&1
    ok "the language server finds nothing in what new writes" eval '! grep -q "right.lua:" out && ! grep -q "mlprun.lua:" out'
    ok "and a misspelt option, field and layer" eval 'grep -q "no such option" out && grep -q optimiser out && grep -q ReLu out'
else
    skip "the language server reads what types prints" "lua-language-server is not here"
fi
mlprun types now
ok "types takes no words" eval 'status_is 2 && err_has "unexpected"'
mlprun new
ok "new wants a name" eval 'status_is 2 && err_has "a name is missing"'
mlprun new 'a b'
ok "new refuses odd names" status_is 2
"$MLPRUN" "$root/tests/e2e/pictures.lua" "$work/pictures" 10
mlprun width.lua --data=pictures --epochs=1 --seeds=1 --image_size=8 --workers=0
ok "what new wrote runs at once" eval 'status_is 0 && out_has "Conclusion:"'
mlprun check width.lua
ok "and check finds nothing in it" eval 'status_is 0 && out_has "no mistake found (4 runs"'
ok "check leaves nothing behind" eval '[ ! -d runs/width/width_32 ] || [ "$(ls runs | wc -l)" -eq 1 ]'

# check
found() { status_is 1 && err_has "$1" && err_has "wrong.lua:"; }
plant() { # plant NAME SED TEXT: the starter with one mistake, and what has to be said
    sed "$2" width.lua >wrong.lua
    mlprun check wrong.lua
    ok "check finds $1" found "$3"
}
plant "a misspelt layer" 's/nn.ReLU/nn.ReLu/' "did you mean 'ReLU'?"
plant "a misspelt option" 's/{ lr = o.lr }/{ lrr = o.lr }/' "did you mean 'lr'?"
plant "an unknown global" 's/ipairs(o.width)/ipairz(o.width)/' "did you mean 'ipairs'?"
plant "a forgotten Flatten" 's/nn.Flatten(),/nn.Identity(),/' "layer '1' (Linear)"
plant "layers that do not fit" 's/nn.Linear(width, run.num_classes)/nn.Linear(width + 1, run.num_classes)/' "layer '3' (Linear)"
plant "a misspelt field of the run" 's/run.optimizer/run.optimiser/' "did you mean 'optimizer'?"
plant "too many outputs" 's/nn.Linear(width, run.num_classes)/nn.Linear(width, 9)/' "but there are 3 classes"
plant "a Softmax before the loss" 's/nn.Linear(width, run.num_classes),*/nn.Linear(width, run.num_classes), nn.Softmax(2),/' \
    "CrossEntropyLoss applies another one"
plant "another model's optimizer" 's/optim.Adam(run.model:/optim.Adam(nn.Linear(2, 2):/' "none of which is run.model's"
plant "means of 0 to 255" \
    's/^ *run.optimizer/run.val_transform = ml.augment.Compose { ml.augment.Resize(64, 64), ml.augment.Normalize { mean = { 124, 116, 104 }, std = { 58, 57, 57 } }, ml.augment.ToTensorV2() } &/' \
    "not of 255"
plant "a schedule that is too short" \
    's/^ *run.optimizer.*/& run.scheduler = optim.lr_scheduler.OneCycleLR(run.optimizer, 0.1, { total_steps = 2 })/' "made for 2 steps"
plant "a syntax error" 's/^end$/en/' "wrong.lua:"
mlprun check nothing.lua
ok "check wants a script that is there" eval 'status_is 2 && err_has "no such script"'
cd "$root" || exit 1
for script in experiments/*.lua; do
    mlprun check "$script"
    ok "check $script" eval 'status_is 0 && silent'
done

# help
mlprun help nn.Linear
ok "help NAME" eval 'status_is 0 && out_has in_features'
mlprun help horizontal
ok "help WORD searches" eval 'status_is 0 && out_has augment.HorizontalFlip'
mlprun help
ok "help lists all" eval 'status_is 0 && out_has Tensor:matmul && out_has nn.Conv2d'
mlprun help qqqqq
ok "help of nothing" eval 'status_is 2 && err_has "nothing is known"'
ok "the reference is up to date" eval '"$MLPRUN" docs/reference.lua | cmp - docs/reference.md'

# mistakes on the command line
mlprun chekc x.lua
ok "a misspelt command is corrected" eval 'status_is 2 && err_has "did you mean '"'check'"'?"'

# shells
if command -v bash >/dev/null; then
    "$MLPRUN" completion bash >"$work/completion.bash"
    cat >"$work/complete.sh" <<'B'
. "$1"
complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mlprun; echo "${COMPREPLY[*]}"; }
complete_words mlprun rep
complete_words mlprun re
complete_words mlprun data in
complete_words mlprun runs --fo
mkdir -p "$2/some photos" && : >"$2/some script.lua"
cd "$2" && complete_words mlprun 'some\ s' && complete_words mlprun report '"some' && complete_words mlprun '$(touch evil)'
complete_words "$MLPRUN" wid && complete_words "$MLPRUN" width.lua --ep
B
    bash "$work/complete.sh" "$work/completion.bash" "$work" >"$work/out" 2>"$work/err"
    ok "bash completes names with spaces" eval 'grep -qxF "some\\ script.lua" "$work/out" && grep -qxF "some photos/" "$work/out"'
    ok "completion runs nothing" eval '! [ -e "$work/evil" ]'
    ok "bash completes commands" grep -qx report "$work/out"
    ok "and lists those that begin alike" grep -qx "report rerun" "$work/out"
    ok "bash completes words of commands" grep -qx inspect "$work/out"
    ok "bash completes options" grep -qx -- --format= "$work/out"
    ok "bash completes scripts" grep -qx width.lua "$work/out"
    ok "bash completes options of scripts" grep -qx -- --epochs= "$work/out"
else
    skip "completion in bash" "bash is not here"
fi
if command -v zsh >/dev/null; then
    "$MLPRUN" completion zsh >"$work/_mlprun"
    ok "zsh reads its completion" zsh -n "$work/_mlprun"
    mkdir -p "$work/in zsh/some photos" "$work/bin" && ln -s "$MLPRUN" "$work/bin/mlprun"
    echo 'local ml = require "mlprun" ml.experiment { name = "s", options = { wheels = 4 } }' >"$work/in zsh/some script.lua"
    PATH=$work/bin:$PATH zsh -f tests/e2e/complete.zsh "$work/_mlprun" "$work/in zsh" "mlprun chec" "mlprun runs --so" \
        "mlprun data inspect so" "mlprun 'some script.lua' --whe" "mlprun some\\ script.lua --data=some\\ ph" >"$work/out" 2>"$work/err"
    if [ $? -eq 9 ]; then
        skip "completion in a zsh that runs" "zsh has no zpty"
    else
        ok "zsh completes commands" grep -qx "mlprun check " "$work/out"
        ok "zsh completes options of commands" grep -qx -- "mlprun runs --sort=" "$work/out"
        ok "zsh completes folders" grep -qxF 'mlprun data inspect some\ photos/' "$work/out"
        ok "zsh completes options of a script whose name has a space" grep -qxF "mlprun 'some script.lua' --wheels=" "$work/out"
        ok "zsh completes files behind an option" grep -qxF 'mlprun some\ script.lua --data=some\ photos/' "$work/out"
    fi
else
    skip "completion in zsh" "zsh is not here"
fi
mlprun completion fish
ok "completion of an unknown shell" eval 'status_is 2 && err_has "bash or zsh"'
"$MLPRUN" man >"$work/mlprun.1"
ok "the man page has every command" eval 'for c in new check help data runs report completion; do grep -q "^.B $c" "$work/mlprun.1" || exit 1; done'
if command -v man >/dev/null && man --warnings -l "$work/mlprun.1" >"$work/out" 2>"$work/err"; then
    ok "man shows it without warnings" eval 'silent && grep -q "EXIT STATUS" "$work/out"'
else
    skip "man shows it" "man is not here"
fi
finish
