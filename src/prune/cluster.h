// Weight sharing: each layer's weights become at most k different values, which a model file stores in log2(k) bits
// each with a code book (Han et al. 2016, "Deep Compression", arXiv:1510.00149, without its training). Values by
// k-means on a line (kmeans.h).
//
// f32 weights of the layers of layers.h, and i8 weights of conv2d, depthwise_conv2d and fully_connected, whose values
// stay whole numbers, so that clustering may come after quantising too.
// Exact     the same bits on every machine, given the same activations
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"
#include "prune/layers.h"
#include "quant/activations.h"

namespace verge::prune {

struct WeightClustering {
  size_t k = 16;                          // 2 to 256
  std::map<std::string, size_t> ks = {};  // of single layers, by node name
  // From this share of zeros on, 0 is one of the values. Pruned layers thus stay pruned.
  double keep_zeros_from = 0.05;
  // An error of w[o][k] counts mean of x[k]^2 over the samples; f32 layers only, wants activations.
  bool by_activations = false;
  size_t min_weights = 1024;             // smaller constants are left
  std::vector<std::string> except = {};  // names of nodes to leave
  size_t max_rows = 2048;
  Progress progress = nullptr;
};

struct ClusteredLayer {
  std::string name;  // of the first node that reads the weights
  const char* op = "";
  DType dtype = DType::kF32;
  size_t weights = 0;
  size_t values_before = 0;   // different ones
  size_t values = 0;          // after
  double share_of_zeros = 0;  // after
  double weights_db = 0;      // weights against their errors; NaN when left
  double output_db = 0;       // the same of the layer's output (without bias) on the rows taken; NaN when not measured
  std::string reason;         // why it was left; empty: clustered
};

struct ClusterReport {
  std::vector<ClusteredLayer> layers;
};

// `activations` runs samples of the graph; may be null unless by_activations, and then no output is measured.
// Errors    kInvalidArgument: k out of range, names of no layer, weights that are not finite, no activations where
//           wanted; those of running. The graph is changed only on success.
Result<ClusterReport> ClusterWeights(ir::Graph& graph, const WeightClustering& options,
                                     quant::Activations* activations);

}  // namespace verge::prune
