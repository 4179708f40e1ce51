// The way of a model through the compiler as two functions: file -> graph, and graph -> .vg bytes. And back: .vg ->
// graph.
//
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "format/model/aligned_bytes.h"
#include "format/model/encoding/encoding.h"
#include "format/model/model.h"
#include "ir/graph.h"
#include "opt/pass.h"

namespace verge::compile {

// Sizes that a dimension may have: min, min + step, ... max.
struct SizeRange {
  int64_t min = 1;
  int64_t max = 1;
  int64_t step = 1;
};

// What a model may leave open, or what is to be different from the file.
struct ImportOptions {
  std::map<std::string, Shape> shapes = {};  // of inputs: what the file does not say, or says otherwise (TFLite)
  std::map<std::string, double> values =
      {};  // ONNX: inputs that are known now and become constants: every element is this
  // Dimensions that stay open, by the name that the file gives them or "input:dimension" ("x:0"); ImportAndCompile
  // only.
  std::map<std::string, SizeRange> dynamic = {};
  // Reads `length` bytes at `offset` of the file `name` beside the model (weights that are stored outside of it). The
  // name is relative and does not lead out of the folder. Null: such models are refused.
  std::function<Result<std::string>(const std::string& name, uint64_t offset, uint64_t length)> read_beside = nullptr;
};

// Reads a model of any known file type, found out by its content; `name` (the file's name) is for messages and becomes
// the graph's name when the file has none. kUnsupported for unknown types lists the known ones.
Result<ir::Graph> Import(std::span<const std::byte> bytes, std::string_view name, const ImportOptions& options = {});

struct CompileOptions {
  // Off: the graph is written as it was imported.
  bool optimize = true;
  // With optimize: QDQ models run in integers, with results that differ by steps (opt/use_integers.h).
  bool integers = false;
  // With optimize: weights of large fully connected layers in 4 bits, which changes results (opt/use_four_bits.h).
  bool four_bits = false;
  // Passes (opt/passes.def) to leave out. An unknown name is kInvalidArgument and lists the known ones.
  std::vector<std::string> skip_passes = {};
  // Forms in which the file may hold constants (format/model/encoding/encoding.h); they are lossless. None: as in
  // memory.
  format::StorageOptions storage = {};
};

struct Compiled {
  format::AlignedBytes bytes;            // a .vg file
  std::vector<opt::PassOutcome> passes;  // what each pass that ran changed
};

// The passes alone.
Result<std::vector<opt::PassOutcome>> Optimise(ir::Graph& graph, const CompileOptions& options);

// Import and Compile in one. With ImportOptions::dynamic the file is read for several sizes (compile/dynamic.h) and the
// model file takes all of them.
Result<Compiled> ImportAndCompile(std::span<const std::byte> bytes, std::string_view name,
                                  const ImportOptions& import_options = {}, const CompileOptions& options = {});

// Optimises the graph, which must pass ir::Verify, writes it as a model file and verifies the result. kUnsupported or
// kDataLoss, with the node, when the graph exceeds what the format can hold.
Result<Compiled> Compile(ir::Graph graph, const CompileOptions& options = {});

// The writing alone. Names lose control characters, which the format refuses.
Result<format::AlignedBytes> Lower(ir::Graph graph, const format::StorageOptions& storage = {});

// The graph that a model file holds, with copies of its constants; it passes ir::Verify. For tools that take graphs:
// what runs a model takes the VerifiedModel itself. Of a file with open sizes it is the graph of the smallest ones.
Result<ir::Graph> Raise(const format::VerifiedModel& model);

}  // namespace verge::compile
