// Which operators have an integer form and how their scales come about: one line of the table an operator (and kind).
//
// The table states what the quantiser wants; whether an operator takes a form is asked of its own shape rule
// (AcceptsForm), so that the table cannot promise what kernels do not do.
//
// Threads   constant data and pure functions
#pragma once

#include <cstdint>
#include <span>

#include "base/status.h"
#include "ir/graph.h"
#include "ops/quant.h"

namespace verge::quant {

// Why an operator becomes integer at all.
enum class Role {
  kLayer,     // has weights: integers are where time and size are won
  kFollower,  // arithmetic on activations: integer between integers
  kMover,     // only moves or picks elements: follows what is around it
};

// Where the scale of output 0 comes from.
enum class OutputScale {
  kOwn,       // from its own range
  kAsInputs,  // inputs and output share one
  kJoined,    // they share one where they can, otherwise the operator rescales
  kFixed,     // the function's range decides
};

inline constexpr int32_t kAnyKind = -1;
inline constexpr uint32_t kAllInputs = 0xffffffffu;

struct Rule {
  ops::OpId op;
  int32_t kind;  // of the attribute `kind`, or kAnyKind
  Role role;
  OutputScale output;
  uint32_t data = 1;           // bit i: input i is an activation
  int weight_axis = -1;        // layers: the dimension of input 1 that counts output channels
  ops::ScaleZero fixed8 = {};  // OutputScale::kFixed: of i8
  bool has_16 = true;          // i16 activations too; OutputScale::kFixed then has steps of 2^-15
};

// Null when the node has no static integer form.
const Rule* FindRule(const ir::Node& node);
inline bool IsData(const Rule& rule, size_t input) {
  return rule.data == kAllInputs || ((rule.data >> input) & 1) != 0;
}

// Dynamic-range form: f32 activations and i8 weights.
struct DynamicRule {
  ops::OpId op;
  uint32_t weights;  // bit i: input i is a matrix that becomes i8
  int weight_axis;   // one scale an index of this dimension, or kWhole
};
const DynamicRule* FindDynamicRule(const ir::Node& node);

// Whether the node's own shape rule takes activations of `dtype` (i8 or i16) by `rule`. The Status says why not.
Status AcceptsForm(const ir::Graph& graph, const ir::Node& node, const Rule& rule, DType dtype);
Status AcceptsDynamic(const ir::Graph& graph, const ir::Node& node, const DynamicRule& rule);

// The scale of OutputScale::kFixed.
inline ops::ScaleZero FixedScaleOf(const Rule& rule, DType dtype) {
  return dtype == DType::kI16 ? ops::ScaleZero{1.0f / 32768, 0} : rule.fixed8;
}

}  // namespace verge::quant
