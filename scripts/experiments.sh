#!/usr/bin/env bash
# The experiments of docs/experiments.md: every sweep on both benchmarks, three seeds each. What is there already is not done again.
#   scripts/experiments.sh LORENZ.h5 CHAOTIC.h5 [OUT] [NAME…]      (OUT: sweeps/experiments; NAME: only these)
set -euo pipefail
root="$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")"
[ $# -ge 2 ] || { sed -n '2,3s/^# *//p' "$0" >&2; exit 2; }
lorenz="$1" chaotic="$2" out="${3:-sweeps/experiments}"
shift $(($# < 3 ? $# : 3))
wanted=("$@")

sweep() { # NAME CONFIG options…
  local name="$1" config="$2" benchmark
  shift 2
  if [ ${#wanted[@]} -gt 0 ] && [[ ! " ${wanted[*]} " == *" $name "* ]]; then return; fi
  for benchmark in lorenz chaotic; do
    "$root/unet-spikes" sweep --config "$root/data/config/$benchmark$config.yaml" --data "${!benchmark}" --out "$out/$benchmark/$name" \
      --seeds 3 --jobs 2 --set TRAIN.VAL_INTERVAL=100 "$@"
  done
}

# The ancestor's UNet, 20 wide, a fifth of its updates: what depth, width, masks, fills and links do to a plain network.
plain() { sweep "$1" _unet --set MODEL.LATENT_DIM=20 --set TRAIN.NUM_UPDATES=400 "${@:2}"; }

# The shipped recipe, half as wide, a third of the updates: what its parts do.
recipe() { sweep "$1" "" --set MODEL.LATENT_DIM=32 --set TRAIN.NUM_UPDATES=600 "${@:2}"; }

plain layers --grid model.layers=0..4
sweep latent _unet --set TRAIN.NUM_UPDATES=400 --grid model.latent_dim=4,8,16,32,64
plain masks --grid train.mask_mode=entry,timestep,neuron,span,thin
plain fills --grid train.mask_fill=zero,mean,nearest,linear,channel
plain links --grid model.link=exp,log1p_exp,softplus,identity
plain rates --grid train.lr.init=1e-3,5e-3,2e-2
recipe block-dropout --grid model.dropout=0,0.1,0.3
recipe code-dropout --grid model.dropout_code=0,0.3,0.6
recipe transformers --grid model.top=none,time,space,both
recipe averages --set TRAIN.LR.SCHEDULE=constant --grid train.average=none,ema,swa
recipe blocks --grid model.block=residual,convnext
recipe parts --grid model.code=0,64 --grid model.film=false,true --set MODEL.DROPOUT_CODE=0
