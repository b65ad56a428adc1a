# Every activity once, at its smallest: it runs alone, ends with a table and with a sentence about its results.
. tests/e2e/lib.sh

mlprun tests/e2e/pictures.lua "$work/photos" 12
ok "the test's pictures are made" status_is 0
tiny="--data=$work/photos --image_size=16 --epochs=1 --seeds=1 --workers=0"

for script in experiments/*.lua; do
    activity=$(basename "$script" .lua)
    ok "$activity begins with its question" eval 'head -n 1 "$script" | grep -q "^-- .*[?.]$"'
    ok "$activity is short" eval '[ "$(wc -l <"$script")" -le 60 ]'
    case $activity in image_size) more=--sizes=8,16 ;; *) more= ;; esac
    # shellcheck disable=SC2086  # these are several words
    mlprun "$script" $tiny $more --out="$work/all"
    ok "$activity ends with status 0" status_is 0
    ok "$activity prints a table" eval 'grep -qE "^trial +.*validation" "$work/out"'
    ok "$activity ends with a conclusion" eval 'grep -q "^Conclusion: " "$work/all/$activity/results.md" && out_has "Conclusion: "'
    ok "$activity has no empty values in its conclusion" eval '! grep "^Conclusion: " "$work/all/$activity/results.md" | grep -qwiE "nil|nan|-nan"'
done

ok "errors leaves the confusion matrix as a picture" [ -s "$work/all/errors/confusion.png" ]

finish
