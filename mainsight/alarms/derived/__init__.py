"""Samples that are worked out from readings over time: rates, quality, temperatures, hours of water.

Each keeps what it needs of the past, has no clock, and gives the same samples whatever the order in which readings come
within the lateness window: a late reading gives anew the samples that follow it.
"""
