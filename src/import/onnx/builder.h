// Builds a graph op by op with types known at every step, so that converters read like the equations they implement.
//
//   const ValueId centred = b.Sub(x, b.Reduce(ops::ReduceKind::kMean, x, {1}, true));
//
// Errors    sticky: the first refusal of a shape rule, or of a helper, is kept; from then on every call returns
// kNoValue
//           and does nothing. Ask status() at the end. Reading the type of kNoValue gives f32 and rank 0.
// Folding   a node whose inputs are all constant is computed at once by the reference kernel and becomes a constant, as
//           long as the budget of FoldLimits lasts. So shape arithmetic is constant as soon as it is built.
// Threads   one graph, one thread.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "import/onnx/margin.h"
#include "ir/graph.h"
#include "ops/binary/binary.h"
#include "ops/compare/compare.h"
#include "ops/op_ids.h"
#include "ops/reduce/reduce.h"
#include "ops/unary/unary.h"

namespace verge::onnx {

using ir::kNoValue;
using ir::ValueId;

// What constant folding may spend on one model.
struct FoldLimits {
  size_t max_output_bytes = size_t{1} << 28;  // of one node
  size_t max_total_bytes = size_t{1} << 31;
  uint64_t max_macs = 1'000'000'000;   // of one node, or what stands for them: comparisons, taps
  size_t max_steps = size_t{1} << 20;  // nodes and constants built in all, folded ones and those of unrolled loops too
};

class Builder {
 public:
  // Borrows the graph; it outlives the builder.
  explicit Builder(ir::Graph& graph, const FoldLimits& limits = {}) : graph_(graph), limits_(limits) {}

  bool ok() const { return status_.ok(); }
  const Status& status() const { return status_; }
  void Fail(Status status);
  // An error of RequireConstant again, after it was dropped with its region.
  void FailNeeding(Status status, const std::set<std::string>& needed) {
    Fail(std::move(status));
    needed_inputs_.insert(needed.begin(), needed.end());
  }
  // Says where the error happened, once.
  void AddContext(const std::string& where);
  // Puts the error aside, so that building can go on to find further ones; AllRefusals() gives all of them as one.
  void NoteRefusal();
  Status AllRefusals() const;
  // Counts one step of building; false, and an error, when the budget is spent.
  bool CountStep();
  // Unique names of values come from here, for a graph to which others add values too.
  void SetNaming(std::function<std::string(const std::string& wanted)> unique) { naming_ = std::move(unique); }
  // A name that no value has yet.
  std::string ValueName(const std::string& wanted);
  // Values of this element type that are built from now on have this quantisation; none without scales.
  void SetQuant(DType dtype, const ir::Quant& quant) {
    quant_dtype_ = dtype;
    quant_ = quant;
  }
  // Nodes built from now on are named after this.
  void SetScope(const std::string& name) { scope_ = name; }

  // What is known of a value. Dim counts from the end when negative; a dimension that is not there is an error.
  const ir::Value& value(ValueId id) const;
  DType dtype(ValueId id) const { return value(id).dtype; }
  const Shape& shape(ValueId id) const { return value(id).shape; }
  int rank(ValueId id) const { return shape(id).rank(); }
  int64_t Dim(ValueId id, int d);
  bool IsConstant(ValueId id) const { return id != kNoValue && value(id).is_constant(); }
  // The numbers of a constant of any integer or bool type. Not constant: an error that notes the graph inputs it needs.
  std::vector<int64_t> Ints(ValueId id, const char* what);
  std::vector<double> Floats(ValueId id, const char* what);
  // `advice` says what to do when the value cannot be given.
  bool RequireConstant(ValueId id, const char* what, const char* advice = "export with constant shapes");
  // Names of the graph inputs whose values RequireConstant asked for in vain.
  const std::set<std::string>& needed_inputs() const { return needed_inputs_; }

  // Values.
  ValueId Input(const std::string& name, DType dtype, const Shape& shape);
  ValueId Constant(const std::string& name, DType dtype, const Shape& shape, std::shared_ptr<const ir::Buffer> data);
  ValueId IntsConstant(const std::vector<int64_t>& values);                      // i64[n]
  ValueId FloatsConstant(const Shape& shape, const std::vector<float>& values);  // f32
  ValueId Filled(DType dtype, const Shape& shape, double value);                 // every element the same
  // A tensor without elements, of the type of x. Ops have none: it lives only as a constant, and in shape arithmetic.
  ValueId Empty(ValueId x, const Shape& shape) {
    return Constant(scope_ + ".empty", dtype(x), shape, ir::Buffer::Allocate(0));
  }
  bool IsEmpty(ValueId x) const { return x != kNoValue && shape(x).elems() == 0; }
  ValueId Scalar(DType dtype, double value) { return Filled(dtype, Shape(), value); }
  // Says that a run fills only the first elements of a dimension; see margin.h. Null: it has no margin.
  void SetMargin(ValueId id, const Margin& margin) { margins_[id] = margin; }
  const Margin* MarginOf(ValueId id) const {
    const auto found = margins_.find(id);
    return found == margins_.end() ? nullptr : &found->second;
  }
  // What an integer value was quantised from, so that dequantising it again needs no arithmetic on its bits.
  struct QuantSource {
    ValueId real = kNoValue;
    float scale = 0;
    int32_t zero_point = 0;
    bool operator==(const QuantSource&) const = default;
  };
  void NoteQuantSource(ValueId id, const QuantSource& source) { quant_sources_[id] = source; }
  const QuantSource* QuantSourceOf(ValueId id) const {
    const auto found = quant_sources_.find(id);
    return found == quant_sources_.end() ? nullptr : &found->second;
  }
  // Remembers that a constant has elements of 4 bits in the file.
  void NoteFourBit(ValueId id) { four_bit_.insert(id); }
  bool IsFourBit(ValueId id) const { return four_bit_.count(id) != 0; }
  // Gives a computed value or made constant the name it has in the file, unless it has one already.
  void Rename(ValueId id, const std::string& name);
  // The same elements as a value of their own, for outputs that share one.
  ValueId Copy(ValueId x, const std::string& name);

  // Any op. `attrs` is the op's attribute struct.
  template <typename Attrs>
  ValueId Op(ops::OpId op, const Attrs& attrs, std::vector<ValueId> inputs) {
    return Ops(op, attrs, std::move(inputs), 1)[0];
  }
  template <typename Attrs>
  std::vector<ValueId> Ops(ops::OpId op, const Attrs& attrs, std::vector<ValueId> inputs, size_t outputs) {
    ops::OpAttrs bytes;
    bytes.As<Attrs>() = attrs;
    return Add(op, bytes, std::move(inputs), outputs);
  }

  // The ones that converters use most. Binary ones broadcast.
  ValueId Unary(ops::UnaryKind kind, ValueId x, float alpha = 0, float beta = 0);
  ValueId Binary(ops::BinaryKind kind, ValueId a, ValueId b);
  ValueId Add(ValueId a, ValueId b) { return Binary(ops::BinaryKind::kAdd, a, b); }
  ValueId Sub(ValueId a, ValueId b) { return Binary(ops::BinaryKind::kSub, a, b); }
  ValueId Mul(ValueId a, ValueId b) { return Binary(ops::BinaryKind::kMul, a, b); }
  ValueId Div(ValueId a, ValueId b) { return Binary(ops::BinaryKind::kDiv, a, b); }
  ValueId Compare(ops::CompareKind kind, ValueId a, ValueId b);
  ValueId Where(ValueId c, ValueId a, ValueId b);
  ValueId Cast(ValueId x, DType to);
  ValueId Reduce(ops::ReduceKind kind, ValueId x, const std::vector<int64_t>& axes, bool keep_dims);
  ValueId Transpose(ValueId x, const std::vector<int>& perm);
  ValueId Reshape(ValueId x, const std::vector<int64_t>& dims);  // one of them may be -1
  ValueId Expand(ValueId x, const std::vector<int64_t>& dims);
  ValueId Concat(const std::vector<ValueId>& parts, int64_t axis);
  ValueId Slice(ValueId x, int axis, int64_t start, int64_t size, int64_t step = 1);
  ValueId Gather(ValueId x, ValueId indices, int64_t axis);
  ValueId Matmul(ValueId a, ValueId b, bool transpose_a = false, bool transpose_b = false);
  // From and to channels last: [n, c, spatial...] <-> [n, spatial..., c].
  ValueId ToChannelsLast(ValueId x);
  ValueId ToChannelsFirst(ValueId x);

  // Control flow: what is built after BeginRegion can be taken out again as a subgraph. Regions nest.
  struct Region {
    size_t first_node = 0;
    size_t inputs = 0;  // of the graph, when it began
    std::set<std::string> needed;
  };
  Region BeginRegion() const { return {graph_.nodes.size(), graph_.inputs.size(), needed_inputs_}; }
  // Nodes built since, as [first, second) in the graph.
  std::pair<size_t, size_t> NodesSince(const Region& region) const { return {region.first_node, graph_.nodes.size()}; }
  // Adds to `reads`, once each, the values from outside that the nodes read or that are among `results`; constants and
  // `own` values need not be brought in.
  void CollectReads(std::pair<size_t, size_t> nodes, const std::vector<ValueId>& results,
                    const std::vector<ValueId>& own, std::vector<ValueId>& reads) const;
  // The nodes as a graph of their own.
  ir::Graph CopyNodes(std::pair<size_t, size_t> nodes, const std::string& name, const std::vector<ValueId>& inputs,
                      const std::vector<ValueId>& outputs) const;
  // Takes everything of the region out of the graph, and with it an error that came up in it.
  void DropRegion(const Region& region);
  // The ops if and while.
  std::vector<ValueId> Control(ops::OpId op, std::vector<ValueId> inputs, size_t outputs,
                               std::vector<ir::Graph> subgraphs);

 private:
  std::vector<ValueId> Append(ir::Node node, size_t outputs);
  std::vector<ValueId> Add(ops::OpId op, const ops::OpAttrs& attrs, std::vector<ValueId> inputs, size_t outputs);
  bool Fold(const ir::Node& node, const std::vector<TensorType>& types, std::vector<ValueId>& results);
  std::string UniqueName(const std::string& wanted, std::unordered_set<std::string>& taken);
  void NoteNeeded(ValueId id);

  ir::Graph& graph_;
  std::string scope_ = "node";
  DType quant_dtype_ = DType::kF32;
  ir::Quant quant_;
  Status status_;
  bool has_context_ = false;
  FoldLimits limits_;
  size_t folded_bytes_ = 0;
  size_t steps_ = 0;
  std::set<std::string> needed_inputs_;
  std::vector<Status> refusals_;
  std::set<ValueId> four_bit_;
  std::function<std::string(const std::string& wanted)> naming_;
  Margins margins_;
  std::map<ValueId, QuantSource> quant_sources_;
  std::unordered_set<std::string> value_names_;
  std::unordered_set<std::string> node_names_;
  std::vector<bool> is_named_;     // of each value: it has its name from the file
  std::vector<size_t> producers_;  // of each value: the node, or -1; values that others added last may be missing
};

// A list attribute from numbers; fails the builder when there are too many.
ops::IntList ToIntList(Builder& b, const std::vector<int64_t>& values);

}  // namespace verge::onnx
