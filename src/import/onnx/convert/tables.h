// The families of converters, one file each; converters.cc looks ops up in all of them.
#pragma once

#include <span>

#include "import/onnx/context.h"

namespace verge::onnx {

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

// What several families need.
ValueId Multiply(Builder& b, ValueId x, ValueId y);  // numpy's matmul, vectors too
// Numbers along axis 1 of an image batch: [c] -> [c, 1, 1...] for rank dimensions.
ValueId AlongChannels(Builder& b, ValueId x, int rank);

// A convolution by the node's attributes, x and w in ONNX's layout, f32, f64 or i32; bias may be kNoValue.
ValueId Convolve(NodeContext& c, ValueId x, ValueId w, ValueId bias);

}  // namespace verge::onnx
