#!/bin/sh
# get.sh - gets the packages that vendor/packages.txt names.
#
#   get.sh missing KIND...   prints those that are not installed; KIND: tool, build, test, lint, sanitize,
#                            cluster
#   get.sh check KIND...     fails and says what to do when one is missing
#   get.sh install KIND...   installs them with apt; asks first on a terminal (not with CI=true)
#   get.sh local KIND...     without root: downloads and unpacks libraries into vendor/prefix, which the Makefile finds
#   get.sh libdir | pkgconfig   where libraries and .pc files are in vendor/prefix
set -eu
here=$(cd "$(dirname "$0")" && pwd)
prefix=$here/prefix
action=${1:-}
[ $# -gt 0 ] && shift

packages() {
    for kind in "$@"; do awk -v kind="$kind" '$1 == kind { print $2 }' "$here/packages.txt"; done
}

installed() {
    dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii' || [ -e "$prefix/.unpacked/$1" ]
}

missing() {
    for package in $(packages "$@"); do installed "$package" || echo "$package"; done
}

tell() { # what somebody can do whom apt cannot help
    list=$(echo "$1" | tr '\n' ' ')
    echo "mlprun needs packages that are not installed:" >&2
    echo >&2
    echo "    sudo apt-get install -y --no-install-recommends $list" >&2
    echo >&2
    echo "Without root, where a compiler, make and pkg-config are installed:" >&2
    echo "    vendor/get.sh local build test   (downloads and unpacks the libraries into vendor/prefix)" >&2
}

if ! command -v dpkg-query >/dev/null 2>&1; then
    case $action in
    check | install)
        echo "mlprun: this is not a Debian system, so the packages are taken on trust; the names there are:" >&2
        echo "    $(packages "$@" | tr '\n' ' ')" >&2
        exit 0
        ;;
    esac
fi

case $action in
missing)
    missing "$@"
    ;;
check)
    list=$(missing "$@")
    [ -z "$list" ] && exit 0
    tell "$list"
    echo "(or \`make deps\`, which does the first of these)" >&2
    exit 1
    ;;
install)
    list=$(missing "$@")
    [ -z "$list" ] && exit 0
    if ! command -v apt-get >/dev/null 2>&1; then
        tell "$list"
        exit 1
    fi
    as_root=
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    if [ -n "$as_root" ] && ! command -v sudo >/dev/null 2>&1; then
        tell "$list"
        exit 1
    fi
    if [ "${CI:-}" != true ] && [ -t 0 ]; then
        echo "mlprun needs: $(echo "$list" | tr '\n' ' ')"
        printf 'Install them with apt-get now? [Y/n] '
        read -r answer
        case $answer in
        '' | y | Y | yes) ;;
        *)
            tell "$list"
            exit 1
            ;;
        esac
    elif [ "${CI:-}" != true ] && [ -n "$as_root" ]; then # nobody can answer, nor type a password
        tell "$list"
        exit 1
    fi
    # shellcheck disable=SC2086
    {
        $as_root apt-get install -y --no-install-recommends $list ||
            { $as_root apt-get update && $as_root apt-get install -y --no-install-recommends $list; }
    } || {
        tell "$list"
        exit 1
    }
    ;;
local)
    mkdir -p "$prefix/.unpacked" "$prefix/.download"
    list=$(missing "$@")
    [ -z "$list" ] && exit 0
    # everything they depend on that this machine lacks comes along
    # shellcheck disable=SC2086
    if ! uris=$(apt-get install -y --no-install-recommends --print-uris $list); then
        echo "apt knows no such packages: its lists are empty or old. \`apt-get update\` (as root) fetches them." >&2
        exit 1
    fi
    for package in $(echo "$uris" | sed -n "s/^'[^']*' \([^_]*\)_.*/\1/p"); do
        [ -e "$prefix/.unpacked/$package" ] && continue
        (cd "$prefix/.download" && apt-get download "$package")
        dpkg-deb -x "$prefix/.download/$package"_*.deb "$prefix"
        : >"$prefix/.unpacked/$package"
        echo "unpacked $package"
    done
    rm -rf "$prefix/.download"
    for program in cc make; do # these cannot be unpacked just anywhere
        command -v $program >/dev/null 2>&1 || echo "still missing: $program (packages gcc, libc6-dev, make)" >&2
    done
    ;;
libdir)
    set -- "$prefix"/usr/lib/*-linux-gnu
    folders=$1:$1/openblas-pthread
    set -- "$prefix"/lib/*-linux-gnu # some packages have not moved to usr/
    [ ! -e "$1" ] || folders=$folders:$1
    echo "$folders"
    ;;
pkgconfig)
    set -- "$prefix"/usr/lib/*-linux-gnu
    echo "$1/pkgconfig:$1/openblas-pthread/pkgconfig:$prefix/usr/share/pkgconfig"
    ;;
*)
    sed -n '2,10s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
