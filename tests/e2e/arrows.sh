# What tests/arrows.sh notices: a small house is built, and each mistake in it must be told.
. tests/e2e/lib.sh

compiler=$(sed 's/ -.*//' "$TEST_BUILD/flags")
house=$work/house

# The house without a mistake: two folders of the runtime, a binding, two files of Lua.
build() {
    rm -rf "$house"
    mkdir -p "$house/tests" "$house/runtime/base" "$house/runtime/tensor" "$house/bindings" "$house/scripts/base"
    cp tests/arrows.sh "$house/tests"
    cd "$house" || exit
    printf '#include "tensor/tensor.h"\n' >runtime/mlprun.h
    printf 'int low(void);\n' >runtime/base/base.h
    printf 'int own(void);\n' >runtime/base/own_private.h
    printf '#include "base/base.h"\nint high(void);\n' >runtime/tensor/tensor.h
    printf '#include "base/own_private.h"\nint own(void) { return 1; }\n' >runtime/base/own.c
    printf '#include "base/base.h"\n#include "base/own_private.h"\nint low(void) { return own(); }\n' >runtime/base/base.c
    printf '#include "tensor/tensor.h"\nint high(void) { return low(); }\n' >runtime/tensor/tensor.c
    printf '#include "tensor/tensor.h"\nint bind(void);\nint bind(void) { return high(); }\n' >bindings/tensor.c
    printf 'return {}\n' >scripts/base/words.lua
    printf 'return require "mlprun.base.words"\n' >scripts/base/names.lua
    cd "$OLDPWD" || exit
}

# Compiles the house and looks at it.
look() {
    (
        cd "$house" || exit
        for source in runtime/*/*.c bindings/*.c; do
            mkdir -p "build/${source%/*}"
            $compiler -Iruntime -c -o "build/${source%.c}.o" "$source" || exit
        done
        tests/arrows.sh build
    ) >"$work/out" 2>"$work/err"
    status=$?
}

# notices NAME FILE LINES SENTENCE [NEW-FILE LINES]: the lines, put in front of the file, are told with the sentence.
notices() {
    build
    printf '%s\n' "$3" | cat - "$house/$2" >"$work/changed"
    mv "$work/changed" "$house/$2"
    if [ $# -gt 4 ]; then printf '%s\n' "$6" >"$house/$5"; fi
    sentence=$4
    look
    ok "$1" eval 'status_is 1 && silent && out_has "$sentence"'
}

build
look
ok "a house without a mistake" eval 'status_is 0 && silent && [ ! -s "$work/out" ]'
notices "an include that points up" runtime/base/base.c '#include "tensor/tensor.h"' \
    "runtime/base/base.c includes runtime/tensor/tensor.h: base/ does not stand on tensor/"
notices "what another folder keeps to itself" runtime/tensor/tensor.c '#include "base/own_private.h"' \
    "runtime/tensor/tensor.c includes runtime/base/own_private.h, which is private to base/"
notices "a runtime that knows Lua" runtime/base/own.c '#if 0
#include <lua.h>
#endif' "runtime/base/own.c includes Lua"
notices "headers in a circle" runtime/base/own_private.h '#pragma once
#include "base/base.h"
#include "base/loop_private.h"' "a circle of files:" runtime/base/loop_private.h '#pragma once
#include "base/own_private.h"'
notices "objects in a circle" runtime/base/own.c 'int low(void);
int (*back)(void) = low;' "runtime/base/own.c -> runtime/base/base.c: low"
notices "bindings in a circle" bindings/tensor.c 'int more(void);
int (*other)(void) = more;' "bindings/more.c -> bindings/tensor.c: bind" bindings/more.c 'int bind(void);
int more(void);
int more(void) { return bind(); }'
notices "Lua files in a circle" scripts/base/words.lua 'local later = function() return require "mlprun.base.names" end' \
    "scripts/base/words.lua -> scripts/base/names.lua: requires"
notices "a private header without the name" runtime/base/own.c '#include "base/secret.h"' \
    "runtime/base/secret.h is included in its own folder only, and not named _private" runtime/base/secret.h \
    'int secret(void);'
finish
