"""Kernels: how much two configurations have in common."""

from transferperf.kernels.options import OptionKernel
from transferperf.kernels.pairwise import DTYPE, PairwiseKernel, log_matern52
from transferperf.kernels.shift import LinearShiftKernel
from transferperf.kernels.sources import SourceInformedKernel

__all__ = ["DTYPE", "LinearShiftKernel", "OptionKernel", "PairwiseKernel", "SourceInformedKernel", "log_matern52"]
