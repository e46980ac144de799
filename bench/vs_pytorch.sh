#!/usr/bin/env bash
# Times this project against PyTorch (Debian's python3-torch, OpenBLAS) on this machine: bench/vs_pytorch.sh [--seconds 10] [--only training|inference]
# Appends the tables, with machine and commit, to bench/RESULTS.md. Run it on an otherwise idle machine.
set -euo pipefail
cd "$(dirname "$0")/.."
./scripts/setup.sh --tests
for package in python3-torch libopenblas0-pthread; do
  dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'install ok installed' ||
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" > /dev/null
done
dotnet build bench -c Release -v quiet --nologo
machine="$(date -u +%F), commit $(git describe --always --dirty), $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | xargs), $(nproc) cores, OpenBLAS"
export PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=python
exec /usr/bin/python3 bench/vs_pytorch.py --bench artifacts/bin/UnetSpikes.Bench/release/UnetSpikes.Bench --machine "$machine" --results bench/RESULTS.md "$@"
