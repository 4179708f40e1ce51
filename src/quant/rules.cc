#include "quant/rules.h"

#include <cstring>
#include <string>

#include "ops/binary/binary.h"
#include "ops/op_ids.h"
#include "ops/pad_mode/pad_mode.h"
#include "ops/reduce/reduce.h"
#include "ops/resize/resize.h"
#include "ops/softmax/softmax.h"
#include "ops/unary/unary.h"
#include "quant/weights.h"

namespace verge::quant {
namespace {

namespace ids = ops::ids;
using enum Role;
using enum OutputScale;

constexpr int32_t Kind(ops::UnaryKind kind) { return static_cast<int32_t>(kind); }
constexpr int32_t Kind(ops::BinaryKind kind) { return static_cast<int32_t>(kind); }
constexpr int32_t Kind(ops::ReduceKind kind) { return static_cast<int32_t>(kind); }
constexpr int32_t Kind(ops::SoftmaxKind kind) { return static_cast<int32_t>(kind); }

using U = ops::UnaryKind;

// Functions that 8 bits serve badly (exp, log, reciprocal, division, powers) are left out: they stay f32.
constexpr Rule kRules[] = {
    // op, kind, role, output, activations, axis of weights, scale of i8, whether i16 too
    {ids::kConv2d, kAnyKind, kLayer, kOwn, 1, 0},
    {ids::kDepthwiseConv2d, kAnyKind, kLayer, kOwn, 1, 3},
    {ids::kFullyConnected, kAnyKind, kLayer, kOwn, 1, 0},
    {ids::kConvTranspose, kAnyKind, kLayer, kOwn, 1, 0},
    {ids::kAdd, kAnyKind, kFollower, kOwn, 3},
    {ids::kSub, kAnyKind, kFollower, kOwn, 3},
    {ids::kMul, kAnyKind, kFollower, kOwn, 3},
    {ids::kBinary, Kind(ops::BinaryKind::kPrelu), kFollower, kOwn, 3},
    {ids::kBinary, Kind(ops::BinaryKind::kMin), kFollower, kAsInputs, 3},
    {ids::kBinary, Kind(ops::BinaryKind::kMax), kFollower, kAsInputs, 3},
    {ids::kReduce, Kind(ops::ReduceKind::kMean), kFollower, kOwn},
    {ids::kReduce, Kind(ops::ReduceKind::kSum), kFollower, kOwn},
    {ids::kReduce, Kind(ops::ReduceKind::kMax), kFollower, kAsInputs},
    {ids::kReduce, Kind(ops::ReduceKind::kMin), kFollower, kAsInputs},
    {ids::kRelu, kAnyKind, kFollower, kOwn},
    {ids::kRelu6, kAnyKind, kFollower, kOwn},
    {ids::kUnary, Kind(U::kAbs), kFollower, kOwn},
    {ids::kUnary, Kind(U::kNeg), kFollower, kOwn},
    {ids::kUnary, Kind(U::kRelu), kFollower, kOwn},
    {ids::kUnary, Kind(U::kReluN1To1), kFollower, kOwn},
    {ids::kUnary, Kind(U::kLeakyRelu), kFollower, kOwn},
    {ids::kUnary, Kind(U::kThresholdedRelu), kFollower, kOwn},
    {ids::kUnary, Kind(U::kElu), kFollower, kOwn},
    {ids::kUnary, Kind(U::kSelu), kFollower, kOwn},
    {ids::kUnary, Kind(U::kCelu), kFollower, kOwn},
    {ids::kUnary, Kind(U::kGelu), kFollower, kOwn},
    {ids::kUnary, Kind(U::kMish), kFollower, kOwn},
    {ids::kUnary, Kind(U::kSoftplus), kFollower, kOwn},
    {ids::kUnary, Kind(U::kSoftsign), kFollower, kOwn},
    {ids::kUnary, Kind(U::kHardSigmoid), kFollower, kOwn},
    // Its kernel works in 16 bits, which 16-bit numbers with their factors overflow.
    {ids::kUnary, Kind(U::kHardSwish), kFollower, kOwn, 1, -1, {}, false},
    {ids::kUnary, Kind(U::kSigmoid), kFollower, kFixed, 1, -1, {1.0f / 256, -128}},
    {ids::kUnary, Kind(U::kTanh), kFollower, kFixed, 1, -1, {1.0f / 128, 0}},
    {ids::kLogistic, kAnyKind, kFollower, kFixed, 1, -1, {1.0f / 256, -128}},
    {ids::kSoftmax, Kind(ops::SoftmaxKind::kSoftmax), kFollower, kFixed, 1, -1, {1.0f / 256, -128}},
    {ids::kSoftmax, Kind(ops::SoftmaxKind::kLogSoftmax), kFollower, kFixed, 1, -1, {16.0f / 256, 127}, false},
    {ids::kMaxPool2d, kAnyKind, kFollower, kAsInputs},
    {ids::kAvgPool2d, kAnyKind, kFollower, kAsInputs},
    {ids::kResizeBilinear, kAnyKind, kFollower, kAsInputs},
    {ids::kResize, kAnyKind, kMover, kAsInputs},
    {ids::kConcat, kAnyKind, kMover, kJoined, kAllInputs},
    {ids::kReshape, kAnyKind, kMover, kAsInputs},
    {ids::kTranspose, kAnyKind, kMover, kAsInputs},
    {ids::kSlice, kAnyKind, kMover, kAsInputs},
    {ids::kPad, kAnyKind, kMover, kAsInputs},
    {ids::kPadMode, kAnyKind, kMover, kAsInputs, 3},
    {ids::kExpand, kAnyKind, kMover, kAsInputs},
    {ids::kTile, kAnyKind, kMover, kAsInputs},
    {ids::kGather, kAnyKind, kMover, kAsInputs},
    {ids::kGatherElements, kAnyKind, kMover, kAsInputs},
    {ids::kGatherNd, kAnyKind, kMover, kAsInputs},
    {ids::kReverseSequence, kAnyKind, kMover, kAsInputs},
    {ids::kWhere, kAnyKind, kMover, kAsInputs, 6},
};

// The matrices of a recurrent layer have one scale each.
constexpr uint32_t Bits(uint32_t first, uint32_t count) { return ((1u << count) - 1u) << first; }
constexpr DynamicRule kDynamicRules[] = {
    {ids::kConv2d, 2, 0},
    {ids::kDepthwiseConv2d, 2, 3},
    {ids::kFullyConnected, 2, 0},
    {ids::kConvTranspose, 2, 0},
    // W and R of 4 gates, 3 peepholes, the projection, A of 4 gates (ops::LstmInput)
    {ids::kLstm, Bits(1, 11) | Bits(16, 1) | Bits(25, 4), kWhole},
    {ids::kRnn, Bits(1, 2) | Bits(6, 1), kWhole},  // W, R and A (ops::RnnInput)
    {ids::kSvdf, Bits(1, 1), kWhole},              // the filters of features
};

// Reads the attribute `kind`.
class KindReader final : public ops::AttrVisitor {
 public:
  void Int(const char* /*name*/, int64_t& /*value*/, int64_t /*min*/, int64_t /*max*/) override {}
  void Float(const char* /*name*/, float& /*value*/) override {}
  void Bool(const char* /*name*/, bool& /*value*/) override {}
  void Ints(const char* /*name*/, ops::IntList& /*value*/) override {}
  void Enum(const char* name, int32_t& value, std::span<const char* const> /*names*/) override {
    if (std::strcmp(name, "kind") == 0) kind = value;
  }
  int32_t kind = kAnyKind;
};

// A graph of one node whose values can be given other types without touching the model.
struct Trial {
  Trial(const ir::Graph& from, const ir::Node& original) : node(original) {
    graph.subgraphs = from.subgraphs;
    for (ir::ValueId& id : node.inputs) {
      if (id != ir::kNoValue) id = graph.AddValue(from.value(id));
    }
    for (ir::ValueId& id : node.outputs) id = graph.AddValue(from.value(id));
  }
  ir::Value& Input(size_t i) { return graph.values[node.inputs[i]]; }
  ir::Value& Output(size_t i) { return graph.values[node.outputs[i]]; }
  bool Has(size_t i) const { return i < node.inputs.size() && node.inputs[i] != ir::kNoValue; }

  // The shape rule takes the node and gives output 0 the type it has here.
  Status Accepts() {
    VERGE_TRY_ASSIGN(const std::vector<TensorType> types, ir::InferNode(graph, node));
    if (types[0].dtype == Output(0).dtype && types[0].shape == Output(0).shape) return Status::Ok();
    return VERGE_ERROR(kUnsupported, "the operator makes " + std::string(DTypeName(types[0].dtype)) + " of it");
  }

  ir::Node node;
  ir::Graph graph;
};

void SetType(ir::Value& value, DType dtype, ops::ScaleZero scale) {
  value.dtype = dtype;
  value.constant = nullptr;
  value.quant = {.scales = {scale.scale}, .zero_points = {scale.zero_point}};
}

void SetWeights(ir::Value& w, int axis) {
  const size_t count = axis == kWhole ? 1 : static_cast<size_t>(w.shape[axis]);
  w.dtype = DType::kI8;
  w.constant = nullptr;
  w.quant = {std::vector<float>(count, 1.0f / 64), std::vector<int32_t>(count, 0), axis == kWhole ? 0 : axis};
}

// Attributes and omitted inputs that mean another number in integers than in f32.
Status CheckFill(const ir::Node& node) {
  if (node.op == ids::kResize &&
      node.attrs.As<ops::ResizeAttrs>().coordinates == static_cast<int32_t>(ops::ResizeCoordinates::kCropAndResize)) {
    return VERGE_ERROR(kUnsupported, "extrapolates by a number that integers would take for a step");
  }
  if (node.op == ids::kPadMode && (node.inputs.size() < 2 || node.inputs[1] == ir::kNoValue) &&
      node.attrs.As<ops::PadModeAttrs>().mode == static_cast<int32_t>(ops::PadModeKind::kConstant)) {
    return VERGE_ERROR(kUnsupported, "has a border of zeros without a value for it");
  }
  return Status::Ok();
}

Status WantConstant(const ir::Value& value, const char* what) {
  if (value.is_constant() && value.dtype == DType::kF32) return Status::Ok();
  return VERGE_ERROR(kUnsupported, std::string(what) + " '" + value.name + "' is no constant of f32");
}

}  // namespace

const Rule* FindRule(const ir::Node& node) {
  KindReader reader;
  ops::OpAttrs attrs = node.attrs;
  ops::GetOp(node.op).visit_attrs(attrs, reader);
  for (const Rule& rule : kRules) {
    if (rule.op == node.op && (rule.kind == kAnyKind || rule.kind == reader.kind)) return &rule;
  }
  return nullptr;
}

const DynamicRule* FindDynamicRule(const ir::Node& node) {
  for (const DynamicRule& rule : kDynamicRules) {
    if (rule.op == node.op) return &rule;
  }
  return nullptr;
}

Status AcceptsForm(const ir::Graph& graph, const ir::Node& node, const Rule& rule, DType dtype) {
  VERGE_TRY(CheckFill(node));
  Trial trial(graph, node);
  const bool is_16 = dtype == DType::kI16;
  if (is_16 && !rule.has_16) {
    return VERGE_ERROR(kUnsupported, "has no form with 16-bit activations");
  }
  const ops::ScaleZero some = {1.0f / 64, 0};
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (!IsData(rule, i) || !trial.Has(i)) continue;
    if (trial.Input(i).dtype != DType::kF32) {
      return VERGE_ERROR(kUnsupported, "works on " + std::string(DTypeName(trial.Input(i).dtype)));
    }
    SetType(trial.Input(i), dtype, some);
  }
  if (trial.Output(0).dtype != DType::kF32) return VERGE_ERROR(kUnsupported, "does not make f32");
  SetType(trial.Output(0), dtype, rule.output == kFixed ? FixedScaleOf(rule, dtype) : some);
  if (rule.role == kLayer) {
    VERGE_TRY(WantConstant(graph.value(node.inputs[1]), "its weight"));
    // The quantiser asks about the shape too: weights of another rank have no such axis.
    if (trial.Input(1).shape.rank() <= rule.weight_axis) return VERGE_ERROR(kUnsupported, "has unusual weights");
    SetWeights(trial.Input(1), rule.weight_axis);
    if (trial.Has(2)) {
      VERGE_TRY(WantConstant(graph.value(node.inputs[2]), "its bias"));
      trial.Input(2).dtype = is_16 ? DType::kI64 : DType::kI32;
      trial.Input(2).constant = nullptr;
    }
  }
  return trial.Accepts();
}

Status AcceptsDynamic(const ir::Graph& graph, const ir::Node& node, const DynamicRule& rule) {
  Trial trial(graph, node);
  for (size_t i = 0; i < node.inputs.size() && i < 32; ++i) {
    if (((rule.weights >> i) & 1) == 0 || !trial.Has(i)) continue;
    VERGE_TRY(WantConstant(graph.value(node.inputs[i]), "its weight"));
    SetWeights(trial.Input(i), rule.weight_axis);
  }
  return trial.Accepts();
}

}  // namespace verge::quant
