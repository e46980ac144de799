"""smooth.py MODEL.onnx COUNTS.csv: firing rates in Hz, a line for each bin, from spike counts with a line for each bin and a column for each unit."""
import sys

import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
bins_per_second = 1000 / float(session.get_modelmeta().custom_metadata_map["unet_spikes.bin_width_ms"])
counts = np.loadtxt(sys.argv[2], delimiter=",", ndmin=2, dtype=np.float32)
(rates,) = session.run(["rates"], {"spikes": counts[None]})  # [trial, bin, unit], expected spikes per bin
np.savetxt(sys.stdout, rates[0] * bins_per_second, fmt="%.9g", delimiter=",")
