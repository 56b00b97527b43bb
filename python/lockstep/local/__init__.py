"""A gang of plain processes on this machine: what `lockstep.run` with np < 0 runs, without a cloud and without Node."""
