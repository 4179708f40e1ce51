// What this machine can do at most: the yardstick of a profile.
//
//   f32     a loop of independent fused multiply-adds in registers, of the widest instruction set
//   8 bits  a loop of independent dot products: four products of bytes a lane where the CPU has that (VNNI), else the
//   exact way
//           round, bytes widened to 16 bits, multiplied and added in pairs
//   copy    memcpy between two buffers that no cache holds, counted as bytes read and bytes written
//
// All three run on as many threads as a session would, at once. Each takes some milliseconds and the best of several
// counts.
#pragma once

#include <cstddef>

#include "base/cpu_features.h"
#include "base/parallel.h"

namespace verge::profile {

struct Rate {
  const char* isa = "";
  double per_second = 0;  // multiply-accumulates
};

struct Machine {
  Rate f32;
  Rate int8;
  double bytes_per_second = 0;
};

// Of each of the `buffers` of the copy; 2 of them a thread.
inline constexpr size_t kCopyBytes = size_t{32} << 20;

// `parallel` null: one thread. Copying is left out (0) when there is no memory for it.
Machine MeasureMachine(const CpuFeatures& cpu, Parallel* parallel);

// One measuring loop: does `rounds` rounds and gives the multiply-accumulates it did. `sink` keeps the compiler from
// leaving the work out.
struct Loop {
  const char* isa;
  double (*run)(size_t rounds, float* sink);
};
Loop F32Loop(const CpuFeatures& cpu);
Loop Int8Loop(const CpuFeatures& cpu);

}  // namespace verge::profile
