// Measures the kernels that support each node of a model, inside runs of the whole model: a node's operands are as warm
// as they will be.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "base/status.h"
#include "runtime/session.h"
#include "tune/choices.h"

namespace verge::tune {

struct MeasureOptions {
  double seconds = 3;  // for all kernels together, and then at least two runs of each
  double min_gain =
      0.05;  // another kernel than the usual one must be faster by this part of its time, so that noise does not
  double min_gain_ns = 200;  // choose; and by so many nanoseconds
  Parallel* parallel = nullptr;
};

// A node for which another kernel than the usual one was faster.
struct Gain {
  std::string node;
  std::string usual;
  std::string chosen;
  double usual_ns = 0;
  double chosen_ns = 0;
};

struct Measured {
  size_t nodes = 0;     // of the model
  size_t measured = 0;  // with more than one kernel to choose from
  std::vector<Gain> gains;
};

// Loads the model with the given chooser.
using Loader =
    std::function<Result<std::shared_ptr<const runtime::Model>>(std::shared_ptr<const runtime::KernelChooser>)>;

// Writes what was found into `choices`: a line where another kernel is faster, none where the usual one is the best.
// `fill` is called for each session before it runs, to write its inputs. Nodes with the same key are one. Nodes inside
// control flow keep their kernels. Errors: of the loader and of Session::Create.
Result<Measured> Measure(const Loader& load, const std::function<void(const runtime::Session&)>& fill,
                         const MeasureOptions& options, Choices& choices);

}  // namespace verge::tune
