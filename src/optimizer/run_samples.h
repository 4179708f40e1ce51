// Runs graphs on samples with Verge's own runtime: what calibration, searches and agreement are computed from.
//
// Kernels   those for any CPU, whose results do not depend on the vector unit (docs/adr/0008)
// Threads   one session a thread, each with whole samples; results are handed on in the order of the samples.
// Memory    the arenas of the sessions, and copies of the watched values of one sample a thread
#pragma once

#include <memory>

#include "optimizer/samples.h"
#include "quant/activations.h"
#include "sys/threads/thread_pool.h"

namespace verge::optimizer {

class SampleRunner final : public quant::Activations {
 public:
  // `samples` outlives the runner.
  static Result<std::unique_ptr<SampleRunner>> Create(const Samples& samples, int threads);

  size_t samples() const override { return samples_.size(); }
  Status Run(const ir::Graph& graph, std::span<const ir::ValueId> watched, size_t first, size_t count,
             const quant::SeenValue& seen) override;

 private:
  SampleRunner(const Samples& samples, std::unique_ptr<sys::ThreadPool> pool)
      : samples_(samples), pool_(std::move(pool)) {}

  const Samples& samples_;
  std::unique_ptr<sys::ThreadPool> pool_;
};

}  // namespace verge::optimizer
