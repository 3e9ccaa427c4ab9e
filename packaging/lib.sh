# shellcheck shell=sh disable=SC2034 # used by those that read this
# What packaging/quickstart and tests/run share: packages, and building as the tree's owner.
# The reader sets me, its name, and source_top first.
: "${me:?}" "${source_top:?}"

say() {
    echo "$me: $*" >&2
}

die() {
    say "$*"
    exit 1
}

# packages COLUMN GROUP...: the names in one column (2 Debian, 3 Fedora) of packaging/packages.
packages() {
    column=$1
    shift
    for group in "$@"; do
        awk -v group="$group" -v column="$column" '$1 == group { print $column }' \
            "$source_top/packaging/packages"
    done | sort -u | tr '\n' ' '
}

is_installed() {
    dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

missing_packages() {
    for package in "$@"; do
        # pkgconf took over from pkg-config; either will do.
        is_installed "$package" || { [ "$package" = pkg-config ] && is_installed pkgconf; } ||
            printf '%s ' "$package"
    done
}

# Debian starts a service when its package is installed. A policy that says no keeps them down
# (tests start their own, with their own settings), and the machine's own policy comes back.
policy=/usr/sbin/policy-rc.d
forbid_services() {
    allow_services # a run that was killed may have left ours
    if [ -x "$policy" ]; then
        status=0
        "$policy" snmpd start >/dev/null 2>&1 || status=$?
        [ "$status" -ne 101 ] || return 0
        mv "$policy" "$policy.before-iptally"
    fi
    trap allow_services EXIT
    trap 'exit 130' INT TERM HUP
    printf '#!/bin/sh\n# iptally: no service starts while packages are installed\nexit 101\n' \
        >"$policy"
    chmod 755 "$policy"
}

allow_services() {
    ! grep -qs '^# iptally: ' "$policy" || rm -f "$policy"
    [ ! -e "$policy.before-iptally" ] || mv "$policy.before-iptally" "$policy"
    trap - EXIT INT TERM HUP
}

# Nor at the next boot: what was installed for tests alone stays down until somebody wants it.
disable_services() {
    for service in snmpd snmptrapd prometheus softflowd; do
        case " $* " in
        *" $service "*) update-rc.d "$service" disable >/dev/null 2>&1 || : ;;
        esac
    done
}

by_hand() {
    echo "  Debian: apt-get install $(packages 2 "$@")"
    echo "  Fedora: dnf install $(packages 3 "$@")"
}

# install_packages GROUP...: those that are missing; where none is, no network is asked. Elsewhere
# than on Debian nothing is installed: what is missing is named by what wants it.
install_packages() {
    command -v apt-get >/dev/null 2>&1 || return 0
    # shellcheck disable=SC2046 # names of packages, one word each
    missing=$(missing_packages $(packages 2 "$@"))
    [ -n "$missing" ] || return 0
    [ "$(id -u)" -eq 0 ] || die "missing, and only root can install: apt-get install $missing"
    say "installing $missing"
    export DEBIAN_FRONTEND=noninteractive
    forbid_services
    installed=0
    # shellcheck disable=SC2086 # names of packages, one word each
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends \
        -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 $missing; } </dev/null >&2 || installed=$?
    allow_services
    [ "$installed" -eq 0 ] || die "apt-get could not install: $missing"
    # shellcheck disable=SC2086 # names of packages, one word each
    disable_services $missing
}

# Runs a command as whoever owns the source, so that a build under sudo leaves no files of root.
as_owner() {
    owner=$(stat -c %U "$source_top")
    if [ "$(id -u)" -ne 0 ] || [ "$owner" = root ] || ! id "$owner" >/dev/null 2>&1 ||
        ! command -v runuser >/dev/null 2>&1; then
        "$@"
    else
        runuser -u "$owner" -- "$@"
    fi
}
