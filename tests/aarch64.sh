#!/bin/sh
# aarch64.sh [NAME...] - C and Lua tests, or all those whose file name contains a NAME, on AArch64 under emulation.
#
# Needs gcc-aarch64-linux-gnu and qemu-user, and `dpkg --add-architecture arm64 && apt-get update` (as root). The libraries
# are downloaded and unpacked into build-aarch64-root: nothing is installed, and nothing of this machine's packages changes.
# Emulation takes 10 to 50 times as long; TEST_JOBS=1 leaves the machine to others.
set -eu
cd "$(dirname "$0")/.."
build=$PWD/build-aarch64
root=$PWD/build-aarch64-root # beside it: make reads *.d files of the build, and packages have init.d
lib=$root/usr/lib/aarch64-linux-gnu

for program in aarch64-linux-gnu-gcc qemu-aarch64; do
    command -v "$program" >/dev/null || {
        echo "aarch64.sh: $program is missing: apt-get install gcc-aarch64-linux-gnu qemu-user" >&2
        exit 1
    }
done

if [ ! -e "$root/unpacked" ]; then
    mkdir -p "$root" "$root/packages/partial"
    : >"$root/status" # as if nothing were installed: all that they depend on comes along
    # the compiler of messages runs here; what is under test is the library, not a C++ compiler or ps
    list=$(awk '$1 == "build" || $1 == "test" { print $2 }' vendor/packages.txt | grep -vx 'protobuf-c-compiler\|g++\|procps')
    # shellcheck disable=SC2086
    apt-get -q -o Dir::State::status="$root/status" -o APT::Architecture=arm64 -o Dir::Cache::archives="$root/packages" \
        -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=1 \
        install -y --no-install-recommends --download-only $list libc6-dev
    for package in "$root"/packages/*.deb; do dpkg-deb -x "$package" "$root"; done
    # links that begin at / would lead out of the folder; alternatives are made when packages are installed
    find "$root" -type l -lname '/*' | while read -r link; do
        up=$(dirname "${link#"$root"/}" | sed 's|[^/][^/]*|..|g')
        ln -sfn "$up$(readlink "$link")" "$link"
    done
    ln -sf openblas-pthread/libopenblas.so openblas-pthread/libopenblas.so.0 "$lib"
    ln -sf ../openblas-pthread/pkgconfig/openblas.pc "$lib/pkgconfig"
    rm -rf "$root/packages" "$root/status"
    : >"$root/unpacked"
fi

make -j"${TEST_JOBS:-$(nproc)}" B="$build" CC="aarch64-linux-gnu-gcc --sysroot=$root" \
    PKG="env PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR=$lib/pkgconfig:$root/usr/share/pkgconfig pkg-config" \
    RPATH="-Wl,-rpath-link,$lib" all tests
[ $# -gt 0 ] || set -- tests/c/ tests/lua/
MLP_SLOWER=60 UNDER="qemu-aarch64 -L $root" tests/run.sh "$build" "$@"
