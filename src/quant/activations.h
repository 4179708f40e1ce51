// How quantisation, pruning and their searches see a model run: a fixed set of samples goes through a graph, and the
// values that a caller watches are shown to it. The algorithms stay free of engines and files; src/optimizer runs the
// graphs.
//
// Order     samples in their order, and within a sample the watched values in the order in which nodes make them
//           (graph inputs first), each once. States start anew with each sample; a sample of several steps shows its
//           values once a step.
// Exact     the same bits on every machine and thread count: what is computed from activations decides what is written
//           into model files, and those must be reproducible (docs/adr/0008).
// Threads   `seen` is called by one thread at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "base/status.h"
#include "base/tensor.h"
#include "ir/graph.h"

namespace verge::quant {

// A watched value while it is there to be read; the view dies with the call. A Status that is not ok ends the run.
using SeenValue = std::function<Status(size_t sample, ir::ValueId value, const Tensor& tensor)>;

class Activations {
 public:
  Activations() = default;
  Activations(const Activations&) = delete;
  Activations& operator=(const Activations&) = delete;
  virtual ~Activations() = default;

  virtual size_t samples() const = 0;
  // Runs samples [first, first + count) through `graph`: the model that the samples were made for, or a rewritten one
  // with the same inputs. Watched values are ids of the graph's own level, none of them constant.
  // Errors: those of running the graph; kInvalidArgument when its inputs are not the samples'.
  virtual Status Run(const ir::Graph& graph, std::span<const ir::ValueId> watched, size_t first, size_t count,
                     const SeenValue& seen) = 0;
};

}  // namespace verge::quant
