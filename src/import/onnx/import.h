// Turns an ONNX model into a graph, by partial evaluation: everything that is known at import is computed then.
//
// Shapes are static in the graph. Shape arithmetic on constants (Shape -> Gather -> Concat -> Reshape) disappears; If
// with a known condition becomes its branch; Loop and Scan with a known count are unrolled; sequences and optionals of
// known length are resolved into their tensors. Composite ops (LayerNormalization, Gemm, losses, the quantised ops...)
// are built from Verge's ops as their published definitions say. Images go to channels-last: convolutions and pools are
// wrapped in transposes, which the pass cancel_transposes takes away.
//
// Inputs    an unknown first dimension becomes 1 (one sample); other unknown dimensions want a shape in `examples`.
//           A value that decides a shape must be known: name the input in `constants` and give it in `examples`
// Opsets    7 to 24 of ONNX's own domain; older ones are read as far as their meaning is the same. Of com.microsoft and
//           ai.onnx.ml the ops that docs/ops.md lists
//
// Errors    kDataLoss the file is corrupt; kUnsupported lists all unsupported ops of the model at once, with node,
//           opset and what to do, and all nodes with attributes that are refused as far as the file states types;
//           kFailedPrecondition an input's value must be known (report.needed_inputs names it)
// Threads   pure function
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "import/onnx/builder.h"
#include "import/onnx/model.h"

namespace verge::onnx {

inline constexpr int kMinOpset = 1;
inline constexpr int kMaxOpset = 24;

struct ImportOptions {
  ParseLimits limits;
  FoldLimits fold;
  ExternalReader external;      // for models whose weights lie in other files
  std::vector<Datum> examples;  // by name: give unknown dimensions and lengths; the numbers matter for constants only
  std::set<std::string> constants;  // inputs that are replaced by their example
};

// Where a model's input or output is found among those of the graph.
struct Slot {
  Datum::Kind kind = Datum::Kind::kTensor;
  std::string name;
  size_t index = 0;            // kTensor: into graph.inputs or graph.outputs
  bool is_constant = false;    // an input that was replaced by its example, and has no index
  std::vector<Slot> elements;  // kSequence, kOptional
};

struct ImportReport {
  std::vector<Slot> inputs;  // in the model's order; initialisers that repeat as inputs are left out
  std::vector<Slot> outputs;
  std::set<std::string> needed_inputs;  // after kFailedPrecondition: what to add to `constants`
};

// The graph has passed ir::Verify. `report` may be null.
Result<ir::Graph> Import(const ModelDef& model, const ImportOptions& options = {}, ImportReport* report = nullptr);
Result<ir::Graph> Import(std::span<const std::byte> file, const ImportOptions& options = {},
                         ImportReport* report = nullptr);

// The model's inputs, without the initialisers that older files repeat there.
std::vector<ValueInfo> ModelInputs(const ModelDef& model);

}  // namespace verge::onnx
