// What every layer may know about an operator without linking its kernels: name, attributes, arity, shape rule, cost.
// One OpDef per line of ops.def, collected into a constant table at build time (no static registration).
//
// An op's attributes are one trivially copyable struct of at most kMaxAttrsBytes bytes. The struct lists its fields
// once, in VisitAttrs; the text form, the .vg reader and writer, the emitters and the tests all go through that list.
//
// Threads   constant data and pure functions.
// Layers    includes base only: the graph compiler (ir) and the runtime both speak this vocabulary.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/status.h"
#include "base/tensor.h"

namespace verge::ops {

// Index into the table made from ops.def; stable within one build only. Files store the name.
using OpId = uint16_t;

inline constexpr size_t kMaxAttrsBytes = 416;

// A short list of integers (axes, paddings, a target shape) inside an attribute struct.
struct IntList {
  static constexpr int kCapacity = 2 * Shape::kMaxRank;
  int32_t size = 0;
  std::array<int64_t, kCapacity> values{};
};

// Sees each field of an attribute struct in declaration order; may read or replace the value. A writer that stores an
// out-of-range value is a bug; a reader that meets one (foreign bytes) keeps the default and remembers a Status.
class AttrVisitor {
 public:
  virtual ~AttrVisitor() = default;
  virtual void Int(const char* name, int64_t& value, int64_t min, int64_t max) = 0;
  virtual void Float(const char* name, float& value) = 0;
  virtual void Bool(const char* name, bool& value) = 0;
  // `value` indexes `names`.
  virtual void Enum(const char* name, int32_t& value, std::span<const char* const> names) = 0;
  virtual void Ints(const char* name, IntList& value) = 0;
};

// Attributes of any op by value. Default: all zero bytes; InitAttrs of the op's OpDef sets the real defaults.
class OpAttrs {
 public:
  template <typename T>
  T& As() {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= kMaxAttrsBytes && alignof(T) <= 8);
    return *reinterpret_cast<T*>(bytes_.data());
  }
  template <typename T>
  const T& As() const {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= kMaxAttrsBytes && alignof(T) <= 8);
    return *reinterpret_cast<const T*>(bytes_.data());
  }
  void* data() { return bytes_.data(); }
  const void* data() const { return bytes_.data(); }

 private:
  alignas(8) std::array<std::byte, kMaxAttrsBytes> bytes_{};
};

// One input of a shape rule: its type, and its bytes when it is a constant (a reshape's target, a pad's widths).
struct InferInput {
  TensorType type;
  const void* constant = nullptr;  // type.CheckedBytes() bytes, aligned for type.dtype; null when not constant
  bool is_present = true;          // false for an omitted optional input
};

// What a shape rule may know of a subgraph that a control-flow node names.
struct SubgraphTypes {
  std::vector<TensorType> inputs;
  std::vector<TensorType> outputs;
};

struct InferArgs {
  const OpAttrs& attrs;
  std::span<const InferInput> inputs;
  std::span<TensorType> outputs;  // the rule sets dtype and shape of each; quant is left alone
  std::span<const SubgraphTypes> subgraphs = {};
};

struct OpDef {
  const char* name;     // "conv2d": the name in text, files and documentation
  const char* summary;  // one line for `verge inspect` and docs/ops.md
  int version;          // raised when the meaning of existing attributes changes
  int min_inputs;       // inputs beyond min_inputs are optional
  int max_inputs;       // -1: any number
  int min_outputs;
  int max_outputs;
  void (*init_attrs)(OpAttrs& attrs);
  void (*visit_attrs)(OpAttrs& attrs, AttrVisitor& visitor);
  // Checks inputs and attributes completely and sets the outputs' types: what it accepts, every kernel of the op must
  // be able to run blindly. Errors name the input or attribute.
  Status (*infer)(const InferArgs& args);
  // Multiply-accumulates of one run, for reports and scheduling; 0 for ops that only move or compare data.
  uint64_t (*macs)(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> outputs);
  // True when output 0 may use the memory of input 0 (same bytes, element i of the output needs only element i of it).
  bool can_run_in_place;
  // How many subgraphs a node of this op names; 0 but for control flow.
  int subgraphs = 0;
};

// The whole table, in the order of ops.def.
std::span<const OpDef> AllOps();
const OpDef& GetOp(OpId id);
// kNotFound names the op and says how to list the known ones.
Result<OpId> FindOp(std::string_view name);

}  // namespace verge::ops
