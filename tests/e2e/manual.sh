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
finish
