#!/usr/bin/env bash
# From a clone to a trained model, its scores and a page that shows them: simulates the Lorenz benchmark, trains a minute, exports,
# infers, decodes, reports. With --full the chaotic benchmark too, in about five minutes more. Everything goes to runs/demo, which is made anew.
set -euo pipefail
case "${1:-}" in
  "") full=false ;;
  --full) full=true ;;
  *) echo "error: $1: not an option, expected nothing or --full" >&2; exit 2 ;;
esac
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

# From counts to scores of one benchmark: simulator and configuration have the same name.
benchmark() {
  local name="$1" files="$out/$1"
  step simulate "$name" --seed 1 --out "$files.h5"
  step train --config "data/config/$name.yaml" --data "$files.h5" --out "$files" --max-seconds "$2"
  step export --checkpoint "$files/best.safetensors" --out "$files.onnx"
  step infer --model "$files.onnx" --input "$files.h5" --out "$out"
  step decode --rates "$files.rates.h5" --targets "$files.h5" --out "$files.decoder.json"
  step report "$files" --out "$files.html"
  echo
  ./unet-spikes summary --data "$files.h5" --rates "$files.rates.h5" --decoder "$files.decoder.json" --times "${times[@]}"
  times=()
  pages+=("$PWD/$files.html")
}

pages=()
benchmark lorenz 60
if $full; then benchmark chaotic 300; fi
echo
for page in "${pages[@]}"; do echo "report: $page"; done
