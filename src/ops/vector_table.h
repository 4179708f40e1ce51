// For kernels of one family that need the elementwise loops of the same instruction set, and for their tasks.
#pragma once

#include <string_view>

#include "base/parallel.h"
#include "kernels/tables.h"

namespace verge::ops {

// Every instruction set of the f32 families has one.
inline const kernels::VecF32Table& VectorTableOf(std::string_view isa) {
  const auto all = kernels::AllVecF32();
  for (const kernels::VecF32Table* table : all) {
    if (isa == table->isa) return *table;
  }
  return *all.front();
}

// Calls f(task) for task < tasks, on threads where there are some.
template <typename F>
void RunTasks(Parallel* parallel, size_t tasks, const F& f) {
  if (parallel == nullptr || tasks <= 1) {
    for (size_t t = 0; t < tasks; ++t) f(t);
    return;
  }
  const auto run = [](void* context, int task) { (*static_cast<const F*>(context))(static_cast<size_t>(task)); };
  parallel->Run(static_cast<int>(tasks), run, const_cast<F*>(&f));
}

}  // namespace verge::ops
