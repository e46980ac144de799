dat_path = 'nowhere.dat'
n_channels_dat = 4
dtype = 'int16'
offset = 0
sample_rate = 24000.
hp_filtered = False
