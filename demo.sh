#!/usr/bin/env bash
# From a clone to a trained model and its scores: simulates the Lorenz benchmark, trains a minute, exports, infers, decodes.
# Everything goes to runs/demo, which is made anew.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
scripts/setup.sh
./unet-spikes --version > /dev/null # Builds; not a part of the times below.
out=runs/demo
rm -rf "$out"
mkdir -p "$out"
times=()

step() {
  echo "== ./unet-spikes $*" >&2
  local start=${EPOCHREALTIME/[.,]/} ms
  ./unet-spikes "$@"
  ms=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
  times+=("$1=$((ms / 1000)).$((ms % 1000 / 100))")
}

step simulate lorenz --seed 1 --out "$out/lorenz.h5"
step train --config data/config/lorenz.yaml --data "$out/lorenz.h5" --out "$out/train" --max-seconds 60
step export --checkpoint "$out/train/best.safetensors" --out "$out/model.onnx"
step infer --model "$out/model.onnx" --input "$out/lorenz.h5" --out "$out"
step decode --rates "$out/lorenz.rates.h5" --targets "$out/lorenz.h5" --out "$out/decoder.json"
echo
./unet-spikes summary --data "$out/lorenz.h5" --rates "$out/lorenz.rates.h5" --decoder "$out/decoder.json" --times "${times[@]}"
