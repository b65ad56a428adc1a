#!/bin/sh
# arrows.sh BUILD - fails when an arrow of the house points up or leads back: a folder of runtime/ that includes what
# stands above it or what another folder keeps to itself, a header that is its folder's own and does not say so, a file of
# runtime/ that knows Lua, files that need each other in a circle. What a C file needs is what nm finds undefined in its
# object (in BUILD) and what it includes; what a Lua file needs is what it requires, at once or later.
set -eu
cd "$(dirname "$0")/.."
build=$1
found=$(mktemp)
trap 'rm -f "$found"' EXIT

# Every folder of the runtime, and which one it stands on: it sees that one and what that one sees.
rooms='
base
tensor    base
autograd  tensor
nn        autograd
optim     autograd
image     tensor
augment   image
draw      image
data      augment
metrics   tensor
io        tensor
writers   image
'

# "FILE INCLUDED", with the folder, for what is included by name from the folder's own tree.
includes() {
    grep -rHE '^ *# *include "' "$1" --include='*.[ch]' | sed -E 's/^([^:]+):[^"]*"([^"]+)".*/\1 \2/' |
        while read -r file name; do
            for at in "$1/$name" "${file%/*}/$name"; do
                if [ -e "$at" ]; then echo "$file $at includes" && break; fi
            done
        done
}

point_up() {
    includes runtime | awk -v rooms="$rooms" '
        BEGIN {
            n = split(rooms, line, "\n")
            for (i = 1; i <= n; i++) {
                split(line[i], word, " ")
                for (below = word[1]; below != ""; below = on[below]) {
                    sees[word[1], below]
                    if (below == word[1]) on[below] = word[2]
                }
            }
        }
        {
            split($1, from, "/"); split($2, to, "/")
            if (!(to[3])) next
            if (from[3] && !((from[2], to[2]) in sees))
                printf "%s includes %s: %s/ does not stand on %s/\n", $1, $2, from[2], to[2]
            else if (from[2] != to[2] && to[3] ~ /_(private|kernel)\.h$/)
                printf "%s includes %s, which is private to %s/\n", $1, $2, to[2]
        }'
    grep -rnE '^ *# *include *[<"](lua|lauxlib|lualib)' runtime | sed 's/:.*/ includes Lua/' || true
}

# Headers that are for their folder alone, without saying so in their names: no other folder includes them, and
# mlprun.h, which reaches all that is installed, does not.
unnamed() {
    includes runtime | awk '
        {
            split($1, from, "/"); split($2, to, "/")
            if ($1 ~ /\.h$/) next_of[$1] = next_of[$1] " " $2
            header[$2]
            if (from[2] != to[2]) shared[$2]
        }
        function walk(at,   list, i, n) {
            if (at in public) return
            public[at]
            n = split(next_of[at], list, " ")
            for (i = 1; i <= n; i++) walk(list[i])
        }
        END {
            walk("runtime/mlprun.h")
            for (h in header)
                if (!(h in public) && !(h in shared) && h !~ /_(private|kernel)\.h$/)
                    print h " is included in its own folder only, and not named _private"
        }'
}

# "OBJECT OBJECT SYMBOL" for every symbol that one object of a folder finds in another.
symbols() {
    find "$build/$1" -name '*.o' | sort | while read -r object; do
        source=${object#"$build/"}
        [ -e "${source%.o}.c" ] || continue # the file is gone
        nm -g "$object" | awk -v object="$source" '{ print object, $(NF - 1), $NF }'
    done | awk '
        { sub(/\.o$/, ".c", $1) }
        $2 ~ /^[TDBRVWCG]$/ { at[$3] = $1 }
        $2 == "U" { file[++n] = $1; needs[n] = $3 }
        END { for (i = 1; i <= n; i++) if (needs[i] in at && at[needs[i]] != file[i]) print file[i], at[needs[i]], needs[i] }'
}

# "FILE FILE requires" for the modules that a Lua file names. Where it puts a name together ("mlprun.nn." .. file), these
# are the files of that folder whose own name stands in quotes as well.
requires() {
    find scripts -name '*.lua' | xargs awk '{
        sub(/--.*/, "")
        gsub(/[ ({,=]\047[^\047]*\047/, " ") # Lua that is a text
        while (match($0, /(require *\(?"mlprun|"mlprun\.[a-z_.]+)"/)) {
            name = substr($0, RSTART, RLENGTH - 1)
            sub(/.*"mlprun\.?/, "", name)
            gsub(/\./, "/", name)
            print FILENAME, "scripts/" name
            $0 = substr($0, RSTART + RLENGTH)
        }
    }' | while read -r file at; do
        case $at in
            scripts/) echo "$file scripts/init.lua requires" ;;
            */) for f in "$at"*.lua; do
                    if grep -q "\"$(basename "$f" .lua)\"" "$file"; then echo "$file $f requires"; fi
                done ;;
            *) for f in "$at.lua" "$at/init.lua"; do
                    if [ -e "$f" ]; then echo "$file $f requires"; fi
                done ;;
        esac
    done
}

# Reads "FROM TO WHAT" and prints every set of files that can all be reached from each other, with what leads round.
circles() {
    sort -u | awk '
        { if (!(($1, $2) in why)) next_of[$1] = next_of[$1] " " $2; why[$1, $2] = why[$1, $2] " " $3; node[$1]; node[$2] }
        function walk(from, at,   list, i, n) {
            n = split(next_of[at], list, " ")
            for (i = 1; i <= n; i++) if (!((from, list[i]) in reach)) { reach[from, list[i]]; walk(from, list[i]) }
        }
        END {
            for (a in node) walk(a, a)
            for (a in node) {
                if (!((a, a) in reach) || a in told) continue
                print "a circle of files:"
                for (b in node) if ((a, b) in reach && (b, a) in reach) {
                    told[b]
                    n = split(next_of[b], list, " ")
                    for (i = 1; i <= n; i++) if ((list[i], b) in reach) print "    " b " -> " list[i] ":" why[b, list[i]]
                }
            }
        }'
}

{
    point_up
    unnamed
    for folder in runtime bindings; do
        includes "$folder" | circles
        symbols "$folder" | circles
    done
    requires | circles
} >"$found"
cat "$found"
[ ! -s "$found" ]
