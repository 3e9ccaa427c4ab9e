# shellcheck shell=sh disable=SC2034 # used by those that read this
# What the lints share: their places and their results in TAP, one point a rule.
# Run by make check; by hand from the top of the source: tests/lint/layers

source_top=${IPTALLY_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
build_top=${IPTALLY_BUILD:-$source_top}
rules=0

# The whole lint has nothing to work with: one plain line, and not a failure.
skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

# rule NAME FINDINGS: passes where there are no findings; they are shown as they are.
rule() {
    rules=$((rules + 1))
    if [ -z "$2" ]; then
        echo "ok $rules - $1"
    else
        echo "not ok $rules - $1"
        echo "$2" | sed 's/^/# /'
    fi
}

skip_rule() {
    rules=$((rules + 1))
    echo "ok $rules - $1 # SKIP $2"
}

# Every lint ends with this: a lint that died before it is an error.
end_of_rules() {
    echo "1..$rules"
}
