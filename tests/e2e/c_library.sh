# The runtime as a C library: it is installed into a folder, and the program of docs/c-library.md is compiled against that,
# in C and in C++, and run.
. tests/e2e/lib.sh

if [ "$(basename "$TEST_BUILD")" != build ] || [ -d vendor/prefix ]; then
    skip "the library is installed and used" "only a plain build on the system's packages is"
    exit
fi
root=$work/root
# The compiler that the build was made with: another one would make everything anew.
make -s install DESTDIR="$root" PREFIX=/opt/mlprun CC="$(sed 's/ -.*//' "$TEST_BUILD/flags")" >"$work/out" 2>"$work/err"
status=$?
ok "make install puts the library in its place" eval 'status_is 0 && silent'
lib=$root/opt/mlprun/lib
shared=$lib/libmlprun.so

ok "what the library exports begins with mlp_" eval \
    'nm -D --defined-only "$shared" | grep -q " mlp_dataset_divide$" && ! nm -D --defined-only "$shared" | grep -v " mlp_"'
ok "programs ask for it by the first number of its version" eval \
    'readelf -d "$shared" | grep -q "SONAME.*\[libmlprun\.so\.0\]" && [ -e "$lib/libmlprun.so.0" ]'
ok "no header is installed that only the library can use" eval \
    '[ -z "$(find "$root" -name "*_private.h" -o -name "*_kernel.h")" ] && [ -e "$root/opt/mlprun/include/mlprun/base/base.h" ]'

flags() { PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_PATH=$lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH} pkg-config "$@" mlprun; }
ok "pkg-config knows its version" eval '[ "$(flags --modversion)" = "$("$MLPRUN" --version | sed "s/.* //")" ]'

awk '/^```c$/ { inside = 1; next } /^```/ { inside = 0 } inside' docs/c-library.md >"$work/photos.c"
cp "$work/photos.c" "$work/photos.cc"
"$MLPRUN" tests/e2e/pictures.lua "$work/photos" 40

# compiles NAME COMPILER FLAGS...: the program of the page, which then runs.
compiles() {
    named=$1
    shift
    if ! command -v "$1" >/dev/null; then
        skip "the page's program is compiled by $named, and learns" "$1 is not installed"
        return
    fi
    # shellcheck disable=SC2046
    "$@" -Wall -Wextra -Werror -pedantic -o "$work/program" $(flags --cflags --libs) -lm >"$work/out" 2>"$work/err"
    status=$?
    ok "the page's program is compiled by $named" eval 'status_is 0 && silent'
    LD_LIBRARY_PATH=$lib:${LD_LIBRARY_PATH:-} "$work/program" "$work/photos" >"$work/out" 2>"$work/err"
    status=$?
    ok "what $named made of it learns" eval \
        'status_is 0 && silent && awk "/^accuracy on 24 of 120 photos: / { right = \$NF > 0.6 } END { exit !right }" "$work/out"'
}
compiles gcc gcc -std=c11 "$work/photos.c"
compiles clang clang -std=c11 "$work/photos.c"
compiles g++ g++ -std=c++11 "$work/photos.cc"
compiles clang++ clang++ -std=c++11 "$work/photos.cc"

# shellcheck disable=SC2046
gcc -std=c11 -o "$work/program" "$work/photos.c" $(flags --cflags) "$lib/libmlprun.a" \
    $(pkg-config --libs $(flags --print-requires-private)) -lm -pthread >"$work/out" 2>"$work/err"
status=$?
ok "the static library links too" eval 'status_is 0 && silent'
"$work/program" "$work/nowhere" >"$work/out" 2>"$work/err"
status=$?
ok "an error is a sentence" eval 'status_is 1 && err_has "photos: " && err_has "nowhere"'
finish
