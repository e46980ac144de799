#!/usr/bin/env bash
# Makes the models of this folder anew: simulate → train → export, by the configurations as they are shipped, every seed pinned.
#   models/zoo/make.sh [NAME…]     NAME: lorenz, lorenz_unet, chaotic, chaotic_unet; without one, all four, in about 8 minutes on 2 cores
# What a run needs stays in runs/zoo, so a training that was interrupted goes on where it stopped.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
names=("$@")
[ $# -gt 0 ] || names=(lorenz lorenz_unet chaotic chaotic_unet)
work=runs/zoo
mkdir -p "$work"

for name in "${names[@]}"; do
  case "$name" in
    *_unet) settings=() form=auto ;;
    *) settings=(--set MODEL.CODE=96) form=batch ;; # 256 numbers, or two forms in a file, would make it larger than 2 MB.
  esac
  [ -f "data/config/$name.yaml" ] || { echo "error: $name: there is no data/config/$name.yaml" >&2; exit 2; }
  data="$work/${name%_unet}.h5" run="$work/$name"
  [ -f "$data" ] || ./unet-spikes simulate "${name%_unet}" --seed 1 --out "$data"
  if [ -f "$run/last.safetensors" ]; then
    ./unet-spikes train --resume --out "$run"
  else
    ./unet-spikes train --config "data/config/$name.yaml" --data "$data" --out "$run" --seed 1 "${settings[@]}" --force
  fi
  ./unet-spikes export --checkpoint "$run/best.safetensors" --out "models/zoo/$name.onnx" --for "$form" --licence MIT --force
done
