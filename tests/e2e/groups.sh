# --group: pictures that belong together stay on one side of an experiment's split, which is said, kept and compared.
. tests/e2e/lib.sh

mlprun tests/e2e/pictures.lua "$work/photos" 20
ok "the test's pictures are made" status_is 0
tiny="--image_size=8 --epochs=1 --seeds=1 --out=$work/runs"

cat >"$work/net.lua" <<'L'
-- Which pictures are for validation?
local ml = require "mlprun"
local activity = ml.experiment { name = "net" }
activity:trial("one", function(run)
  run.model = ml.nn.Sequential { ml.nn.Flatten(), ml.nn.Linear(run.in_features, run.num_classes) }
  run.optimizer = ml.optim.SGD(run.model:parameters(), { lr = 0.01 })
  run:fit()
  local list = {}
  for i = 1, #run.val do list[i] = run.val:path(i):match("[^/]+/[^/]+$") end
  print("val: " .. table.concat(list, " "))
end)
L
# shellcheck disable=SC2086
try() { # try DATA OPTION...
    data=$1
    shift
    mlprun "$work/net.lua" --data="$data" $tiny "$@"
}
# How many numbers the names of the validation pictures have, and how many pictures there are.
numbers() { sed -n 's/^val: //p' "$work/out" | tr ' ' '\n' | sed 's/.*\///' | sort -u | wc -l; }
pictures() { sed -n 's/^val: //p' "$work/out" | wc -w; }
manifest_has() { grep -qF -- "$1" "$work/runs/net/one/seed-42/manifest.json"; }

try "$work/photos" --group='(%d%d)%.png$'
ok "a pattern groups: all three pictures with a number are on one side" eval '[ "$(pictures)" -eq 12 ] && [ "$(numbers)" -eq 4 ]'
ok "that is said" out_has 'split by group: 20 groups (--group=(%d%d)%.png$), 16 for training, 4 for validation'
ok "the manifest has it" eval 'manifest_has "\"group\": \"(%d%d)%.png$\"" && manifest_has "\"groups\": \"sha256:"'
cp "$work/out" "$work/before"
try "$work/photos" --group='(%d%d)%.png$' --threads=1 --workers=0
ok "the same for any number of threads" eval '[ "$(grep "^val: " "$work/out")" = "$(grep "^val: " "$work/before")" ]'
try "$work/photos" --group='(%d%d)%.png$' --resume
ok "--resume takes a run with the same groups over" err_has "one, seed 42: taken over"
try "$work/photos" --group='(%d)%.png$' --resume
ok "--resume begins anew where the groups are others" err_has "begins anew: the groups of pictures were others"
try "$work/photos" --resume
ok "and where there are none" err_has "begins anew: the groups of pictures were others"
ok "without groups nothing is said" eval '! out_has "split by group"'

list() { # list NAME: a CSV file in which each ten numbers are of one basket, or with NAME each five
    echo "path,label,basket" >"$work/photos/list.csv"
    for class in apple banana plum; do
        for i in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20; do
            echo "$class/$i.png,$class,basket $(((${i#0} - 1) / $1))" >>"$work/photos/list.csv"
        done
    done
}
list 5
try "$work/photos/list.csv" --group=basket
ok "a column of a CSV file groups" eval 'out_has "split by group: 4 groups (--group=basket), 3 for training, 1 for validation" && [ "$(numbers)" -eq 5 ]'
list 4
try "$work/photos/list.csv" --group=basket --resume
ok "--resume sees that the column has changed" err_has "begins anew: the groups of pictures were others"

try "$work/photos" --group=similar
ok "pictures that look the same are groups" out_has "groups (--group=similar)"
ok "what is found and what is not is said" eval 'tr -s "\n " " " <"$work/out" | grep -qE "pictures look like another one: the same picture, saved again, resized or hardly changed; turned, mirrored and cropped ones, and almost plain ones, are not found"'
try "$work/photos" --group='patient(%d+)'
ok "a pattern that matches nothing is an error that names a path" eval 'status_is 1 && err_has "--group: the pattern '"'patient(%d+)'"' does not match any of 60 paths, such as '"'apple/01.png'"'"'
try "$work/photos" --group='^%l+'
ok "so are groups that leave nothing for validation" eval 'status_is 1 && err_has "split: val would be empty: it should get 12 of the 60 pictures, and the smallest of 3 groups has 20"'

finish
