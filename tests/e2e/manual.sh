# What README.md and docs/ show is run, and what it prints compared: tests/manual/run.lua says how.
. tests/e2e/lib.sh
DEFAULT_PICTURES=$("$MLPRUN" -e 'ml.data.default()')
export DEFAULT_PICTURES
mkdir "$work/bin"
cp "$MLPRUN" "$work/bin/mlprun"
PATH=$work/bin:$PATH
XDG_STATE_HOME=$work/state
export PATH XDG_STATE_HOME
cp -r experiments "$work/experiments"
"$MLPRUN" tests/manual/pictures.lua "$work/photos"
root=$PWD
# docs/extending.md is run by extending.sh, the examples of docs/reference.md by tests/lua/help.lua
pages=$(echo README.md docs/*.md experiments/README.md | sed 's|docs/extending.md||; s|docs/reference.md||')
cd "$work" || exit 1
# shellcheck disable=SC2086
"$MLPRUN" "$root/tests/manual/run.lua" "$root" $pages || failures=1

# Wrong pages must be found wrong.
wrong() {
    printf '%s\n' "$2" >wrong.md
    mlprun "$root/tests/manual/run.lua" . wrong.md
    ok "found: $1" eval 'status_is 1 && out_has "not ok wrong.md:"'
}
wrong "a script that prints something else" '```lua
print(1)
```

```text
2
```'
wrong "a script that fails" '```lua
error("no")
```'
wrong "a row of a table that fails" '| `x` | `undefined_name` | |'
wrong "an answer of the prompt that differs" '```
> 1 + 1
3
```'
wrong "a command that prints something else" '```console
$ echo a
b
```'
wrong "a block of no known kind" '```
some text
```'
finish
