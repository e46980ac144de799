#!/usr/bin/env bash
# The sweeps of docs/experiments.md on both benchmarks, three seeds each. What is there already is not done again.
#   [JOBS=2] scripts/experiments.sh LORENZ.h5 CHAOTIC.h5 [OUT [NAME…]]      OUT: sweeps/experiments; NAME: only these
set -euo pipefail
root="$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")"
[ $# -ge 2 ] || { sed -n '2,3s/^# *//p' "$0" >&2; exit 2; }
lorenz="$1" chaotic="$2" out="${3:-sweeps/experiments}" jobs="${JOBS:-2}"
shift $(($# < 3 ? $# : 3))
wanted=("$@")

sweep() { # NAME CONFIG options…
  local name="$1" config="$2" benchmark
  shift 2
  if [ ${#wanted[@]} -gt 0 ] && [[ ! " ${wanted[*]} " == *" $name "* ]]; then return; fi
  for benchmark in lorenz chaotic; do
    echo "== $benchmark: $name" >&2
    if [ -d "$out/$benchmark/$name" ]; then
      "$root/unet-spikes" sweep --out "$out/$benchmark/$name" --jobs "$jobs"
    else
      "$root/unet-spikes" sweep --config "$root/data/config/$benchmark$config.yaml" --data "${!benchmark}" --out "$out/$benchmark/$name" \
        --seeds 3 --jobs "$jobs" --set TRAIN.VAL_INTERVAL=100 "$@"
    fi
  done
}

# The ancestor's UNet, 20 wide, with a seventh of its updates.
plain() { sweep "$1" _unet --set MODEL.LATENT_DIM=20 --set TRAIN.NUM_UPDATES=300 "${@:2}"; }

# The shipped recipe, half as wide, with few updates and an average of the last fifty or so.
recipe() { sweep "$1" "" --set MODEL.LATENT_DIM=32 --set TRAIN.NUM_UPDATES=400 --set TRAIN.EMA_DECAY=0.98 "${@:2}"; }

plain layers --grid model.layers=0..4
sweep latent _unet --set TRAIN.NUM_UPDATES=300 --grid model.latent_dim=4,8,16,32,64
plain fills --grid train.mask_fill=zero,mean,nearest,linear,channel
plain links --grid model.link=exp,log1p_exp,identity    # softplus with its β of 1 is log1p_exp with its a of 1
plain rates --grid train.lr.init=5e-3,2e-2,5e-2
recipe block-dropout --grid model.dropout=0,0.2
recipe transformers --grid model.top=none,time,space,both
recipe averages --grid train.average=none,ema,swa
recipe blocks --grid model.block=residual,convnext
plain masks --grid train.mask_mode=entry,timestep,neuron,span,thin
recipe parts --set MODEL.DROPOUT_CODE=0 --grid model.code=0,256 --grid model.film=false,true
recipe schedules --grid train.lr.schedule=cosine,constant
recipe teachers --grid train.teachers=0,2
