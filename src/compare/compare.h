// Where two versions of a model part: both run on the same inputs, and all layers that they have in common are
// compared.
//
// Either version is any model by either engine, optimised or not, with fast or reference kernels. What is quantised is
// compared dequantised. The first version is the one that errors are relative to.
//
// Errors    of opening and running; kInvalidArgument when the models have different inputs, or no layer in common
// Threads   pure functions over files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backend/open.h"
#include "compare/inputs.h"
#include "compare/layout.h"
#include "compare/metrics.h"

namespace verge::compare {

// What a layer must keep. Both may hold at once.
struct Bounds {
  std::optional<double> max_relative = std::nullopt;  // Metrics::max_relative is at most this
  std::optional<double> min_sqnr_db = std::nullopt;
};

// One layer that both have.
struct LayerResult {
  std::string name;  // of the value in the first version
  std::string other_name;
  std::string op;
  std::string other_op;
  Shape shape;
  Shape other_shape;
  DType dtype = DType::kF32;
  DType other_dtype = DType::kF32;
  Layout layout = Layout::kSame;
  bool is_by_name = false;  // otherwise found by order and shape
  bool is_output = false;
  bool exceeds = false;  // a bound
  Metrics metrics;
};

struct Report {
  std::string label;  // of the first version
  std::string other_label;
  Bounds bounds;
  bool bounds_are_given = false;  // otherwise chosen here
  uint64_t seed = 0;
  std::vector<LayerResult> layers;        // in the order of the first version
  std::vector<std::string> only;          // layers of the first version that the second does not have
  std::vector<std::string> only_other;    // and the other way round
  std::optional<size_t> first_exceeding;  // index into layers
};

struct Version {
  std::string path;
  backend::OpenOptions options = {};
  std::string label = {};
};

struct Options {
  InputOptions inputs = {};
  // Empty: 1e-3 of the largest value between float versions, 20 dB as soon as one is quantised.
  Bounds bounds = {};
};

Result<Report> Compare(const Version& a, const Version& b, const Options& options = {});

// The same for what was traced already.
Result<Report> CompareCaptures(const Capture& a, const Capture& b, const Bounds& bounds);

// For people: a line a layer.
std::string ToText(const Report& report);
// {"a": ..., "b": ..., "layers": [...], "first_exceeding": "name" or null}; infinite numbers are null.
std::string ToJson(const Report& report);
// One page that needs no other file.
std::string ToHtml(const Report& report);

}  // namespace verge::compare
