#!/usr/bin/env bash
# Compares this project with PyTorch (Debian's python3-torch, OpenBLAS) on this machine, and appends the tables, with machine and commit,
# to bench/RESULTS.md. Run it on an otherwise idle machine.
#   bench/vs_pytorch.sh [--seconds 10] [--only training|inference]   the time of a step, and of inference
#   bench/vs_pytorch.sh quality FILE.h5 [--threads 2] [--limit 600]   the time to R² 0.80 (time_to_quality.py)
set -euo pipefail
cd "$(dirname "$0")/.."
script=vs_pytorch.py
packages=(python3-torch libopenblas0-pthread)
if [ "${1:-}" = quality ]; then
  shift
  script=time_to_quality.py
  packages+=(python3-h5py)
fi
./scripts/setup.sh --tests
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'install ok installed' ||
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" > /dev/null
done
machine="$(date -u +%F), commit $(git describe --always --dirty), $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | xargs), $(nproc) cores, OpenBLAS"
common=(--machine "$machine" --results bench/RESULTS.md)
./unet-spikes --version > /dev/null # Builds, outside the measurement.
if [ $script = vs_pytorch.py ]; then
  dotnet build bench -c Release -v quiet --nologo
  common+=(--bench artifacts/bin/UnetSpikes.Bench/release/UnetSpikes.Bench --product ./unet-spikes)
fi
export PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=python
exec /usr/bin/python3 "bench/$script" "${common[@]}" "$@"
