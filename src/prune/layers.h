// The layers of a graph that pruning works on, seen alike: products of rows of the input with a matrix of weights.
//
//   y[r][o] = b[o] + sum_k x[r][g(o) inputs + k] w[o][k],   g(o) = o / (outputs / groups),   k = tap * channels + c
//
//   conv2d            a row is the patch under one output position, zero outside the image (im2col)
//   depthwise_conv2d  the same with a group an input channel and one channel a group
//   fully_connected   a row is a row
//   matmul            of a with a constant b of two dimensions; no bias
//
// f32 only: pruning comes before quantising.
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"
#include "quant/activations.h"

namespace verge::prune {

// Called before each layer with how many are done, of how many, and its name. A Status that is not ok ends the work
// and is returned; the graph is then as it was.
using Progress = std::function<Status(size_t done, size_t total, std::string_view layer)>;

struct Layer {
  size_t node = 0;  // index into Graph::nodes
  ir::ValueId input = ir::kNoValue;
  ir::ValueId weights = ir::kNoValue;
  ir::ValueId bias = ir::kNoValue;  // kNoValue: none
  size_t outputs = 0;               // of all groups
  size_t inputs = 0;                // weights of an output: taps * channels
  size_t groups = 1;
  size_t taps = 1;
  size_t channels = 0;          // of a group's input
  bool is_input_major = false;  // w[o][k] is stored at k * outputs + o, else at o * inputs + k
  bool is_depthwise = false;
  bool is_shared = false;  // the constants are read elsewhere too, so that they cannot be changed for this node alone
  bool is_first = false;   // no other layer between the graph's inputs and this one
  bool is_last = false;    // no other layer between this one and the graph's outputs
  uint64_t macs = 0;       // of one run
  // A value of the output's shape of which CollectRows takes the same rows; made before the layer runs. FindLayers sets
  // none.
  ir::ValueId beside = ir::kNoValue;

  size_t weight_count() const { return outputs * inputs; }
  size_t row_width() const { return groups * inputs; }
  size_t group_outputs() const { return outputs / groups; }
};

// In the order of the nodes. Layers with weights or biases that are not constant, or of other types, are left out.
std::vector<Layer> FindLayers(const ir::Graph& graph);

// Weights as [outputs, inputs]; biases, zeros where there are none.
std::vector<float> ReadWeights(const ir::Graph& graph, const Layer& layer);
std::vector<float> ReadBias(const ir::Graph& graph, const Layer& layer);
// Gives the weights' value new bytes. The layer is not shared.
void WriteWeights(ir::Graph& graph, const Layer& layer, std::span<const float> weights);
// The same for biases; adds the input where the layer had none. Not for matmul.
void WriteBias(ir::Graph& graph, Layer& layer, std::span<const float> bias);

// What `x`, the layer's input, holds for row r of the output: row_width() numbers to `row`.
void ReadRow(const ir::Graph& graph, const Layer& layer, const float* x, size_t r, float* row);
// Rows of one run.
size_t RowsOf(const ir::Graph& graph, const Layer& layer);

// Rows of one layer's input, one after the other.
struct InputRows {
  size_t rows = 0;
  std::vector<float> values;  // rows * row_width()
  std::vector<float> beside;  // rows * outputs of Layer::beside; empty without it
};

// Runs `graph` on the samples and takes of each layer's input about max_rows rows, equally many of each sample, spread
// evenly over the picture and elsewhere in each sample. Which ones depends on the numbers of samples and rows only: a
// layer of another graph gets the rows of the same places when it makes as many. A graph without states is run only up
// to the last of the layers.
// Memory    rows * row_width() floats a layer; CollectBatches keeps that in bounds.
// Errors    those of running; kInvalidArgument without samples, or for an input that is not finite
Status CollectRows(const ir::Graph& graph, std::span<const Layer> layers, size_t max_rows,
                   quant::Activations& activations, std::vector<InputRows>& rows);

// How many of `layers`, from the first, hold their rows in about max_bytes; at least 1 of any.
size_t BatchFor(const ir::Graph& graph, std::span<const Layer> layers, size_t max_rows, size_t max_bytes);

// Adds w's products with the rows: y[r][o] without bias, [rows, outputs].
std::vector<float> LayerOutputs(const Layer& layer, std::span<const float> weights, const InputRows& rows);

// 10 log10(sum y^2 / sum (y - z)^2) over both: how far z is from y; +infinity when they are equal.
double SignalToNoiseDb(std::span<const float> y, std::span<const float> z);

}  // namespace verge::prune
