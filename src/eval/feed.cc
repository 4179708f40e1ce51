#include "eval/feed.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace verge::eval {

Result<Feeder> Feeder::Create(const Spec& spec, std::shared_ptr<const runtime::Model> front_end) {
  Feeder feeder(spec);
  if (front_end != nullptr) {
    VERGE_TRY_ASSIGN(feeder.front_end_, runtime::Session::Create(std::move(front_end)));
  }
  return feeder;
}

void Feeder::Reset() {
  if (front_end_) front_end_->ResetState();
}

Result<Placement> Feeder::Fill(const Content& content, const InputSpec& input, std::span<const Tensor> inputs) {
  if (!content.inputs.empty()) {
    VERGE_TRY(FillFromArrays(content, inputs));
    return Placement{};
  }
  if (!content.image.rgb.empty()) return FillFromImage(content.image.view(), input, inputs[0]);
  if (input.log_mel.window > 0) {
    VERGE_TRY(FillFromLogMel(content, input, inputs[0]));
  } else if (front_end_) {
    VERGE_TRY(FillFromFeatures(content.values, inputs[0]));
  } else {
    VERGE_TRY(FillFromValues(content.values, input, inputs[0]));
  }
  return Placement{};
}

Status Feeder::FillFromArrays(const Content& content, std::span<const Tensor> inputs) const {
  if (content.inputs.size() != inputs.size()) {
    return VERGE_ERROR(kInvalidArgument, "the data has " + std::to_string(content.inputs.size()) +
                                             " inputs, the model " + std::to_string(inputs.size()));
  }
  for (size_t i = 0; i < inputs.size(); ++i) VERGE_TRY(FillFromTensor(content.inputs[i].tensor(), inputs[i]));
  return Status::Ok();
}

Status Feeder::FillFromLogMel(const Content& content, const InputSpec& spec, const Tensor& input) const {
  const size_t want = input.shape().elems();
  const auto bands = static_cast<size_t>(spec.log_mel.bands);
  if (want % bands != 0) {
    return VERGE_ERROR(kInvalidArgument, "frames of " + std::to_string(bands) + " features do not fill an input of " +
                                             std::to_string(want));
  }
  return FillFromValues(LogMel(spec.log_mel).Features(content.values, want / bands), spec, input);
}

// The front end's outputs for frame after frame, one after the other, are the input.
Status Feeder::FillFromFeatures(std::span<const float> samples, const Tensor& input) {
  const Tensor& frame = front_end_->input(0);
  const size_t length = frame.shape().elems(), step = static_cast<size_t>(spec_->input.frame_step);
  const Tensor features = front_end_->output(0);
  const size_t each = features.shape().elems(), want = input.shape().elems();
  if (each == 0 || want % each != 0) {
    return VERGE_ERROR(kInvalidArgument, "the front end makes " + std::to_string(each) +
                                             " features a frame, which do not fill an input of " +
                                             std::to_string(want));
  }
  const bool is_same = features.dtype() == input.dtype();
  const size_t bytes = *features.type.CheckedBytes();
  std::vector<float> real;
  std::vector<float> padded(samples.begin(), samples.end());
  padded.resize(std::max(padded.size(), length + (want / each - 1) * step));
  for (size_t f = 0; f < want / each; ++f) {
    VERGE_TRY(FillFromValues(std::span(padded).subspan(f * step, length), spec_->input, frame));
    front_end_->Run();
    if (is_same) {
      std::memcpy(input.as<std::byte>() + f * bytes, features.data, bytes);
    } else {
      const std::vector<float> values = RealValues(features);
      real.insert(real.end(), values.begin(), values.end());
    }
  }
  return is_same ? Status::Ok() : WriteReal(real, input);
}

}  // namespace verge::eval
