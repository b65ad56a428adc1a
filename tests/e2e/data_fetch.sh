# mlprun data fetch: from a package that this test makes, with an apt-get of its own; nothing is downloaded.
. tests/e2e/lib.sh

mlprun data
ok "data alone has status 2 and shows its usage" eval 'status_is 2 && err_has "mlprun data fetch NAME"'
mlprun data fetch
ok "fetch without a name has status 2" status_is 2
mlprun data fetch emoji --frobnicate
ok "an unknown option is named" eval 'status_is 2 && err_has "--frobnicate"'
mlprun data --help
ok "data --help has status 0" eval 'status_is 0 && out_has fashion-mnist && silent'
mlprun data fetch emojis
ok "a misspelt name is corrected" eval 'status_is 1 && err_has "did you mean '\''emoji'\''?"'
mlprun data fetch emoji "--to=$work/x" --from "$work/absent.deb"
ok "a missing .deb is named" eval 'status_is 1 && err_has "there is no file" && [ ! -e "$work/x" ]'

if ! command -v dpkg-deb >/dev/null; then
    skip "fetching a package" "no dpkg-deb"
    finish
    exit
fi

# Two pictures for each of two classes, one category that is left out, and one picture for each of the others.
gem=$work/package/usr/share/rubygems-integration/all/gems/gemojione-9.9
mkdir -p "$gem/assets/png" "$gem/config" "$work/package/DEBIAN"
printf 'Package: ruby-gemojione\nVersion: 9.9\nArchitecture: all\nMaintainer: Nobody <nobody@example.org>\nDescription: test\n' \
    >"$work/package/DEBIAN/control"
{
    printf '{'
    i=0
    for class in activity activity flags flags food nature objects people symbols travel modifier; do
        i=$((i + 1))
        code=1F60$i
        printf 'not decoded here' >"$gem/assets/png/$code.png"
        [ $i -gt 1 ] && printf ','
        printf '"name%d":{"unicode":"%s","category":"%s"}' $i "$code" "$class"
    done
    printf '}'
} >"$gem/config/index.json"
dpkg-deb --build --root-owner-group "$work/package" "$work/ruby-gemojione_9.9_all.deb" >/dev/null
mkdir "$work/bin"
cat >"$work/bin/apt-get" <<S
#!/bin/sh
[ "\$1 \$2" = "download ruby-gemojione" ] || exit 100
[ -e "$work/offline" ] && { echo "E: Failed to fetch ruby-gemojione: no route to host" >&2; exit 100; }
cp "$work/ruby-gemojione_9.9_all.deb" .
S
chmod +x "$work/bin/apt-get"
PATH=$work/bin:$PATH
XDG_DATA_HOME="$work/home with 'quotes'"
export PATH XDG_DATA_HOME
set_folder=$XDG_DATA_HOME/mlprun/emoji

touch "$work/offline"
mlprun data fetch emoji
ok "offline has status 1 and shows what apt-get said" eval 'status_is 1 && err_has "no route to host"'
ok "offline says how to go on by hand" err_has "mlprun data fetch emoji --from=FILE.deb"
ok "a failed fetch leaves nothing" eval '[ -z "$(ls -A "$XDG_DATA_HOME/mlprun")" ]'
cat >"$work/open.lua" <<'L'
local data = require "mlprun.data"
print(#data.open(data.default()))
L
mlprun "$work/open.lua"
ok "opening the default before it was fetched says how" err_has 'mlprun data fetch emoji'

rm "$work/offline"
mlprun data fetch emoji
ok "pictures that are not those that are known are refused, with both sums" eval 'status_is 1 && err_has "their SHA-256 is" && err_has "expected d7b869cea888406d"'
ok "the option that takes them is said" err_has "--any-version"
ok "nothing of them stays" eval '[ -z "$(ls -A "$XDG_DATA_HOME/mlprun")" ]'
mlprun data fetch emoji --any-version
ok "fetch gets the package and sorts it" eval 'status_is 0 && out_has "10 pictures in 8 classes"'
ok "each class is a folder" eval '[ "$(ls "$set_folder" | tr "\n" " ")" = "about.txt activity flags food nature objects people symbols travel " ]'
ok "each picture is in its class" [ -f "$set_folder/flags/1F604.png" ]
ok "nothing else is left" eval '[ "$(ls -A "$XDG_DATA_HOME/mlprun")" = emoji ]'
mlprun data fetch emoji
ok "a second fetch has nothing to do" eval 'status_is 0 && out_has "already there"'
mlprun "$work/open.lua"
ok "the default opens then" grep -qx 10 "$work/out"

mkdir -p "$work/mine" && echo keep >"$work/mine/file"
mlprun data fetch emoji --to "$work/mine"
ok "a folder with other things is left alone" eval 'status_is 1 && err_has "remove it, or choose another place" && [ -f "$work/mine/file" ]'
mkdir "$work/empty"
mlprun data fetch emoji "--to=$work/empty/" --any-version --from "$work/ruby-gemojione_9.9_all.deb"
ok "--from and --to put a package that is here anywhere" eval 'status_is 0 && [ -f "$work/empty/about.txt" ]'
echo broken >"$work/broken.deb"
mlprun data fetch emoji "--to=$work/y" --from "$work/broken.deb"
ok "a broken package is an error that names it" eval 'status_is 1 && err_has "broken.deb" && [ ! -e "$work/y" ]'
ln -s /etc "$gem/assets/away"
dpkg-deb --build --root-owner-group "$work/package" "$work/links.deb" >/dev/null
mlprun data fetch emoji "--to=$work/y" --any-version --from "$work/links.deb"
ok "a package with a link is refused" eval 'status_is 1 && err_has "holds a link" && err_has "/assets/away" && [ ! -e "$work/y" ]'
rm -r "$gem/assets"
dpkg-deb --build --root-owner-group "$work/package" "$work/other.deb" >/dev/null
mlprun data fetch emoji "--to=$work/y" --from "$work/other.deb"
ok "a package without its pictures is an error" eval 'status_is 1 && err_has "cannot rename" && [ ! -e "$work/y" ]'

finish
