#include "eval/content.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <map>

#include "media/npy.h"
#include "media/wav.h"
#include "sys/file/file.h"

namespace verge::eval {
namespace {

constexpr uint64_t kMaxItemBytes = uint64_t{1} << 30;
constexpr size_t kMaxWindows = size_t{1} << 20;

std::span<const std::byte> Bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

template <typename T>
std::vector<float> Converted(const std::string& bytes) {
  std::vector<float> out(bytes.size() / sizeof(T));
  for (size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    out[i] = static_cast<float>(value);
  }
  return out;
}

Result<std::vector<float>> ReadTensor(const std::string& bytes, DType dtype) {
  if (bytes.size() % DTypeBytes(dtype) != 0) {
    return VERGE_ERROR(kDataLoss, std::to_string(bytes.size()) + " bytes are no whole number of " + DTypeName(dtype));
  }
  switch (dtype) {
    case DType::kI8: return Converted<int8_t>(bytes);
    case DType::kU8: return Converted<uint8_t>(bytes);
    case DType::kI16: return Converted<int16_t>(bytes);
    default: return Converted<float>(bytes);
  }
}

// Windows of `window` values, `step` apart; a recording that is shorter is filled up with zeros, a tensor must fit.
Result<std::vector<Content>> Windows(std::vector<float> values, int64_t step, size_t window, bool may_fill) {
  if (step == 0) {
    if (may_fill) values.resize(window);
    std::vector<Content> one(1);
    one[0].values = std::move(values);
    return one;
  }
  if (values.size() < window && may_fill) values.resize(window);
  if (values.size() < window) {
    return VERGE_ERROR(kInvalidArgument,
                       std::to_string(values.size()) + " values are less than a window of " + std::to_string(window));
  }
  const size_t count = (values.size() - window) / static_cast<size_t>(step) + 1;
  if (count > kMaxWindows) return VERGE_ERROR(kResourceExhausted, std::to_string(count) + " windows in one item");
  std::vector<Content> out(count);
  for (size_t i = 0; i < count; ++i) {
    const float* first = values.data() + i * static_cast<size_t>(step);
    out[i].values.assign(first, first + window);
  }
  return out;
}

// "in_0", "out_1.step07" -> (is an input, index, step).
struct GoldenName {
  bool is_input = false;
  size_t index = 0;
  size_t step = 0;
};

bool ParseIndex(std::string_view text, size_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && out < kMaxWindows;
}

bool ParseGoldenName(std::string_view name, GoldenName& out) {
  out.is_input = name.starts_with("in_");
  if (!out.is_input && !name.starts_with("out_")) return false;
  name.remove_prefix(out.is_input ? 3 : 4);
  const size_t dot = name.find(".step");
  if (dot != std::string_view::npos && !ParseIndex(name.substr(dot + 5), out.step)) return false;
  return ParseIndex(name.substr(0, dot), out.index);
}

Result<std::vector<Content>> ReadSteps(const std::string& bytes) {
  VERGE_TRY_ASSIGN(auto arrays, media::ReadNpz(Bytes(bytes)));
  std::map<size_t, Content> steps;
  for (auto& [name, array] : arrays) {
    GoldenName parsed;
    if (!ParseGoldenName(name, parsed)) continue;
    std::vector<media::Array>& list = parsed.is_input ? steps[parsed.step].inputs : steps[parsed.step].wants;
    if (parsed.index > arrays.size()) return VERGE_ERROR(kDataLoss, "'" + name + "': there are fewer arrays than that");
    if (list.size() <= parsed.index) list.resize(parsed.index + 1);
    list[parsed.index] = std::move(array);
  }
  std::vector<Content> out;
  for (auto& [step, content] : steps) out.push_back(std::move(content));
  if (out.empty()) return VERGE_ERROR(kInvalidArgument, "no array is named in_0, in_1 ... or out_0 ...");
  return out;
}

// The part of the picture that is used, in its pixels.
struct Crop {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

int Part(int side, double share) { return std::max(1, static_cast<int>(std::lround(side * share))); }

Crop CropOf(const media::ImageView& image, const InputSpec& spec) {
  Crop crop{0, 0, Part(image.width, spec.crop), Part(image.height, spec.crop)};
  if (spec.resize == Resize::kSquare) crop.width = crop.height = std::min(crop.width, crop.height);
  crop.x = (image.width - crop.width) / 2;
  crop.y = (image.height - crop.height) / 2;
  return crop;
}

// How the planes of an input lie.
struct InputShape {
  int width = 0;
  int height = 0;
  int channels = 0;
  bool is_planar = false;
};

Result<InputShape> ShapeOf(const InputSpec& spec, const TensorType& type) {
  const Shape& s = type.shape;
  const int64_t channels = spec.colour == Colour::kGrey ? 1 : 3;
  const auto is_side = [](int64_t d) { return d >= 1 && d <= media::kMaxImageSide; };
  const auto shape = [&](int64_t h, int64_t w, bool is_planar) {
    return InputShape{static_cast<int>(w), static_cast<int>(h), static_cast<int>(channels), is_planar};
  };
  if (s.rank() == 4 && s[0] == 1) {
    const bool may_be_nhwc = spec.layout != Layout::kNchw && s[3] == channels && is_side(s[1]) && is_side(s[2]);
    const bool may_be_nchw = spec.layout != Layout::kNhwc && s[1] == channels && is_side(s[2]) && is_side(s[3]);
    if (may_be_nhwc) return shape(s[1], s[2], false);
    if (may_be_nchw) return shape(s[2], s[3], true);
  }
  if (s.rank() == 3 && s[0] == 1 && channels == 1 && is_side(s[1]) && is_side(s[2])) return shape(s[1], s[2], true);
  return VERGE_ERROR(kInvalidArgument, "a picture of " + std::to_string(channels) +
                                           " channel(s) does not fit the input " + ToString(s) + " " +
                                           DTypeName(type.dtype) + " (input.colour and input.layout say how it lies)");
}

Result<media::Image> PlaceOn(const media::ImageView& part, const InputSpec& spec, const InputShape& shape,
                             Placement& placement) {
  int width = shape.width, height = shape.height, left = 0, top = 0;
  if (spec.resize == Resize::kLetterbox) {
    const double ratio =
        std::min(static_cast<double>(shape.width) / part.width, static_cast<double>(shape.height) / part.height);
    width = std::max(1, static_cast<int>(part.width * ratio));
    height = std::max(1, static_cast<int>(part.height * ratio));
    if (spec.is_centred) left = (shape.width - width) / 2, top = (shape.height - height) / 2;
  }
  VERGE_TRY_ASSIGN(media::Image resized, media::ResizeBilinear(part, width, height));
  placement.scale_x = static_cast<double>(part.width) / width;
  placement.scale_y = static_cast<double>(part.height) / height;
  placement.offset_x -= left * placement.scale_x;
  placement.offset_y -= top * placement.scale_y;
  if (width == shape.width && height == shape.height) return resized;
  const size_t row_bytes = 3 * static_cast<size_t>(shape.width);
  media::Image out{shape.width, shape.height, {}};
  out.rgb.assign(row_bytes * static_cast<size_t>(shape.height), static_cast<uint8_t>(std::lround(spec.pad)));
  for (int y = 0; y < height; ++y) {
    const uint8_t* from = resized.rgb.data() + static_cast<size_t>(y) * 3 * static_cast<size_t>(width);
    uint8_t* to = out.rgb.data() + static_cast<size_t>(top + y) * row_bytes + 3 * static_cast<size_t>(left);
    std::memcpy(to, from, 3 * static_cast<size_t>(width));
  }
  return out;
}

double UnsignedValue(const uint8_t* rgb, const InputSpec& spec, int channel) {
  // The weights of ITU-R BT.601, in whole thousandths so that grey stays exactly grey.
  if (spec.colour == Colour::kGrey) return (299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2]) / 1000.0;
  return rgb[spec.colour == Colour::kBgr ? 2 - channel : channel];
}

double PixelValue(const uint8_t* rgb, const InputSpec& spec, int channel) {
  const double value = UnsignedValue(rgb, spec, channel);
  return spec.is_signed && value >= 128 ? value - 256 : value;
}

}  // namespace

Result<std::vector<Content>> ReadContents(const std::string& path, const DataSpec& data, const InputSpec& input,
                                          size_t window) {
  VERGE_TRY_ASSIGN(const std::string bytes, sys::ReadFile(path, kMaxItemBytes));
  const auto read = [&]() -> Result<std::vector<Content>> {
    switch (data.kind) {
      case DataKind::kImages: {
        std::vector<Content> one(1);
        VERGE_TRY_ASSIGN(one[0].image, media::DecodeImage(Bytes(bytes)));
        return one;
      }
      case DataKind::kTensors: {
        VERGE_TRY_ASSIGN(std::vector<float> values, ReadTensor(bytes, data.dtype));
        return Windows(std::move(values), input.step, window, false);
      }
      case DataKind::kAudio: {
        VERGE_TRY_ASSIGN(media::Recording recording, media::DecodeWav(Bytes(bytes)));
        const bool is_whole = !input.front_end.empty() || input.log_mel.window > 0;
        if (is_whole) return Windows(std::move(recording.samples), 0, 0, false);
        return Windows(std::move(recording.samples), input.step, window, true);
      }
      case DataKind::kNpz: return ReadSteps(bytes);
    }
    return VERGE_ERROR(kInternal, "unknown kind of data");
  };
  Result<std::vector<Content>> contents = read();
  if (!contents.ok()) return std::move(contents).status().WithContext(path);
  return contents;
}

Result<Placement> FillFromImage(const media::ImageView& image, const InputSpec& spec, const Tensor& input) {
  VERGE_TRY_ASSIGN(const InputShape shape, ShapeOf(spec, input.type));
  const Crop crop = CropOf(image, spec);
  Placement placement{image.width,
                      image.height,
                      shape.width,
                      shape.height,
                      1,
                      1,
                      static_cast<double>(crop.x),
                      static_cast<double>(crop.y)};
  const media::ImageView part{
      image.rgb + static_cast<size_t>(crop.y) * image.stride_bytes + 3 * static_cast<size_t>(crop.x), crop.width,
      crop.height, image.stride_bytes};
  VERGE_TRY_ASSIGN(const media::Image placed, PlaceOn(part, spec, shape, placement));
  const auto pixels = static_cast<size_t>(shape.width) * static_cast<size_t>(shape.height);
  const auto channels = static_cast<size_t>(shape.channels);
  std::vector<float> values(pixels * channels);
  for (size_t i = 0; i < pixels; ++i) {
    for (size_t c = 0; c < channels; ++c) {
      const double value =
          (PixelValue(placed.rgb.data() + 3 * i, spec, static_cast<int>(c)) - spec.mean[c]) * spec.scale[c];
      values[shape.is_planar ? c * pixels + i : i * channels + c] = static_cast<float>(value);
    }
  }
  VERGE_TRY(WriteReal(values, input));
  return placement;
}

Status FillFromValues(std::span<const float> values, const InputSpec& spec, const Tensor& input) {
  std::vector<float> real(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    real[i] = static_cast<float>((static_cast<double>(values[i]) - spec.mean[0]) * spec.scale[0]);
  }
  return WriteReal(real, input);
}

}  // namespace verge::eval
