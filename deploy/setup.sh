#!/usr/bin/env bash
# Make this checkout runnable: system packages, .venv, pinned Python packages, Linli itself.
#
# Sourced by deploy/demo and tests/run, which call `set_up demo` or `set_up dev`; run by hand it does the same:
# deploy/setup.sh [demo|dev]. A second call finds its stamp and returns at once. Nothing outside the checkout is
# changed except by apt-get, and that only as root or where sudo asks for no password.

ROOT="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)"
VENV="$ROOT/.venv"
CACHE="$ROOT/.cache"
SBIN=/usr/local/sbin:/usr/sbin:/sbin # where Debian puts mosquitto; a user's PATH may leave these out
unset PYTHONHOME PYTHONPATH          # another Python's libraries have no place in ours
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

say() { # say ENGLISH CHINESE
    case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in
    zh*) printf '%s\n' "$2" ;;
    *) printf '%s\n' "$1" ;;
    esac
}

fail() { # fail ENGLISH CHINESE
    say "$1" "$2" >&2
    exit 1
}

# --- system packages -------------------------------------------------------------------------------------------------

has_program() { PATH="$PATH:$SBIN" command -v "$1" >/dev/null 2>&1; }

as_root() { # prints the words that make a command run as root; fails where there are none
    if [ "$(id -u)" = 0 ]; then
        echo env
    elif has_program sudo && sudo -n true 2>/dev/null; then
        echo "sudo -n env"
    else
        return 1
    fi
}

need_packages() { # need_packages PACKAGE... : all of them installed on return, or exit 1 saying what to type
    local become size
    has_program apt-get || fail \
        "this system has no apt-get; please install: $*" \
        "本系统没有 apt-get,请自行安装:$*"
    become=$(as_root) || fail \
        "missing: $*. Without root this cannot be installed from here; please run: sudo apt-get install $*" \
        "缺少:$*。当前用户无 root 权限,请先运行:sudo apt-get install $*"
    size=$(download_size "$@")
    if [ -z "$size" ]; then
        run_quietly "$become" apt-get -q -o DPkg::Lock::Timeout=120 update || true # what follows says what is wrong
        size=$(download_size "$@")
    fi
    say "      apt-get install $* (${size:-size unknown})" "      apt-get install $*(${size:-大小未知})"
    if ! try_install "$become" "$@"; then
        # The lists may name versions that the archive has replaced since.
        run_quietly "$become" apt-get -q -o DPkg::Lock::Timeout=120 update || true
        try_install "$become" "$@" || fail \
            "apt-get could not install $*; its words are in $CACHE/setup.log" \
            "apt-get 无法安装 $*,详情见 $CACHE/setup.log"
    fi
}

download_size() { # e.g. "94.2 kB"; empty while apt does not know the packages
    LC_ALL=C apt-get install --assume-no --no-install-recommends "$@" 2>/dev/null |
        sed -n -E 's/^Need to get ([0-9.,]+ [kMG]?B).*/\1/p' || true # apt "fails" because we answered no
}

try_install() {
    local become=$1
    shift
    run_quietly "$become" DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 install -y \
        --no-install-recommends "$@"
}

run_quietly() { # run_quietly PREFIX COMMAND... : output to the log
    local prefix=$1
    shift
    # The prefix is one or more words on purpose.
    # shellcheck disable=SC2086
    $prefix "$@" >>"$CACHE/setup.log" 2>&1 </dev/null
}

still_system_broker() { # Debian's mosquitto package switches on a broker of its own on port 1883; we asked for none
    local become
    become=$(as_root) || return 0
    if [ -d /run/systemd/system ]; then
        run_quietly "$become" systemctl disable --now mosquitto.service || return 0
    elif [ -x /etc/init.d/mosquitto ]; then
        run_quietly "$become" /etc/init.d/mosquitto stop || true
        run_quietly "$become" PATH="$PATH:$SBIN" update-rc.d mosquitto disable || return 0
    fi
    say "      the broker service that came with it is switched off again; Linli starts its own" \
        "      随包启用的系统 broker 服务已关闭;Linli 使用自己的进程"
}

# --- Python ----------------------------------------------------------------------------------------------------------

find_python() { # find_python MODULES : prints the first 64-bit Python >= 3.11 that can import them
    local name found
    for name in python3 /usr/bin/python3 python3.13 python3.12 python3.11 python3.14; do
        command -v "$name" >/dev/null 2>&1 || continue
        # The base executable: inside somebody's virtual environment, and behind a version manager's wrapper.
        found=$("$name" -c "import sys, $1
print(sys._base_executable if sys.version_info >= (3, 11) and sys.maxsize > 2**32 else '')" 2>/dev/null) || continue
        if [ -n "$found" ]; then
            printf '%s\n' "$found"
            return 0
        fi
    done
    return 1
}

check_python() { # Debian's python3-venv brings a Python of its own where there is none; it cannot mend an old one
    if find_python sys >/dev/null || ! command -v python3 >/dev/null 2>&1; then return 0; fi
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail \
        "Python 3.11 or newer is needed; here is $(python3 -V 2>&1)" \
        "需要 Python 3.11 或更新版本;当前为 $(python3 -V 2>&1)"
    # Found here, not hours later while NumPy compiles.
    fail "a 64-bit system is needed: NumPy and OpenCV have no packages for this 32-bit Python" \
        "需要 64 位系统:NumPy 和 OpenCV 没有 32 位软件包"
}

is_venv_good() { # the commands in .venv/bin name their Python by its full path: a moved checkout needs new ones
    "$VENV/bin/python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 &&
        [ "$(cat "$VENV/.linli-place" 2>/dev/null || echo "$ROOT")" = "$ROOT" ]
}

make_venv() {
    local python
    if is_venv_good; then return 0; fi
    python=$(find_python ensurepip,venv) || fail \
        "no Python here can make virtual environments; please install: python3-venv" \
        "没有可用的 Python 虚拟环境功能,请安装:python3-venv"
    "$python" -m venv --clear "$VENV" >>"$CACHE/setup.log" 2>&1 || fail \
        "the virtual environment could not be made in $VENV; see $CACHE/setup.log" \
        "无法在 $VENV 建立虚拟环境,详情见 $CACHE/setup.log"
    printf '%s\n' "$ROOT" >"$VENV/.linli-place"
}

pip_install() { # pip_install ARGUMENTS... : big downloads are shown with their size, the rest goes to the log
    rm -f -- "$CACHE/pip.failed"
    { "$VENV/bin/python" -m pip install --progress-bar off "$@" 2>&1 </dev/null || touch "$CACHE/pip.failed"; } |
        tee -a "$CACHE/setup.log" | sed -u -n -E 's/^ *(Downloading .*[0-9] MB\).*)/      \1/p'
    [ -e "$CACHE/pip.failed" ] || return 0
    grep -E '^ *(ERROR|error):' "$CACHE/setup.log" | tail -n 3 >&2 || true
    fail "pip failed; is there a network? Its words are in $CACHE/setup.log" \
        "pip 失败,请检查网络;详情见 $CACHE/setup.log"
}

# --- the whole -------------------------------------------------------------------------------------------------------

fingerprint() { # what a stamp must say to be good: pinned versions, our own metadata, this script, this place
    { cat -- "$ROOT"/requirements/*.lock "$ROOT/pyproject.toml" "$ROOT/deploy/setup.sh" && printf '%s' "$ROOT"; } |
        sha256sum | cut -d ' ' -f 1
}

is_set_up() { # is_set_up PROFILE FINGERPRINT : the tests' packages contain the demo's
    local profile
    [ -x "$VENV/bin/python" ] || return 1
    for profile in "$1" dev; do
        [ "$(cat "$VENV/.linli-$profile" 2>/dev/null)" != "$2" ] || return 0
    done
    return 1
}

missing_packages() { # the Debian packages we cannot do without, one a line
    is_venv_good || find_python ensurepip,venv >/dev/null || echo python3-venv
    has_program mosquitto || echo mosquitto
}

set_up() { # set_up demo|dev : returns with everything in place, or exits 1 with the reason
    local print missing
    print=$(fingerprint)
    if is_set_up "$1" "$print" && has_program mosquitto; then return 0; fi
    mkdir -p -- "$CACHE" 2>/dev/null || true
    if [ ! -w "$CACHE" ] || [ ! -w "$ROOT" ]; then
        fail "this user may not write to $ROOT" "当前用户不能写入 $ROOT"
    fi
    exec 9>"$CACHE/setup.lock"
    flock -n 9 || { say "another set-up is running here; waiting for it" "另一个安装正在进行,等待中" && flock 9; }
    : >"$CACHE/setup.log"
    check_python
    say "[1/4] system packages" "[1/4] 系统软件包"
    mapfile -t missing < <(missing_packages)
    if [ "${#missing[@]}" -gt 0 ]; then
        need_packages "${missing[@]}"
        case " ${missing[*]} " in *" mosquitto "*) still_system_broker ;; esac
    fi
    if ! is_set_up "$1" "$print"; then install_python_packages "$1" "$print"; fi
    exec 9>&-
}

install_python_packages() { # install_python_packages PROFILE FINGERPRINT
    say "[2/4] virtual environment: $VENV" "[2/4] 虚拟环境:$VENV"
    make_venv
    case "$1" in
    demo) say "[3/4] Python packages (up to 130 MB, once; seconds to minutes by the network)" \
        "[3/4] Python 软件包(最多 130 MB,仅此一次,时间取决于网速)" ;;
    *) say "[3/4] Python packages and tools for the tests (up to 230 MB, once)" \
        "[3/4] Python 软件包与测试工具(最多 230 MB,仅此一次)" ;;
    esac
    pip_install --require-hashes --only-binary :all: \
        -r "$ROOT/requirements/$1.lock" -r "$ROOT/requirements/build.lock"
    say "[4/4] Linli itself: linli-edge and linli-hub in .venv/bin" "[4/4] 安装 Linli:.venv/bin 中的 linli-edge 与 linli-hub"
    pip_install --no-deps --no-build-isolation --no-index -e "$ROOT"
    printf '%s\n' "$2" >"$VENV/.linli-$1"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set -euo pipefail
    set_up "${1:-demo}"
    say "ready" "就绪"
fi
