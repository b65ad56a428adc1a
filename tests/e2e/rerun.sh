# mlprun rerun: a run is trained again from its manifest, and compared.
. tests/e2e/lib.sh

mlprun tests/e2e/pictures.lua "$work/photos" 12
cp experiments/dropout.lua "$work/drop.lua"
(cd "$work" && "$MLPRUN" drop.lua --data=photos --image_size=8 --epochs=2 --p=0,0.5 --seeds=2 --keep=all --out runs --jobs 2 >/dev/null 2>&1)
run="$work/runs/dropout/dropout=0.5/seed-43"

mlprun rerun "$run" --out="$work/again"
ok "another process, another folder, one run of four: the same bits" \
    eval 'status_is 0 && tail -n 1 "$work/out" | grep -qx "The same bits: 2 epochs and its weights." && [ "$(find "$work/again" -name best.safetensors | wc -l)" -eq 1 ]'
ok "the run has the same number, trial and seed" eval '[ -e "$work/again/dropout/dropout=0.5/seed-43/manifest.json" ] && out_has "(--runs=4)"'
sed -i 's/512/256/g' "$work/drop.lua"
mlprun rerun "$run/manifest.json" --out="$work/changed"
ok "a script that has changed runs as it was, with a word" eval 'status_is 0 && out_has "has changed since: its text as it was is in" && out_has "The same bits"'
mlprun "$work/changed/drop.lua" --help
ok "its text is a script" status_is 0
rm -r "$work/photos/plum/01.png"
mlprun rerun "$run" --out="$work/others"
ok "other pictures: it differs, and in what" eval 'status_is 1 && out_has "pictures: fingerprint" && tail -n 1 "$work/out" | grep -q "^It differs: their curves part in epoch 1"'
mlprun rerun "$work/runs"
ok "what is no run is one sentence" eval 'status_is 1 && err_has "is no run: expected its folder"'
for bad in "" "$run --ouut=x" "$run $run"; do
    # shellcheck disable=SC2086
    mlprun rerun $bad
    ok "mlprun rerun with a wrong command line has status 2 and help" eval 'status_is 2 && err_has "mlprun rerun --help"'
done

finish
