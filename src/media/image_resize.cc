#include <algorithm>
#include <cmath>
#include <string>

#include "media/image.h"

namespace verge::media {
namespace {

// For one output coordinate: two source coordinates and the weight of the second.
struct Tap {
  int low;
  int high;
  float weight;
};

std::vector<Tap> MakeTaps(int source, int target) {
  std::vector<Tap> taps(static_cast<size_t>(target));
  const double ratio = static_cast<double>(source) / target;
  for (int i = 0; i < target; ++i) {
    const double x = std::clamp((i + 0.5) * ratio - 0.5, 0.0, static_cast<double>(source - 1));
    const int low = static_cast<int>(x);
    taps[static_cast<size_t>(i)] = {low, std::min(low + 1, source - 1), static_cast<float>(x - low)};
  }
  return taps;
}

// Calls emit(row, column, channel, value) for every element of the resized picture, row by row.
template <typename Emit>
void Resample(const ImageView& image, int width, int height, const Emit& emit) {
  const std::vector<Tap> xs = MakeTaps(image.width, width);
  const std::vector<Tap> ys = MakeTaps(image.height, height);
  for (int r = 0; r < height; ++r) {
    const Tap y = ys[static_cast<size_t>(r)];
    const uint8_t* const top = image.rgb + static_cast<size_t>(y.low) * image.stride_bytes;
    const uint8_t* const bottom = image.rgb + static_cast<size_t>(y.high) * image.stride_bytes;
    for (int c = 0; c < width; ++c) {
      const Tap x = xs[static_cast<size_t>(c)];
      for (int k = 0; k < 3; ++k) {
        const int left = 3 * x.low + k, right = 3 * x.high + k;
        const auto a = static_cast<float>(top[left]), b = static_cast<float>(top[right]);
        const auto d = static_cast<float>(bottom[left]), e = static_cast<float>(bottom[right]);
        const float upper = a + (b - a) * x.weight;
        const float lower = d + (e - d) * x.weight;
        emit(r, c, k, upper + (lower - upper) * y.weight);
      }
    }
  }
}

size_t Index(int row, int column, int channel, int width) {
  return (static_cast<size_t>(row) * static_cast<size_t>(width) + static_cast<size_t>(column)) * 3 +
         static_cast<size_t>(channel);
}

template <typename T>
void WriteRounded(const ImageView& image, const Normalization& n, int width, int height, T* out, float lo, float hi) {
  Resample(image, width, height, [&](int r, int c, int k, float value) {
    const auto channel = static_cast<size_t>(k);
    const float y = std::nearbyint((value - n.mean[channel]) * n.scale[channel]);
    out[Index(r, c, k, width)] = static_cast<T>(std::clamp(y, lo, hi));
  });
}

Status CheckImage(const ImageView& image) {
  if (image.rgb == nullptr || image.width < 1 || image.height < 1 || image.width > kMaxImageSide ||
      image.height > kMaxImageSide || image.stride_bytes < 3 * static_cast<size_t>(image.width)) {
    return VERGE_ERROR(kInvalidArgument, "an image of " + std::to_string(image.width) + " x " +
                                             std::to_string(image.height) + " pixels, or a stride below its width");
  }
  return Status::Ok();
}

}  // namespace

Result<Image> ResizeBilinear(const ImageView& image, int width, int height) {
  VERGE_TRY(CheckImage(image));
  if (width < 1 || height < 1 || width > kMaxImageSide || height > kMaxImageSide ||
      static_cast<size_t>(width) * static_cast<size_t>(height) > kMaxImagePixels) {
    return VERGE_ERROR(kInvalidArgument, "cannot resize to " + std::to_string(width) + " x " + std::to_string(height));
  }
  Image out{width, height, {}};
  out.rgb.resize(3 * static_cast<size_t>(width) * static_cast<size_t>(height));
  WriteRounded(image, {}, width, height, out.rgb.data(), 0.0F, 255.0F);
  return out;
}

Status ImageToTensor(const ImageView& image, const Normalization& normalization, const Tensor& out) {
  VERGE_TRY(CheckImage(image));
  const Shape& shape = out.shape();
  const int rank = shape.rank();
  const bool is_picture = (rank == 3 || (rank == 4 && shape[0] == 1)) && shape[rank - 1] == 3 && shape[rank - 2] >= 1 &&
                          shape[rank - 3] >= 1 && shape[rank - 2] <= kMaxImageSide && shape[rank - 3] <= kMaxImageSide;
  const bool is_known = out.dtype() == DType::kF32 || out.dtype() == DType::kU8 || out.dtype() == DType::kI8;
  if (!is_picture || !is_known) {
    return VERGE_ERROR(kInvalidArgument,
                       std::string("a picture needs an input [1, H, W, 3] of f32, u8 or i8; this one is ") +
                           ToString(shape) + " " + DTypeName(out.dtype()));
  }
  const int height = static_cast<int>(shape[rank - 3]), width = static_cast<int>(shape[rank - 2]);
  const Normalization& n = normalization;
  if (out.dtype() == DType::kU8) {
    WriteRounded(image, n, width, height, out.as<uint8_t>(), 0.0F, 255.0F);
  } else if (out.dtype() == DType::kI8) {
    WriteRounded(image, n, width, height, out.as<int8_t>(), -128.0F, 127.0F);
  } else {
    auto* const y = out.as<float>();
    Resample(image, width, height, [&](int r, int c, int k, float value) {
      const auto channel = static_cast<size_t>(k);
      y[Index(r, c, k, width)] = (value - n.mean[channel]) * n.scale[channel];
    });
  }
  return Status::Ok();
}

}  // namespace verge::media
