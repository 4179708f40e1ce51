// Unstructured and semi-structured pruning: sets weights of layers to zero, one layer at a time. Shapes stay.
//
// Which weights go is decided by a score, the smaller first; x are rows of the layer's input on the samples.
//
//   magnitude   |w|
//   wanda       |w[o][k]| * sqrt(sum_r x[r][k]^2)       (Sun et al. 2023, arXiv:2306.11695)
//   obs         w[o][k]^2 / U[k][k]^2, U^T U = (X^T X + damping mean(diag) I)^-1
//
// obs sweeps the columns and gives the error of each zero to those not yet swept (SparseGPT: Frantar and Alistarh 2023,
// arXiv:2301.00774):  w[o][j] -= w[o][k] / U[k][k] * U[k][j], j > k
//
// Which weights compete with each other:
//
//   unstructured  magnitude: all of a layer, or with `is_global` of all layers; wanda: those of one output; obs: 128
//                 columns of all outputs of a group at a time. A share of them goes, rounded down over the whole layer
//                 (wanda: over each output)
//   2:4           of each 4 neighbouring input channels (aligned, of one tap) at most 2 stay
//   block         block_outputs x block_inputs weights (input channels of one tap) stay or go together, by the mean of
//                 the squared scores; at the edges blocks are smaller. Competition as above (wanda: a row of blocks)
//
// Left as they are, with the reason in the report: the first and the last layers, layers of fewer than min_weights
// weights, depthwise layers unless asked for, and those whose constants other nodes read too.
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

enum class Criterion { kMagnitude, kWanda, kObs };
enum class Pattern { kUnstructured, k2Of4, kBlock };

struct WeightPruning {
  Criterion criterion = Criterion::kMagnitude;
  Pattern pattern = Pattern::kUnstructured;
  double share = 0.5;                         // of a layer's weights that become zero, 0 to 1; 2:4 has its own
  std::map<std::string, double> shares = {};  // the same for single layers, by node name; not with is_global
  bool is_global = false;                     // magnitude and not 2:4: one threshold for all layers
  size_t block_outputs = 1;
  size_t block_inputs = 4;
  size_t min_weights = 512;  // smaller layers are left
  bool prune_first = false;
  bool prune_last = false;
  bool prune_depthwise = false;
  std::vector<std::string> except = {};  // names of nodes to leave
  double damping = 0.01;                 // of obs
  size_t max_rows = 2048;                // of a layer's input, over all samples
  size_t max_inputs = 4608;              // obs: layers of more weights an output are left (their matrix is the square)
  Progress progress = nullptr;
};

struct PrunedLayer {
  std::string name;
  const char* op = "";
  size_t weights = 0;
  size_t zeros = 0;   // after
  uint64_t macs = 0;  // of one run, dense
  // Of the layer's output (without bias) on the rows taken, against its weights before; NaN when not measured.
  double sqnr_db = 0;
  std::string reason;  // why it was left; empty: pruned
};

struct PruneReport {
  std::vector<PrunedLayer> layers;
  size_t weights = 0;  // of all layers
  size_t zeros_before = 0;
  size_t zeros = 0;
};

// `activations` runs samples of the graph; may be null for magnitude, and then no error is measured.
// Errors    kInvalidArgument: options out of range or that do not go together, names of no layer, wanda or obs without
//           activations; those of running. The graph is changed only on success.
Result<PruneReport> PruneWeights(ir::Graph& graph, const WeightPruning& options, quant::Activations* activations);

}  // namespace verge::prune
