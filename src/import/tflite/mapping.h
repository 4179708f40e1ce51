// How an op's folder says what it means in a TFLite file: <op>_tflite.cc exports k<Op>Tflite, a span of mappings, which
// cmake/ops.cmake collects into AllMappings().
//
// The importer calls a mapping with the node prepared: its op, default attributes, and inputs and outputs as in the
// file. The mapping sets attributes and takes inputs away that became attributes (a reshape's target). The shape rule
// runs afterwards, so a mapping checks only what it reads itself. Operators that become several nodes have converters
// (context.h, convert/).
//
// Threads   pure functions and constant data.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "import/tflite/tflite_generated.h"
#include "ir/graph.h"

namespace verge::tflite {

struct OperatorView {
  const schema::Operator& op;  // verified
  const ir::Graph& graph;      // the types of all inputs are known; constants have their bytes
  // Quantisation of the tensors inside the operator; empty where the file states none.
  std::span<const ir::Quant> intermediates = {};
};

struct Mapping {
  schema::BuiltinOperator code;
  Status (*map)(const OperatorView& from, ir::Node& node);
  // Inputs that are the operator's memory. The op gives the memory after it as outputs behind the file's, in this
  // order; an input that is a variable of the model becomes a state of the graph, and that output its next value.
  std::span<const size_t> states = {};
  // The op moves or compares elements: quantised ones pass, when inputs and outputs have one scale and zero point.
  bool moves_elements = false;
};

// One span per op that has a <op>_tflite.cc. Generated.
std::span<const std::span<const Mapping>* const> AllMappings();
// The op that the i-th span of AllMappings belongs to. Generated.
std::span<const ops::OpId> MappedOps();

// The operator's options; kDataLoss when the file has none or others.
template <typename T>
Result<const T*> Options(const OperatorView& from) {
  if (const T* options = from.op.builtin_options_as<T>()) return options;
  return VERGE_ERROR(kDataLoss, "has no options of its own kind");
}

// The index of an `activation` attribute; "none" for those that TrailingActivation gives.
Result<int32_t> MapActivation(schema::ActivationFunctionType activation);

// The fused activation that the importer lets follow as nodes of its own, since no op fuses it.
schema::ActivationFunctionType TrailingActivation(const schema::Operator& op);

struct Padding1d {
  int64_t before = 0;
  int64_t after = 0;
};

// VALID: none. SAME: what makes the output ceil(in / stride) long; the odd element goes to the end.
// kDataLoss when a number is below 1 or above ops::kMaxWindow.
Result<Padding1d> MapPadding(schema::Padding padding, int64_t in, int64_t kernel, int64_t stride, int64_t dilation);

// Input `i` of the node, which must be there.
Result<const ir::Value*> InputValue(const OperatorView& from, const ir::Node& node, size_t i, const char* name);

// The whole numbers of constant input `i` (i32 or i64, at most IntList::kCapacity of them); kUnsupported when the
// input is computed at run time.
Result<std::vector<int64_t>> ConstantInts(const OperatorView& from, const ir::Node& node, size_t i, const char* name);

// Fails unless the node has from `min` to `max` inputs.
Status CheckInputCount(const ir::Node& node, size_t min, size_t max);

// A mapping for operators without anything to say.
Status MapNothing(const OperatorView& from, ir::Node& node);

}  // namespace verge::tflite
