// The families of converters, one file each; converters.cc looks ops up in all of them.
#pragma once

#include <span>
#include <vector>

#include "import/onnx/context.h"
#include "ops/pool_nd/pool_nd.h"
#include "ops/recurrent/recurrent.h"

namespace verge::onnx {

extern const std::span<const Converter> kAttentionConverters;
extern const std::span<const Converter> kControlConverters;
extern const std::span<const Converter> kConvolutionConverters;
extern const std::span<const Converter> kElementwiseConverters;
extern const std::span<const Converter> kImageConverters;
extern const std::span<const Converter> kIndexingConverters;
extern const std::span<const Converter> kLossConverters;
extern const std::span<const Converter> kMatrixConverters;
extern const std::span<const Converter> kNormalisationConverters;
extern const std::span<const Converter> kQuantisedConverters;
extern const std::span<const Converter> kRecurrentConverters;
extern const std::span<const Converter> kReductionConverters;
extern const std::span<const Converter> kSequenceConverters;
extern const std::span<const Converter> kShapeConverters;
extern const std::span<const Converter> kSignalConverters;
extern const std::span<const Converter> kTextConverters;

// Of com.microsoft, which ONNX Runtime's own exporters, optimisers and quantisers write.
extern const std::span<const Converter> kMicrosoftConverters;
extern const std::span<const Converter> kMicrosoftQuantisedConverters;
// Of ai.onnx.ml.
extern const std::span<const Converter> kMlConverters;
extern const std::span<const Converter> kTreeConverters;

// What several families need.
ValueId Multiply(Builder& b, ValueId x, ValueId y);  // numpy's matmul, vectors too
// Numbers along axis 1 of an image batch: [c] -> [c, 1, 1...] for rank dimensions.
ValueId AlongChannels(Builder& b, ValueId x, int rank);

// Numbers along one axis of a tensor of `rank` dimensions: [n] -> [1..., n, 1...]; one number alone becomes a scalar.
ValueId AlongAxis(NodeContext& c, ValueId v, int64_t axis, int rank);

// Between quantised integers and real numbers, by one scale and zero point or by ones that broadcast.
ValueId Quantise(Builder& b, ValueId x, ValueId scale, ValueId zero);    // to the type of zero, saturated
ValueId Dequantise(Builder& b, ValueId x, ValueId scale, ValueId zero);  // zero may be kNoValue
ValueId Centre(Builder& b, ValueId x, ValueId zero);                     // x - zero as i32; zero may be kNoValue

// x / sqrt(mean(x^2) + epsilon) over `axes`, and with the mean taken off first.
ValueId RootMeanSquareNorm(Builder& b, ValueId x, const std::vector<int64_t>& axes, float epsilon);
struct Moments {
  ValueId centred;
  ValueId inverse;  // 1 / sqrt(variance + epsilon)
};
Moments MomentsOf(Builder& b, ValueId x, const std::vector<int64_t>& axes, float epsilon);
std::vector<int64_t> AxesFrom(Builder& b, ValueId x, int first);

// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
ValueId TanhGelu(Builder& b, ValueId x);

ValueId ApplySoftmax(Builder& b, ValueId x, int64_t axis);

// A convolution by the node's attributes, x and w in ONNX's layout, f32, f64 or i32; bias may be kNoValue.
ValueId Convolve(NodeContext& c, ValueId x, ValueId w, ValueId bias);

// A pool by the node's attributes, x in ONNX's layout.
ValueId PoolInput(NodeContext& c, ValueId x, ops::PoolKind kind);

// An RNN, GRU or LSTM by the node's attributes, with ONNX's inputs in their order.
void ConvertRecurrent(NodeContext& c, ops::RecurrentKind kind, std::vector<ValueId> inputs);

// x as u8 with the scale and zero point of its own range.
struct Dynamic {
  ValueId value;
  ValueId scale;
  ValueId zero;
};
Dynamic QuantiseDynamically(Builder& b, ValueId x);

void ConvertMultiHeadAttention(NodeContext& c);

}  // namespace verge::onnx
