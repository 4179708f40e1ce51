// Post-training quantisation: a model of f32 and samples of what it will see become a model of integers.
//
//   real = scale * (q - zero_point)
//
//   precision  activations                     weights                       sums
//   int8       i8, a scale and a zero point    i8 [-127, 127], a scale a     32 bits
//              a tensor                        channel, zero points of 0
//   int16x8    i16, a scale a tensor           the same                      64 bits
//   w4a8       as int8                         the same in [-7, 7]           32 bits
//   dynamic    f32 in the graph; each run      as int8                       32 bits
//              quantises what enters a layer
//   f32        as they were                    as they were
//
// What has no integer form (or was asked to stay) remains f32, with quantize and dequantize nodes at its borders; the
// report says why. Subgraphs of control flow and states between runs stay f32. Recurrent layers keep f32 activations
// and take the dynamic form of their weights where they have one. Run the passes of src/opt first: activations that
// are still nodes of their own cost a rounding each.
//
// Reproducible  the same bytes for the same graph, samples and options. Statistics are added in the order of samples,
//               in f64; nothing is random.
// Threads       one call, one thread; `activations` may use more.
// Sources       Jacob et al. 2018, arXiv:1712.05877 (integer arithmetic); Nagel et al. 2021, arXiv:2106.08295 (survey);
//               docs/design/quantization.md has the formulas.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"
#include "quant/activations.h"

namespace verge::quant {

enum class Precision { kF32, kInt8, kInt16x8, kW4A8, kDynamic };

// "f32", "int8", "int16x8", "w4a8", "dynamic".
const char* PrecisionName(Precision precision);
// kInvalidArgument lists the known names.
Result<Precision> ParsePrecision(std::string_view name);

// How the range of an 8-bit activation is chosen from what was seen of it (quant/calibrate.h).
enum class Calibrator { kMinMax, kPercentile, kMse, kEntropy };

// "min_max", "percentile", "mse", "entropy".
const char* CalibratorName(Calibrator calibrator);
Result<Calibrator> ParseCalibrator(std::string_view name);

// Types of the graph's inputs and outputs: f32 as before, or integers where a static integer node reads or makes them.
enum class IntegerIo { kNone, kI8, kU8 };

// Called between steps of work; a Status that is not ok ends the call with that Status.
struct Progress {
  const char* stage = "";  // "observe", "equalise", "round", "correct_bias"
  size_t done = 0;         // samples or layers
  size_t total = 0;
};
using ProgressSeen = std::function<Status(const Progress&)>;

struct QuantizeOptions {
  // Of every node that `precision` does not name. kF32 quantises only the nodes named.
  Precision scheme = Precision::kInt8;
  Calibrator calibrator = Calibrator::kMinMax;
  // Of Calibrator::kPercentile: the share of values, in percent, that the range holds. (0, 100]
  double percentile = 99.99;
  // Scales the channels between neighbouring layers so that one scale for all of them costs least (quant/equalise.h);
  // static precisions only.
  bool equalise = false;
  // Moves each layer's bias by the mean error that quantisation causes (quant/correct_bias.h).
  bool correct_bias = false;
  // Chooses up or down for each weight so that the layer's output changes least (quant/round.h).
  bool round_adaptively = false;
  // The same for depthwise layers alone, whose few weights an output often nearly cancel: cheap, and much is won there.
  bool round_depthwise = false;
  // Of all of them only this many layers, those of the worst weights, are rounded adaptively; 0: all.
  size_t round_layers = 0;
  // By the node's name; an unknown name is kInvalidArgument. What a node cannot do becomes f32, as the report says.
  std::map<std::string, Precision> precision = {};
  IntegerIo io = IntegerIo::kNone;
  // What stands between the last layers and the outputs stays f32, and those 8-bit layers give f32: a model's answer is
  // not rounded to 256 steps at its end. Costs next to no time and space. Without effect on integer outputs.
  bool real_outputs = false;
  ProgressSeen progress = nullptr;
};

// What became of one node that works on f32.
struct LayerReport {
  std::string node;
  std::string op;
  Precision precision = Precision::kF32;
  std::string reason = {};  // of f32: why there is no integer form, or why it was not taken
  // Of output 0; of static integer nodes only, and 0 where it is f32.
  float scale = 0;
  int32_t zero_point = 0;
  float range_lo = 0, range_hi = 0;  // what the integers can express
  float seen_lo = 0, seen_hi = 0;    // what the samples showed
  double clipped_share = 0;          // of the elements seen: those outside of the range
  // Of nodes with weights: 10 log10(sum w^2 / sum (w - w')^2), infinity when exact, and their bytes (4 bits count
  // half a byte).
  bool has_weights = false;
  double weight_sqnr_db = 0;
  size_t weight_bytes_before = 0, weight_bytes_after = 0;
  // Of corrected layers: the largest shift of a bias, in real numbers.
  float largest_correction = 0;
};

struct Quantized {
  ir::Graph graph;                  // passes ir::Verify; inputs, outputs and states in their order and by their names
  std::vector<LayerReport> layers;  // in the order of the float graph's nodes
  std::vector<std::string> notes;   // what a user should know of the whole: states and subgraphs that stay f32, ...
  size_t equalised_pairs = 0;
};

// Quantises `graph`, which passes ir::Verify and is of f32. `activations` gives its samples; it may be null where none
// are needed: dynamic and f32.
// Errors: kInvalidArgument when samples are needed and there are none, for unknown node names and bad options; those
// of running the graph and of `progress`.
Result<Quantized> Quantize(ir::Graph graph, Activations* activations, const QuantizeOptions& options = {});

}  // namespace verge::quant
