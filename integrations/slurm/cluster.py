"""Dask scheduler whose workers are SLURM jobs, for `spineseg batch --scheduler` and for the node (dask-jobqueue).

pip install dask-jobqueue; python cluster.py, then: spineseg batch STUDIES -o OUT --scheduler tcp://HOST:8786
"""

import time

import dask
from dask_jobqueue import SLURMCluster

# A study that kills its worker is a failed attempt and is not handed to the next worker behind our back.
dask.config.set({"distributed.scheduler.allowed-failures": 0})
cluster = SLURMCluster(
    cores=2,
    processes=1,
    memory="6GB",
    walltime="04:00:00",
    job_script_prologue=["export OMP_NUM_THREADS=2"],
    scheduler_options={"port": 8786, "dashboard_address": None},
    worker_extra_args=["--nthreads", "1"],
)
cluster.adapt(minimum_jobs=0, maximum_jobs=32)
print(cluster.scheduler_address, flush=True)
while True:
    time.sleep(60)
