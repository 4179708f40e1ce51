// How an op's header makes its OpDef out of an attribute struct and a shape rule:
//
//   struct ReluAttrs { void Visit(AttrVisitor&) {} };
//   Status InferRelu(const InferArgs& args);
//   inline constexpr OpDef kReluOp = DefineOp<ReluAttrs, InferRelu, Arity{1, 1}>({.name = "relu", ...});
//
// The made OpDef wraps the rule with the checks that all ops share, so that a rule sees sane arguments and a kernel
// sees sane outputs: the number of inputs and outputs, attributes within the ranges their Visit states, no omitted
// required input, every dimension 1 or more, every tensor at most kMaxTensorBytes.
#pragma once

#include <cstdint>
#include <new>

#include "ops/op_def.h"

namespace verge::ops {

// No tensor of a graph is larger; keeps every index and byte offset far from overflow, of int64_t or of 32 bits.
inline constexpr size_t kMaxTensorBytes = size_t{1} << (sizeof(size_t) > 4 ? 36 : 30);

struct Arity {
  int min_inputs = 1;
  int max_inputs = 1;  // -1: any number
  int min_outputs = 1;
  int max_outputs = 1;
};

// What the author of an op states besides its attributes and rule.
struct OpFacts {
  const char* name;
  const char* summary;
  int version = 1;
  uint64_t (*macs)(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> outputs);
  bool can_run_in_place = false;
  int subgraphs = 0;
};

// `macs` of ops that compute nothing worth counting.
uint64_t NoMacs(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> outputs);

// The shared checks, before and after a rule.
Status CheckBeforeRule(const Arity& arity, void (*visit)(OpAttrs&, AttrVisitor&), const InferArgs& args);
Status CheckAfterRule(const InferArgs& args);

template <typename Attrs, Status (*Rule)(const InferArgs&), Arity kArity>
constexpr OpDef DefineOp(const OpFacts& facts) {
  return {
      .name = facts.name,
      .summary = facts.summary,
      .version = facts.version,
      .min_inputs = kArity.min_inputs,
      .max_inputs = kArity.max_inputs,
      .min_outputs = kArity.min_outputs,
      .max_outputs = kArity.max_outputs,
      .init_attrs = [](OpAttrs& attrs) { new (attrs.data()) Attrs{}; },
      .visit_attrs = [](OpAttrs& attrs, AttrVisitor& visitor) { attrs.As<Attrs>().Visit(visitor); },
      .infer = [](const InferArgs& args) -> Status {
        VERGE_TRY(CheckBeforeRule(
            kArity, [](OpAttrs& attrs, AttrVisitor& visitor) { attrs.As<Attrs>().Visit(visitor); }, args));
        VERGE_TRY(Rule(args));
        return CheckAfterRule(args);
      },
      .macs = facts.macs,
      .can_run_in_place = facts.can_run_in_place,
      .subgraphs = facts.subgraphs,
  };
}

}  // namespace verge::ops
