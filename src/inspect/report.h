// The figures of a model: what each op costs, how many parameters, how much memory.
//
// Parameters and weights are counted once, at the node that uses them: a convolution whose fp16 weights go through a
// dequantize counts them, the dequantize does not.
// Activations are what a run needs beside weights: every tensor that depends on an input, laid out in one arena by
// plan::PlanArena without running anything in place; the true figure of a loaded model is at most a little different.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "inspect/facts.h"

namespace verge::inspect {

struct Cost {
  uint64_t macs = 0;  // multiply-accumulates of one run
  uint64_t parameters = 0;
  uint64_t weights_bytes = 0;  // in memory
  uint64_t stored_bytes = 0;   // in the file, where a .vg model may hold them encoded
};

struct OpRow {
  std::string op;
  uint64_t count = 0;
  Cost cost;
};

struct NodeRow {
  std::string name;
  std::string op;
  std::string attrs;                // "{stride_h=2}"
  std::vector<std::string> inputs;  // names; "" where one is omitted
  std::vector<std::string> outputs;
  std::string output_type;  // of the first output: "f32[1, 8, 8, 3]"
  Cost cost;
};

// Constants in one form.
struct EncodingRow {
  std::string encoding;
  uint64_t count = 0;
  uint64_t weights_bytes = 0;
  uint64_t stored_bytes = 0;
};

struct Report {
  std::string file;
  uint64_t file_bytes = 0;
  ModelFacts facts;
  Cost total;
  std::vector<OpRow> ops;  // most costly first: by MACs, then count, then name
  std::vector<NodeRow> nodes;
  std::vector<EncodingRow> encodings;  // by name
  uint64_t activation_bytes = 0;
  uint64_t activation_lower_bound_bytes = 0;
};

Result<Report> MakeReport(std::string file, uint64_t file_bytes, ModelFacts facts);

// For people. `with_nodes` adds a line a node.
std::string PrintReport(const Report& report, bool with_nodes);

// For programs: keys and units are stable; see docs/formats/inspect.md.
std::string ReportJson(const Report& report, bool with_nodes);

}  // namespace verge::inspect
