#!/usr/bin/env bash
# Installs what is missing: the HDF5 library and the npm packages of the lock file; with --tests, what only tests use too.
# Root is needed only where a Debian package is missing; without it, one line says what to run.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

fail() { echo "error: $*" >&2; exit 1; }

has_hdf5() {
  [ -n "${UNETSPIKES_HDF5_LIBRARY:-}" ] || compgen -G "${CONDA_PREFIX:-/nowhere}/lib/libhdf5.so*" > /dev/null ||
    grep -Eq 'libhdf5(_serial)?\.so(\.(103|200|310|320))? ' <<< "$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p)" # no pipe: -q would break it
}

# The name of the library's package differs: Debian 12 and Ubuntu 22.04, Ubuntu 24.04, Debian 13.
hdf5_package() {
  local name
  for name in libhdf5-103-1 libhdf5-103-1t64 libhdf5-310 libhdf5-103; do
    if apt-cache show "$name" > /dev/null 2>&1; then echo "$name"; return; fi
  done
  echo libhdf5-103-1
}

has_package() { [ "$(dpkg-query -W -f '${Status}' "$1" 2> /dev/null)" = 'install ok installed' ]; }

install_packages() {
  [ "$(uname)" = Linux ] && command -v apt-get > /dev/null ||
    fail "the HDF5 library is missing; install it (brew install hdf5, or your system's package), then run this again"
  local log names=("${@/HDF5/$(hdf5_package)}")
  if [ "$(id -u)" != 0 ]; then
    fail "missing: $*; run: sudo apt-get install -y --no-install-recommends ${names[*]}"
  fi
  echo "installing $* …" >&2
  log="$(apt-get update 2>&1)" || fail "apt-get update failed: $log"
  names=("${@/HDF5/$(hdf5_package)}") # Known only now, on a machine that had no lists.
  log="$(DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${names[@]}" 2>&1)" ||
    fail "apt-get install failed: $log"
}

missing=()
has_hdf5 || missing+=(HDF5)
if [ "${1:-}" = --tests ] && command -v dpkg-query > /dev/null; then
  packages=(python3-onnx python3-protobuf nodejs chromium g++)
  [ "$(id -u)" != 0 ] || packages+=(slurm-wlm munge) # A Slurm of their own is started by tests that run as root.
  for package in "${packages[@]}"; do # Ubuntu's chromium is a snap behind a stub: Chrome serves there.
    has_package "$package" || { [ "$package" = nodejs ] && command -v node > /dev/null; } || { [ "$package" = g++ ] && command -v c++ > /dev/null; } ||
      { [ "$package" = chromium ] && { command -v google-chrome || command -v chromium-browser; } > /dev/null; } || missing+=("$package")
  done
fi
[ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"

dotnet --version > /dev/null 2>&1 || fail "dotnet is missing or too old, expected the .NET 10 SDK (https://dotnet.microsoft.com/download)"
command -v npm > /dev/null || fail "npm is missing; run: sudo apt-get install -y npm"
npm_options=(--ignore-scripts --no-audit --no-fund)
[ "${1:-}" = --tests ] || npm_options+=(--omit=dev)
if [ ! node_modules/.package-lock.json -nt package-lock.json ] || { [ "${1:-}" = --tests ] && [ ! -d node_modules/onnxruntime-node ]; }; then
  echo "installing npm packages …" >&2
  log="$(npm ci "${npm_options[@]}" 2>&1)" || fail "npm ci failed: $log"
  touch node_modules/.package-lock.json
fi
