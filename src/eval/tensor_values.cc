// Between the elements of tensors and real numbers.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "eval/content.h"

namespace verge::eval {
namespace {

// Scale and zero point of element i; a scale of 1 without quantisation.
struct Quant {
  explicit Quant(const TensorType& type) : view(type.quant) {
    if (view.scales.size() < 2) return;
    for (int d = view.axis + 1; d < type.shape.rank(); ++d) inner *= static_cast<size_t>(type.shape[d]);
  }
  size_t At(size_t i) const { return view.scales.size() < 2 ? 0 : i / inner % view.scales.size(); }
  float Scale(size_t i) const { return view.is_quantised() ? view.scales[At(i)] : 1.0F; }
  int32_t Zero(size_t i) const { return view.zero_points.empty() ? 0 : view.zero_points[At(i)]; }

  QuantView view;
  size_t inner = 1;
};

template <typename T>
std::vector<float> FromIntegers(const Tensor& tensor) {
  const size_t count = tensor.shape().elems();
  const Quant quant(tensor.type);
  std::vector<float> out(count);
  for (size_t i = 0; i < count; ++i) {
    const auto q = static_cast<double>(tensor.as<T>()[i]);
    out[i] = static_cast<float>((q - quant.Zero(i)) * static_cast<double>(quant.Scale(i)));
  }
  return out;
}

template <typename T>
void ToIntegers(std::span<const float> values, const Tensor& out) {
  const Quant quant(out.type);
  constexpr auto kLo = static_cast<double>(std::numeric_limits<T>::min());
  constexpr auto kHi = static_cast<double>(std::numeric_limits<T>::max());
  for (size_t i = 0; i < values.size(); ++i) {
    const double q =
        std::nearbyint(static_cast<double>(values[i]) / static_cast<double>(quant.Scale(i))) + quant.Zero(i);
    const double limited = std::isnan(q) ? 0 : std::clamp(q, kLo, kHi);
    // The largest 64-bit integer is not a double: the one above it is.
    out.as<T>()[i] = limited >= kHi ? std::numeric_limits<T>::max() : static_cast<T>(limited);
  }
}

}  // namespace

std::vector<float> RealValues(const Tensor& tensor) {
  const size_t count = tensor.shape().elems();
  std::vector<float> out;
  switch (tensor.dtype()) {
    case DType::kF32: return {tensor.as<float>(), tensor.as<float>() + count};
    case DType::kF64:
      for (size_t i = 0; i < count; ++i) out.push_back(static_cast<float>(tensor.as<double>()[i]));
      return out;
    case DType::kF16:
      for (size_t i = 0; i < count; ++i) out.push_back(HalfToFloat(tensor.as<uint16_t>()[i]));
      return out;
    case DType::kBF16:
      for (size_t i = 0; i < count; ++i) {
        const uint32_t bits = static_cast<uint32_t>(tensor.as<uint16_t>()[i]) << 16;
        std::memcpy(&out.emplace_back(), &bits, sizeof bits);
      }
      return out;
    case DType::kI8: return FromIntegers<int8_t>(tensor);
    case DType::kU8: return FromIntegers<uint8_t>(tensor);
    case DType::kI16: return FromIntegers<int16_t>(tensor);
    case DType::kI32: return FromIntegers<int32_t>(tensor);
    case DType::kI64: return FromIntegers<int64_t>(tensor);
    case DType::kBool: return FromIntegers<uint8_t>(tensor);
    case DType::kU16: return FromIntegers<uint16_t>(tensor);
    case DType::kU32: return FromIntegers<uint32_t>(tensor);
    case DType::kU64: return FromIntegers<uint64_t>(tensor);
  }
  return out;
}

Status WriteReal(std::span<const float> values, const Tensor& out) {
  if (values.size() != out.shape().elems()) {
    return VERGE_ERROR(kInvalidArgument, std::to_string(values.size()) + " values for an input " +
                                             ToString(out.shape()) + " of " + DTypeName(out.dtype()));
  }
  switch (out.dtype()) {
    case DType::kF32: std::copy(values.begin(), values.end(), out.as<float>()); return Status::Ok();
    case DType::kF16:
      for (size_t i = 0; i < values.size(); ++i) out.as<uint16_t>()[i] = FloatToHalf(values[i]);
      return Status::Ok();
    case DType::kI8: ToIntegers<int8_t>(values, out); return Status::Ok();
    case DType::kU8: ToIntegers<uint8_t>(values, out); return Status::Ok();
    case DType::kI16: ToIntegers<int16_t>(values, out); return Status::Ok();
    case DType::kI32: ToIntegers<int32_t>(values, out); return Status::Ok();
    case DType::kI64: ToIntegers<int64_t>(values, out); return Status::Ok();
    default:
      return VERGE_ERROR(kUnsupported, std::string("an input of ") + DTypeName(out.dtype()) +
                                           " is not filled from pictures, recordings or tensors; give .npz data");
  }
}

Status FillFromTensor(const Tensor& source, const Tensor& input) {
  if (source.dtype() != input.dtype()) return WriteReal(RealValues(source), input);
  const size_t bytes = *source.type.CheckedBytes();
  if (bytes != *input.type.CheckedBytes()) {
    return VERGE_ERROR(kInvalidArgument, "the data has " + ToString(source.shape()) + ", the input wants " +
                                             ToString(input.shape()) + " " + DTypeName(input.dtype()));
  }
  if (bytes > 0) std::memcpy(input.data, source.data, bytes);
  return Status::Ok();
}

}  // namespace verge::eval
