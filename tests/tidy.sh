#!/bin/sh
# tidy.sh FILE... -- FLAGS... - clang-tidy over the files, two at a time; fails when it has something to say.
set -eu
files=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    files="$files $1"
    shift
done
# shellcheck disable=SC2086
printf '%s\n' $files | xargs -P "$(nproc)" -n 4 sh -c 'flags=$1; shift; clang-tidy --quiet "$@" -- $flags 2>/dev/null' sh "$(shift; echo "$*")"
