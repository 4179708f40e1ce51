// Which kernel was measured to be the fastest for a node: by operator, attributes, types, shapes and threads, on one
// CPU.
//
// As a file (text, one choice a line; may be edited by hand):
//
//   verge kernels 1
//   cpu AMD EPYC, family 26, model 2; avx2 avx512 avx512_vnni
//   choice depthwise_conv2d_f32_nhwc__avx2 depthwise_conv2d {...} f32[1,7,7,960] f32[1,3,3,960]* -> f32[1,7,7,960]
//   threads 1 end 1
//
// A star marks a constant input, "-" an omitted one. The last line counts the choices, so that a file cut short is
// noticed.
//
// Results   every kernel of an op is held to the same reference within the same tolerance by the op's tests; a choice
// moves
//           results within it, and runs with the same choices give the same bits. A choice never runs a kernel that
//           does not support the node: one that is unknown to this build, or to its CPU, is passed over.
// Threads   a Choices that nobody changes may be shared.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/status.h"
#include "runtime/kernel_chooser.h"

namespace verge::tune {

// The text of a node in a choice.
std::string KeyOf(ops::OpId op, const ops::PrepareArgs& args);

class Choices final : public runtime::KernelChooser {
 public:
  // kDataLoss names the line that is no choice, kFailedPrecondition another CPU than `cpu`.
  static Result<Choices> Parse(std::string_view text, std::string_view cpu);
  std::string Print(std::string_view cpu) const;

  const ops::Kernel* Choose(ops::OpId op, const ops::PrepareArgs& args) const override;

  void Set(const std::string& key, std::string_view kernel) { kernels_[key] = kernel; }
  void Forget(const std::string& key) { kernels_.erase(key); }
  size_t size() const { return kernels_.size(); }

 private:
  std::map<std::string, std::string> kernels_;  // by key
};

}  // namespace verge::tune
