// For tests: runs an op's reference kernel with the scratch that it asks for.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "ops/kernel.h"
#include "ops/kernel_list.h"

namespace verge::ops {

inline void RunReference(OpId id, const OpAttrs& attrs, std::span<const Tensor> inputs,
                         std::span<const Tensor> outputs) {
  const Kernel& kernel = ReferenceKernel(id);
  std::vector<InferInput> infer;
  for (const Tensor& input : inputs) infer.push_back({input.type, nullptr, input.data != nullptr});
  std::vector<TensorType> types;
  for (const Tensor& output : outputs) types.push_back(output.type);
  KernelNeeds needs;
  if (kernel.prepare != nullptr) {
    const Result<KernelNeeds> got = kernel.prepare({attrs, infer, types, CpuFeatures{}});
    ASSERT_TRUE(got.ok()) << got.status().ToString();
    needs = *got;
  }
  ASSERT_EQ(needs.packed_bytes, 0U);
  struct Line {
    alignas(64) std::byte bytes[64];
  };
  std::vector<Line> scratch((needs.scratch_bytes + sizeof(Line) - 1) / sizeof(Line));
  std::byte* const memory = scratch.empty() ? nullptr : scratch.data()->bytes;
  kernel.run({.attrs = attrs, .inputs = inputs, .outputs = outputs, .scratch = memory});
}

}  // namespace verge::ops
