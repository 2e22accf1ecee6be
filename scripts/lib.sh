# Shared by demo.sh and test.sh: a virtual environment with the project in it, made once and remade when pyproject.toml changes.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

find_python() {
    for name in "${PYTHON:-}" python3.13 python3.12 python3.11 python3 python; do
        if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    echo "stance needs Python 3.11 or newer; install it, or name it: PYTHON=/path/to/python3.11 bash $0" >&2
    exit 2
}

# make_environment EXTRAS: leaves the environment's interpreter in $python
make_environment() {
    local extras="$1" venv="${STANCE_VENV:-$root/.venv}" stamp want
    python="$venv/bin/python"
    stamp="$venv/.stance-$extras"
    want="$(cksum <"$root/pyproject.toml")"
    if [ -x "$python" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then
        return
    fi
    local base
    base="$(find_python)"
    echo "Setting up $venv (once; some minutes, mostly downloads) ..." >&2
    [ -x "$python" ] || "$base" -m venv "$venv"
    "$python" -m pip install --quiet --disable-pip-version-check -e "$root${extras:+[$extras]}" >&2
    echo "$want" >"$stamp"
}
