#!/bin/sh
# Makes ./configure from configure.ac and Makefile.am. Needed once in a checkout; a release has it.
set -eu

cd "$(dirname "$0")"

missing=
for tool in autoconf automake aclocal; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
if command -v aclocal >/dev/null 2>&1; then
    # pkg.m4 teaches configure to ask pkg-config; without it configure would be made but not work.
    found=
    for folder in $(aclocal --print-ac-dir) /usr/share/aclocal /usr/local/share/aclocal \
        $(echo "${ACLOCAL_PATH:-}" | tr : ' '); do
        [ ! -f "$folder/pkg.m4" ] || found=yes
    done
    [ -n "$found" ] || missing="$missing pkg-config"
fi
if [ -n "$missing" ]; then
    {
        echo "autogen.sh: missing:$missing"
        echo "  Debian: apt-get install autoconf automake pkg-config"
        echo "  Fedora: dnf install autoconf automake pkgconf-pkg-config"
    } >&2
    exit 1
fi

mkdir -p build-aux
autoreconf --install --warnings=all
