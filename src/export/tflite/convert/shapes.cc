// Ops that move elements, fold dimensions, or multiply matrices.
#include <algorithm>

#include "export/tflite/convert/tables.h"
#include "ops/arg_reduce/arg_reduce.h"
#include "ops/concat/concat.h"
#include "ops/cumsum/cumsum.h"
#include "ops/fully_connected/fully_connected.h"
#include "ops/gather/gather.h"
#include "ops/gather_nd/gather_nd.h"
#include "ops/matmul/matmul.h"
#include "ops/one_hot/one_hot.h"
#include "ops/op_ids.h"
#include "ops/reduce/reduce.h"
#include "ops/reverse_sequence/reverse_sequence.h"
#include "ops/slice/slice.h"
#include "ops/tile/tile.h"
#include "ops/topk/topk.h"
#include "ops/transpose/transpose.h"

namespace verge::to_tflite {
namespace {

std::vector<int64_t> ToVector(const ops::IntList& list) {
  return {list.values.begin(), list.values.begin() + list.size};
}

std::vector<int64_t> DimsOf(const Shape& shape) { return {shape.dims().begin(), shape.dims().end()}; }

int ByteVersion(const Emitter& e) { return std::min(VersionFor(e.In(0).dtype), 2); }

void Concat(Emitter& e) {
  std::vector<TensorId> inputs;
  for (size_t i = 0; i < e.node.inputs.size(); ++i) inputs.push_back(e.Get(i));
  const auto axis = static_cast<int32_t>(e.Attrs<ops::ConcatAttrs>().axis);
  e.Op(BuiltinOperator::CONCATENATION, VersionFor(e.In(0).dtype), inputs, {e.Result()},
       schema::CreateConcatenationOptions(e.b.fbb(), axis));
}

void Reshape(Emitter& e) {
  const std::vector<int64_t> dims = DimsOf(e.Out().shape);
  const std::vector<int32_t> narrow(dims.begin(), dims.end());
  e.Op(BuiltinOperator::RESHAPE, 1, {e.Get(0), e.Ints(dims)}, {e.Result()},
       schema::CreateReshapeOptionsDirect(e.b.fbb(), &narrow));
}

void Transpose(Emitter& e) {
  if (e.Dims(0).rank() > 6) return e.Unsupported("has more than 6 dimensions");
  e.Op(BuiltinOperator::TRANSPOSE,
       e.Dims(0).rank() > 5   ? 6
       : e.Dims(0).rank() > 4 ? 4
                              : ByteVersion(e),
       {e.Get(0), e.Ints(ToVector(e.Attrs<ops::TransposeAttrs>().perm))}, {e.Result()},
       schema::CreateTransposeOptions(e.b.fbb()));
}

void Slice(Emitter& e) {
  const auto& a = e.Attrs<ops::SliceAttrs>();
  std::vector<int64_t> ends;
  int32_t end_mask = 0;
  const std::vector<int64_t> starts = ToVector(a.starts);
  const std::vector<int64_t> steps = ToVector(a.steps);
  if (starts.size() > 5) return e.Unsupported("has more than 5 dimensions");
  for (size_t d = 0; d < starts.size(); ++d) {
    const int64_t last = starts[d] + (a.sizes.values[d] - 1) * steps[d];
    ends.push_back(steps[d] > 0 ? last + 1 : last - 1);
    // A number below 0 would count from the end: the mask says "to the first".
    if (ends.back() < 0) end_mask |= 1 << d;
  }
  e.Op(BuiltinOperator::STRIDED_SLICE, starts.size() > 4 ? 4 : ByteVersion(e),
       {e.Get(0), e.Ints(starts), e.Ints(ends), e.Ints(steps)}, {e.Result()},
       schema::CreateStridedSliceOptions(e.b.fbb(), 0, end_mask));
}

void Expand(Emitter& e) {
  e.Op(BuiltinOperator::BROADCAST_TO, 2, {e.Get(0), e.Ints(DimsOf(e.Out().shape))}, {e.Result()},
       schema::CreateBroadcastToOptions(e.b.fbb()));
}

void Tile(Emitter& e) {
  e.Op(BuiltinOperator::TILE, 1, {e.Get(0), e.Ints(ToVector(e.Attrs<ops::TileAttrs>().repeats))}, {e.Result()},
       schema::CreateTileOptions(e.b.fbb()));
}

void Gather(Emitter& e) {
  const auto axis = static_cast<int32_t>(e.Attrs<ops::GatherAttrs>().axis);
  e.Op(BuiltinOperator::GATHER, ByteVersion(e), {e.Get(0), e.Get(1)}, {e.Result()},
       schema::CreateGatherOptions(e.b.fbb(), axis));
}

void GatherNd(Emitter& e) {
  if (e.Attrs<ops::GatherNdAttrs>().batch_dims != 0) return e.Unsupported("shares batch dimensions with its indices");
  e.Op(BuiltinOperator::GATHER_ND, ByteVersion(e), {e.Get(0), e.Get(1)}, {e.Result()},
       schema::CreateGatherNdOptions(e.b.fbb()));
}

// Where positions are i64 in the graph and i32 in TFLite.
TensorId Narrow(Emitter& e, size_t output) {
  ir::Value like = e.Out(output);
  like.dtype = DType::kI32;
  return e.Temporary(like, like.shape);
}

void Topk(Emitter& e) {
  const auto& a = e.Attrs<ops::TopkAttrs>();
  const int rank = e.Dims(0).rank();
  if (!a.largest || (a.axis != -1 && a.axis != rank - 1)) {
    return e.Unsupported("takes the smallest elements, or runs along a dimension that is not the last");
  }
  const auto k = static_cast<int32_t>(a.k);
  ir::Value number;
  number.dtype = DType::kI32;
  const TensorId places = Narrow(e, 1);
  e.Op(BuiltinOperator::TOPK_V2, ByteVersion(e), {e.Get(0), e.Scalar(number, &k)}, {e.Result(0), places},
       schema::CreateTopKV2Options(e.b.fbb()));
  e.Op(BuiltinOperator::CAST, 1, {places}, {e.Result(1)},
       schema::CreateCastOptions(e.b.fbb(), schema::TensorType::INT32, schema::TensorType::INT64));
}

void ArgReduce(Emitter& e) {
  const auto& a = e.Attrs<ops::ArgReduceAttrs>();
  if (a.select_last) return e.Unsupported("takes the last of equal elements");
  const Shape& x = e.Dims(0);
  const int64_t axis = a.axis < 0 ? a.axis + x.rank() : a.axis;
  std::vector<int64_t> kept;
  for (int d = 0; d < x.rank(); ++d) {
    if (d != axis) kept.push_back(x[d]);
  }
  const TensorId y = a.keep_dims ? e.Temporary(e.Out(), *Shape::FromSpan(kept)) : e.Result();
  const TensorId at = e.Ints({axis});
  const auto i64 = schema::TensorType::INT64;
  if (a.take_min) {
    e.Op(BuiltinOperator::ARG_MIN, ByteVersion(e), {e.Get(0), at}, {y}, schema::CreateArgMinOptions(e.b.fbb(), i64));
  } else {
    e.Op(BuiltinOperator::ARG_MAX, ByteVersion(e), {e.Get(0), at}, {y}, schema::CreateArgMaxOptions(e.b.fbb(), i64));
  }
  if (!a.keep_dims) return;
  const std::vector<int64_t> dims = DimsOf(e.Out().shape);
  e.Op(BuiltinOperator::RESHAPE, 1, {y, e.Ints(dims)}, {e.Result()},
       schema::CreateReshapeOptions(e.b.fbb(), e.b.fbb().CreateVector(std::vector<int32_t>(dims.begin(), dims.end()))));
}

void ReverseSequence(Emitter& e) {
  const auto& a = e.Attrs<ops::ReverseSequenceAttrs>();
  e.Op(BuiltinOperator::REVERSE_SEQUENCE, 1, {e.Get(0), e.Get(1)}, {e.Result()},
       schema::CreateReverseSequenceOptions(e.b.fbb(), static_cast<int32_t>(a.time_axis),
                                            static_cast<int32_t>(a.batch_axis)));
}

void Cumsum(Emitter& e) {
  const auto& a = e.Attrs<ops::CumsumAttrs>();
  const DType type = e.In(0).dtype;
  if (type != DType::kF32 && type != DType::kI32 && type != DType::kI64) {
    return e.Unsupported(std::string("works on ") + DTypeName(type) + ", which TFLite's operator does not take");
  }
  const auto axis = static_cast<int32_t>(a.axis);
  ir::Value number;
  number.dtype = DType::kI32;
  e.Op(BuiltinOperator::CUMSUM, 1, {e.Get(0), e.Scalar(number, &axis)}, {e.Result()},
       schema::CreateCumsumOptions(e.b.fbb(), a.exclusive, a.reverse));
}

void Reduce(Emitter& e) {
  const auto& a = e.Attrs<ops::ReduceAttrs>();
  const auto kind = static_cast<ops::ReduceKind>(a.kind);
  constexpr BuiltinOperator kNone = BuiltinOperator::CUSTOM;
  BuiltinOperator code = kNone;
  switch (kind) {
    case ops::ReduceKind::kSum: code = BuiltinOperator::SUM; break;
    case ops::ReduceKind::kMean: code = BuiltinOperator::MEAN; break;
    case ops::ReduceKind::kProd: code = BuiltinOperator::REDUCE_PROD; break;
    case ops::ReduceKind::kMax: code = BuiltinOperator::REDUCE_MAX; break;
    case ops::ReduceKind::kMin: code = BuiltinOperator::REDUCE_MIN; break;
    case ops::ReduceKind::kAny: code = BuiltinOperator::REDUCE_ANY; break;
    case ops::ReduceKind::kAll: code = BuiltinOperator::REDUCE_ALL; break;
    default: break;
  }
  if (code == kNone)
    return e.Unsupported(std::string("of kind ") + ops::kReduceKindNames[a.kind] + " has no form in TFLite");
  std::vector<int64_t> axes = ToVector(a.axes);
  for (int d = 0; a.axes.size == 0 && d < e.Dims(0).rank(); ++d) axes.push_back(d);
  e.Op(code, VersionFor(e.In(0).dtype), {e.Get(0), e.Ints(axes)}, {e.Result()},
       schema::CreateReducerOptions(e.b.fbb(), a.keep_dims));
}

void FullyConnected(Emitter& e) {
  if (e.HasRealOutput()) return e.Unsupported(kRealOutput);
  const auto& a = e.Attrs<ops::FullyConnectedAttrs>();
  const DType type = e.In(0).dtype;
  std::vector<TensorId> inputs = {e.Get(0), e.Get(1)};
  if (e.Has(2)) inputs.push_back(e.Bias());
  int version = 1;
  if (type == DType::kI16) version = 7;
  if (type == DType::kI8) version = 4;
  if (type == DType::kF32 && e.In(1).dtype != DType::kF32) version = a.asymmetric_inputs ? 9 : 3;
  if (a.keep_num_dims) version = std::max(version, 5);
  if (!e.Has(2)) version = std::max(version, 6);
  const auto options = schema::CreateFullyConnectedOptions(e.b.fbb(), ActivationOf(a.activation),
                                                           schema::FullyConnectedOptionsWeightsFormat::DEFAULT,
                                                           a.keep_num_dims, a.asymmetric_inputs);
  e.Op(BuiltinOperator::FULLY_CONNECTED, version, inputs, {e.Result()}, options);
}

// Constant weights of one matrix are a FULLY_CONNECTED, whose weights are [out, in].
void Matmul(Emitter& e) {
  const auto& a = e.Attrs<ops::MatmulAttrs>();
  const DType type = e.In(0).dtype;
  if (type != DType::kF32 && type != DType::kI8) {
    return e.Unsupported(std::string("works on ") + DTypeName(type) + ", which TFLite's operator does not take");
  }
  if (e.In(1).is_constant() && e.Dims(1).rank() == 2 && !a.transpose_a && e.Dims(0).rank() >= 2 &&
      type == DType::kF32) {
    const Shape turned = {e.Dims(1)[1], e.Dims(1)[0]};
    const TensorId w = a.transpose_b ? e.Get(1) : e.Transposed(1, {1, 0}, turned);
    const auto options =
        schema::CreateFullyConnectedOptions(e.b.fbb(), schema::ActivationFunctionType::NONE,
                                            schema::FullyConnectedOptionsWeightsFormat::DEFAULT, e.Dims(0).rank() > 2);
    return e.Op(BuiltinOperator::FULLY_CONNECTED, 6, {e.Get(0), w}, {e.Result()}, options);
  }
  e.Op(BuiltinOperator::BATCH_MATMUL, type == DType::kI8 ? 2 : 1, {e.Get(0), e.Get(1)}, {e.Result()},
       schema::CreateBatchMatMulOptions(e.b.fbb(), a.transpose_a, a.transpose_b));
}

constexpr Converter kRows[] = {
    {ops::ids::kConcat, Concat},
    {ops::ids::kReshape, Reshape},
    {ops::ids::kTranspose, Transpose},
    {ops::ids::kSlice, Slice},
    {ops::ids::kExpand, Expand},
    {ops::ids::kTile, Tile},
    {ops::ids::kGather, Gather},
    {ops::ids::kGatherNd, GatherNd},
    {ops::ids::kTopk, Topk},
    {ops::ids::kArgReduce, ArgReduce},
    {ops::ids::kReverseSequence, ReverseSequence},
    {ops::ids::kCumsum, Cumsum},
    {ops::ids::kReduce, Reduce},
    {ops::ids::kFullyConnected, FullyConnected},
    {ops::ids::kMatmul, Matmul},
};

}  // namespace

const std::span<const Converter> kShapeConverters = kRows;

}  // namespace verge::to_tflite
