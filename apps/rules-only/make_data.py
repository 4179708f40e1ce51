#!/usr/bin/env python3
"""Writes pump.csv: one hour of a made-up pump, a row every 2 s, with faults at known times.

  300 s   a jolt of vibration, one row long: no rule may fire
  600 s   heat: rises above 80 C at about 660 s, oscillates between 76 and 84 C, falls below 75 C at about 1000 s
  1200 s  the flow stops and the pressure rises above 8 bar 10 s later: blocked; 1260 s free again
  1500 s  the flow stops without pressure: no alert
  1800 s  the temperature sensor says nothing for 60 s
  2100 s  vibration of 6 mm/s for 120 s
  2500 s  four leaks, 60 s apart: a pressure drop of 3 bar within 10 s
  3100 s  vibration again, 6 mm/s for 60 s
"""
import math
import random

random.seed(4)


def row(t):
    temperature = 60 + 2 * math.sin(t / 90) + random.uniform(-0.3, 0.3)
    pressure = 6 + random.uniform(-0.1, 0.1)
    flow = 20 + random.uniform(-0.5, 0.5)
    vibration = 2 + random.uniform(-0.3, 0.3)
    if t == 300:
        vibration = 40
    if 600 <= t < 1020:
        rise = min(1, (t - 600) / 80, (1020 - t) / 60)
        temperature += rise * (20 + 3 * math.sin(t / 15))
    if 1200 <= t < 1260 or 1500 <= t < 1530:
        flow = 0.2
    if 1210 <= t < 1260:
        pressure = 9
    if 2100 <= t < 2220 or 3100 <= t < 3160:
        vibration += 4
    for leak in (2500, 2560, 2620, 2680):
        if leak <= t < leak + 20:
            pressure -= 3 * min(1, (t - leak) / 10)
    cells = [f"{temperature:.2f}", f"{pressure:.2f}", f"{flow:.2f}", f"{vibration:.2f}"]
    if 1800 <= t < 1860:
        cells[0] = ""
    return ",".join([str(t)] + cells)


with open("pump.csv", "w", encoding="ascii") as file:
    file.write("time,temperature_c,pressure_bar,flow_l_min,vibration_mm_s\n")
    for t in range(0, 3600, 2):
        file.write(row(t) + "\n")
