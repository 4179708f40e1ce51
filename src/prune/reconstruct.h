// Makes good what pruning did to each layer's outputs, from samples without labels.
//
// For each layer in order, X being rows of its input in the pruned model as it is by then, Z what the original made at
// the same places, and w0 the weights now:
//
//   minimise  |clamp(X w + b + S) - clamp(Z)|^2 + ridge mean(diag X^T X) |w - w0|^2      weights that are 0 staying 0
//
//   clamp  the activation that follows (relu, relu6, relu_n1_to_1, in the layer or behind it); none: the identity
//   S      0, or where the layer's output is added to a branch that is there already: that branch in the pruned model,
//          Z then being the original's sum; so the errors of a residual's other side are made good too
//
// by ridge least squares in f64 towards Z - S. What a clamp hides is not asked for: where Z and the prediction are both
// below (or above) it the target is the prediction, otherwise the clamp, which takes a few rounds with one Cholesky
// factor. Later layers see the inputs that earlier ones, already rebuilt, give. (Layer by layer least squares: He et
// al. 2017, arXiv:1707.06168, for channels; Hubara et al. 2021, arXiv:2006.10518, for its sequence.) Every 8th row
// takes no part: a layer is changed only when the error of those rows falls.
//
// Exact     the same bits on every machine, given the same activations
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"
#include "prune/layers.h"
#include "quant/activations.h"

namespace verge::prune {

struct Reconstruction {
  bool keep_zeros = true;
  double ridge = 0.001;
  size_t rounds = 5;       // where a clamp follows
  size_t max_rows = 4096;  // of a layer's input, over all samples
  // Layers that would take more multiplications than this are left: n^3 / 3 for each output that has n weights of its
  // own choice, or once where all outputs use all inputs.
  double max_work = 2e11;
  std::vector<std::string> except = {};  // names of nodes to leave
  Progress progress = nullptr;
};

struct ReconstructedLayer {
  std::string name;
  // Of clamp(X w + b + S) against clamp(Z), on the rows that took no part; NaN when left.
  double before_db = 0;
  double after_db = 0;
  bool is_changed = false;
  std::string reason;  // why it was left; empty: changed
};

struct ReconstructReport {
  std::vector<ReconstructedLayer> layers;
};

// `original` is the model before pruning, its layers found by the names of their nodes; `kept_outputs` says which of
// their output channels are left (ChannelReport::kept_outputs; layers not named kept all). `activations` runs samples
// of both.
// Errors    kInvalidArgument when the graphs do not fit together, or the ridge is not positive; those of running. The
//           graph is changed only on success.
Result<ReconstructReport> Reconstruct(ir::Graph& graph, const ir::Graph& original,
                                      const std::map<std::string, std::vector<int64_t>>& kept_outputs,
                                      const Reconstruction& options, quant::Activations& activations);

}  // namespace verge::prune
