# The changes that docs/extending.md shows are applied to a copy of the sources and counted; the copy is built, and the
# examples of the page run on it.
. tests/e2e/lib.sh
root=$PWD
if ! command -v git >/dev/null; then
    skip "the changes of docs/extending.md" "git is not here"
    finish
    exit
fi
mkdir "$work/copy"
cp -a Makefile runtime bindings scripts "$work/copy/"
cp -a vendor "$work/copy/vendor"
cp -a "$TEST_BUILD" "$work/copy/$(basename "$TEST_BUILD")"
awk -v out="$work/change" '/^```diff$/ { n++; on = 1; next } /^```$/ { on = 0 } on { print >(out n ".diff") }' docs/extending.md
# "| a loss | 1 | 4 | 3 |" -> "a loss|1|4", in the order of the changes
sed -n 's/^| *\([^|]*[^| ]\) *| *\([0-9]*\) *| *\([0-9]*\) *| *[0-9]* *|$/\1|\2|\3/p' docs/extending.md >"$work/table"
ok "the table has a row for each change" [ "$(wc -l <"$work/table")" -eq "$(grep -c '^```diff$' docs/extending.md)" ]
n=0
while IFS='|' read -r what files lines; do
    n=$((n + 1))
    change=$work/change$n.diff
    ok "$what applies" git -C "$work/copy" apply --unsafe-paths "$change"
    ok "$what costs what the table says" \
        [ "$files $lines" = "$(grep -c '^diff --git' "$change") $(grep '^+' "$change" | grep -vc '^+++ ')" ]
done <"$work/table"
folder=$(basename "$TEST_BUILD")
case $folder in build-*) san=$(echo "$folder" | sed 's/^build-//; s/-/,/g') ;; *) san= ;; esac
compiler=$(sed 's/ -.*//; 1q' "$TEST_BUILD/flags")
(cd "$work/copy" && make -s CC="$compiler" SAN="$san" B="$folder" all) >"$work/out" 2>"$work/err"
ok "what the changes make builds" [ $? -eq 0 ]
cd "$work" || exit 1
"$work/copy/$folder/mlprun" "$root/tests/manual/run.lua" "$root" docs/extending.md || failures=1
finish
